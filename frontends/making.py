"""Contents of an export, made in as many processes as there are processors where there are many to be made."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO

import msgspec

from docwatch.errors import TransientError
from docwatch.frontends.published import Made, Wanted

log = logging.getLogger("docwatch.export")
Again = Callable[[], AbstractContextManager[Iterable[Wanted]]]
_WORTH_IT = 100  # contents: a process has to open the tree first
_MOST = 4
_LENGTH = 4  # bytes


def made(needed: Sequence[Wanted], again: Again) -> Iterator[tuple[Wanted, Made]]:
    """Each with its content, in order. `again` gives all that is wanted to a process that opens the tree for itself."""
    processes = min(_MOST, os.cpu_count() or 1, len(needed) // _WORTH_IT)
    if processes < 2:
        yield from ((wanted, wanted.make()) for wanted in needed)
        return
    with contextlib.ExitStack() as running:
        names = [wanted.name for wanted in needed]
        pipes = [running.enter_context(_child(names[part::processes], again)) for part in range(processes)]
        for number, wanted in enumerate(needed):
            yield wanted, _read(pipes[number % processes]) or wanted.make()


@contextlib.contextmanager
def _child(names: list[str], again: Again) -> Iterator[IO[bytes]]:
    """A process that makes those, and the pipe to read them from; one that nobody reads from ends by itself."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os._exit(_live(names, again, writing))
    os.close(writing)
    try:
        with open(reading, "rb") as pipe:
            yield pipe
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _live(names: list[str], again: Again, writing: int) -> int:
    """A child's whole life; its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is its parent's to see
    try:
        with again() as files, open(writing, "wb") as pipe:
            wanted = {one.name: one for one in files}
            for name in names:
                # What is not to be any more by now is its parent's to see.
                answer = msgspec.msgpack.encode(wanted[name].make() if name in wanted else None)
                pipe.write(len(answer).to_bytes(_LENGTH, "big") + answer)
    except BrokenPipeError:
        return 1
    except Exception:
        # The one place where this process's own errors arrive: its parent says that it ended.
        log.exception("a process that makes pages ended by an error of its own")
        return 3
    return 0


def _read(pipe: IO[bytes]) -> Made | None:
    length = pipe.read(_LENGTH)
    answer = pipe.read(int.from_bytes(length, "big"))
    if len(length) < _LENGTH or len(answer) < int.from_bytes(length, "big"):
        raise TransientError("a process that makes pages ended early; 'docwatch log' says why, then export again")
    return msgspec.msgpack.decode(answer, type=Made | None)
