"""The inotify watches of one tree: one for each admitted folder, none below an ignored one, whatever happens to them.

They are registered with watchdog's `InotifyFD`, which reads and parses the events and calls `WatchedFolders` back.
`InotifyFD` is not public. Importing this module fails with ImportError or AttributeError where it does not look as
expected, and the caller then watches with watchdog's own emitter.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from watchdog.events import (
    DirDeletedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileSystemEvent,
)
from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from docwatch.watcher.limits import WATCH_LIMIT

log = logging.getLogger("docwatch.watcher")

for _name in ("start", "stop", "is_alive", "add_callback", "remove_callbacks"):
    getattr(InotifyFD, _name)
for _name in ("is_create", "is_delete", "is_moved_from", "is_moved_to", "is_close_write", "is_move_self"):
    getattr(InotifyEvent, _name)

_FLAGS = InotifyConstants.IN_ONLYDIR | InotifyConstants.IN_DONT_FOLLOW | InotifyConstants.IN_EXCL_UNLINK
# Never IN_OPEN or IN_CLOSE_NOWRITE: reading a file, or our own walk, must not look like a change.
SPOOL_MASK = Mask(_FLAGS | InotifyConstants.IN_CREATE | InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVED_TO)
TREE_MASK = Mask(
    SPOOL_MASK
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVE_SELF
)

_VANISHED = (FileNotFoundError, NotADirectoryError, PermissionError)

Identity = tuple[int, int]  # st_dev, st_ino


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched folder: relative path, inotify's watch descriptor, and which folder it was."""

    path: bytes
    wd: WatchDescriptor
    identity: Identity


