"""One log for all of docwatch's processes, rotated, its lines made harmless, read from its end."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from typing import BinaryIO

from docwatch import config

LARGEST_BYTES = 10 << 20
KEPT = 3
REPEAT_SECONDS = 60.0
# A file name or a model's text may try to move the cursor, forge a line or turn it round: C0 and C1 controls, the
# line and paragraph separators, the bidirectional marks, and lone surrogates (names that are not UTF-8). Or say what
# only a model reads: Unicode's tags are ASCII that nobody sees.
_HARMFUL = (
    *(*range(0x20), *range(0x7F, 0xA0)),
    *(0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)),
    *range(0xD800, 0xE000),
    *range(0xE0000, 0xE0080),
)
ESCAPES = {code: ascii(chr(code))[1:-1] for code in _HARMFUL}


def harmless(text: str) -> str:
    """The text with everything that could steer a terminal or forge a line written as an escape."""
    return text if text.isprintable() else text.translate(ESCAPES)  # all of those are not; most texts are


def path() -> str:
    folder = os.path.join(config.state_folder(), "log")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, "docwatch.log")


def setup(process: str, *, echo: bool = False) -> None:
    """Send this process's log lines to the file, marked with what the process is; with `echo` to stderr too.

    Repeatable; the last name stands, and an echo stays.
    """
    root = logging.getLogger("docwatch")
    echo = echo or any(type(handler) is logging.StreamHandler for handler in root.handlers)
    tear_down()
    handlers: list[logging.Handler] = [SharedFile(path()), *([logging.StreamHandler()] if echo else [])]
    for handler in handlers:
        handler.setFormatter(_OneLine(process))
        handler.addFilter(_NotAgain())
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False


def tear_down() -> None:
    """Close the file and say nothing any more."""
    root = logging.getLogger("docwatch")
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()


def is_set_up() -> bool:
    return any(isinstance(handler, SharedFile) for handler in logging.getLogger("docwatch").handlers)


def tail(count: int) -> list[str]:
    """The last `count` lines, oldest first, reading only the end of the file, and of the one before it if need be."""
    lines: list[str] = []
    for name in (path(), f"{path()}.1"):
        with contextlib.suppress(FileNotFoundError), open(name, "rb") as file:
            lines = _last_lines(file.fileno(), count - len(lines)) + lines
        if len(lines) >= count:
            break
    return lines


def follow() -> Iterator[str]:
    """Lines as they are written, from now on and across rotation, for as long as the caller asks."""
    name = path()
    skip_to_end = True
    while True:
        with open(os.open(name, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "rb") as file:
            if skip_to_end:
                file.seek(0, os.SEEK_END)
            skip_to_end = False
            yield from _until_rotated(file, name)


def _until_rotated(file: BinaryIO, name: str) -> Iterator[str]:
    line = b""
    while True:
        rotated = _rotated(file.fileno(), name)  # asked before reading: what was written until then is still read
        while part := file.readline():
            line += part
            if line.endswith(b"\n"):  # else it is being written just now
                yield line.decode(errors="replace").rstrip("\n")
                line = b""
        if rotated:
            return
        time.sleep(0.1)


class SharedFile(logging.Handler):
    """Appends to one file from many processes: each line is one write, rotation is done under a lock."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._descriptor = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            if _rotated(self._descriptor, self._name):
                self._reopen()
            os.write(self._descriptor, line)
            if os.fstat(self._descriptor).st_size > LARGEST_BYTES:
                self._rotate()
        except OSError:
            self.handleError(record)  # a full disk must not stop the work that is being logged

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()

    def _open(self) -> int:
        return os.open(self._name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def _reopen(self) -> None:
        os.close(self._descriptor)
        self._descriptor = self._open()

    def _rotate(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # ends with the descriptor
        if not _rotated(self._descriptor, self._name):
            for number in range(KEPT, 0, -1):
                older = f"{self._name}.{number - 1}" if number > 1 else self._name
                if os.path.exists(older):
                    os.replace(older, f"{self._name}.{number}")
        self._reopen()


class _NotAgain(logging.Filter):
    """What goes wrong every second, such as a Redis that is away, is said once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now, key = time.monotonic(), (record.name, record.getMessage())
        self._said = {said: at for said, at in self._said.items() if now < at + REPEAT_SECONDS}
        return self._said.setdefault(key, now) == now


class _OneLine(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)s {process}[%(process)d] %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        # A traceback stays one entry: its line breaks become visible, its text harmless.
        return harmless(super().format(record).replace("\n", " ⏎ "))


def _rotated(descriptor: int, name: str) -> bool:
    try:
        now = os.stat(name)
    except FileNotFoundError:
        return True
    mine = os.fstat(descriptor)
    return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)


def _last_lines(descriptor: int, count: int) -> list[str]:
    """Read blocks backwards until enough lines are there, a mebibyte at most."""
    start = os.fstat(descriptor).st_size
    content = b""
    while start > 0 and content.count(b"\n") <= count and len(content) < 1 << 20:
        block = min(start, 65536)
        start -= block
        content = os.pread(descriptor, block, start) + content
    lines = content.split(b"\n")
    whole = lines if start == 0 else lines[1:]
    return [line.decode(errors="replace") for line in whole if line][-count:] if count > 0 else []
