"""A second look at a tree that has not changed looks into nothing, and one at a tree that has misses nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docwatch import walk
from docwatch.confined import UNREADABLE, RefusedError, Root
from docwatch.entries import Gone, Skipped
from docwatch.errors import TransientError
from docwatch.jobs import submit
from docwatch.ledger import Ledger
from docwatch.opened import OpenTree
from docwatch.scope import Scope
from docwatch.watcher import recording, snapshot
from docwatch.watcher import survey as survey_module
from docwatch.watcher.findings import Survey
from docwatch.watcher.standing import standing
from docwatch.watcher.survey import survey
from tests.conftest import Repo, until

FILES = (
    "a.py",
    "pkg/b.py",
    "pkg/deep/c.py",
    "pkg/deep/d.py",
    "other/e.py",
    "other/logo.png",
    "other/kept.log.py",
    "hidden/h.py",
)


PKG = ("b.py", "deep/c.py", "deep/d.py", ".gitignore")


class Surveyed:
    """A tree with every file fresh and a snapshot of it. Each question is asked as a watcher and a scan ask it."""

    def __init__(self, repo: Repo, opened: OpenTree) -> None:
        self.repo, self.opened = repo, opened

    def again(self) -> Survey:
        self.opened.refresh()
        return survey(self.opened)

    def differing(self) -> tuple[set[str], set[str]]:
        """(changed, gone), the same as a survey finds that looks at everything, also from the next snapshot on."""
        first = None
        for _ in range(2):
            stands = standing(self.repo.tree())
            found, afresh = self.again(), looking_at_everything(self.opened)
            assert stands is None or (not afresh.changed and not afresh.gone and stands == afresh.scanned())
            assert sorted(found.changed) == sorted(afresh.changed)
            assert sorted(found.gone) == sorted(afresh.gone)
            assert (found.seen, found.states, found.skipped) == (afresh.seen, afresh.states, afresh.skipped)
            assert found.elsewhere == afresh.elsewhere
            found.leave_snapshot()
            first = first or found
        assert first is not None
        return set(map(os.fsdecode, first.changed)), set(map(os.fsdecode, first.gone))


def looking_at_everything(opened: OpenTree) -> Survey:
    return survey_module._Walk(opened, None).over_all()


@pytest.fixture
def tree(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surveyed]:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    # Or each file would have to be two seconds old; what then goes unseen is what changes within a second and keeps
    # its size, inode and mode.
    monkeypatch.setattr(recording, "RACY_SECONDS", -2)
    repo.write(".gitignore", "hidden/\n*.log.py\n")
    repo.write("pkg/.gitignore", "/none\n")
    repo.write("other/x.log.py")
    for number, name in enumerate(FILES):
        repo.write(name, f"def f{number}(): pass\n")
    repo.git("add", "-f", "other/kept.log.py")
    with OpenTree(repo.tree()) as opened:
        until(lambda: settled(repo, opened))
        yield Surveyed(repo, opened)


def settled(repo: Repo, opened: OpenTree) -> bool:
    """Whether a snapshot has been left that holds."""
    repo.document()
    found = survey(opened)
    found.leave_snapshot()
    doubts = snapshot.doubts(opened)
    return not found.changed and doubts is not None and not doubts.folders


def nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(*_: object) -> None:
        raise AssertionError("a folder was looked at")

    monkeypatch.setattr(walk, "_listing", listed)
    monkeypatch.setattr(Ledger, "known", listed)


def test_of_an_unchanged_tree_nothing_is_looked_into_and_the_counts_are_the_same(
    tree: Surveyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    afresh = looking_at_everything(tree.opened)
    nothing_is_looked_at(monkeypatch)
    found = tree.again()
    assert (found.changed, found.gone) == ([], [])
    assert (found.seen, found.states, found.skipped) == (afresh.seen, afresh.states, afresh.skipped)
    assert found.seen == 10
    assert found.states == {"fresh": 6}
    assert found.skipped == {"unknown language": 3, "ignored": 1}


def test_where_all_stands_as_it_was_a_scan_answers_before_it_opens_anything(
    tree: Surveyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    afresh = looking_at_everything(tree.opened)
    monkeypatch.setattr(Scope, "__init__", None)
    assert standing(tree.repo.tree()) == afresh.scanned()


def test_what_is_owed_is_never_passed_over(tree: Surveyed) -> None:
    tree.repo.write("a.py", "def other(): pass\n")
    until(lambda: tree.repo.scan().submitted == 1 and not tree.again().changed)
    for _ in range(2):
        assert standing(tree.repo.tree()) is None
        tree.again().leave_snapshot()


def test_another_process_begins_where_the_last_one_ended(tree: Surveyed, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_looked_at(monkeypatch)
    with OpenTree(tree.repo.tree()) as other:
        assert survey(other).states == {"fresh": 6}


def test_only_the_folder_that_changed_is_looked_into(tree: Surveyed, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.repo.write("pkg/deep/c.py", "changed = 1\n")
    looked: list[bytes] = []
    really = Scope.decisions
    monkeypatch.setattr(Scope, "decisions", lambda self, listed: (looked.append(listed.path), really(self, listed))[1])
    assert tree.again().changed == [b"pkg/deep/c.py"]
    assert looked == [b"pkg/deep"]


def forged(tree: Surveyed) -> None:
    """Another content of the same size, its mtime put back: only the ctime tells."""
    path = tree.repo.root / "pkg/b.py"
    before = path.stat()
    path.write_text(path.read_text().replace("f1", "g1"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    until(lambda: path.stat().st_ctime_ns // 10**9 > before.st_ctime_ns // 10**9 or path.chmod(0o644))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replaced_by_a_link(tree: Surveyed) -> None:
    (tree.repo.root / "pkg/b.py").unlink()
    (tree.repo.root / "pkg/b.py").symlink_to("deep/c.py")


def a_folder_swapped_for_an_equal_one(tree: Surveyed) -> None:
    shutil.copytree(tree.repo.root / "pkg/deep", tree.repo.root / "copy")
    shutil.rmtree(tree.repo.root / "pkg/deep")
    (tree.repo.root / "copy").rename(tree.repo.root / "pkg/deep")


def a_folder_swapped_for_one_of_the_same_time(tree: Surveyed) -> None:
    deep, copy = tree.repo.root / "pkg/deep", tree.repo.root / "copy"
    shutil.copytree(deep, copy)
    (copy / "z.py").write_text("z = 1\n")
    os.utime(copy, ns=(deep.stat().st_atime_ns, deep.stat().st_mtime_ns))
    shutil.rmtree(deep)
    copy.rename(deep)


def another_repository(tree: Surveyed) -> None:
    (tree.repo.root / "other/.git").mkdir()


def configured(tree: Surveyed) -> None:
    tree.repo.write("docwatch.toml", 'exclude = ["/other/"]\n')


def tracked_in_an_ignored_folder(tree: Surveyed) -> None:
    tree.repo.git("add", "-f", "hidden/h.py")


@pytest.mark.parametrize(
    ("change", "changed", "gone"),
    [
        (lambda tree: tree.repo.write("pkg/b.py", "longer than it was = 1\n"), {"pkg/b.py"}, set()),
        (forged, {"pkg/b.py"}, set()),
        (replaced_by_a_link, {"pkg/b.py"}, set()),
        (lambda tree: (tree.repo.root / "pkg/b.py").chmod(0o755), {"pkg/b.py"}, set()),
        (lambda tree: tree.repo.write("pkg/new.py"), {"pkg/new.py"}, set()),
        (lambda tree: tree.repo.write("new/new.py"), {"new/new.py"}, set()),
        (lambda tree: (tree.repo.root / "other/e.py").unlink(), set(), {"other/e.py"}),
        (lambda tree: shutil.rmtree(tree.repo.root / "pkg"), set(), {"pkg/" + n for n in PKG}),
        (
            lambda tree: (tree.repo.root / "pkg").rename(tree.repo.root / "lib"),
            {"lib/" + n for n in PKG},
            {"pkg/" + n for n in PKG},
        ),
        (a_folder_swapped_for_an_equal_one, {"pkg/deep/c.py", "pkg/deep/d.py"}, set()),
        (a_folder_swapped_for_one_of_the_same_time, {"pkg/deep/c.py", "pkg/deep/d.py", "pkg/deep/z.py"}, set()),
        (another_repository, set(), {"other/e.py", "other/logo.png", "other/kept.log.py"}),
        (configured, {"docwatch.toml"}, {"other/e.py", "other/logo.png", "other/kept.log.py"}),
        (lambda tree: tree.repo.write(".gitignore", "hidden/\n*.log.py\n/a.py\n"), set(), {"a.py"}),
        (lambda tree: tree.repo.write(".gitignore", "hidden/\n"), {"other/x.log.py"}, set()),
        (lambda tree: tree.repo.write("pkg/.gitignore", "d.py\n"), set(), {"pkg/deep/d.py"}),
        (
            lambda tree: tree.repo.write("pkg/.docwatchignore", "d.py\n"),
            {"pkg/deep/d.py", "pkg/.docwatchignore"},
            set(),
        ),
        (lambda tree: (tree.repo.root / ".git/info/exclude").write_text("e.py\n"), set(), {"other/e.py"}),
        (tracked_in_an_ignored_folder, {"hidden/h.py"}, set()),
        (lambda tree: tree.repo.git("add", "-f", "other/x.log.py"), {"other/x.log.py"}, set()),
        (lambda tree: tree.repo.git("rm", "-q", "--cached", "other/kept.log.py"), set(), {"other/kept.log.py"}),
    ],
)
def test_whatever_changes_is_found_as_by_looking_at_everything(
    tree: Surveyed, change: Callable[[Surveyed], object], changed: set[str], gone: set[str]
) -> None:
    change(tree)
    assert tree.differing() == (changed, gone)


def test_a_row_that_another_process_took_away_is_missed(tree: Surveyed) -> None:
    """The disk is the same: only the ledger tells."""
    with OpenTree(tree.repo.tree()) as other:
        other.ledger.record(other.ledger.ticket(), "save", [Gone(b"pkg/deep/c.py")])
    assert tree.differing() == ({"pkg/deep/c.py"}, set())


def test_a_row_that_this_process_wrote_is_not_taken_for_the_former_one(tree: Surveyed) -> None:
    tree.opened.ledger.record(tree.opened.ledger.ticket(), "save", [Skipped(b"pkg/deep/c.py", "the test says so")])
    assert tree.differing() == ({"pkg/deep/c.py"}, set())


def test_a_row_of_a_file_that_is_not_there_is_found_in_any_folder(tree: Surveyed) -> None:
    strangers = [b"pkg/deep/stranger.py", b"nowhere/stranger.py", b"stranger.py"]
    tree.opened.ledger.record(tree.opened.ledger.ticket(), "scan", [Skipped(path, "unreadable") for path in strangers])
    assert tree.differing() == (set(), set(map(os.fsdecode, strangers)))


def test_a_row_that_changed_its_state_is_counted_as_it_is_now(tree: Surveyed) -> None:
    with tree.opened.store.writing() as connection:
        connection.execute(
            "UPDATE ledger SET state = 'failed', changed = (SELECT now + 1 FROM clock) WHERE path = ?", (b"a.py",)
        )
        connection.execute("UPDATE clock SET now = now + 1")
    assert tree.differing() == (set(), set())
    assert tree.again().states == {"fresh": 5, "failed": 1}


def test_a_folder_that_cannot_be_listed_is_compared_by_its_own_row(
    tree: Surveyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = walk._opened

    def closed(root: Root, path: bytes, below: int | None) -> int:
        if path.endswith(b"deep"):
            raise RefusedError(path, UNREADABLE)
        return really(root, path, below)

    tree.opened.ledger.record(tree.opened.ledger.ticket(), "scan", [Skipped(b"pkg/deep", UNREADABLE)])
    monkeypatch.setattr(walk, "_opened", closed)
    os.utime(tree.repo.root / "pkg/deep")  # as a chmod would, it moves the folder's ctime
    for _ in range(3):
        assert tree.differing() == (set(), {"pkg/deep/c.py", "pkg/deep/d.py"})


def test_files_of_an_excluded_folder_are_left_alone_once_that_is_written_down(tree: Surveyed) -> None:
    configured(tree)
    _, gone = tree.differing()
    submit(tree.opened, [os.fsencode(path) for path in (*gone, "docwatch.toml")], origin="scan")
    until(lambda: settled(tree.repo, tree.opened))
    assert tree.differing() == (set(), set())
    assert tree.repo.states()["other/e.py"] == "skipped"


def test_a_walk_that_broke_off_leaves_no_snapshot(tree: Surveyed) -> None:
    path = Path(snapshot.file(tree.opened.tree).path)
    before = path.read_bytes()
    away = tree.repo.root.with_name("away")
    tree.repo.root.rename(away)
    with pytest.raises(TransientError):
        survey(tree.opened)
    away.rename(tree.repo.root)
    assert path.read_bytes() == before
    tree.repo.write("a.py", "changed\n")
    assert tree.differing() == ({"a.py"}, set())


def test_a_full_survey_looks_at_everything(tree: Surveyed) -> None:
    assert len(survey(tree.opened, full=True).changed) == 9


def test_what_is_remembered_of_folders_goes_with_them(tree: Surveyed) -> None:
    shutil.rmtree(tree.repo.root / "pkg")
    tree.again().leave_snapshot()
    left = snapshot.decoded(snapshot.file(tree.opened.tree).note())
    assert left.folders.keys() == {b"", b"other"}
    assert left.rules.keys() == {b".gitignore"}
    entries, _ = snapshot.file(tree.opened.tree).read()
    assert not any(path.startswith(b"pkg/") for path in entries)


def test_a_file_that_changes_within_a_second_and_keeps_its_size_is_found(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git compares whole seconds: what is younger than two of them is looked at again by us, to the nanosecond."""
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    for folder in range(4):
        repo.write(f"{folder}/a.py", "old = 1\n")
        os.utime(repo.root / f"{folder}/a.py", (1, 1))
    with OpenTree(repo.tree()) as opened:
        repo.document()
        monkeypatch.setattr(recording, "LEAST_SETTLED", 0.0)  # nothing is old enough to be settled
        repo.write("0/a.py", "one = 1\n")
        until(lambda: (repo.document(), not (found := survey(opened)).changed, found.leave_snapshot())[1])
        assert snapshot.doubts(opened) is not None
        repo.write("0/a.py", "two = 2\n")
        assert survey(opened).changed == [b"0/a.py"]


