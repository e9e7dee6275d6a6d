"""A folder that files are published into: ours are kept as they are to be, and what is not ours is never touched.

What is ours stands in a list beside them, with the digest that each file had when we wrote it: a file with other bytes
than that has been made or changed by somebody else. The list says what is about to be written before it is, so a run
that was killed takes nothing of its own for foreign. It also says what each file was made of: where that is the same
again, nobody makes the content to see that it is. Nothing is written or read through a link.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from docwatch.confined import RefusedError, Root
from docwatch.frontends import placing

_MOST_HELD_BYTES = 1 << 25  # of contents that wait to be written


class Made(NamedTuple):
    """A content, and a digest of all that it was made of: none where that is not known."""

    content: bytes
    sources: str = ""


class Wanted(NamedTuple):
    """A file that is to be, by its relative name: a digest of what it would be made of, and how it is."""

    name: str
    sources: str
    make: Callable[[], Made]


@dataclass(slots=True)
class Published:
    """What publishing came to, by the names of files."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # not written, or not removed: they are somebody else's


def publish(
    root: Root,
    kind: str,
    maker: str,
    files: Iterable[Wanted],
    make: Callable[[Sequence[Wanted]], Iterable[tuple[Wanted, Made]]],
) -> Published:
    """Make what is published as `kind` below `root` these files. Makes what may differ, in order, and writes what does.

    `maker` is a digest of who makes them: what another one made is made again.
    """
    with _alone(root):
        run = _Run(root, _Listed(root, kind, maker))
        needed = [wanted for wanted in files if not run.is_there(wanted)]
        for wanted, made in make(needed):
            run.take(wanted.name, made)
        run.write()
        run.remove()
    return run.done


class _Run:
    """One publishing. Contents are held until there are enough to be written together."""

    def __init__(self, root: Root, listed: _Listed) -> None:
        self.done = Published()
        self._root, self._listed = root, listed
        self._ours: dict[str, _Ours] = {}
        self._held: dict[str, Made] = {}
        self._there: dict[str, str | None] = {}  # digests of what is in the folder

    def is_there(self, wanted: Wanted) -> bool:
        """Whether the file is there as we left it, and was made of the same."""
        name, before = wanted.name, self._listed.files.get(wanted.name, _Ours(()))
        there = self._there[name] = _digest_of(self._root, name)
        if there is None or there not in before.digests or not wanted.sources or wanted.sources != before.sources:
            return False
        self.done.unchanged += 1
        self._ours[name] = _Ours((there,), wanted.sources)
        return True

    def take(self, name: str, made: Made) -> None:
        ours = _Ours((_sha256(made.content),), made.sources)
        there, before = self._there[name], self._listed.files.get(name, _Ours(()))
        if there in ours.digests:
            self.done.unchanged += 1
        elif there is None or there in before.digests:
            self._held[name] = made
        else:
            self.done.foreign.append(name)
            return
        self._ours[name] = ours
        if sum(len(held.content) for held in self._held.values()) > _MOST_HELD_BYTES:
            self.write()

    def write(self) -> None:
        """What is held; it is in the list before it is in the folder."""
        if not self._held:
            return
        listed = {**self._listed.files, **self._ours}
        for name in self._held:
            before = self._listed.files.get(name, _Ours(()))
            listed[name] = _Ours((*before.digests, *self._ours[name].digests))
        self._listed.write(listed)
        for name, made in self._held.items():
            try:
                placing.write(self._root, name, made.content)
            except RefusedError:
                self.done.foreign.append(name)
                del self._ours[name]
            else:
                self.done.written.append(name)
        self._held.clear()

    def remove(self) -> None:
        """What is in the list and not to be any more; then the list says what is there now."""
        for name, before in self._listed.files.items():
            there = None if name in self._there else _digest_of(self._root, name)
            if there is None:
                continue
            if there in before.digests:
                placing.remove(self._root, name)
                self.done.removed.append(name)
            else:
                self.done.foreign.append(name)
        self._listed.write(self._ours)


class _Ours(NamedTuple):
    """The digests that a file of ours may have, several while a run has not come to its end; what it was made of."""

    digests: tuple[str, ...]
    sources: str = ""


class _Listed:
    """The list of our files as it was at the beginning."""

    def __init__(self, root: Root, kind: str, maker: str) -> None:
        self._root, self._name, self._maker = root, f".docwatch-{kind}.json", maker
        self.files: dict[str, _Ours] = {}
        self._content = placing.content_of(root, self._name) or b""
        with contextlib.suppress(ValueError, TypeError, AttributeError):  # damaged: then nothing is known to be ours
            found = json.loads(self._content)
            sources = found.get("sources", {}) if found.get("maker") == maker else {}
            self.files = {
                name: _Ours(tuple(map(str, digests)), str(sources.get(name, "")))
                for name, digests in found["files"].items()
                if _is_plain(name)
            }

    def write(self, files: Mapping[str, _Ours]) -> None:
        ordered = sorted(files.items())
        listed = {
            "schema": 1,
            "files": {name: ours.digests for name, ours in ordered},
            "maker": self._maker,
            "sources": {name: ours.sources for name, ours in ordered if ours.sources},
        }
        content = json.dumps(listed, indent=0).encode()
        if content != self._content:
            placing.write(self._root, self._name, content)
            self._content = content


def _is_plain(name: str) -> bool:
    return name.isascii() and "\0" not in name and not {"", ".", ".."} & set(name.split("/"))


def _digest_of(root: Root, name: str) -> str | None:
    content = placing.content_of(root, name)
    return None if content is None else _sha256(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _alone(root: Root) -> Iterator[None]:
    """One at a time in the folder; what an earlier one was writing when it was killed is cleared away."""
    fcntl.flock(root.descriptor, fcntl.LOCK_EX)
    try:
        placing.clear(root)
        yield
    finally:
        fcntl.flock(root.descriptor, fcntl.LOCK_UN)
