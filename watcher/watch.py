"""Keeps one tree's documents true while it runs: from notices to batches, from batches to `jobs.submit`.

Nothing here runs in watchdog's dispatch thread, and no exception ends it: what goes wrong is logged, and what may have
been missed is found by comparing the whole tree with the store.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Literal, Self

from docwatch import tree
from docwatch.errors import DocwatchError, TransientError, UserError
from docwatch.jobs import submit
from docwatch.opened import OpenTree
from docwatch.watcher import filesystem
from docwatch.watcher.debounce import Batch, Debounce
from docwatch.watcher.notices import Changed, FolderChanged, Lost, Notice, Spool
from docwatch.watcher.observer import TreeObserver
from docwatch.watcher.presence import Announcement
from docwatch.watcher.reconcile import Scanned, reconcile

log = logging.getLogger("docwatch.watcher")
LOOK_SECONDS = 0.5  # how often the observer is asked whether it still sees
PAUSE_SECONDS = 2.0  # before a blind observer is replaced once more
GAP_SECONDS = 5.0  # how often the whole tree is compared while some folders cannot be watched
POLL_SECONDS = 5.0  # between two looks at every file where there are no events
SEEK_SECONDS = 30.0  # between two tries to have events where the system had none to give
IDLE_SECONDS = 0.1  # between looks at the clock while there is no observer


class Watch:
    """Watches `opened` from entering the context; `run` then works until `stop` is set.

    `on_spool` is called when git's hooks have left word. Enter first, reconcile, then run: what changes in between
    waits in the queue.
    """

    def __init__(self, opened: OpenTree, announcement: Announcement, on_spool: Callable[[], object]) -> None:
        self._opened = opened
        self._announcement = announcement
        self._on_spool = on_spool
        settings = opened.config
        self._debounce = Debounce(quiet_seconds=settings.quiet_ms / 1000, max_wait_seconds=settings.max_wait_ms / 1000)
        self._observer: TreeObserver | None = None
        self._undo = contextlib.ExitStack()
        self._git_spoke = False
        self._problem: str | None = None  # why this observer sees less than it should
        self._compared = False
        self._blind = False
        self._complaint = ""
        self._next_look = 0.0
        self._next_gap = 0.0
        self._next_seek = 0.0
        self._lacks_events = False  # for want of what the system may have again later
        self._next_reconcile = self._after_period()

    def __enter__(self) -> Self:
        self._observe()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def reconcile(self, progress: Callable[[int, int], None] | None = None) -> Scanned:
        self._next_reconcile = self._after_period()
        scanned = reconcile(self._opened, progress=progress)
        self._compared = True
        self._announce()
        return scanned

    def wake(self) -> None:
        """Have `run` look at once whether it is to stop."""
        if self._observer is not None:
            self._observer.notices.put(Spool(b""))

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._step()
            except DocwatchError as error:
                if str(error) != self._complaint:  # once, not every few seconds for as long as it lasts
                    log.warning("%s; the whole tree is compared once that is over", error)
                self._complaint = str(error)
                self._doubt(stop, str(error))
            except Exception:
                # The one place where whatever else goes wrong arrives: the watching goes on.
                log.exception("%s: the watcher goes on after an error", self._opened.tree.root)
                self._doubt(stop, "an error in the watcher; see 'docwatch log'")

    def _doubt(self, stop: threading.Event, problem: str) -> None:
        self._compared = False
        self._announcement.say("off" if self._blind or self._observer is None else self._observer.mode, problem)
        self._debounce.lost(time.monotonic(), "an error in the watcher")
        stop.wait(PAUSE_SECONDS)

    def _step(self) -> None:
        notice = self._next_notice()
        now = time.monotonic()
        if notice is not None:
            self._take_in(notice, now)
        due = self._debounce.due_at()
        if now >= self._next_look or (due is not None and now >= due):  # a batch may tell that the root has gone
            self._look(now)
        if (batch := self._debounce.take(now)) is not None:
            self._submit(batch)
        if self._git_spoke and self._debounce.due_at() is None:
            self._git_spoke = False
            self._on_spool()
        if now >= self._next_reconcile:
            self.reconcile()
        self._complaint = ""

    def _next_notice(self) -> Notice | None:
        if self._observer is None:
            time.sleep(IDLE_SECONDS)
            return None
        moments = [self._next_look, self._next_reconcile]
        if (due := self._debounce.due_at()) is not None:
            moments.append(due)
        if self._git_spoke and due is None:
            return None
        try:
            return self._observer.notices.get(timeout=max(0.0, min(moments) - time.monotonic()))
        except queue.Empty:
            return None

    def _take_in(self, notice: Notice, now: float) -> None:
        match notice:
            case Changed(path):
                if self._opened.scope.is_rules_file(path):
                    self._debounce.lost(now, "the rules changed")
                self._debounce.add(path, now)
            case FolderChanged(path):
                self._debounce.add_folder(path, now)
            case Spool(path):
                self._git_spoke |= os.path.basename(path) == b"spool"
            case Lost(reason):
                log.warning("%s: %s; the whole tree is compared", self._opened.tree.root, reason)
                self._compared = False
                self._announce()
                self._debounce.lost(now, reason)

    def _submit(self, batch: Batch) -> None:
        self._opened.refresh()
        if batch.lost and self._observer is not None:
            self._observer.rescan_folders()
        # What is named goes first and in front; the rest of the tree behind it.
        submit(self._opened, sorted(batch.paths | self._below(batch.folders)), origin="save")
        if batch.lost:
            self.reconcile()

    def _below(self, folders: Iterable[bytes]) -> set[bytes]:
        """What the ledger knows below folders that have gone or moved: each is asked of the disk again."""
        prefixes = tuple(folder + b"/" for folder in folders)
        if not prefixes:
            return set()
        return {row.path for row in self._opened.ledger.all() if row.path.startswith(prefixes)}

    def _look(self, now: float) -> None:
        """Whether the observer still sees; a blind one is replaced, and what may have been missed is found."""
        self._next_look = now + LOOK_SECONDS
        root, observer = self._opened.tree.root, self._observer
        problem = f"{root} is not being watched; put it back" if observer is None else observer.blindness()
        if problem is not None or self._blind:
            self._replace(problem, now)
        elif observer is not None and observer.mode == "events":
            self._heal_gap(observer, now)
        elif self._lacks_events and now >= self._next_seek:
            self._seek_events()
            self._next_seek = time.monotonic() + SEEK_SECONDS

    def _replace(self, problem: str | None, now: float) -> None:
        """Another observer in place of a blind one, and the tree compared; tried again if that does not succeed."""
        if problem is not None and not self._blind:
            log.warning("%s", problem)
            self._announcement.say("off", problem)
        self._blind, self._compared = True, False
        self._next_look = now + PAUSE_SECONDS
        self._find_again(problem)
        self._observe()
        self.reconcile()
        self._blind = False

    def _find_again(self, problem: str | None) -> None:
        """The root may be another folder by now, or none, and the store may have gone with the former one."""
        known = self._opened.tree
        if not os.path.isdir(known.root):
            raise TransientError(problem or f"{known.root} is gone; put it back")
        if tree.find(known.root) != known:
            raise UserError(f"{known.root} belongs to another repository by now; restart docwatch")
        self._opened.refresh(reopen=True)
        with contextlib.suppress(TransientError):  # that it was replaced: what we read came from a file that is no more
            self._opened.ledger.ticket()

    def _heal_gap(self, observer: TreeObserver, now: float) -> None:
        """While folders are left out for want of watches, others' changes are seen by comparing the whole tree."""
        gap = observer.gap()
        if (problem := gap or observer.lateness()) != self._problem:
            self._problem = problem
            self._announce()
        if gap is not None and now >= self._next_gap:
            observer.rescan_folders()
            self.reconcile()
            self._next_gap = time.monotonic() + GAP_SECONDS

    def _observe(self) -> None:
        """A new observer in place of the old one; by polling, and said so, where there are no events."""
        root = self._opened.tree.root
        self._undo.close()
        self._observer, self._problem, self._lacks_events = None, None, False
        if filesystem.is_silent(kind := filesystem.type_of(root)):
            self._problem = (
                f"{kind} does not tell of changes made elsewhere, so the tree is polled, some seconds late; "
                "keep it on a local disk to have them at once"
            )
            self._open_observer("polling")
            return
        try:
            self._open_observer("events")
        except TransientError as error:
            log.warning("%s; polling instead", error)
            self._problem, self._lacks_events = f"{error}; until then the tree is polled", True
            self._next_seek = time.monotonic() + SEEK_SECONDS
            self._open_observer("polling")

    def _seek_events(self) -> None:
        """From polling back to events, once the system has them to give; until then polling goes on undisturbed."""
        polling = self._undo
        try:
            self._open_observer("events")
        except TransientError:
            return
        polling.close()
        self._problem, self._lacks_events = None, False
        log.info("%s is watched by events again", self._opened.tree.root)
        self.reconcile()

    def _announce(self) -> None:
        """The ledger can be trusted once the tree has been compared with it, not from the first event on."""
        if self._observer is not None:
            first = None if self._compared else "the tree is being compared with the store; wait a moment"
            self._announcement.say(self._observer.mode, self._problem or first)

    def _open_observer(self, mode: Literal["events", "polling"]) -> None:
        watched = self._opened.tree
        # The scope is looked up anew each time: it is replaced when the configuration changes.
        observer = TreeObserver(
            watched.root,
            lambda folder: self._opened.scope.descends(folder),
            extra_folders=[watched.folder],
            mode=mode,
            poll_seconds=POLL_SECONDS,
        )
        undo = contextlib.ExitStack()
        self._observer = undo.enter_context(observer)
        self._undo = undo
        self._problem = self._problem or observer.problem()
        self._announce()

    def _after_period(self) -> float:
        return time.monotonic() + self._opened.config.reconcile_minutes * 60
