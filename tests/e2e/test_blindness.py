"""What makes a watcher blind is noticed, said in `status`, and made good: nothing is missed for longer than seconds."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from docwatch import tree
from docwatch.errors import TransientError
from docwatch.ledger import Ledger
from docwatch.opened import OpenTree
from docwatch.store import Store
from docwatch.watcher import cookies, filesystem, limits, presence, watch
from docwatch.watcher.notices import Lost
from docwatch.watcher.observer import TreeObserver
from docwatch.watcher.presence import Announcement, Mode, Presence
from docwatch.watcher.watch import Watch
from tests.conftest import Repo, until

# Deadlines for a machine that is busy with other things; how long it takes is measured by bench/blindness.py.
SHOWN_SECONDS, HEALED_SECONDS = 15.0, 20.0

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs inotify and /proc")
pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_QUIET_MS", "50")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")  # what is owed stays in the ledger


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every problem that a watcher in this process has said, however short it was."""
    problems: list[str] = []
    really = Announcement.say

    def say(self: Announcement, mode: Mode, problem: str | None) -> None:
        problems.append(f"{mode}: {problem}")
        really(self, mode, problem)

    monkeypatch.setattr(Announcement, "say", say)
    return problems


@contextlib.contextmanager
def watching(repo: Repo) -> Iterator[Watch]:
    """The watcher in a thread, as `up` runs it, its first comparison done."""
    stop, found = threading.Event(), repo.tree()
    with (
        presence.announced(found) as announcement,
        OpenTree(found) as opened,
        Watch(opened, announcement, lambda: None) as watching,
    ):
        watching.reconcile()
        thread = threading.Thread(target=watching.run, args=(stop,))
        thread.start()
        try:
            yield watching
        finally:
            stop.set()
            watching.wake()
            thread.join()


@contextlib.contextmanager
def watch_command(repo: Repo, *before: str, folder: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """`docwatch watch` in a process of its own, once it has compared the tree; `before` starts it."""
    command = (*before, sys.executable, "-P", "-m", "docwatch", "watch", str(folder or repo.root))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=os.sep) as process:
        assert process.stdout is not None
        try:
            until(lambda: (says(repo).pid is not None and all_is_owed(repo)) or process.poll() is not None)
            if process.poll() is not None:
                said = process.stdout.read().decode()
                if "unshare" in said or "ermission" in said:
                    pytest.skip(f"this machine does not let us lower its limits: {said.strip()}")
                pytest.fail(said)
            yield process
        finally:
            process.kill()


def says(repo: Repo) -> Presence:
    return presence.of_id(tree.tree_id(os.path.realpath(repo.root)))


def shown(repo: Repo, *words: str) -> Presence:
    """What status says of the watcher, once it says these words: soon."""
    until(lambda: all(word in (says(repo).problem or "") for word in words), SHOWN_SECONDS)
    return says(repo)


def healed(repo: Repo) -> None:
    """The watcher is well again and has seen everything."""
    until(lambda: says(repo).problem is None and says(repo).mode == "events" and all_is_owed(repo), HEALED_SECONDS)


def all_is_owed(repo: Repo) -> bool:
    """Whether the ledger wants every file's content as it is on disk, and nothing else."""
    if not (repo.root / ".git/docwatch").is_dir():
        return False
    with OpenTree(tree.find(str(repo.root))) as opened:
        wanted = {os.fsdecode(row.path): row.wanted for row in opened.ledger.all()}
    return wanted == on_disk(repo.root)


def on_disk(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): hashlib.sha1(b"blob %d\0" % file.stat().st_size + file.read_bytes()).hexdigest()
        for file in root.rglob("*.py")
        if ".git" not in file.parts
    }


def folders(repo: Repo, count: int) -> None:
    for number in range(count):
        repo.write(f"d{number}/a.py", f"a = {number}\n")


# Events are lost.


