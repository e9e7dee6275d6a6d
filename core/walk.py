"""Walking a folder top-down on directory descriptors, so that no link is followed and no path is resolved twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from docwatch.confined import GONE, RefusedError, Root

# Kept open on the way down; each folder deeper than that is opened anew from the last of them.
_OPEN_FOLDERS = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A folder changed within this time of being listed may change again without another mtime: clocks of file systems
# are as coarse as 2 s (FAT).
_RACY_NS = 2_000_000_000


class Names(NamedTuple):
    """What a folder holds: its files, and its folders in the order of names, as the stamp of its own lstat had it."""

    stamp: tuple[int, int, int, int]
    files: tuple[str, ...]
    folders: tuple[bytes, ...]


class Listing(NamedTuple):
    """One folder, its lstat, and one of each file, None where there is no telling.

    The walk goes on into the folders that are put into `enter`, in that order. A folder that cannot be listed has a
    `refusal` and nothing else.
    """

    folder: bytes
    found: os.stat_result
    names: Names
    stats: list[os.stat_result | None]
    enter: list[bytes]
    refusal: str | None = None


def listings(root: Root, remembered: dict[bytes, Names] | None = None) -> Iterator[Listing]:
    """The root's listing, then depth first those of the folders its caller wants entered; gone ones are left out.

    With `remembered`, which is kept up to date, a folder whose own mtime has not moved is not listed again: nothing
    was created, removed or renamed in it. Each of its files is still asked for its lstat.
    """
    waiting = [b""]
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
            listing = _listing(folder, descriptor, remembered)
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
    return Listing(folder, os.stat_result((0,) * 10), Names((0, 0, 0, 0), (), ()), [], [], reason)


def _listing(folder: bytes, descriptor: int, remembered: dict[bytes, Names] | None) -> Listing:
    now = time.time_ns()
    # Before the names: a change in between leaves a stamp that is not found again.
    found = os.fstat(descriptor)
    stamp = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
    if remembered is not None:
        names = remembered.get(folder)
        if names is not None and names.stamp == stamp:
            try:
                stats: list[os.stat_result | None]
                stats = [os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in names.files]
                return Listing(folder, found, names, stats, [])
            except OSError:
                pass  # of one of them: look closer
    names, stats = _names(descriptor, stamp)
    if remembered is not None and max(found.st_mtime_ns, found.st_ctime_ns) < now - _RACY_NS:
        remembered[folder] = names
    return Listing(folder, found, names, stats, [])


def _names(descriptor: int, stamp: tuple[int, int, int, int]) -> tuple[Names, list[os.stat_result | None]]:
    files: list[str] = []
    folders: list[bytes] = []
    stats: list[os.stat_result | None] = []
    with os.scandir(descriptor) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(os.fsencode(entry.name))
                continue
            try:
                stats.append(entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # since it was listed
            except OSError:
                stats.append(None)
            files.append(entry.name)
    return Names(stamp, tuple(files), tuple(sorted(folders))), stats
