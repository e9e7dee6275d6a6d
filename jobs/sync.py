"""All that is owed, worked off here and now: no Redis, no workers.

In child processes, so that a file that kills its process costs that file alone, and as many as there would be workers.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from docwatch import holder
from docwatch.errors import TransientError
from docwatch.jobs import memory, run
from docwatch.jobs.batch import Task
from docwatch.opened import OpenTree

logger = logging.getLogger("docwatch.jobs")
CHUNK = 16  # tasks to one transaction


@dataclass(slots=True)
class _Child:
    pid: int
    name: str  # as the ledger has it
    paths: list[bytes]
    done: int = 0


def work_off(opened: OpenTree, progress: Callable[[int, int], None]) -> None:
    """Try each owed file of the tree once. What is to be tried again later, or runs elsewhere, is owed still.

    Raises TransientError where a child ended for no reason of its file's.
    """
    opened.ledger.take_back_from_the_dead()
    owed = [row.path for row in opened.ledger.rows("state = 'queued'")]
    size = min(opened.config.workers, -(-len(owed) // CHUNK))
    children: dict[int, _Child] = {}  # by the descriptor on which one says how far it has come
    finished = 0
    try:
        for part in range(size):
            _fork(opened, owed[part::size], children)
        while children:
            for told in select.select(list(children), (), ())[0]:
                child = children[told]
                if counts := os.read(told, 4096):
                    child.done += sum(counts)
                    finished += sum(counts)
                    progress(finished, len(owed))
                    continue
                os.close(told)
                del children[told]
                if code := os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1]):
                    left = _left_by_the_dead(opened, child, code)
                    finished += len(child.paths) - child.done - len(left)
                    _fork(opened, left, children)
    finally:
        for told, child in children.items():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(told)


def _left_by_the_dead(opened: OpenTree, child: _Child, code: int) -> list[bytes]:
    """What a child that died has not been through."""
    ending = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    logger.error("the process that documents ended (%s); another goes on", ending)
    if not opened.ledger.take_back_from_the_dead(blamed=[child.name]):
        raise TransientError(f"the process that documents ended ({ending}); run it again")
    queued = {row.path for row in opened.ledger.rows("state = 'queued'")}
    return [path for path in child.paths[child.done :] if path in queued]


def _fork(opened: OpenTree, paths: list[bytes], children: dict[int, _Child]) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(_work(opened, paths, writing))
    os.close(writing)
    children[reading] = _Child(pid, holder.name_of(pid), paths)


def _work(opened: OpenTree, paths: list[bytes], writing: int) -> int:
    """A child's whole life; its exit code. It opens the tree for itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is its parent's to see
    memory.limit()
    seconds = opened.config.job_timeout_seconds
    try:
        for start in range(0, len(paths), CHUNK):
            tasks = [Task(opened.tree.id, path) for path in paths[start : start + CHUNK]]
            run.document(tasks, lambda _: _limit(seconds))
            os.write(writing, bytes([len(tasks)]))
    except Exception:
        # The one place where this process's own errors arrive: its parent says that it ended.
        logger.exception("the process that documents ended by an error of its own")
        return 3
    return 0


@contextlib.contextmanager
def _limit(seconds: int) -> Iterator[None]:
    with UnixSignalDeathPenalty(seconds, JobTimeoutException):
        yield
