"""Watching where the system gives no events: snapshots of the admitted folders, compared again and again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserverVFS


def polling_observer(root: str, descends: Callable[[bytes], bool], poll_seconds: float) -> BaseObserver:
    prefix = os.path.join(root, "")

    def entries(folder: str | None) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as found:
            return iter([entry for entry in found if not is_ignored(entry)])

    def is_ignored(entry: os.DirEntry[str]) -> bool:
        if not entry.path.startswith(prefix) or not entry.is_dir(follow_symlinks=False):
            return False
        return not descends(os.fsencode(entry.path[len(prefix) :]))

    # lstat, so that a link to a folder is an entry and not a way out of the tree.
    return PollingObserverVFS(os.lstat, entries, polling_interval=poll_seconds)
