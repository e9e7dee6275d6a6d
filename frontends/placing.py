"""Files put into a folder and taken out of it: made whole, then moved into place, and nothing through a link."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets

from docwatch.confined import GONE, LINK, RefusedError, Root
from docwatch.errors import UserError
from docwatch.frontends.reading import inside

_TEMPORARY = b".docwatch-writing-"
_LARGEST = 1 << 28  # bytes of a file that is read
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


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
            reached = _make_folders(top.descriptor, below)
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


def content_of(root: Root, name: str) -> bytes | None:
    """What is at that name; None where nothing is. What is not a plain file has no content."""
    try:
        return root.read(os.fsencode(name), _LARGEST)[0]
    except RefusedError as refused:
        return None if refused.reason == GONE else b""


def clear(root: Root) -> None:
    """Take away what was being written when somebody was killed. Call where nobody else writes."""
    for name in map(os.fsencode, os.listdir(root.descriptor)):
        if name.startswith(_TEMPORARY):
            os.unlink(name, dir_fd=root.descriptor)


def write(root: Root, name: str, content: bytes) -> None:
    """Make it whole, then move it into place. Raises RefusedError where a link or a file stands for a folder."""
    folder, _, last = os.fsencode(name).rpartition(b"/")
    temporary = _TEMPORARY + secrets.token_hex(8).encode()
    try:
        within = _make_folders(root.descriptor, folder)
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


def _make_folders(descriptor: int, path: bytes) -> int:
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


def remove(root: Root, name: str) -> None:
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
