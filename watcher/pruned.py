"""Watching with inotify without the ignored folders.

watchdog's own inotify emitter watches every folder below the root, so an ignored `node_modules` costs more watches than
the sources. Here an emitter of ours keeps the watches; observer, event queue and handlers are watchdog's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from watchdog.observers.api import BaseObserver, EventEmitter, EventQueue, ObservedWatch
from watchdog.observers.inotify_c import InotifyFD

from docwatch.watcher.folders import SPOOL_MASK, TREE_MASK, WatchedFolders

STOP_SECONDS = 5.0  # a thread that hangs must not hang who replaces it


class PrunedEmitter(EventEmitter):
    """Emits for one `WatchedFolders`. A watch that is not recursive is a spool: closed files only, no subfolders."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        inotify_fd: InotifyFD,
        descends: Callable[[bytes], bool],
        lost: Callable[[str], None],
        **options: Any,
    ) -> None:
        super().__init__(event_queue, watch, **options)
        self.folders = WatchedFolders(
            inotify_fd,
            os.fsencode(watch.path),
            mask=TREE_MASK if watch.is_recursive else SPOOL_MASK,
            descends=descends if watch.is_recursive else _never,
            report=self.queue_event,
            lost=lost,
        )

    def on_thread_start(self) -> None:
        self.folders.open()

    def on_thread_stop(self) -> None:
        self.folders.close()

    def run(self) -> None:
        self.stopped_event.wait()  # the events come in the InotifyFD's thread, in the kernel's order


class PrunedObserver(BaseObserver):
    """watchdog's observer with our emitter and one inotify instance for all of its watches.

    OSError (EMFILE) if the user's inotify instances are used up.
    """

    def __init__(self, *, descends: Callable[[bytes], bool], lost: Callable[[str], None]) -> None:
        self._inotify_fd = InotifyFD()
        self._inotify_fd.start()
        super().__init__(PrunedEmitter, inotify_fd=self._inotify_fd, descends=descends, lost=lost)

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify_fd.stop()
        self._inotify_fd.join(STOP_SECONDS)

    def watches(self) -> int:
        return sum(len(folders) for folders in self._folders())

    def refresh(self) -> None:
        for folders in self._folders():
            folders.refresh()

    def blindness(self) -> str | None:
        if not self._inotify_fd.is_alive():
            return "the thread that reads inotify has ended; restart docwatch if this stays"
        return next((found for folders in self._folders() if (found := folders.blindness())), None)

    def gap(self) -> str | None:
        return next((found for folders in self._folders() if (found := folders.gap())), None)

    def _folders(self) -> list[WatchedFolders]:
        return [emitter.folders for emitter in self.emitters if isinstance(emitter, PrunedEmitter)]


def _never(_: bytes) -> bool:
    return False
