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
from docwatch.jobs import memory, prose, run
from docwatch.jobs.batch import Task
from docwatch.opened import OpenTree
from docwatch.owing import Owing

logger = logging.getLogger("docwatch.jobs")
CHUNK = 16  # tasks to one transaction


@dataclass(frozen=True, slots=True)
class _Work:
    """Rows that are owed, and what a child does with `chunk` of their paths at a time, each within so many seconds."""

    tree: str
    rows: Owing
    carry_out: Callable[[str, list[bytes], int], None]
    chunk: int
    seconds: int


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
    work = _Work(opened.tree.id, opened.ledger, _document, CHUNK, opened.config.job_timeout_seconds)
    _work_off(work, opened.config.workers, progress)


def write_off(opened: OpenTree, progress: Callable[[int, int], None]) -> None:
    """The same for the prose that is owed and due."""
    seconds = opened.config.job_timeout_seconds + 2 * opened.config.prose_seconds
    _work_off(_Work(opened.tree.id, opened.prose, _write, 1, seconds), opened.config.prose_workers, progress)


def _work_off(work: _Work, processes: int, progress: Callable[[int, int], None]) -> None:
    work.rows.take_back_from_the_dead()
    owed = work.rows.owed()
    size = min(processes, -(-len(owed) // work.chunk))
    children: dict[int, _Child] = {}  # by the descriptor on which one says how far it has come
    finished = 0
    try:
        for part in range(size):
            _fork(work, owed[part::size], children)
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
                    left = _left_by_the_dead(work, child, code)
                    finished += len(child.paths) - child.done - len(left)
                    _fork(work, left, children)
    finally:
        for told, child in children.items():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(told)


def _left_by_the_dead(work: _Work, child: _Child, code: int) -> list[bytes]:
    """What a child that died has not been through."""
    ending = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    logger.error("the process that documents ended (%s); another goes on", ending)
    if not work.rows.take_back_from_the_dead(blamed=[child.name]):
        raise TransientError(f"the process that documents ended ({ending}); run it again")
    queued = set(work.rows.owed())
    return [path for path in child.paths[child.done :] if path in queued]


def _fork(work: _Work, paths: list[bytes], children: dict[int, _Child]) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(_live(work, paths, writing))
    os.close(writing)
    children[reading] = _Child(pid, holder.name_of(pid), paths)


def _live(work: _Work, paths: list[bytes], writing: int) -> int:
    """A child's whole life; its exit code. It opens the tree for itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is its parent's to see
    memory.limit()
    try:
        for start in range(0, len(paths), work.chunk):
            chunk = paths[start : start + work.chunk]
            work.carry_out(work.tree, chunk, work.seconds)
            os.write(writing, bytes([len(chunk)]))
    except Exception:
        # The one place where this process's own errors arrive: its parent says that it ended.
        logger.exception("the process that documents ended by an error of its own")
        return 3
    return 0


def _document(tree: str, paths: list[bytes], seconds: int) -> None:
    run.document([Task(tree, path) for path in paths], lambda _: _limit(seconds))


def _write(tree: str, paths: list[bytes], seconds: int) -> None:
    for path in paths:
        while prose.write(tree, path, _limit(seconds)) is None and (opened := run.opened(tree)) is not None:
            if not opened.prose.goes_on(path):
                break


@contextlib.contextmanager
def _limit(seconds: int) -> Iterator[None]:
    with UnixSignalDeathPenalty(seconds, JobTimeoutException):
        yield