@linux
def test_more_changes_than_the_kernel_holds_while_the_watcher_stands_still_are_all_found(repo: Repo) -> None:
    longest = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if longest > 20_000:
        pytest.skip(f"this machine queues {longest} events: too many to lose in a test")
    folders(repo, 20)
    with watch_command(repo) as process:
        process.send_signal(signal.SIGSTOP)
        for number in range(longest // 2):  # two events each, at least
            repo.root.joinpath(f"d{number % 20}/b{number % 2000}.py").write_text(f"b = {number}\n")
        process.send_signal(signal.SIGCONT)
        until(lambda: all_is_owed(repo), HEALED_SECONDS)
        until(lambda: says(repo).problem is None)
    assert "more changes at once than inotify could hold" in log_text()


def log_text() -> str:
    from docwatch import log

    return "\n".join(log.tail(1000))


def test_while_lost_changes_are_looked_for_nobody_is_told_that_all_is_well(repo: Repo, said: list[str]) -> None:
    with watching(repo) as watcher:
        until(lambda: says(repo).problem is None)
        before = len(said)
        watcher._observer.notices.put(Lost("the test says so"))  # type: ignore[union-attr]
        until(lambda: len(said) > before + 1)
        assert "the tree is being compared" in said[before]
        assert said[-1] == "events: None"


@linux
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the point of it
def test_a_dead_inotify_thread_is_said_and_replaced_and_what_it_missed_is_found(repo: Repo, said: list[str]) -> None:
    with watching(repo) as watcher:
        inotify = watcher._observer._pruned._inotify_fd  # type: ignore[union-attr]
        inotify.handle_event = lambda event: sys.exit()  # ends the thread at its next event, without a word
        repo.write("unseen.py")
        until(
            lambda: any("off: the thread that reads inotify has ended; restart" in one for one in said), SHOWN_SECONDS
        )
        healed(repo)
        repo.write("seen.py", "b = 1\n")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)


