"""Walking a folder top-down on directory descriptors, so that no link is followed and no path is resolved twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from docwatch.confined import GONE, RefusedError, Root

# Kept open on the way down; each folder deeper than that is opened anew from the last of them.
_OPEN_FOLDERS = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Listing(NamedTuple):
    """One folder, its own lstat from before it was listed, and its files' names with their lstats, None where there is
    no telling; `folders` are the names of those in it, in order.

    The walk goes on into the folders that are put into `enter`, in that order. A folder that cannot be listed has a
    `refusal` and nothing else.
    """

    folder: bytes
    found: os.stat_result
    files: list[str]
    stats: list[os.stat_result | None]
    folders: list[bytes]
    enter: list[bytes]
    refusal: str | None = None


def listings(root: Root, folders: Iterable[bytes] = (b"",)) -> Iterator[Listing]:
    """The listing of each of `folders`, the root's by default, and depth first those of the folders in them that its
    caller wants entered; gone ones are left out.
    """
    waiting = sorted(folders, reverse=True)
    opened: list[tuple[bytes, int]] = []
    try:
        while waiting:
            folder = waiting.pop()
            while opened and not folder.startswith(opened[-1][0]):
                os.close(opened.pop()[1])
            above, nearest = opened[-1] if opened else (b"", None)
            try:
                descriptor = _opened(root, folder[len(above) :], nearest)
            except RefusedError as refused:
                if refused.reason != GONE:
                    yield _refused(folder, refused.reason)
                continue
            opened.append((folder + b"/" if folder else b"", descriptor))
            listing = _listing(folder, descriptor)
            yield listing
            waiting.extend(reversed(listing.enter))
            if len(opened) > _OPEN_FOLDERS:
                os.close(opened.pop()[1])
    finally:
        for _, descriptor in opened:
            os.close(descriptor)


def _opened(root: Root, path: bytes, below: int | None) -> int:
    if below is not None and b"/" not in path:
        try:
            return os.open(path, _FOLDER, dir_fd=below)
        except OSError:
            pass  # Root knows what it means
    return root.open_folder(path, below)


def _refused(folder: bytes, reason: str) -> Listing:
    return Listing(folder, os.stat_result((0,) * 10), [], [], [], [], reason)


def _listing(folder: bytes, descriptor: int) -> Listing:
    listing = Listing(folder, os.fstat(descriptor), [], [], [], [])
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                listing.folders.append(os.fsencode(entry.name))
                continue
            try:
                listing.stats.append(entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # since it was listed
            except OSError:
                listing.stats.append(None)
            listing.files.append(entry.name)
    listing.folders.sort()
    return listing