def test_a_damaged_snapshot_says_nothing_and_is_replaced(tree: Surveyed) -> None:
    path = Path(snapshot.file(tree.opened.tree).path)
    content = path.read_bytes()
    for damaged in (content[:100], content.replace(b'"clock"', b'"clok?"'), b"", content.replace(b"DIRC", b"DIRX")):
        path.write_bytes(damaged)
        assert snapshot.doubts(tree.opened) is None
        assert tree.differing() == (set(), set())
        assert snapshot.doubts(tree.opened) is not None


def test_a_snapshot_of_another_docwatch_or_another_store_is_not_relied_on(
    tree: Surveyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "__version__", "0")
        assert snapshot.doubts(tree.opened) is None
    assert snapshot.doubts(tree.opened) is not None
    monkeypatch.setattr(tree.opened.store, "_inode", 1)
    assert snapshot.doubts(tree.opened) is None


def test_a_later_snapshot_of_another_process_is_not_mixed_with_ours(tree: Surveyed) -> None:
    tree.repo.write("pkg/b.py", "longer than it was = 1\n")
    ours = tree.again()
    tree.repo.write("other/e.py", "longer than it was = 1\n")
    with OpenTree(tree.repo.tree()) as other:
        survey(other).leave_snapshot()
    left = Path(snapshot.file(tree.opened.tree).path).read_bytes()
    ours.leave_snapshot()
    assert Path(snapshot.file(tree.opened.tree).path).read_bytes() == left