@linux
def test_a_watcher_through_which_no_event_comes_is_said_and_replaced(
    repo: Repo, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every thread is alive, and yet nothing arrives: only the beat tells, late at first and then lost."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(cookies, "BEAT_SECONDS", 0.1)
    with watching(repo) as watcher:
        until(lambda: says(repo).problem is None)
        for watched in watcher._observer._pruned._folders():  # type: ignore[union-attr]
            monkeypatch.setattr(watched, "_handle", lambda *_: None)
        repo.write("unseen.py")
        until(lambda: any("off: no event comes through" in one for one in said), HEALED_SECONDS)
        late = next(number for number, one in enumerate(said) if "events: events from" in one and "take long" in one)
        assert late < next(number for number, one in enumerate(said) if "off: no event" in one)
        healed(repo)


@linux
def test_a_watcher_that_is_only_late_is_said_and_left_alone(
    repo: Repo, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(cookies, "BEAT_SECONDS", 0.05)
    with watching(repo) as watcher:
        until(lambda: says(repo).problem is None)
        observer = watcher._observer
        folders = watcher._observer._pruned._folders()  # type: ignore[union-attr]
        really = [watched._handle for watched in folders]
        for watched in folders:
            watched._handle = lambda *_: None  # type: ignore[method-assign]
        shown(repo, "take long to come through")
        for watched, handle in zip(folders, really, strict=True):
            watched._handle = handle  # type: ignore[method-assign]
        until(lambda: says(repo).problem is None, SHOWN_SECONDS)
        assert watcher._observer is observer
        repo.write("seen.py")
        until(lambda: all_is_owed(repo))


# The system has no more to give.


@linux
def test_folders_beyond_the_watch_limit_are_said_and_compared_again_and_again(repo: Repo) -> None:
    folders(repo, 100)
    with limited(repo, "max_inotify_watches", 40):
        shown(repo, "folders could be watched", "sysctl fs.inotify.max_user_watches")
        for turn in range(2):  # once could be found by the comparison that the limit itself has caused
            for number in range(100):
                repo.write(f"d{number}/a.py", f"changed = {number + turn}\n")
            until(lambda: all_is_owed(repo), HEALED_SECONDS)


@linux
def test_without_an_inotify_instance_the_tree_is_polled_and_that_is_said(repo: Repo) -> None:
    folders(repo, 3)
    with limited(repo, "max_inotify_instances", 0):
        assert shown(repo, "sysctl fs.inotify.max_user_instances", "polled").mode == "polling"
        repo.write("d1/a.py", "changed = 1\n")
        repo.write("new/b.py")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)


def test_once_there_are_instances_again_events_take_the_place_of_polling(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, tries = TreeObserver.__enter__, 0

    def scarce(self: TreeObserver) -> TreeObserver:
        nonlocal tries
        tries += self.mode == "events"
        if self.mode == "events" and tries < 3:
            raise TransientError(f"cannot watch it: {limits.INSTANCE_LIMIT}")
        return really(self)

    monkeypatch.setattr(TreeObserver, "__enter__", scarce)
    monkeypatch.setattr(watch, "SEEK_SECONDS", 0.1)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    repo.write("a.py")
    before = threading.active_count()
    with watching(repo):
        healed(repo)
        assert tries == 3
        repo.write("a.py", "changed = 1\n")
        until(lambda: all_is_owed(repo))
    assert threading.active_count() == before


def limited(repo: Repo, limit: str, value: int) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    script = f'echo {value} > /proc/sys/user/{limit} && exec "$@"'
    return watch_command(repo, "unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")


def test_a_file_system_that_does_not_tell_of_changes_is_polled_and_that_is_said(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "type_of", lambda path: "nfs4")
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    repo.write("a.py")
    with watching(repo):
        assert shown(repo, "nfs4", "polled", "local disk").mode == "polling"
        repo.write("a.py", "changed = 1\n")
        repo.write("new/b.py")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)


# The root itself.


def test_a_root_that_is_renamed_and_comes_back_is_compared_and_nothing_is_forgotten_meanwhile(repo: Repo) -> None:
    folders(repo, 3)
    away = repo.root.with_name("away")
    with watching(repo):
        repo.root.rename(away)
        assert shown(repo, "put it back").mode == "off"
        (away / "d1/a.py").write_text("changed while away\n")
        away.rename(repo.root)
        with OpenTree(repo.tree()) as opened:
            assert len(list(opened.ledger.all())) == 3
        healed(repo)


def test_a_root_that_is_removed_and_cloned_anew_is_watched_with_a_new_store(repo: Repo) -> None:
    """Another folder at the same place, its .git/docwatch gone with the old one."""
    folders(repo, 3)
    with watching(repo):
        shutil.rmtree(repo.root)
        assert shown(repo, "put it back").mode == "off"
        Repo(repo.root).write("other.py")
        healed(repo)
        repo.write("d1/later.py", "later = 1\n")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)


def test_a_store_that_is_removed_is_made_anew_and_filled(repo: Repo) -> None:
    """The tree is the same: only the store's folder has gone, and the file that we still read with it."""
    folders(repo, 3)
    with watching(repo):
        shutil.rmtree(repo.root / ".git/docwatch")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)
        healed(repo)


def test_a_root_that_is_made_again_without_its_repository_stays_off_and_says_so(repo: Repo) -> None:
    repo.write("a.py")
    with watching(repo):
        shutil.rmtree(repo.root)
        shown(repo, "put it back")
        repo.root.mkdir()
        (repo.root / "a.py").write_text("other\n")
        until(lambda: "git init" in (says(repo).problem or ""), HEALED_SECONDS)
        assert says(repo).mode == "off"
        assert os.listdir(repo.root) == ["a.py"]
        Repo(repo.root)
        healed(repo)


def test_a_root_reached_by_a_link_is_watched_where_it_really_is(repo: Repo, tmp_path: Path) -> None:
    folders(repo, 2)
    (tmp_path / "link").symlink_to(repo.root)
    with watch_command(repo, folder=tmp_path / "link"):
        repo.write("top.py", "top = 1\n")
        repo.write("d1/a.py", "changed = 1\n")
        (tmp_path / "link/new").mkdir()
        (tmp_path / "link/new/n.py").write_text("n = 1\n")
        until(lambda: all_is_owed(repo), HEALED_SECONDS)


