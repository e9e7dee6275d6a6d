"""Outlines made in processes of their own: a source that brings a parser down takes nobody with it.

Who reads, such as a command, has no worker to spare and no job to lose; it starts some of these and gives them bytes.
What is said between the two are frames: four bytes for the length, then MessagePack.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, Self

import msgspec

from docwatch.config import child_environment
from docwatch.document import Document, Outline, Source

_COMMAND = (sys.executable, "-E", "-P", "-m", "docwatch.documenters.apart")
_SECONDS = 60.0  # for one source; the parser has limits of its own, far below
_MOST_MEMORY_BYTES = 3 << 30  # of its address space
_ALONE = 24  # up to so many sources are soon done by one
_MOST = 4
_LENGTH = 4  # bytes


class _EndedError(Exception):
    """The process has died over a source, or takes too long."""


class Apart:
    """As many processes as the work is worth. Use it in `with`; for one thread."""

    def __init__(self, sources: int) -> None:
        self._processes = 1 if sources <= _ALONE else min(_MOST, os.cpu_count() or 1)
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        for _ in range(self._processes):
            self._idle.put(_Child())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._idle.empty():
            self._idle.get().close()

    def outlines(self, sources: Sequence[Source]) -> Iterator[tuple[Document, bool]]:
        """The outline of each, in order, and whether it is one: of what no parser survives there is an empty one."""
        with ThreadPoolExecutor(self._processes) as threads:
            yield from threads.map(self._outline, sources)

    def _outline(self, source: Source) -> tuple[Document, bool]:
        child = self._idle.get()
        try:
            return child.ask(source), True
        except _EndedError as ended:
            child.close()
            return Document(source.language, Outline(problems=(f"no parser survived this file: {ended}",))), False
        finally:
            self._idle.put(child)


class _Child:
    """One process, started at the first question and again after it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, source: Source) -> Document:
        process = self._process
        if process is None:
            process = self._process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=os.sep,
                env=child_environment(),
            )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process was started without pipes")
        with contextlib.suppress(BrokenPipeError):  # its end is seen below
            _write(process.stdin, msgspec.msgpack.encode(source))
        until = time.monotonic() + _SECONDS
        length = int.from_bytes(_read(process.stdout.fileno(), _LENGTH, until), "big")
        answer = _read(process.stdout.fileno(), length, until)
        return msgspec.msgpack.decode(answer, type=Document)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(BrokenPipeError), process:
                pass


def _read(descriptor: int, size: int, until: float) -> bytes:
    content = b""
    while len(content) < size:
        if not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
            raise _EndedError(f"more than {_SECONDS:.0f} s")
        chunk = os.read(descriptor, size - len(content))
        if not chunk:
            raise _EndedError("its process died")
        content += chunk
    return content


def _write(pipe: IO[bytes], frame: bytes) -> None:
    pipe.write(len(frame).to_bytes(_LENGTH, "big") + frame)
    pipe.flush()


def main() -> None:
    """Answer what is asked on standard input until it ends."""
    from docwatch.documenters.outline import OutlineDocumenter

    with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    outline = OutlineDocumenter()
    while length := sys.stdin.buffer.read(_LENGTH):
        source = msgspec.msgpack.decode(sys.stdin.buffer.read(int.from_bytes(length, "big")), type=Source)
        _write(sys.stdout.buffer, msgspec.msgpack.encode(outline.document(source)))


if __name__ == "__main__":
    main()
