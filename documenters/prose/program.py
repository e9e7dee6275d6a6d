"""Run a program: without a shell, in an empty folder, until a deadline, its output bounded, and nothing of it left."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, cast

from docwatch.errors import BlockedError, TransientError

_KEEPER = os.path.join(os.path.dirname(__file__), "keeper.py")
_PIECE = 65_536
_GRACE_SECONDS = 15.0  # for the keeper to kill what there is


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` until it is killed; bytes of its output that are kept, and above which it is killed.

    A line of its output that is `enough` says all there is to know: it is not waited for any longer.
    """

    seconds: float
    out: int = 4 << 20
    err: int = 32 << 10  # the rest is read and dropped
    enough: Callable[[bytes], bool] | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """`code` is its exit code, 128 + N for signal N. `stopped` is why it was killed, empty where it ended by itself."""

    code: int
    out: bytes
    err: bytes
    stopped: str = ""

    @property
    def last_words(self) -> str:
        """The end of its error output, for a message."""
        lines = self.err.decode(errors="replace").split("\n")
        return " ".join(next((line for line in reversed(lines) if line.strip()), "nothing").split())[:200]


def find(program: str, *, path: str | None = None) -> str:
    """The absolute path of a program. BlockedError where there is none: nothing can be written without it."""
    if os.sep in program and not os.path.isabs(program):
        raise BlockedError(f"{program} depends on the current folder; configure a name on PATH, or an absolute path")
    found = shutil.which(program, path=path)
    if found is None:
        raise BlockedError(f"there is no program {program}; install it, or configure where it is")
    return os.path.abspath(found)


def run(command: Sequence[str], stdin: bytes, environment: Mapping[str, str], limits: Limits) -> Finished:
    """Run `command`, an absolute path and its arguments, in an empty folder of its own, which is removed afterwards.

    When this returns or raises, the program and all it started are dead (`keeper.py` says where that has its limits),
    also where the exception comes from a signal; and even where this process is killed.
    """
    with tempfile.TemporaryDirectory(prefix="docwatch-") as folder, _kept(command, folder, environment) as process:
        return _Conversation(process, stdin, limits).hold()


@contextlib.contextmanager
def _kept(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The program under its keeper; leaving cuts the lifeline and waits until all is dead."""
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            (sys.executable, "-I", "-S", _KEEPER, str(theirs), *command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            pass_fds=(theirs,),
            start_new_session=True,  # who kills our process group must not kill the keeper before its work
            bufsize=0,
        )
    except OSError as error:
        os.close(ours)
        raise TransientError(f"cannot start {command[0]}: {error.strerror}; it will be tried again") from error
    finally:
        os.close(theirs)
    try:
        yield process
    finally:
        os.close(ours)
        _await_end(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _await_end(process: subprocess.Popen[bytes]) -> int:
    """The keeper's exit code, once all that it kept is dead."""
    try:
        return process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise TransientError(f"process {process.pid} could not be ended; it will be tried again") from error


class _Conversation:
    """Writes and reads side by side, so that no full pipe stops either."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self._left = memoryview(stdin)
        self._out, self._err = bytearray(), bytearray()
        self._line = b""  # the last one of the output, while it is not whole
        self._too_much, self._enough = False, False

    def hold(self) -> Finished:
        """Until the program has ended, or has to be stopped."""
        deadline = time.monotonic() + self._limits.seconds
        late = False
        with selectors.DefaultSelector() as selector:
            reading = self._register(selector)
            while not (late or self._too_much or self._enough) and reading & _open_in(selector):
                for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                    if key.data():
                        selector.unregister(key.fileobj)
                late = time.monotonic() >= deadline
        stopped = "it had said enough" if self._enough else ""
        if late:
            stopped = f"it took longer than {self._limits.seconds:.3g} s"
        if self._too_much:
            stopped = f"it wrote more than {self._limits.out} bytes"
        # With both its outputs closed the keeper is at its end too.
        code = 128 + signal.SIGKILL if stopped else _await_end(self._process)
        return Finished(code, bytes(self._out), bytes(self._err), stopped)

    def _register(self, selector: selectors.BaseSelector) -> set[object]:
        """What to do where, each step saying whether it was the last; gives what is read from."""
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        stdin, out, err = cast("tuple[IO[bytes], IO[bytes], IO[bytes]]", pipes)
        for stream in (stdin, out, err):
            os.set_blocking(stream.fileno(), False)
        selector.register(stdin, selectors.EVENT_WRITE, lambda: self._write(stdin))
        selector.register(out, selectors.EVENT_READ, lambda: self._read(out, self._out, self._limits.out))
        selector.register(err, selectors.EVENT_READ, lambda: self._read(err, self._err, self._limits.err))
        return {out, err}

    def _write(self, stream: IO[bytes]) -> bool:
        try:
            self._left = self._left[os.write(stream.fileno(), self._left[:_PIECE]) :] if self._left else self._left
        except BlockingIOError:
            return False
        except OSError:
            self._left = self._left[:0]  # it does not listen any more
        if not self._left:
            stream.close()
        return not self._left

    def _read(self, stream: IO[bytes], kept: bytearray, most: int) -> bool:
        chunk = os.read(stream.fileno(), _PIECE)
        if kept is self._out and len(kept) + len(chunk) > most:
            self._too_much = True
        kept += chunk[: most - len(kept)]
        if kept is self._out and self._limits.enough is not None:
            *lines, self._line = (self._line + chunk).split(b"\n")
            self._enough = any(map(self._limits.enough, lines))
        return not chunk


def _open_in(selector: selectors.BaseSelector) -> set[object]:
    return {key.fileobj for key in selector.get_map().values()}