@linux
def test_a_root_that_is_unmounted_is_said_and_nothing_is_forgotten_until_it_is_back(tmp_path: Path) -> None:
    """In a mount namespace of its own; what the watcher says there is seen here, as the state folder is shared."""
    point, repo = tmp_path / "mount", Repo(tmp_path / "disk/repo")
    point.mkdir()
    repo.write("a.py")
    script = """
        mount --bind "$1" "$2" || exit 77
        "$3" -P -m docwatch watch "$2/repo" & watcher=$!
        while read -r command; do eval "$command"; done
        kill $watcher
    """
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh")
    with subprocess.Popen(
        (*unshare, tmp_path / "disk", point, sys.executable),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        try:
            there = Repo.__new__(Repo)
            there.root = point / "repo"
            until(lambda: (says(there).problem is None and says(there).mode == "events") or process.poll() is not None)
            if process.poll() is not None:
                pytest.skip(f"this machine does not let us mount: {process.communicate()[1].strip()}")
            process.stdin.write(f'umount -l "{point}"\n')
            process.stdin.flush()
            assert shown(there, "put it back").mode == "off"
            repo.write("b.py", "b = 1\n")
            process.stdin.write(f'mount --bind "{tmp_path / "disk"}" "{point}"\n')
            process.stdin.flush()
            until(lambda: says(there).mode == "events" and says(there).problem is None, HEALED_SECONDS)
            until(lambda: wanted_of(repo, there) == on_disk(repo.root), HEALED_SECONDS)
        finally:
            process.stdin.close()
            process.wait()


def wanted_of(repo: Repo, there: Repo) -> dict[str, str | None]:
    """What the ledger of the tree at another place wants, whose store is in this repository."""
    with Store(str(repo.root / ".git/docwatch/docs.db")) as store:
        rows = Ledger(store, tree.tree_id(os.path.realpath(there.root))).all()
        return {os.fsdecode(row.path): row.wanted for row in rows}


# Nobody was watching.


def test_what_is_edited_while_watchers_come_and_go_is_found_by_the_next(repo: Repo) -> None:
    folders(repo, 10)
    edits, ended = 0, threading.Event()

    def edit() -> None:
        nonlocal edits
        while not ended.wait(0.002):
            edits += 1
            repo.write(f"d{edits % 10}/a.py", f"edit = {edits}\n")
            repo.write(f"e{edits % 7}/b{edits}.py", f"edit = {edits}\n")

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for _ in range(5):
            with watching(repo):
                pass
    finally:
        ended.set()
        editor.join()
    with watching(repo):
        until(lambda: all_is_owed(repo), HEALED_SECONDS)
    assert edits > 10


# What the file system's type is.


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/home/ada/code", "ext4"),
        (b"/mnt/c/code", "9p"),
        (b"/mnt/cx", "ext4"),
        (b"/srv/my share/code", "cifs"),
        (b"/srv/my share", "cifs"),
        (b"/over", "tmpfs"),
    ],
)
def test_the_type_of_a_file_system_is_the_nearest_mounts(path: bytes, kind: str) -> None:
    mounts = rb"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/c rw,noatime - 9p drvfs rw,dirsync
31 22 0:41 / /srv/my\040share rw - cifs //host/share rw
32 22 0:42 / /over rw - xfs /dev/vdb rw
33 32 0:43 / /over rw - tmpfs tmpfs rw
"""
    assert filesystem.type_in(mounts, path) == kind


@pytest.mark.parametrize("kind", "nfs nfs4 cifs smb3 9p fuse.sshfs virtiofs drvfs wslfs".split())
def test_these_do_not_tell_of_changes_made_elsewhere_nor_can_their_folders_times_be_relied_on(kind: str) -> None:
    assert filesystem.is_silent(kind)
    assert not filesystem.folders_tell_of_names(kind)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs", "overlay", "fuse.gocryptfs", "vfat", ""])
def test_these_tell_of_changes(kind: str) -> None:
    assert not filesystem.is_silent(kind)
