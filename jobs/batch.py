"""Paths of one tree, made true together: what a worker does with its jobs.

A job of a few milliseconds costs more in transactions than in work, so a worker may run several at once: each step is
taken for all of them before the next. One job alone goes the same way.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from docwatch import documents
from docwatch.decision import Reading
from docwatch.document import Document, Source
from docwatch.documenters import OFFLINE, Documenter, documenter
from docwatch.documents import Encoded
from docwatch.entries import Begun, Owed
from docwatch.errors import DocwatchError, TransientError
from docwatch.jobs.fate import Fate, judge, kind_of
from docwatch.jobs.gated import through
from docwatch.jobs.producer import as_read
from docwatch.jobs.room import with_room
from docwatch.opened import OpenTree

logger = logging.getLogger("docwatch.jobs")
# How long to wait for another process that documents the same content.
PATIENCE_SECONDS = 60.0
# Where a run could not even begin, nothing is known of earlier ones: it waits as if there had been so many.
WAITS_OF_THE_UNKNOWN = 6
NOT_BEGUN = Begun(ticket=0, origin="scan", wanted=None, tries=0, waits=0)


@dataclass(slots=True, eq=False)
class Task:
    """One path to be made true, and how far that has come. It has a `fate` when it went wrong for this time."""

    tree: str
    path: bytes
    fate: Fate | None = None
    begun: Begun = NOT_BEGUN
    reading: Reading | None = None
    read: Owed | None = None
    source: Source | None = None
    claim: str = ""
    document: Encoded | None = None
    has_stand_in: bool = False
    done: bool = False
    began: float = field(default_factory=time.perf_counter)

    @property
    def is_open(self) -> bool:
        return not self.done and self.fate is None

    def judged(self, error: Exception, intervals: Sequence[int] = (), *, of_documenter: bool = False) -> Fate:
        """What an error now means for it, after all that came before it."""
        if self.begun is NOT_BEGUN:
            return judge(error, waits=WAITS_OF_THE_UNKNOWN)
        is_same = self.read is None or self.read.oid == self.begun.wanted  # else the tries were of another content
        tries, waits = (self.begun.tries, self.begun.waits) if is_same else (0, 0)
        return judge(error, tries=tries, waits=waits, intervals=intervals, of_documenter=of_documenter)


Guard = Callable[[Task], AbstractContextManager[object]]


class Batch:
    """Tasks of one tree, taken through each step together.

    `patience` is how many seconds they wait for room on the disk; what was made by a documenter that may have to be
    paid waits for as long as it takes.
    """

    def __init__(self, opened: OpenTree, tasks: list[Task], guard: Guard, patience: float = math.inf) -> None:
        self._opened, self._tasks, self._guard = opened, tasks, guard
        self._documenter: Documenter = documenter(opened.config.documenter)
        self._patience = patience if self._documenter.name == OFFLINE else math.inf

    def run(self) -> None:
        """Until what is stored is what was wanted when we looked: files may be edited while they are documented."""
        try:
            self._opened.refresh()
            while self._open():
                for step in (self._begin, self._read, self._claim, self._document, self._store, self._stand_in):
                    with_room(step, self._patience)
        except Exception as error:  # noqa: BLE001 - what stops a whole batch, such as a busy store: each is tried again
            for task in self._open():
                self._fail(task, error)

    def _open(self) -> list[Task]:
        return [task for task in self._tasks if task.is_open]

    def _begin(self) -> None:
        tasks = self._open()
        begun = self._opened.ledger.begin_all(task.path for task in tasks)
        for task, how in zip(tasks, begun, strict=True):
            task.begun = how
            task.read, task.document, task.claim = None, None, ""

    def _read(self) -> None:
        """What is gone or left alone is written down at once; the rest is to be documented."""
        for task, reading in self._readings(self._open()):
            task.reading = reading
            read = as_read(reading, self._documenter)
            if isinstance(read, Owed):
                task.read = read
                task.source = Source(task.path, reading.decision.language or "", reading.content)
            else:
                self._opened.ledger.record(task.begun.ticket, task.begun.origin, [read])
                self._finish(task, f"left alone: {reading.decision.reason}")

    def _readings(self, tasks: list[Task]) -> Iterator[tuple[Task, Reading]]:
        """What the disk has of each; one that cannot be read now fails alone."""
        while tasks:
            readings = self._opened.scope.read_all([task.path for task in tasks])
            waiting, tasks = tasks, []
            for number, task in enumerate(waiting, 1):
                try:
                    reading = next(readings)
                except TransientError as error:
                    self._fail(task, error)
                    tasks = waiting[number:]  # that was the end of these
                    break
                yield task, reading

    def _claim(self) -> None:
        """Each content is documented once: by us, or by who is at it already, also by an earlier task of this batch."""
        tasks = self._open()
        contents = [(task.read.oid, task.read.documenter) for task in tasks if task.read is not None]
        for task, claim in zip(tasks, documents.claim_all(self._opened.store, contents), strict=True):
            task.claim = claim

    def _document(self) -> None:
        for task in self._open():
            if task.claim != "ours" or task.source is None or task.document is not None:
                continue
            try:
                with self._guard(task):
                    task.document = documents.encoded(self._call(task.source))
            except Exception as error:  # the one place where a documenter's errors arrive
                if kind_of(error) == "host":
                    raise
                self._fail(task, error, of_documenter=True)

    def _call(self, source: Source) -> Document:
        """The document, if the gate before the documenter is open."""
        name, settings = self._documenter.name, self._opened.config
        if name == OFFLINE:
            return self._documenter.document(source)
        with through(name, settings, self._opened.tree.id):
            return self._documenter.document(source)

    def _stand_in(self) -> None:
        """What is parked has its outline meanwhile: that needs nobody."""
        parked = [task for task in self._tasks if task.fate is not None and task.fate.parks and not task.has_stand_in]
        if not parked:
            return
        outline = documenter(OFFLINE)
        made: list[tuple[Task, Owed, Encoded]] = []
        for task in parked:
            if task.source is None or task.read is None:
                continue
            try:
                with self._guard(task):
                    made.append((task, task.read, documents.encoded(outline.document(task.source))))
            except Exception as error:  # noqa: BLE001 - it is owed a better document anyway
                logger.warning("%s: it has no outline meanwhile: %s", os.fsdecode(task.path), error)
        with self._opened.store.writing() as connection:
            for task, read, document in made:
                how = outline.fingerprint(document.language)
                documents.insert(connection, read.oid, how, document)
                self._opened.ledger.stand_in(task.path, read.oid, how)
        for task, _, _ in made:
            task.has_stand_in = True

    def _store(self) -> None:
        """All documents and their rows in one transaction. A task whose file has changed meanwhile stays open."""
        tasks = [task for task in self._open() if task.read is not None]
        with self._opened.store.writing() as connection:
            for task in tasks:
                if task.read is not None and task.document is not None:
                    documents.insert(connection, task.read.oid, task.read.documenter, task.document)
                    documents.release(connection, task.read.oid, task.read.documenter)
            settled = [task for task in tasks if self._settles(task)]
        for task in settled:
            verb = "documented" if task.document is not None else "linked"
            language = task.reading.decision.language if task.reading is not None else None
            self._finish(task, f"{verb} as {language}")
        if not settled:
            self._wait_for_others(tasks)

    def _settles(self, task: Task) -> bool:
        if task.read is None or (task.claim == "theirs" and not self._is_there(task.read)):
            return False
        return self._opened.ledger.finish(task.begun.ticket, task.read, task.begun.origin)

    def _is_there(self, read: Owed) -> bool:
        return documents.document_id(self._opened.store.connection, read.oid, read.documenter) is not None

    def _wait_for_others(self, tasks: Iterable[Task]) -> None:
        """Another process documents the same content: its document will do for us too."""
        for task in tasks:
            if time.perf_counter() - task.began > PATIENCE_SECONDS:
                self._fail(task, TransientError("another worker is at the same content; it will be tried again"))
        time.sleep(0.01)

    def _finish(self, task: Task, what: str) -> None:
        task.done = True
        milliseconds = (time.perf_counter() - task.began) * 1000
        logger.info("%s: %s in %.0f ms (%s)", os.fsdecode(task.path), what, milliseconds, task.begun.origin)

    def _fail(self, task: Task, error: Exception, *, of_documenter: bool = False) -> None:
        """Write down what went wrong: failed for good, or owed still and to be tried again."""
        fate = task.judged(error, self._opened.config.retry_intervals, of_documenter=of_documenter)
        if task.read is not None and task.claim == "ours":
            with self._opened.store.writing() as connection:
                documents.release(connection, task.read.oid, task.read.documenter)
        if task.begun is not NOT_BEGUN:
            oid = task.read.oid if task.read is not None else None
            self._opened.ledger.give_back(task.begun.ticket, task.path, oid, fate.setback())
        task.fate = fate
        complain(task.path, fate)


def complain(what: bytes, fate: Fate) -> None:
    """A line in the log; none for what is parked: that was said when its documenter stopped."""
    if fate.parks:
        return
    verb = "failed" if fate.is_final else f"tried again in {fate.wait_seconds} s"
    error = None if isinstance(fate.error, DocwatchError) else fate.error
    logger.error("%s: %s: %s", os.fsdecode(what), verb, fate.reason, exc_info=error)
