"""One worker process of a pool: how it is forked, its whole life, and what its end means."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import sys
import threading
import time
from dataclasses import dataclass

from docwatch import holder, log
from docwatch.config import Config
from docwatch.jobs import connection, memory
from docwatch.jobs.queue import PROSE_NAME, queue
from docwatch.jobs.run import Room
from docwatch.jobs.worker import DocumentWorker, ProseWorker, most_memory, report_deadlines_to

logger = logging.getLogger("docwatch.pool")
GRACE_SECONDS = 10.0  # beyond a job's timeout, for code that no Python signal reaches
RETIRING_BYTES = 96 << 20  # of its memory: parsers leak, and another worker is there in a moment
PROSE_RETIRING_BYTES = 512 << 20  # a client library alone takes a hundred MB, and 2 s to load again
PATIENCE_SECONDS = 3.0  # with a full disk, before other trees get their turn
RETIRED, NO_ROOM = 75, 76  # exit codes
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)  # that a pool listens to, and its children do not


@dataclass(slots=True)
class Child:
    pid: int
    name: str  # as the ledger has it
    started: float
    deadline: mmap.mmap  # one float: when its job must be over, 0 while it has none
    queue: str

    def is_stuck(self, now: float) -> bool:
        until = float(struct.unpack("d", self.deadline[:8])[0])
        return 0 < until < now - GRACE_SECONDS


def fork(config: Config, name: str, life: tuple[int, int], full: dict[str, str], *, burst: bool) -> Child:
    """Start a worker on the queue of that name.

    It ends when the other end of the pipe `life` is closed. `full` are trees without room on their disk, by id.
    """
    deadline = mmap.mmap(-1, 8)
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal that came before the child has put the pool's handlers off would be lost in them.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        os.close(life[1])  # only the pool keeps it open
        os._exit(_work(config, name, deadline, life[0], full, burst=burst))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return Child(pid, holder.name_of(pid), time.monotonic(), deadline, name)


def ending(code: int) -> str:
    """How it ended, for people."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _work(config: Config, line: str, deadline: mmap.mmap, life: int, full: dict[str, str], *, burst: bool) -> int:
    """A child's whole life; its exit code."""
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)  # until RQ installs its own, a worker has nothing to lose
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    memory.limit()
    log.setup("worker")
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    report_deadlines_to(lambda until: deadline.__setitem__(slice(0, 8), struct.pack("d", until)))
    try:
        client = connection.for_worker(config)
        name = f"{os.uname().nodename}.{os.getpid()}"
        kind = ProseWorker if line == PROSE_NAME else DocumentWorker
        worker = kind([queue(client, line)], name=name, connection=client)
        enough = PROSE_RETIRING_BYTES if line == PROSE_NAME else RETIRING_BYTES
        worker.retires_at = max(enough, most_memory() + enough // 2)  # it begins with what the pool has
        if not burst:
            worker.room = Room(PATIENCE_SECONDS, full)
        worker.work(burst=burst, logging_level="WARNING")
    except Exception:
        # The one place a worker process's own errors arrive: the pool starts another.
        logger.exception("the worker ended by an error of its own")
        return 3
    return NO_ROOM if worker.lacks_room else RETIRED if worker.has_retired else 0


def _end_with(descriptor: int) -> None:
    """Stop this worker when the pool is gone, however it went: its end of the pipe closes with it."""
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
