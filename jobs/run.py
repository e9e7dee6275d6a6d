"""What a worker does with one job: make the store equal to what the disk says of one path."""

from __future__ import annotations

import logging
import os
import time

from docwatch import documents, log
from docwatch import tree as trees
from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.errors import PermanentError, TransientError, UserError
from docwatch.jobs.producer import as_read
from docwatch.ledger import Origin, Owed
from docwatch.opened import OpenTree
from docwatch.scope import Reading

logger = logging.getLogger("docwatch.jobs")
# How long to wait for another process that documents the same content.
PATIENCE_SECONDS = 60.0


def document_file(tree: str, path: str) -> None:
    """RQ's entry: document one file, or forget it if it is gone or no longer admitted.

    Safe to run twice, late or out of order. Raises whatever went wrong, after writing it down, so that RQ retries it;
    a PermanentError is not retried.
    """
    if not log.is_set_up():
        log.setup("worker")
    try:
        opened = _opened(tree)
    except UserError as error:
        logger.info("%s: dropped: %s", path, error)  # the tree was forgotten meanwhile
        return
    opened.refresh()
    run = Run(opened, os.fsencode(path))
    try:
        run.to_the_end()
    except Exception as error:
        # The one place a job's errors arrive: written down, then given to RQ, which retries or files them.
        permanent = isinstance(error, PermanentError)
        final = permanent or _tries_left() == 0
        if final:
            _no_more_tries()
        reason = str(error) or type(error).__name__
        opened.ledger.give_back(run.ticket, run.path, run.oid, reason, final=final)
        logger.error("%s: %s: %s", path, "failed" if final else "will be tried again", reason, exc_info=not permanent)
        raise


class Run:
    """One run over one path. Its ticket and OID say, when it fails, what it was about."""

    def __init__(self, opened: OpenTree, path: bytes) -> None:
        self.opened, self.path = opened, path
        self.ticket = 0
        self.oid: str | None = None
        self.documenter = documenter(opened.config.documenter)

    def to_the_end(self) -> None:
        """Until what is stored is what was wanted when we looked: a file may be edited while it is documented."""
        while not self._once():
            pass

    def _once(self) -> bool:
        start = time.perf_counter()
        self.ticket, origin = self.opened.ledger.begin(self.path)
        reading = self.opened.scope.read(self.path)
        read = as_read(reading, self.documenter)
        if not isinstance(read, Owed):
            self.opened.ledger.record(self.ticket, origin, [read])
            self._say(f"left alone: {reading.decision.reason}", origin, start)
            return True
        self.oid = read.oid
        verb, settled = self._stored(reading, read, origin)
        if settled:
            self._say(f"{verb} as {reading.decision.language}", origin, start)
        return settled

    def _stored(self, reading: Reading, read: Owed, origin: Origin) -> tuple[str, bool]:
        """Document the content unless somebody has, and link it to the path."""
        store, ledger = self.opened.store, self.opened.ledger
        if self._ours(read):
            try:
                source = Source(self.path, reading.decision.language or "", reading.content)
                document = self.documenter.document(source)
                with store.writing() as connection:
                    documents.insert(connection, read.oid, read.documenter, document)
                    documents.release(connection, read.oid, read.documenter)
                    return "documented", ledger.finish(self.ticket, read, origin)
            except BaseException:
                with store.writing() as connection:
                    documents.release(connection, read.oid, read.documenter)
                raise
        with store.writing():
            return "linked", ledger.finish(self.ticket, read, origin)

    def _ours(self, read: Owed) -> bool:
        """Whether we are to document this content; False once its document is there."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (answer := documents.claim(self.opened.store, read.oid, read.documenter)) == "theirs":
            if time.monotonic() > until:
                raise TransientError("another worker is at the same content; it will be tried again")
            time.sleep(0.01)
        return answer == "ours"

    def _say(self, what: str, origin: Origin, start: float) -> None:
        milliseconds = (time.perf_counter() - start) * 1000
        logger.info("%s: %s in %.0f ms (%s)", os.fsdecode(self.path), what, milliseconds, origin)


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


def _tries_left() -> int:
    from rq import get_current_job

    job = get_current_job()
    return 0 if job is None else job.retries_left or 0


def _no_more_tries() -> None:
    from rq import get_current_job

    job = get_current_job()
    if job is not None:
        job.retries_left = 0
