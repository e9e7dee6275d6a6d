"""What a worker does with its jobs: make the store equal to what the disk says of some paths.

A job of a few milliseconds costs more in transactions than in work, so a worker may run several at once: each step is
taken for all of them before the next. One job alone goes the same way.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from docwatch import documents, log
from docwatch import tree as trees
from docwatch.document import Document, Source
from docwatch.documenters import Documenter, documenter
from docwatch.entries import Origin, Owed
from docwatch.errors import PermanentError, TransientError, UserError
from docwatch.jobs.producer import as_read
from docwatch.opened import OpenTree
from docwatch.scope import Reading

logger = logging.getLogger("docwatch.jobs")
# How long to wait for another process that documents the same content.
PATIENCE_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class Task:
    """One path to be made true, and how far that has come. `error` is set when it went wrong for this time."""

    tree: str
    path: bytes
    tries_left: int = 0
    error: Exception | None = None
    ticket: int = 0
    origin: Origin = "scan"
    reading: Reading | None = None
    read: Owed | None = None
    claim: str = ""
    document: Document | None = None
    done: bool = False
    began: float = field(default_factory=time.perf_counter)

    @property
    def is_open(self) -> bool:
        return not self.done and self.error is None

    @property
    def is_final(self) -> bool:
        """Whether an error now is the last word."""
        return self.tries_left == 0 or isinstance(self.error, PermanentError)


Guard = Callable[[Task], AbstractContextManager[object]]


def document_file(tree: str, path: str) -> None:
    """RQ's entry for one job: document one file, or forget it if it is gone or no longer admitted.

    Safe to run twice, late or out of order. Raises whatever went wrong, after writing it down, so that RQ retries it;
    a PermanentError is not retried.
    """
    from rq import get_current_job

    job = get_current_job()
    task = Task(tree, os.fsencode(path), 0 if job is None else job.retries_left or 0)
    document([task])
    if task.error is not None:
        if job is not None and task.is_final:
            job.retries_left = 0
        raise task.error


def document(tasks: Sequence[Task], guard: Guard = contextlib.nullcontext) -> None:
    """Carry out these tasks. What goes wrong with one is written down, in the ledger and in its `error`.

    `guard` surrounds the work of a documenter for one task: it may end it by an exception.
    """
    if not log.is_set_up():
        log.setup("worker")
    for tree in sorted({task.tree for task in tasks}):
        its = [task for task in tasks if task.tree == tree]
        try:
            opened = _opened(tree)
        except UserError as error:
            logger.info("dropped jobs of a tree: %s", error)  # it was forgotten meanwhile
        except TransientError as error:
            for task in its:
                task.error = error
        else:
            _Batch(opened, its, guard).run()


class _Batch:
    """Tasks of one tree, taken through each step together."""

    def __init__(self, opened: OpenTree, tasks: list[Task], guard: Guard) -> None:
        self._opened, self._tasks, self._guard = opened, tasks, guard
        self._documenter: Documenter = documenter(opened.config.documenter)

    def run(self) -> None:
        """Until what is stored is what was wanted when we looked: files may be edited while they are documented."""
        try:
            self._opened.refresh()
            while self._open():
                self._begin()
                self._read()
                self._claim()
                self._document()
                self._store()
        except Exception as error:  # noqa: BLE001 - what stops a whole batch, such as a full disk: each is tried again
            for task in self._open():
                self._fail(task, error)

    def _open(self) -> list[Task]:
        return [task for task in self._tasks if task.is_open]

    def _begin(self) -> None:
        tasks = self._open()
        begun = self._opened.ledger.begin_all(task.path for task in tasks)
        for task, (ticket, origin) in zip(tasks, begun, strict=True):
            task.ticket, task.origin = ticket, origin
            task.read, task.document, task.claim = None, None, ""

    def _read(self) -> None:
        """What is gone or left alone is written down at once; the rest is to be documented."""
        for task in self._open():
            try:
                task.reading = self._opened.scope.read(task.path)
            except TransientError as error:
                self._fail(task, error)
                continue
            read = as_read(task.reading, self._documenter)
            if isinstance(read, Owed):
                task.read = read
            else:
                self._opened.ledger.record(task.ticket, task.origin, [read])
                self._finish(task, f"left alone: {task.reading.decision.reason}")

    def _claim(self) -> None:
        """Each content is documented once: by us, or by who is at it already, also by an earlier task of this batch."""
        tasks = self._open()
        contents = [(task.read.oid, task.read.documenter) for task in tasks if task.read is not None]
        for task, claim in zip(tasks, documents.claim_all(self._opened.store, contents), strict=True):
            task.claim = claim

    def _document(self) -> None:
        for task in self._open():
            if task.claim != "ours" or task.reading is None:
                continue
            source = Source(task.path, task.reading.decision.language or "", task.reading.content)
            try:
                with self._guard(task):
                    task.document = self._documenter.document(source)
            except Exception as error:  # noqa: BLE001 - the one place where a documenter's errors arrive
                self._fail(task, error)

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
        return self._opened.ledger.finish(task.ticket, task.read, task.origin)

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
        logger.info("%s: %s in %.0f ms (%s)", os.fsdecode(task.path), what, milliseconds, task.origin)

    def _fail(self, task: Task, error: Exception) -> None:
        """Write down what went wrong: failed for good, or owed still and to be tried again by RQ."""
        task.error = error
        reason = str(error) or type(error).__name__
        if task.read is not None and task.claim == "ours":
            with self._opened.store.writing() as connection:
                documents.release(connection, task.read.oid, task.read.documenter)
        oid = task.read.oid if task.read is not None else None
        self._opened.ledger.give_back(task.ticket, task.path, oid, reason, final=task.is_final)
        verb = "failed" if task.is_final else "will be tried again"
        known = isinstance(error, PermanentError | TransientError)
        logger.error("%s: %s: %s", os.fsdecode(task.path), verb, reason, exc_info=None if known else error)


# What this process has open, by process id and tree: a forked child must open its own.
_open: dict[tuple[int, str], OpenTree] = {}
MOST_OPEN = 16


def _opened(tree: str) -> OpenTree:
    key = (os.getpid(), tree)
    if key not in _open:
        if len(_open) >= MOST_OPEN:
            close()
        _open[key] = OpenTree(trees.by_id(tree))
    return _open[key]


def close() -> None:
    """Close what this process has opened for its jobs."""
    while _open:
        (pid, _), opened = _open.popitem()
        if pid == os.getpid():
            opened.close()
