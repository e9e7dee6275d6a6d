"""Whether a document is fresh is asked of the disk at the moment of looking."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from docwatch import freshness
from docwatch.confined import Root
from docwatch.entries import Memo
from docwatch.errors import TransientError
from docwatch.opened import OpenTree
from tests.conftest import Repo


@pytest.fixture
def documented(repo: Repo) -> Repo:
    """A repository whose a.py is fresh, and was written long enough ago for its stat to be relied on."""
    repo.write("a.py", "x = 1\n")
    os.utime(repo.root / "a.py", ns=(10**18, 10**18))
    repo.commit()
    repo.document()
    return repo


@pytest.fixture
def opened(documented: Repo) -> Iterator[OpenTree]:
    with OpenTree(documented.tree()) as found:
        yield found


def look(opened: OpenTree) -> tuple[str, str]:
    opened.refresh()
    row = opened.ledger.row(b"a.py")
    assert row is not None
    assert row.state == "fresh"
    found = freshness.checked(opened, row)
    assert list(freshness.current(opened)) == [found]
    differing = freshness.differing(opened, [row.path])
    assert differing == ({} if found.state == row.state else {row.path: found})
    assert {state: count for state, count in freshness.counts(opened, differing).items() if count} == {found.state: 1}
    return found.state, found.reason


def settle(opened: OpenTree) -> None:
    """Write down what stat says now as something to be relied on."""
    found = os.lstat(os.path.join(opened.tree.root, "a.py"))
    memo = Memo(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    with opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, settled = 1", memo)


def test_an_unchanged_file_is_fresh_and_is_not_read_again(opened: OpenTree, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(opened)
    monkeypatch.setattr(Root, "read", lambda *_: pytest.fail("it was read"))
    assert look(opened) == ("fresh", "")


def test_a_file_whose_stat_cannot_be_relied_on_is_read(opened: OpenTree, documented: Repo) -> None:
    """It may have been changed within the same tick of the clock as it was hashed."""
    documented.write("a.py", "x = 2\n")
    settle(opened)
    with opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET settled = 0")
    assert look(opened) == ("stale", "changed since")


def test_an_edit_is_stale(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    documented.write("a.py", "x = 1 + 1\n")
    assert look(opened) == ("stale", "changed since")


def test_an_edit_of_the_same_size_under_a_forged_time_is_stale(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    before = os.stat(documented.root / "a.py")
    documented.write("a.py", "x = 2\n")
    os.utime(documented.root / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(documented.root / "a.py")
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert look(opened) == ("stale", "changed since")


def test_a_file_written_again_with_the_same_content_is_fresh(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    (documented.root / "a.py").unlink()
    documented.write("a.py", "x = 1\n")
    assert look(opened) == ("fresh", "")


def test_a_file_that_was_deleted_is_stale(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    (documented.root / "a.py").unlink()
    assert look(opened) == ("stale", "gone")


def test_a_file_that_became_ignored_is_stale_though_nobody_touched_it(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    documented.git("rm", "-q", "--cached", "a.py")
    documented.write(".gitignore", "*.py\n")
    assert look(opened) == ("stale", "ignored")


def test_a_file_that_became_excluded_is_stale(opened: OpenTree, documented: Repo) -> None:
    settle(opened)
    documented.write("docwatch.toml", 'exclude = ["a.py"]\n')
    assert look(opened) == ("stale", "excluded")


def test_a_file_that_became_a_link_is_stale(opened: OpenTree, documented: Repo) -> None:
    (documented.root / "a.py").rename(documented.root / "b.txt")
    (documented.root / "a.py").symlink_to("b.txt")
    assert look(opened) == ("stale", "symbolic link")


def test_a_file_that_does_not_hold_still_is_stale_and_hides_no_other(
    opened: OpenTree, documented: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restless(*_: object) -> None:
        raise TransientError("a.py changes while it is read; it is read again once it holds still")

    settle(opened)
    documented.write("a.py", "x = 3\n")
    monkeypatch.setattr(Root, "read", restless)
    assert look(opened) == ("stale", "being written")


@pytest.mark.parametrize("state", ["queued", "running", "failed", "skipped"])
def test_what_is_not_fresh_is_told_as_the_ledger_has_it(state: str, opened: OpenTree) -> None:
    with opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = ?, reason = 'because'", (state,))
    (row,) = freshness.current(opened)
    assert (row.state, row.reason) == (state, "because")
    assert freshness.counts(opened, freshness.differing(opened, [row.path])) == dict.fromkeys(
        ("fresh", "stale", "queued", "running", "failed", "skipped"), 0
    ) | {state: 1}


def test_only_what_is_doubtful_is_looked_at_where_that_is_known(opened: OpenTree, documented: Repo) -> None:
    (documented.root / "a.py").unlink()
    for doubtful, state in (((), "fresh"), ((b"a.py", b"new.py"), "stale")):
        differing = freshness.differing(opened, doubtful)
        assert {row.state for row in differing.values()} == {state} - {"fresh"}
        counts = freshness.counts(opened, differing)
        assert {name: count for name, count in counts.items() if count} == {state: 1}
