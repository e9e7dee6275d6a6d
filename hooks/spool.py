"""The spool: one line for each git hook that ran, appended by hook.sh, taken by whoever submits next.

A line is `HOOK ARGUMENT...<tab>ROOT`. ROOT is empty where the work tree's own name holds a line break. `docwatch touch`
leaves word in the same way, as the hook `post-touch` with the paths, quoted as in addresses, for its arguments.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote, unquote_to_bytes

from docwatch import holder, whole

LARGEST_BYTES = 1 << 20
TOUCHED = "post-touch"
_NAME = "spool"
_log = logging.getLogger("docwatch.hooks")


@dataclass(frozen=True, slots=True)
class Notice:
    """One run of a git hook in the work tree at `root`; an empty root means any tree of this repository."""

    hook: str
    root: str
    arguments: tuple[str, ...] = ()

    @property
    def touched(self) -> list[bytes] | None:
        """The paths of a `post-touch`; None for what git itself has told."""
        return [unquote_to_bytes(path) for path in self.arguments] if self.hook == TOUCHED else None


def leave(folder: str, root: str, paths: Iterable[bytes]) -> None:
    """Append what `docwatch touch` was told, as hook.sh appends: in one write."""
    words = " ".join([TOUCHED, *(quote(path, safe="/") for path in paths)])
    line = words + "\t" + ("" if "\n" in root else root) + "\n"
    descriptor = os.open(os.path.join(folder, _NAME), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, os.fsencode(line))
    finally:
        os.close(descriptor)


# Stands for lines that were dropped: anything may have happened, anywhere in the repository.
ANYTHING = Notice(hook="", root="")


class Spool:
    """The notices waiting in a tree's `folder`. Only one process may take at a time; anyone may append."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._taken: list[IO[bytes]] = []

    def take(self) -> list[Notice]:
        """All notices since the last call, oldest first; an empty list where there is no spool."""
        content = b"".join(self._read())
        return _parsed(content) if len(content) <= LARGEST_BYTES else [ANYTHING]

    def is_empty(self) -> bool:
        return not any(name == _NAME or name.startswith(_NAME + ".") for name in self._names())

    def written(self) -> int:
        """When a notice was last appended, as its file has it; 0 where none waits."""
        try:
            return os.stat(os.path.join(self._folder, _NAME)).st_mtime_ns
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        while self._taken:
            self._taken.pop().close()

    def _read(self) -> Iterator[bytes]:
        # A hook that had the spool open when it was renamed may have written its line after we read it.
        for file in self._taken:
            yield file.read(LARGEST_BYTES + 1)
        self.close()
        with contextlib.suppress(FileNotFoundError):
            os.rename(os.path.join(self._folder, _NAME), os.path.join(self._folder, f"{_NAME}.{os.getpid()}"))
        # Also what a process that was killed had renamed and not read.
        for name in sorted(name for name in self._names() if name.startswith(_NAME + ".")):
            path = os.path.join(self._folder, name)
            file = open(path, "rb")  # noqa: SIM115 - stays open until the next call
            self._taken.append(file)
            yield file.read(LARGEST_BYTES + 1)
            os.unlink(path)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except FileNotFoundError:
            return []


@contextlib.contextmanager
def announce(folder: str) -> Iterator[None]:
    """While this lasts, hooks leave their notices to this process, which has to watch the spool.

    With two watchers on one repository the later one's word stands, also when it ends first: the hooks then start a
    process of their own beside the other, which costs time and nothing else.
    """
    with claim(os.path.join(folder, "watcher")):
        yield


@contextlib.contextmanager
def claim(path: str) -> Iterator[None]:
    """Write `PID START` of this process into the file that hook.sh looks at, and remove it at the end if still ours."""
    mine = " ".join(holder.this_process().rsplit(":", 2)[1:]).encode() + b"\n"
    whole.replace(path, mine)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            with open(path, "rb") as file:
                still_mine = file.read() == mine
            if still_mine:
                os.unlink(path)


def is_claimed(path: str) -> bool:
    """Whether the process that wrote itself into the file still runs."""
    try:
        with open(path) as file:
            return holder.is_alive(f"{socket.gethostname()}:{':'.join(file.read().split())}")
    except (FileNotFoundError, ValueError):
        return False


def _parsed(content: bytes) -> list[Notice]:
    notices = (_notice(line) for line in content.split(b"\n") if line)
    return [notice for notice in notices if notice is not None]


def _notice(line: bytes) -> Notice | None:
    words, tab, root = line.partition(b"\t")
    if not tab or not words.startswith(b"post-") or (root and not root.startswith(b"/")):
        _log.warning("spool: skipped a line that no hook of ours wrote: %r", line[:200])
        return None
    hook, *arguments = words.decode(errors="replace").split()
    return Notice(hook, os.fsdecode(root), tuple(arguments))
