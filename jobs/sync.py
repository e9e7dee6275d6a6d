"""All that is owed, worked off in this process: no Redis, no workers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from docwatch.jobs import run
from docwatch.jobs.batch import Task
from docwatch.opened import OpenTree

CHUNK = 16  # tasks to one transaction


def work_off(opened: OpenTree, progress: Callable[[int, int], None]) -> None:
    """Try each owed file of the tree once. What is to be tried again later, or runs elsewhere, is owed still."""
    opened.ledger.take_back_from_the_dead()
    owed = [row.path for row in opened.ledger.rows("state = 'queued'")]
    seconds = opened.config.job_timeout_seconds
    try:
        for done in range(0, len(owed), CHUNK):
            run.document([Task(opened.tree.id, path) for path in owed[done : done + CHUNK]], lambda _: _limit(seconds))
            progress(min(done + CHUNK, len(owed)), len(owed))
    finally:
        run.close()


@contextlib.contextmanager
def _limit(seconds: int) -> Iterator[None]:
    with UnixSignalDeathPenalty(seconds, JobTimeoutException):
        yield
