from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docwatch.watcher.notices import Changed, FolderChanged, Notice
from docwatch.watcher.observer import TreeObserver

DEADLINE_SECONDS = 10.0


def descends(folder: bytes) -> bool:
    """The rule of most tests here: nothing below a folder called `ignored`."""
    return folder.rpartition(b"/")[2] != b"ignored"


class Tree:
    """An observed folder and what was noticed in it."""

    def __init__(self, observer: TreeObserver, root: Path, spool: Path) -> None:
        self.observer = observer
        self.root = root
        self.spool = spool

    def settle(self) -> list[Notice]:
        """All that was noticed since the last call, up to now: a cookie proves that nothing is still under way."""
        assert self.observer.sync(DEADLINE_SECONDS), "the observer is blind"
        return _drain(self.observer.notices)

    def changed(self) -> set[bytes]:
        """The files noticed since the last call."""
        return {notice.path for notice in self.settle() if isinstance(notice, Changed)}

    def folders_changed(self) -> set[bytes]:
        return {notice.path for notice in self.settle() if isinstance(notice, FolderChanged)}

    def await_notice(self, wanted: Callable[[Notice], bool]) -> list[Notice]:
        """What was noticed up to and including the first notice that is wanted."""
        return await_notice(self.observer, wanted)

    def folders(self) -> set[bytes]:
        """The folders that ought to be watched, relative to the root."""
        root = os.fsencode(self.root)
        found = set()
        for folder, below, _ in os.walk(root):
            below[:] = [name for name in below if descends(name)]
            found.add(folder[len(root) + 1 :])
        return found

    def watched_folders(self) -> int:
        return self.observer.watches() - 1  # the spool folder has one too


def await_notice(observer: TreeObserver, wanted: Callable[[Notice], bool]) -> list[Notice]:
    seen: list[Notice] = []
    end = time.monotonic() + DEADLINE_SECONDS
    while not (seen and wanted(seen[-1])):
        try:
            seen.append(observer.notices.get(timeout=max(0.0, end - time.monotonic())))
        except queue.Empty:
            pytest.fail(f"not noticed within {DEADLINE_SECONDS} s; seen: {seen[-20:]}")
    return seen


def _drain(notices: queue.SimpleQueue[Notice]) -> list[Notice]:
    drained = []
    while not notices.empty():
        drained.append(notices.get())
    return drained


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "tree"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "a.py").write_text("one\n")
    (root / "ignored" / "deep").mkdir(parents=True)
    return root


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    spool = tmp_path.resolve() / "spool"
    spool.mkdir()
    return spool


@pytest.fixture
def tree(root: Path, spool: Path) -> Iterator[Tree]:
    with TreeObserver(str(root), descends, extra_folders=[str(spool)]) as observer:
        yield Tree(observer, root, spool)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left, f"threads left: {left}"
