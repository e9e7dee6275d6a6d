"""A folder that files are published into: ours are kept as they are to be, and what is not ours is never touched.

What is ours stands in a list beside them, with the digest that each file had when we wrote it: a file with other bytes
than that has been made or changed by somebody else. The list says what is about to be written before it is, so a run
that was killed takes nothing of its own for foreign. It also says what each file was made of: where that is the same
again, nobody makes the content to see that it is. Nothing is written or read through a link.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from docwatch.confined import GONE, LINK, RefusedError, Root
from docwatch.errors import UserError
from docwatch.frontends.reading import inside

_TEMPORARY = b".docwatch-writing-"
_LARGEST = 1 << 28  # bytes of a file that may be ours
_MOST_HELD_BYTES = 1 << 25  # of contents that wait to be written
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


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
                _write(self._root, name, made.content)
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
                _remove(self._root, name)
                self.done.removed.append(name)
            else:
                self.done.foreign.append(name)
        self._listed.write(self._ours)


def open_folder(path: str, tree_root: str) -> Root:
    """The folder to publish into, made if need be; its caller closes it.

    It is reached through no link: not itself, and none in the work tree, whose links are somebody else's making.
    """
    named = inside(tree_root, path)
    if named == b"" or (named is not None and b".git" in named.lower().split(b"/")):
        raise UserError(f"{path} is no folder to publish into; name one of its own")
    absolute = os.path.abspath(path)
    anchor, below = (
        (tree_root, named)
        if named is not None
        else (os.path.dirname(absolute), os.fsencode(os.path.basename(absolute)))
    )
    try:
        os.makedirs(anchor, exist_ok=True)
        with Root(anchor) as top:
            reached = make_folders(top.descriptor, below)
    except OSError as error:
        raise UserError(f"cannot use {path}: {error.strerror}; name a folder, not a file or a link") from error
    try:
        root = Root(absolute)
        if os.path.samestat(os.fstat(root.descriptor), os.fstat(reached)):
            return root
        root.close()
    finally:
        os.close(reached)
    raise UserError(f"{path} was replaced by another folder meanwhile; try again")


class _Ours(NamedTuple):
    """The digests that a file of ours may have, several while a run has not come to its end; what it was made of."""

    digests: tuple[str, ...]
    sources: str = ""


class _Listed:
    """The list of our files as it was at the beginning."""

    def __init__(self, root: Root, kind: str, maker: str) -> None:
        self._root, self._name, self._maker = root, f".docwatch-{kind}.json", maker
        self.files: dict[str, _Ours] = {}
        self._content = _content(root, self._name) or b""
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
            _write(self._root, self._name, content)
            self._content = content


def _is_plain(name: str) -> bool:
    return name.isascii() and "\0" not in name and not {"", ".", ".."} & set(name.split("/"))


def _content(root: Root, name: str) -> bytes | None:
    """What is at that name; None where nothing is. What is not a plain file has no content of ours."""
    try:
        return root.read(os.fsencode(name), _LARGEST)[0]
    except RefusedError as refused:
        return None if refused.reason == GONE else b""


def _digest_of(root: Root, name: str) -> str | None:
    content = _content(root, name)
    return None if content is None else _sha256(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _alone(root: Root) -> Iterator[None]:
    """One at a time in the folder; what an earlier one was writing when it was killed is cleared away."""
    fcntl.flock(root.descriptor, fcntl.LOCK_EX)
    try:
        for name in map(os.fsencode, os.listdir(root.descriptor)):
            if name.startswith(_TEMPORARY):
                os.unlink(name, dir_fd=root.descriptor)
        yield
    finally:
        fcntl.flock(root.descriptor, fcntl.LOCK_UN)


def _write(root: Root, name: str, content: bytes) -> None:
    """Make it whole, then move it into place. Raises RefusedError where a link or a file stands for a folder."""
    folder, _, last = os.fsencode(name).rpartition(b"/")
    temporary = _TEMPORARY + secrets.token_hex(8).encode()
    try:
        within = make_folders(root.descriptor, folder)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(temporary, flags, 0o644, dir_fd=root.descriptor), "wb") as file:
                file.write(content)
            os.replace(temporary, last, src_dir_fd=root.descriptor, dst_dir_fd=within)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=root.descriptor)
            raise
        finally:
            os.close(within)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
            raise RefusedError(os.fsencode(name), LINK) from error
        raise UserError(
            f"cannot write {name} in {root.path}: {error.strerror}; make room, or make it writable"
        ) from error


def make_folders(descriptor: int, path: bytes) -> int:
    """A descriptor of a folder below another, made if need be; no link is followed. Its caller closes it."""
    here = os.open(b".", _FOLDER_FLAGS, dir_fd=descriptor)
    for component in path.split(b"/") if path else ():
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(component, dir_fd=here)
            inner = os.open(component, _FOLDER_FLAGS, dir_fd=here)
        finally:
            os.close(here)
        here = inner
    return here


def _remove(root: Root, name: str) -> None:
    """The file, and the folders that are empty without it."""
    path = os.fsencode(name)
    while path:
        folder, _, last = path.rpartition(b"/")
        try:
            within = root.open_folder(folder)
        except RefusedError:
            return
        try:
            os.unlink(last, dir_fd=within) if path == os.fsencode(name) else os.rmdir(last, dir_fd=within)
        except OSError:
            return  # not empty, or gone already
        finally:
            os.close(within)
        path = folder
