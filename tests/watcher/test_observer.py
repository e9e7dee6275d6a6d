"""The observer with real events. On Linux `Tree.settle()` makes absence provable without waiting."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docwatch.errors import UserError
from docwatch.watcher.notices import Changed, FolderChanged, Lost, Spool
from docwatch.watcher.observer import TreeObserver

from .conftest import Tree, await_notice, descends

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the order of events that one inotify instance gives")


@pytest.fixture(params=["events", "every folder", "polling"])
def any_observer(
    request: pytest.FixtureRequest, root: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TreeObserver]:
    """Each way of watching: what is common to all of them is tested with it."""
    if request.param == "every folder":  # a watchdog whose inotify classes look different
        monkeypatch.setitem(sys.modules, "docwatch.watcher.pruned", None)
    mode = "polling" if request.param == "polling" else "events"
    inner = root / "ignored" / "spool"
    inner.mkdir()
    extra = [str(spool), str(inner)]
    with TreeObserver(str(root), descends, extra_folders=extra, mode=mode, poll_seconds=0.02) as observer:
        yield observer


def test_a_saved_file_is_noticed_by_its_relative_path(any_observer: TreeObserver, root: Path) -> None:
    (root / "src" / "a.py").write_text("two\n")
    assert await_notice(any_observer, lambda notice: notice == Changed(b"src/a.py"))


def test_a_moved_file_is_noticed_at_both_ends(any_observer: TreeObserver, root: Path) -> None:
    (root / "src" / "a.py").rename(root / "b.py")
    awaited = {Changed(b"src/a.py"), Changed(b"b.py")}
    await_notice(any_observer, lambda notice: not (awaited.discard(notice) or awaited))  # type: ignore[arg-type]


def test_a_deleted_file_is_noticed(any_observer: TreeObserver, root: Path) -> None:
    (root / "src" / "a.py").unlink()
    await_notice(any_observer, lambda notice: notice == Changed(b"src/a.py"))


def test_a_folder_that_moves_away_is_noticed(any_observer: TreeObserver, root: Path, tmp_path: Path) -> None:
    (root / "src").rename(tmp_path / "elsewhere")
    await_notice(any_observer, lambda notice: notice == FolderChanged(b"src"))


def test_a_folder_that_moves_in_is_noticed_file_by_file(any_observer: TreeObserver, root: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "deep").mkdir(parents=True)
    (tmp_path / "new" / "deep" / "x.py").write_text("x\n")
    (tmp_path / "new").rename(root / "new")
    await_notice(any_observer, lambda notice: notice == Changed(b"new/deep/x.py"))


def test_ignored_folders_are_silent(any_observer: TreeObserver, root: Path) -> None:
    (root / "ignored" / "deep" / "x.py").write_text("x\n")
    (root / "ignored" / "y.py").write_text("y\n")
    (root / "z.py").write_text("z\n")
    seen = await_notice(any_observer, lambda notice: notice == Changed(b"z.py"))
    (root / "ignored" / "deep" / "x.py").unlink()
    (root / "z.py").unlink()
    seen += await_notice(any_observer, lambda notice: notice == Changed(b"z.py"))
    assert {notice.path for notice in seen if isinstance(notice, Changed)} == {b"z.py"}


def test_polling_does_not_look_into_ignored_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: set[object] = set()
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.add(folder) or scandir(folder))
    with TreeObserver(str(root), descends, mode="polling", poll_seconds=0.02) as observer:
        (root / "x").write_text("x\n")
        await_notice(observer, lambda notice: notice == Changed(b"x"))
    assert {str(root), str(root / "src")} <= listed
    assert str(root / "ignored") not in listed


@pytest.mark.parametrize("inside", [False, True])
def test_what_comes_into_an_extra_folder_is_kept_apart(
    any_observer: TreeObserver, root: Path, spool: Path, inside: bool
) -> None:
    file = (root / "ignored" / "spool" if inside else spool) / "spool"
    with file.open("a") as opened:
        opened.write("post-commit\n")
    seen = await_notice(any_observer, lambda notice: notice == Spool(os.fsencode(file)))
    assert not [notice for notice in seen if not isinstance(notice, Spool)]


def test_sync_leaves_nothing_behind(any_observer: TreeObserver, root: Path, spool: Path) -> None:
    assert any_observer.sync(10)
    assert list(spool.iterdir()) == []
    assert any_observer.sync(10)
    assert any_observer.notices.empty()


def test_a_link_to_a_folder_outside_is_not_followed(root: Path, spool: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    for mode in ("events", "polling"):
        with TreeObserver(str(root), descends, extra_folders=[str(spool)], mode=mode, poll_seconds=0.02) as observer:  # type: ignore[arg-type]
            (outside / mode).write_text("x\n")
            (root / mode).write_text("x\n")
            seen = await_notice(observer, lambda notice: notice == Changed(os.fsencode(mode)))  # noqa: B023
            assert {notice.path for notice in seen if isinstance(notice, Changed)} == {os.fsencode(mode)}


def test_a_root_that_is_not_there_is_the_users_problem(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="check that the folder exists"), TreeObserver(str(tmp_path / "no"), descends):
        pass


def test_a_missing_extra_folder_is_named(root: Path, tmp_path: Path) -> None:
    observer = TreeObserver(str(root), descends, extra_folders=[str(tmp_path / "no")])
    with pytest.raises(UserError, match="no"), observer:
        pass


def test_closing_again_and_again_leaves_no_descriptor(root: Path, spool: Path) -> None:
    gc.collect()  # what others left is not to go meanwhile
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        with TreeObserver(str(root), descends, extra_folders=[str(spool)]):
            pass
    assert len(os.listdir("/dev/fd")) == before


def test_a_closed_observer_says_so(root: Path) -> None:
    with TreeObserver(str(root), descends) as observer:
        assert observer.problem() is None
    assert "not being watched" in (observer.problem() or "")


# Saving, as editors do it: each must name the file that was saved.


def _in_place(file: Path) -> None:
    with file.open("r+") as opened:
        opened.write("two")


def _truncate_and_write(file: Path) -> None:
    file.write_text("two\n")


def _write_beside_and_rename(file: Path) -> None:
    beside = file.with_name(".a.py.tmp")
    beside.write_text("two\n")
    beside.replace(file)


def _write_elsewhere_and_rename(file: Path) -> None:
    elsewhere = file.parents[2] / "unwatched.tmp"
    elsewhere.write_text("two\n")
    elsewhere.replace(file)


def _vim_with_backup(file: Path) -> None:
    file.rename(f"{file}~")
    file.write_text("two\n")
    Path(f"{file}~").unlink()


def _emacs_with_backup_by_copy(file: Path) -> None:
    shutil.copy2(file, f"{file}~")
    file.write_text("two\n")


def _sed_in_place(file: Path) -> None:
    subprocess.run(["sed", "-i.bak", "s/one/two/", file], check=True)


def _copy_over(file: Path) -> None:
    subprocess.run(["sh", "-c", f"echo two > {file}.new && cp {file}.new {file}"], check=True)


def _hard_link_over(file: Path) -> None:
    beside = file.with_name("new")
    beside.write_text("two\n")
    file.unlink()
    file.hardlink_to(beside)


def _delete_and_write(file: Path) -> None:
    file.unlink()
    file.write_text("two\n")


SAVES = [
    _in_place,
    _truncate_and_write,
    _write_beside_and_rename,
    _write_elsewhere_and_rename,
    _vim_with_backup,
    _emacs_with_backup_by_copy,
    _sed_in_place,
    _copy_over,
    _hard_link_over,
    _delete_and_write,
]


@linux
@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__.strip("_"))
def test_whichever_way_an_editor_saves_the_file_is_noticed(tree: Tree, save: object) -> None:
    save(tree.root / "src" / "a.py")  # type: ignore[operator]
    assert b"src/a.py" in tree.changed()


@linux
def test_a_file_written_without_being_closed_is_noticed(tree: Tree) -> None:
    with (tree.root / "log.txt").open("w") as file:
        tree.settle()
        file.write("a line\n")
        file.flush()
        assert tree.changed() == {b"log.txt"}


@linux
def test_a_deleted_file_that_is_still_written_to_is_not_a_change(tree: Tree) -> None:
    with (tree.root / "src" / "a.py").open("a") as file:
        (tree.root / "src" / "a.py").unlink()
        tree.settle()
        file.write("nobody can read this any more\n")
    assert tree.settle() == []


@linux
def test_reading_is_not_a_change(tree: Tree) -> None:
    (tree.root / "src" / "a.py").read_bytes()
    os.listdir(tree.root / "src")
    assert tree.settle() == []


@linux
@pytest.mark.parametrize(
    "name", [b"with space", b"\xff\xfe not utf-8", b"new\nline \x1b[31m", b"-rf", b"x" * 255, "é".encode()]
)
def test_any_name_arrives_as_its_bytes(tree: Tree, name: bytes) -> None:
    root = os.fsencode(tree.root)
    os.mkdir(os.path.join(root, name))
    with open(os.path.join(root, name, name), "wb"):
        pass
    assert tree.changed() == {name + b"/" + name}
    os.rename(os.path.join(root, name), os.path.join(root, b"plain"))
    assert FolderChanged(name) in tree.settle()


@linux
def test_a_database_kept_open_in_an_extra_folder_is_not_a_notice_a_write(tree: Tree) -> None:
    with (tree.spool / "docs.db-wal").open("w") as file:
        tree.settle()
        file.write("page")
        file.flush()
        assert tree.settle() == []


def test_a_bug_in_the_rules_does_not_blind_the_observer(
    root: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_on_one(folder: bytes) -> bool:
        if folder == b"boom":
            raise ValueError(folder)
        return True

    for every_folder in (False, True):
        if every_folder:
            monkeypatch.setitem(sys.modules, "docwatch.watcher.pruned", None)
        with TreeObserver(str(root), fails_on_one, extra_folders=[str(spool)]) as observer:
            (root / "boom").mkdir()
            (root / "boom" / "x").write_text("x\n")
            await_notice(observer, lambda notice: isinstance(notice, Lost))
            (root / "after").write_text("x\n")
            await_notice(observer, lambda notice: notice == Changed(b"after"))
            assert observer.problem() is None
        shutil.rmtree(root / "boom")
