"""A folder that files are published into: ours are kept as they are to be, and what is not ours is never touched.

What is ours stands in a list beside them, with the digest that each file had when we wrote it: a file with other bytes
than that has been made or changed by somebody else. The list says what is about to be written before it is, so a run
that was killed takes nothing of its own for foreign. Nothing is written or read through a link.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from docwatch.confined import GONE, LINK, RefusedError, Root
from docwatch.errors import UserError
from docwatch.frontends.reading import inside

_TEMPORARY = b".docwatch-writing-"
_LARGEST = 1 << 28  # bytes of a file that may be ours
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class Published:
    """What publishing came to, by the names of files."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # not written, or not removed: they are somebody else's


def publish(root: Root, kind: str, files: Mapping[str, bytes]) -> Published:
    """Make what is published as `kind` below `root` these files, by their relative names. Writes only what differs."""
    done = Published()
    with _alone(root):
        listed = _Listed(root, kind)
        wanted = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        there = {name: _content(root, name) for name in {*wanted, *listed.digests}}
        ours, changed = {}, []
        for name, content in files.items():
            if there[name] == content:
                done.unchanged += 1
            elif there[name] is None or listed.owns(name, there[name]):
                changed.append(name)
            else:
                done.foreign.append(name)
                continue
            ours[name] = wanted[name]
        gone = [name for name in listed.digests if name not in files and there[name] is not None]
        done.foreign += [name for name in gone if not listed.owns(name, there[name])]
        done.removed = [name for name in gone if listed.owns(name, there[name])]
        if changed or done.removed:
            listed.write({name: [*listed.digests.get(name, ()), wanted[name]] for name in changed})
        for name in changed:
            try:
                _write(root, name, files[name])
            except RefusedError:
                done.foreign.append(name)
                del ours[name]
            else:
                done.written.append(name)
        for name in done.removed:
            _remove(root, name)
        listed.replace({name: [digest] for name, digest in ours.items()})
    return done


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


class _Listed:
    """The list of our files: for each the digests it may have, several while a run has not come to its end."""

    def __init__(self, root: Root, kind: str) -> None:
        self._root, self._name = root, f".docwatch-{kind}.json"
        self.digests: dict[str, list[str]] = {}
        self._content = _content(root, self._name) or b""
        with contextlib.suppress(ValueError, TypeError, AttributeError):  # damaged: then nothing is known to be ours
            found = json.loads(self._content)["files"].items()
            self.digests = {name: list(map(str, digests)) for name, digests in found if _is_plain(name)}

    def owns(self, name: str, content: bytes | None) -> bool:
        return content is not None and hashlib.sha256(content).hexdigest() in self.digests.get(name, ())

    def write(self, more: Mapping[str, list[str]]) -> None:
        self.replace({**self.digests, **more})

    def replace(self, digests: Mapping[str, list[str]]) -> None:
        content = json.dumps({"schema": 1, "files": dict(sorted(digests.items()))}, indent=0).encode()
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
