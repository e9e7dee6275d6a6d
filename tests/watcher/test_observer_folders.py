"""One inotify watch for each admitted folder, whatever happens to the folders."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from docwatch.watcher import cookies
from docwatch.watcher.notices import Changed, FolderChanged, Lost
from docwatch.watcher.observer import TreeObserver

from .conftest import Tree, await_notice, descends

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def assert_every_folder_is_watched(tree: Tree) -> None:
    """By count, and by a file made in each."""
    tree.settle()
    folders = tree.folders()
    assert tree.watched_folders() == len(folders)
    probes = {os.path.join(folder, b"probe") for folder in folders}
    for probe in probes:
        with open(os.path.join(os.fsencode(tree.root), probe), "wb"):
            pass
    assert tree.changed() == probes


def test_there_is_one_watch_for_each_admitted_folder(tree: Tree) -> None:
    assert tree.folders() == {b"", b"src", b"src/deep"}
    assert_every_folder_is_watched(tree)


def test_ignored_folders_are_never_entered(root: Path, spool: Path) -> None:
    asked: list[bytes] = []

    def descends_and_remembers(folder: bytes) -> bool:
        asked.append(folder)
        return descends(folder)

    with TreeObserver(str(root), descends_and_remembers, extra_folders=[str(spool)]) as observer:
        (root / "ignored" / "new").mkdir()
        assert observer.sync(10)
    assert sorted(asked) == [b"ignored", b"src", b"src/deep"]


def test_no_file_is_missed_in_a_folder_made_at_once(tree: Tree) -> None:
    script = "for i in $(seq 150); do mkdir -p d$i/b/c && : > d$i/b/c/f && : > d$i/f; done"
    subprocess.run(["sh", "-c", script], cwd=tree.root, check=True)
    wanted = {b"d%d/%s" % (number, name) for number in range(1, 151) for name in (b"f", b"b/c/f")}
    assert wanted <= tree.changed()
    assert_every_folder_is_watched(tree)


def test_a_copied_tree_is_watched_and_noticed_but_not_its_ignored_part(tree: Tree) -> None:
    (tree.root / "src" / "ignored" / "x").mkdir(parents=True)
    (tree.root / "src" / "ignored" / "x" / "y.py").write_text("y\n")
    tree.settle()
    shutil.copytree(tree.root / "src", tree.root / "copy")
    assert tree.changed() == {b"copy/a.py"}
    assert_every_folder_is_watched(tree)


def test_a_folder_moved_within_the_tree_is_known_by_its_new_name(tree: Tree) -> None:
    (tree.root / "src").rename(tree.root / "lib")
    notices = tree.settle()
    assert FolderChanged(b"src") in notices
    assert Changed(b"lib/a.py") in notices
    assert_every_folder_is_watched(tree)


def test_a_folder_moved_out_of_the_tree_is_not_reported_any_more(tree: Tree, tmp_path: Path) -> None:
    (tree.root / "src").rename(tmp_path / "outside")
    (tmp_path / "outside" / "a.py").write_text("not ours\n")
    (tmp_path / "outside" / "deep" / "b.py").write_text("not ours\n")
    assert tree.settle() == [FolderChanged(b"src")]
    (tmp_path / "outside" / "deep" / "b.py").write_text("still not ours\n")
    assert tree.settle() == []
    assert tree.watched_folders() == 1


def test_a_folder_moved_to_an_ignored_name_is_not_watched_any_more(tree: Tree) -> None:
    shutil.rmtree(tree.root / "ignored")
    (tree.root / "src").rename(tree.root / "ignored")
    assert tree.folders_changed() == {b"ignored", b"src"}
    (tree.root / "ignored" / "a.py").write_text("x\n")
    assert tree.settle() == []


def test_a_folder_that_comes_back_from_an_ignored_name_is_watched(tree: Tree) -> None:
    (tree.root / "ignored" / "deep" / "x.py").write_text("x\n")
    (tree.root / "ignored").rename(tree.root / "seen")
    assert tree.changed() == {b"seen/deep/x.py"}
    assert_every_folder_is_watched(tree)


def test_two_folders_that_swap_names_are_both_watched(tree: Tree) -> None:
    (tree.root / "other" / "inner").mkdir(parents=True)
    tree.settle()
    exchange(tree.root / "src", tree.root / "other")
    assert {FolderChanged(b"src"), FolderChanged(b"other"), Changed(b"other/a.py")} <= set(tree.settle())
    assert_every_folder_is_watched(tree)


def test_a_file_and_a_folder_that_swap_names_are_both_noticed(tree: Tree) -> None:
    (tree.root / "file").write_text("x\n")
    tree.settle()
    exchange(tree.root / "src", tree.root / "file")
    assert {FolderChanged(b"src"), Changed(b"src"), Changed(b"file"), Changed(b"file/a.py")} <= set(tree.settle())
    assert_every_folder_is_watched(tree)


def exchange(one: Path, other: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    at_fdcwd, rename_exchange = -100, 2
    if not hasattr(libc, "renameat2"):
        pytest.skip("this C library has no renameat2 to swap two names with")
    assert libc.renameat2(at_fdcwd, bytes(one), at_fdcwd, bytes(other), rename_exchange) == 0


def test_a_folder_moved_over_an_empty_one_is_watched(tree: Tree) -> None:
    (tree.root / "empty").mkdir()
    tree.settle()
    (tree.root / "src").replace(tree.root / "empty")
    assert Changed(b"empty/a.py") in tree.settle()
    assert_every_folder_is_watched(tree)


def test_a_folder_that_is_made_anew_while_somebody_still_holds_the_old_one_is_watched(tree: Tree) -> None:
    held = os.open(tree.root / "src" / "deep", os.O_RDONLY)
    try:
        (tree.root / "src" / "deep").rmdir()
        (tree.root / "src" / "deep").mkdir()
        assert_every_folder_is_watched(tree)
    finally:
        os.close(held)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_series_of_folder_operations_the_watches_equal_the_folders(
    tree: Tree, tmp_path: Path, seed: int
) -> None:
    """With and without the observer keeping up, and with rules being read again in between."""
    chance = random.Random(seed)
    root = tree.root
    (tmp_path / "outside").mkdir()
    for step in range(300):
        folders = [root, *(root / os.fsdecode(folder) for folder in sorted(tree.folders() - {b""}))]
        one, other = chance.choice(folders), chance.choice(folders)
        name = chance.choice(["a", "b", "c", "ignored"])
        match chance.randrange(8):
            case 0 | 1 | 2:
                (one / name / "sub").mkdir(parents=True, exist_ok=True)
            case 3 if one != root:
                shutil.rmtree(one)
            case 4 if one != root and not (other / name).exists() and one not in (other, *other.parents):
                one.rename(other / name)
            case 5 if one != root:
                one.rename(tmp_path / "outside" / str(step))
            case 6 if outside := sorted((tmp_path / "outside").iterdir()):
                if not (one / name).exists():
                    chance.choice(outside).rename(one / name)
            case 7:
                chance.choice([tree.observer.rescan_folders, tree.settle])()
    assert_every_folder_is_watched(tree)


def test_rules_that_changed_take_effect_on_rescan_without_a_gap(root: Path, spool: Path) -> None:
    ignored = {b"ignored"}
    with TreeObserver(str(root), lambda folder: folder not in ignored, extra_folders=[str(spool)]) as observer:
        tree = Tree(observer, root, spool)
        ignored.clear()
        ignored.add(b"src")
        (root / "new.py").write_text("not lost by the rescan\n")
        observer.rescan_folders()
        assert tree.changed() == {b"new.py"}
        (root / "ignored" / "deep" / "x.py").write_text("x\n")
        (root / "src" / "a.py").write_text("x\n")
        assert tree.changed() == {b"ignored/deep/x.py"}
        assert tree.watched_folders() == 3


def test_a_deleted_root_is_lost_and_a_problem_even_when_it_is_made_again(tree: Tree) -> None:
    shutil.rmtree(tree.root)
    tree.await_notice(lambda notice: isinstance(notice, Lost))
    assert "put it back" in (tree.observer.problem() or "")
    tree.root.mkdir()
    assert "put it back" in (tree.observer.problem() or "")


def test_a_moved_root_is_lost_and_a_problem_until_it_comes_back(tree: Tree, tmp_path: Path) -> None:
    tree.root.rename(tmp_path / "moved")
    tree.await_notice(lambda notice: isinstance(notice, Lost))
    assert "put it back" in (tree.observer.problem() or "")
    (tmp_path / "moved").rename(tree.root)
    assert tree.observer.problem() is None
    assert_every_folder_is_watched(tree)


def test_a_root_whose_parent_is_moved_makes_no_event_but_is_a_problem(tmp_path: Path) -> None:
    root = tmp_path / "parent" / "root"
    root.mkdir(parents=True)
    with TreeObserver(str(root), descends) as observer:
        (tmp_path / "parent").rename(tmp_path / "moved")
        assert "put it back" in (observer.problem() or "")


@contextmanager
def overflowing(tree: Tree) -> Iterator[None]:
    """The body runs while the kernel's queue is full, and what happens in it is lost.

    Holding the observer's lock is what a stopped process looks like to the kernel.
    """
    queue_length = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    watched = next(folders for folders in tree.observer._pruned._folders() if folders._root == bytes(tree.root))  # type: ignore[union-attr]
    one, other = tree.root / "src" / "a.py", tree.root / "src" / "b.py"
    with watched._lock:
        for _ in range(queue_length):  # each move is two events
            os.rename(one, other)
            one, other = other, one
        yield


def test_an_overflow_is_lost_and_the_observer_sees_all_that_comes_after_it(
    tree: Tree, caplog: pytest.LogCaptureFixture
) -> None:
    with overflowing(tree):
        (tree.root / "made" / "unseen").mkdir(parents=True)
        (tree.root / "src").rename(tree.root / "moved unseen")
    tree.await_notice(lambda notice: isinstance(notice, Lost))
    assert tree.observer.problem() is None
    assert_every_folder_is_watched(tree)
    assert caplog.text.count("Inotify queue overflowed") == 1, "it overflowed again by itself"


def test_sync_outlasts_an_overflow_that_takes_its_cookie(tree: Tree) -> None:
    with ThreadPoolExecutor(1) as pool:
        with overflowing(tree):
            synced = pool.submit(tree.observer.sync, 10)
            while not any(tree.spool.iterdir()):
                pass
        assert synced.result()


def test_a_dead_inotify_thread_is_a_problem_and_a_new_observer_puts_it_right(tree: Tree) -> None:
    tree.observer._pruned._inotify_fd.stop()  # type: ignore[union-attr]
    tree.observer._pruned._inotify_fd.join()  # type: ignore[union-attr]
    assert "thread" in (tree.observer.problem() or "")
    assert not tree.observer.sync(0.05)
    with TreeObserver(str(tree.root), descends, extra_folders=[str(tree.spool)]) as observer:
        (tree.root / "x").write_text("x\n")
        await_notice(observer, lambda notice: notice == Changed(b"x"))
        assert observer.problem() is None


def test_as_long_as_events_come_through_no_beat_is_missed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookies, "BEAT_SECONDS", 0)
    for _ in range(20):
        assert tree.observer.problem() is None
        assert tree.settle() == []


def run_unshared(script: str, *arguments: object, user: int = 0) -> str:
    """Run `script` as `user` of a user namespace of its own, whose limits it may lower if that user is 0."""
    unshare = ["unshare", "--user", f"--map-user={user}"]
    command = [*unshare, sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if "unshare" in done.stderr:
        pytest.skip("this machine does not let us make a user namespace")
    assert done.stderr == ""
    return done.stdout


UNREADABLE = """
import sys
from docwatch.watcher.observer import TreeObserver

