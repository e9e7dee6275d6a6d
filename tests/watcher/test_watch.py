"""A watcher at work: saves, commits and rules become documents owed, with real events and no worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from docwatch.errors import UserError
from docwatch.opened import OpenTree
from docwatch.watcher import presence, reconcile, watch
from docwatch.watcher.notices import Lost
from docwatch.watcher.watch import Watch
from tests.conftest import Repo, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_QUIET_MS", "20")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")  # what is owed stays in the ledger
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(watch, "PAUSE_SECONDS", 0.1)


@contextmanager
def watching(repo: Repo, on_spool: Callable[[], object] = lambda: None) -> Iterator[Watch]:
    """The watcher in a thread, as `up` runs it; its first reconcile is done."""
    stop = threading.Event()
    tree = repo.tree()
    with (
        presence.announced(tree) as announcement,
        OpenTree(tree) as opened,
        Watch(opened, announcement, on_spool) as watch,
    ):
        watch.reconcile()
        thread = threading.Thread(target=watch.run, args=(stop,))
        thread.start()
        try:
            yield watch
        finally:
            stop.set()
            thread.join()


def oids(repo: Repo) -> dict[str, str | None]:
    with OpenTree(repo.tree()) as opened:
        return {os.fsdecode(row.path): row.wanted for row in opened.ledger.all() if row.state == "queued"}


def settle(repo: Repo) -> None:
    """Wait until everything done so far has been seen: a file saved last has been taken in."""
    name = f"cookie{len(list(repo.root.glob('cookie*')))}.py"
    repo.write(name, f"# {name}\n")
    until(lambda: name in oids(repo))


def test_a_saved_file_is_owed_and_says_why(repo: Repo) -> None:
    with watching(repo):
        repo.write("a.py")
        until(lambda: oids(repo).get("a.py") == repo.oid("a.py"))
    with OpenTree(repo.tree()) as opened:
        row = opened.ledger.row(b"a.py")
    assert row is not None
    assert row.origin == "save"


def test_what_was_there_before_is_owed_by_the_first_reconcile(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        assert set(oids(repo)) == {"a.py"}


def test_both_ends_of_a_move_are_seen(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        os.rename(repo.root / "a.py", repo.root / "b.py")
        until(lambda: set(oids(repo)) == {"b.py"})


def test_a_moved_folder_takes_its_files_along(repo: Repo) -> None:
    repo.write("old/a.py")
    repo.write("old/deep/b.py", "x = 1\n")
    with watching(repo):
        os.rename(repo.root / "old", repo.root / "new")
        until(lambda: set(oids(repo)) == {"new/a.py", "new/deep/b.py"})


def test_an_atomic_save_is_of_the_target(repo: Repo) -> None:
    repo.write("a.py", "old\n")
    with watching(repo):
        repo.write(".a.py.tmp~", "new\n")
        os.replace(repo.root / ".a.py.tmp~", repo.root / "a.py")
        until(lambda: oids(repo) == {"a.py": repo.oid("a.py")})


def test_an_ignored_file_is_not_owed(repo: Repo) -> None:
    repo.write(".gitignore", "build/\n*.log.py\n")
    repo.write("build/x.py")
    with watching(repo):
        repo.write("build/y.py")
        repo.write("z.log.py")
        settle(repo)
        assert not [name for name in oids(repo) if name.startswith(("build", "z"))]


def test_rules_that_change_forget_and_admit(repo: Repo) -> None:
    repo.write(".gitignore", "hidden/\n")
    repo.write("hidden/a.py", "a = 1\n")
    repo.write("open/b.py", "b = 1\n")
    with watching(repo):
        assert {name for name in oids(repo) if name.endswith(".py")} == {"open/b.py"}
        repo.write(".gitignore", "open/\n")
        until(lambda: {name for name in oids(repo) if name.endswith(".py")} == {"hidden/a.py"})
        repo.write("hidden/c.py", "c = 1\n")  # the folder is watched from now on
        until(lambda: "hidden/c.py" in oids(repo))


def test_a_changed_configuration_holds_at_once(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        repo.write("docwatch.toml", 'exclude = ["a.py"]\n')
        until(lambda: repo.states().get("a.py") == "skipped")
        repo.write("sub/c.py", "c = 1\n")
        until(lambda: "sub/c.py" in oids(repo))


def test_word_from_gits_hooks_is_passed_on(repo: Repo) -> None:
    came = threading.Event()
    with watching(repo, came.set):
        (repo.root / ".git/docwatch/spool").write_text("post-commit\t/somewhere\n")
        assert came.wait(10)


def test_lost_events_are_made_good(repo: Repo) -> None:
    with watching(repo) as watch:
        observer = watch._observer
        assert observer is not None
        repo.write("a.py")
        observer.notices.put(Lost("the test says so"))
        until(lambda: "a.py" in oids(repo))


def test_an_error_does_not_end_the_watching(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    from docwatch.watcher import watch as module

    real, errors = module.submit, [RuntimeError("a bug")]

    def once_wrong(*arguments: object, **options: object) -> object:
        if errors:
            raise errors.pop()
        return real(*arguments, **options)  # type: ignore[arg-type]

    with watching(repo):
        monkeypatch.setattr(module, "submit", once_wrong)
        repo.write("a.py")
        until(lambda: "a.py" in oids(repo))
    assert not errors


def test_a_root_that_goes_and_comes_back_is_watched_again(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        away = repo.root.with_name("away")
        os.rename(repo.root, away)
        until(lambda: presence.of_id(identifier(repo)).problem is not None)
        os.rename(away, repo.root)
        until(lambda: presence.of_id(identifier(repo)).problem is None)
        assert "a.py" in repo.states()  # nothing was forgotten meanwhile
        repo.write("b.py", "b = 1\n")
        until(lambda: "b.py" in oids(repo))


def identifier(repo: Repo) -> str:
    from docwatch.tree import tree_id

    return tree_id(os.path.realpath(repo.root))


def test_only_one_watches_a_tree(repo: Repo) -> None:
    already = pytest.raises(UserError, match=f"already watched by process {os.getpid()}")
    with watching(repo), already, presence.announced(repo.tree()):
        pass


def test_reading_everything_makes_no_work(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        repo.document()
        before = repo.states()
        (repo.root / "a.py").read_text()
        settle(repo)
        assert {name: state for name, state in repo.states().items() if "cookie" not in name} == before


def test_a_scan_with_nothing_to_do_reads_nothing(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("a.py")
    repo.write("b.bin", b"\0\0")
    past = 1_000_000_000
    for name in ("a.py", "b.bin"):
        os.utime(repo.root / name, (past, past))
    repo.document()
    with OpenTree(repo.tree()) as opened:
        until(lambda: not reconcile.survey(opened).changed or not reconcile.reconcile(opened))
        monkeypatch.setattr(opened.scope, "read_all", None)
        scanned = reconcile.reconcile(opened)
    assert (scanned.fresh, scanned.submitted) == (1, 0)