class WatchedFolders:
    """The watches of one tree, kept equal to its admitted folders. A `WatchCallback` of watchdog's `InotifyFD`.

    `report` gets watchdog events with absolute bytes paths, `lost` a reason in plain words. Both are called in the
    thread that reads inotify, as is `descends`, so none of them may block.
    """

    def __init__(
        self,
        inotify_fd: InotifyFD,
        root: bytes,
        *,
        mask: Mask,
        descends: Callable[[bytes], bool],
        report: Callable[[FileSystemEvent], None],
        lost: Callable[[str], None],
    ) -> None:
        self._fd = inotify_fd
        self._id = CallbackId(id(self))
        self._root = root
        self._mask = mask
        self._descends = descends
        self._report = report
        self._lost = lost
        self._lock = threading.Lock()
        self._closed = False
        self._failure: OSError | None = None
        self._told_of_failure = False
        self._by_path: dict[bytes, Watched] = {}
        self._by_wd: dict[WatchDescriptor, Watched] = {}
        self._by_identity: dict[Identity, Watched] = {}
        self._subfolders: dict[bytes, set[bytes]] = {}  # the watched ones

    def __len__(self) -> int:
        return len(self._by_path)

    def open(self) -> None:
        """Watch every admitted folder. OSError if the root itself cannot be watched."""
        with self._lock:
            self._cover(b"", report_files=False)
        if b"" not in self._by_path:
            os.scandir(self._root).close()  # says what is wrong with it
            raise self._failure or OSError(errno.EIO, "cannot be watched", self._root)

    def close(self) -> None:
        """Report nothing from now on. The watches end with the `InotifyFD`."""
        with self._lock:
            self._closed = True

    def refresh(self) -> None:
        """Walk again: watch what is admitted now, let go of what is not. Watches that stay are not interrupted."""
        with self._lock:
            if self._closed:
                return
            self._failure = None
            found = self._cover(b"", report_files=False)
            for path in self._by_path.keys() - found:
                self._let_go(path)
            self._told_of_failure = self._failure is not None

    def blindness(self) -> str | None:
        """Why nothing is seen any more, or None."""
        if b"" not in self._by_path:
            return f"{os.fsdecode(self._root)} was deleted or unmounted; put it back or stop watching it"
        return None

    def gap(self) -> str | None:
        """Why not every admitted folder is watched, or None."""
        if self._failure is None:
            return None
        if self._failure.errno == errno.ENOSPC:
            return f"only {len(self)} folders could be watched; {WATCH_LIMIT}"
        return f"some folders could not be watched ({self._failure}); put that right and restart docwatch"

    # The callbacks, in InotifyFD's thread.

    def on_event(self, event: InotifyEvent) -> None:
        with self._surviving(), self._lock:
            folder = self._by_wd.get(event.wd)
            if folder is not None and not self._closed:
                self._handle(folder.path, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """The kernel took a watch away: its folder was deleted or unmounted."""
        with self._surviving(), self._lock:
            folder = self._by_wd.get(wd)
            if folder is None or self._closed:
                return
            self._let_go(folder.path)
            if not folder.path:
                self._lost(f"{os.fsdecode(self._root)} was deleted or unmounted")

    def on_queue_overflow(self) -> None:
        self._lost("more changes at once than inotify could hold")
        # Folders may have come and gone unseen. Watches that are still right stay: giving all of them back, as
        # watchdog does, makes one event each and so overflows the queue again in a large tree.
        with self._surviving():
            self.refresh()

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """An exception would end InotifyFD's thread and leave us blind without a word."""
        try:
            yield
        except Exception:
            log.exception("could not handle an event below %r", self._root)
            self._lost("an event could not be handled")

    # What follows runs under the lock.

    def _handle(self, folder: bytes, event: InotifyEvent) -> None:
        if not event.name:
            if event.is_move_self and not folder:
                self._lost(f"{os.fsdecode(self._root)} was moved")
            return
        path = _join(folder, event.name)
        if not event.mask & InotifyConstants.IN_ISDIR:
            self._report(_file_event(event)(self._absolute(path)))
            return
        if event.is_delete or event.is_moved_from:
            self._report(DirDeletedEvent(self._absolute(path)))
        self._look_again(path)

    def _look_again(self, path: bytes) -> None:
        """Something happened to the folder at `path`: watch what is there now, and nothing that no longer is.

        The disk is asked instead of the event: by now the folder may have been moved on, replaced or swapped.
        """
        known = self._by_path.get(path)
        if known is not None and known.identity == self._identity(path):
            return
        self._let_go(path)
        self._cover(path, report_files=True)

    def _cover(self, top: bytes, *, report_files: bool) -> set[bytes]:
        """Watch `top` and all admitted folders below it; returns those that are watched now.

        A folder is listed only after it is watched, so that what appears in between is seen twice and not never.
        """
        covered: set[bytes] = set()
        pending = [top]
        while pending:
            folder = pending.pop()
            if not (folder == b"" or self._descends(folder)) or not self._watch(folder):
                continue
            covered.add(folder)
            for entry in self._entries(folder):
                path = _join(folder, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                elif report_files:
                    self._report(FileCreatedEvent(self._absolute(path)))
        return covered

    def _watch(self, path: bytes) -> bool:
        """Watch one folder; False if there is none or it cannot be watched."""
        identity = self._identity(path)
        if identity is None:
            return False
        known = self._by_identity.get(identity)
        if known is not None and known.path == path:
            return True
        if known is not None:  # moved here: inotify would hand out the same descriptor for both names
            self._let_go(known.path)
        self._let_go(path)
        try:
            wd = self._fd.add_callback(self._absolute(path), self._mask, self, self._id)
        except OSError as error:
            self._fail(error)
            return False
        if wd == -1:  # InotifyFD does not raise for EACCES
            self._fd.remove_callbacks([(wd, self._id)])
            return False
        self._by_path[path] = self._by_wd[wd] = self._by_identity[identity] = Watched(path, wd, identity)
        if path:
            self._subfolders.setdefault(os.path.dirname(path), set()).add(path)
        return True

    def _let_go(self, path: bytes) -> None:
        """End the watches of `path` and of everything below it. Costs what is below it, not what is in the tree:
        `rm -rf` comes here once for each folder.
        """
        gone: list[Watched] = []
        pending = {path} & self._by_path.keys()
        while pending:
            watched = self._by_path.pop(pending.pop())
            del self._by_wd[watched.wd], self._by_identity[watched.identity]
            pending |= self._subfolders.pop(watched.path, set())
            gone.append(watched)
        self._subfolders.get(os.path.dirname(path), set()).discard(path)
        self._fd.remove_callbacks([(watched.wd, self._id) for watched in gone])

    def _identity(self, path: bytes) -> Identity | None:
        try:
            status = os.lstat(self._absolute(path))
        except OSError as error:
            self._fail(error)
            return None
        return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None

    def _entries(self, path: bytes) -> list[os.DirEntry[bytes]]:
        try:
            with os.scandir(self._absolute(path)) as entries:
                return list(entries)
        except OSError as error:
            self._fail(error)
            return []

    def _fail(self, error: OSError) -> None:
        """A folder that vanished or that we may not read is no failure; any other one leaves us partly blind."""
        if isinstance(error, _VANISHED) or self._failure is not None:
            return
        self._failure = error
        if not self._told_of_failure:  # what is lost makes our caller refresh, which fails again
            self._told_of_failure = True
            self._lost(self.gap() or "")

    def _absolute(self, path: bytes) -> bytes:
        return os.path.join(self._root, path) if path else self._root


def _file_event(event: InotifyEvent) -> type[FileSystemEvent]:
    if event.is_create or event.is_moved_to:
        return FileCreatedEvent
    if event.is_delete or event.is_moved_from:
        return FileDeletedEvent
    return FileClosedEvent if event.is_close_write else FileModifiedEvent


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