with TreeObserver(sys.argv[1], lambda folder: True) as observer:
    print(observer.watches(), observer.problem())
"""


def test_folders_we_may_not_read_are_left_out_and_are_no_problem(tmp_path: Path) -> None:
    for name, mode in (("open", 0o755), ("closed", 0), ("closed too", 0o111)):
        (tmp_path / "root" / name).mkdir(mode=mode, parents=True)
    assert run_unshared(UNREADABLE, tmp_path / "root", user=1000) == "2 None\n"


LIMITED = """
import sys
from pathlib import Path
from docwatch.errors import TransientError
from docwatch.watcher.notices import Lost
from docwatch.watcher.observer import TreeObserver

root, spool, limit, value = sys.argv[1:]
limit = Path("/proc/sys/user", limit)
limit.write_text(value)
try:
    with TreeObserver(root, lambda folder: True, extra_folders=[spool]) as observer:
        print("watches", observer.watches())
        print("problem", observer.problem())
        print("lost", isinstance(observer.notices.get(timeout=10), Lost))
        observer.rescan_folders()
        print("again", observer.notices.qsize())
        limit.write_text("1000")
        observer.rescan_folders()
        print("then", observer.watches(), observer.problem())
except TransientError as error:
    print("error", error)
"""


def run_limited(tmp_path: Path, limit: str, value: int) -> str:
    """Observe a tree of 100 folders within that limit."""
    root, spool = tmp_path / "root", tmp_path / "spool"
    for number in range(99):
        (root / str(number)).mkdir(parents=True)
    spool.mkdir()
    return run_unshared(LIMITED, root, spool, limit, value)


def test_the_watch_limit_is_a_problem_that_names_it_until_it_is_raised(tmp_path: Path) -> None:
    watches, problem, lost, again, then = run_limited(tmp_path, "max_inotify_watches", 40).splitlines()
    assert watches == "watches 40"
    assert "only 39 folders" in problem
    assert "raise fs.inotify.max_user_watches" in problem
    assert lost == "lost True"
    assert again == "again 0", "who rescans upon a loss would never end"
    assert then == "then 101 None"


def test_having_no_watch_at_all_is_an_error_that_names_the_limit(tmp_path: Path) -> None:
    assert "raise fs.inotify.max_user_watches" in run_limited(tmp_path, "max_inotify_watches", 0)


def test_having_no_inotify_instance_is_an_error_that_names_the_limit(tmp_path: Path) -> None:
    assert "raise fs.inotify.max_user_instances" in run_limited(tmp_path, "max_inotify_instances", 0)
