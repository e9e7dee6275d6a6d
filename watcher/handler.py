"""From watchdog's events to our notices."""

from __future__ import annotations

import logging
import os
import queue
from collections.abc import Callable, Sequence

from watchdog.events import FileDeletedEvent, FileSystemEvent, FileSystemEventHandler

from docwatch.watcher.cookies import Cookies
from docwatch.watcher.notices import Changed, FolderChanged, Lost, Notice, Spool

log = logging.getLogger("docwatch.watcher")


class NoticeHandler(FileSystemEventHandler):
    """Turns watchdog's events into notices, in the observer's thread. Paths are as `TreeObserver` takes them."""

    def __init__(
        self,
        root: str,
        extra_folders: Sequence[str],
        descends: Callable[[bytes], bool],
        cookies: Cookies,
        notices: queue.SimpleQueue[Notice],
    ) -> None:
        self._root = os.fsencode(root)
        self._prefix = os.path.join(self._root, b"")
        self._extra_folders = frozenset(os.fsencode(folder) for folder in extra_folders)
        self._descends = descends
        self._cookies = cookies
        self._notices = notices

    def dispatch(self, event: FileSystemEvent) -> None:
        """An exception would end the observer's thread, and nobody would hear of any later event."""
        try:
            for path in (event.src_path, event.dest_path):
                if path and (notice := self._notice(os.fsencode(path), event)):
                    self._notices.put(notice)
        except Exception:
            log.exception("could not handle %r", event)
            self._notices.put(Lost("an event could not be handled"))

    def _notice(self, path: bytes, event: FileSystemEvent) -> Notice | None:
        if os.path.dirname(path) in self._extra_folders:
            return self._spool_notice(path, event)
        if path == self._root:
            return Lost(f"{os.fsdecode(path)} was moved or deleted")
        if not path.startswith(self._prefix):
            return Lost(f"the system reported {os.fsdecode(path)!r}, which is not below the root")
        path = path[len(self._prefix) :]
        if not self._is_in_admitted_folder(path):
            return None
        return FolderChanged(path) if event.is_directory else Changed(path)

    def _spool_notice(self, path: bytes, event: FileSystemEvent) -> Notice | None:
        if self._cookies.seen(path) or event.is_directory or isinstance(event, FileDeletedEvent):
            return None
        return Spool(path)

    def _is_in_admitted_folder(self, path: bytes) -> bool:
        end = path.find(b"/")
        while end != -1:
            if not self._descends(path[:end]):
                return False
            end = path.find(b"/", end + 1)
        return True
