"""Sees what changes in a work tree and says so in a queue: watchdog, without the ignored folders.

Linux: one inotify watch for each admitted folder (`pruned`). Elsewhere the system watches below the root by itself and
the handler drops what lies in ignored folders. `mode="polling"` compares snapshots, where there are no events.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Self

from watchdog.events import (
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
)

from docwatch.watcher.cookies import Cookies
from docwatch.watcher.handler import NoticeHandler
from docwatch.watcher.limits import named_errors
from docwatch.watcher.notices import Lost, Notice

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

    from docwatch.watcher.pruned import PrunedObserver

log = logging.getLogger("docwatch.watcher")

# Never opened or closed without writing: watchdog's own walk, and our jobs, read files all the time.
_TREE_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
_SPOOL_EVENTS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileModifiedEvent, FileClosedEvent, FileMovedEvent]


class TreeObserver:
    """Watches the tree at `root` (an absolute, resolved path) while its context is open.

    `descends(folder)` says whether a folder, relative to the root, is watched; it is called from several threads.
    `extra_folders` are absolute paths of existing folders watched besides, without what is below them; what happens
    there is a `Spool` notice and never a change of the tree.

    Entering raises UserError if a folder cannot be watched at all, TransientError if the system is out of inotify
    instances or watches. A closed observer is not opened again: make a new one.
    """

    def __init__(
        self,
        root: str,
        descends: Callable[[bytes], bool],
        *,
        extra_folders: Sequence[str] = (),
        mode: Literal["events", "polling"] = "events",
        poll_seconds: float = 5.0,
    ) -> None:
        self.notices: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self.mode = mode
        self._root = root
        self._descends = descends
        self._extra_folders = tuple(extra_folders)
        self._poll_seconds = poll_seconds
        self._cookies = Cookies()
        self._observer: BaseObserver | None = None
        self._pruned: PrunedObserver | None = None
        self._identity: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self._identity = _identity(self._root)
        with contextlib.ExitStack() as undo, named_errors(self._root):
            self._observer = self._make_observer()
            undo.callback(self._stop)
            self._start(self._observer)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def watches(self) -> int:
        """The inotify watches held; 0 where watching is left to the system or to polling."""
        return self._pruned.watches() if self._pruned else 0

    def rescan_folders(self) -> None:
        """Watch the folders that `descends` admits by now, and no others. Call it when rules changed, after a `Lost`,
        and now and then while there is a `problem`; reconcile afterwards: files in new folders are not reported.
        """
        if self._pruned:
            self._pruned.refresh()

    def problem(self) -> str | None:
        """Why changes may go unseen right now, in plain words with the next step; None when all is well.

        Ask twice a second or so: a root that was renamed together with its parent makes no event, and a thread that
        hangs is only noticed by being asked again and again.
        """
        return self.blindness() or self.gap() or self.lateness()

    def gap(self) -> str | None:
        """The same for folders that are not watched, for want of watches."""
        return self._pruned.gap() if self._pruned else None

    def lateness(self) -> str | None:
        """The same for events that take long: each time after `blindness` was asked."""
        if self._pruned is None or not self._cookies.are_late:
            return None
        return f"events from {self._root} take long to come through; wait a moment, the machine may be busy"

    def blindness(self) -> str | None:
        """The same for what only another observer puts right. Folders left out for want of watches are not that."""
        if self._observer is None:
            return f"{self._root} is not being watched; start docwatch again"
        if _identity(self._root) != self._identity:
            return f"{self._root} was moved, deleted or replaced; put it back or stop watching it"
        if not self._observer.is_alive() or not all(emitter.is_alive() for emitter in self._observer.emitters):
            return f"a thread that watches {self._root} has ended; restart docwatch if this stays"
        if self._pruned is None:
            return None
        return self._pruned.blindness() or self._deafness()

    def _deafness(self) -> str | None:
        """Whether events still come through, from the kernel to our handler: each call asks for one more."""
        for folder in self._extra_folders[:1]:
            try:
                if not self._cookies.beat(folder):
                    return f"no event comes through any more from {self._root}; restart docwatch if this stays"
            except OSError as error:
                return f"cannot write in {folder}: {error.strerror}; make it writable for you"
        return None

    def sync(self, timeout_seconds: float) -> bool:
        """Wait until all that happened before this call is in `notices`; False if that took too long.

        A file with a unique name is made in the first extra folder (there must be one), and its event awaited. Exact
        where one inotify instance watches everything; elsewhere it shows only that the observer is awake.
        """
        return self._cookies.come_back(self._extra_folders[0], timeout_seconds)

    def _make_observer(self) -> BaseObserver:
        if self.mode == "polling":
            from docwatch.watcher.polling import polling_observer

            return polling_observer(self._root, self._descends, self._poll_seconds)
        if sys.platform == "linux":
            try:
                from docwatch.watcher.pruned import PrunedObserver
            except (ImportError, AttributeError) as error:
                log.warning("this watchdog cannot leave out ignored folders (%s); all folders are watched", error)
            else:
                self._pruned = PrunedObserver(descends=self._descends, lost=self._lost)
                return self._pruned
        from watchdog.observers import Observer

        return Observer()

    def _start(self, observer: BaseObserver) -> None:
        # Its text holds the whole table of watches, so it is new each time and no other filter would stop it.
        warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
        # Where ignored folders are not watched at all, every event is from an admitted one.
        descends = _always if self._pruned else self._descends
        handler = NoticeHandler(self._root, self._extra_folders, descends, self._cookies, self.notices)
        for folder in self._extra_folders:
            observer.schedule(handler, folder, event_filter=_SPOOL_EVENTS)
        observer.start()
        # Last, so that a tree larger than the watch limit leaves the extra folders theirs.
        observer.schedule(handler, self._root, recursive=True, event_filter=_TREE_EVENTS)

    def _lost(self, reason: str) -> None:
        self.notices.put(Lost(reason))

    def _stop(self) -> None:
        observer, self._observer, self._pruned = self._observer, None, None
        if observer is not None:
            observer.stop()
            if observer.ident is not None:
                observer.join()


def _always(_: bytes) -> bool:
    return True


def _identity(root: str) -> tuple[int, int] | None:
    """Which folder is at `root` now; None if there is none."""
    try:
        status = os.stat(root)
    except OSError:
        return None
    return status.st_dev, status.st_ino
