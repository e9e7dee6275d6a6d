"""Reading below one folder and nowhere else: component by component from a descriptor, no link followed.

Nothing here checks a path and then opens it: what is opened is what is checked, so swapping a folder for a link
in between gains nothing.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from docwatch.errors import PermanentError, TransientError, UserError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_SETTLING_READS = 3

GONE = "gone"
LINK = "symbolic link"
NOT_REGULAR = "not a regular file"
OTHER_FILE_SYSTEM = "another file system"
FOREIGN_OWNER = "foreign owner"
UNREADABLE = "unreadable"
TOO_LARGE = "too large"

_REASONS = {
    errno.ENOENT: GONE,
    errno.ENOTDIR: GONE,
    errno.ENAMETOOLONG: GONE,
    errno.ELOOP: LINK,
    errno.EMLINK: LINK,  # FreeBSD's ELOOP
    errno.EACCES: UNREADABLE,
    errno.EPERM: UNREADABLE,
    errno.EISDIR: NOT_REGULAR,
    errno.ENXIO: NOT_REGULAR,
    errno.ENODEV: NOT_REGULAR,
    errno.EOPNOTSUPP: NOT_REGULAR,  # a socket on macOS
}


class RefusedError(PermanentError):
    """The path names nothing that may be read; `reason` is one of the constants above, `found` fstat's answer."""

    def __init__(self, path: bytes, reason: str, found: os.stat_result | None = None) -> None:
        self.path, self.reason, self.found = path, reason, found
        super().__init__(f"{path!a}: {reason}; nothing was read")


class Root:
    """The one folder below which files are read. Paths are relative bytes without empty, `.` or `..` components.

    Its descriptor stays open, so the folder cannot be exchanged unnoticed.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise UserError(f"cannot open {path}: {error.strerror}; name a folder that you can read") from error
        found = os.fstat(self.descriptor)
        self.device, self._inode = found.st_dev, found.st_ino
        self._owners = frozenset((found.st_uid, os.geteuid()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Safe to call again: the number may belong to another file by then."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def check(self) -> None:
        """Raise TransientError when the root's path no longer leads to this folder.

        Without it a removed or unmounted root would look like a tree whose every file is gone.
        """
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise TransientError(f"{self.path} is out of reach: {error.strerror}; bring it back") from error
        if (found.st_dev, found.st_ino) != (self.device, self._inode):
            raise TransientError(f"{self.path} was replaced by another folder; restart docwatch there")

    def stat(self, path: bytes) -> os.stat_result:
        """What lstat says. Only as true as its folders are folders; nothing is read on its word."""
        try:
            return os.stat(path, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError as error:
            raise _refused(path, error) from error

    def lstat(self, path: bytes) -> os.stat_result | None:
        """The same of whatever is at the path, the root too (an empty one); None where nothing is."""
        try:
            return self.stat(path) if path else os.fstat(self.descriptor)
        except RefusedError:
            return None

    def refusal(self, found: os.stat_result) -> str | None:
        """Why a file that lstat or fstat describes may not be read; None where it may."""
        if not stat.S_ISREG(found.st_mode):
            return LINK if stat.S_ISLNK(found.st_mode) else NOT_REGULAR
        if found.st_dev != self.device:
            return OTHER_FILE_SYSTEM
        # Who can link somebody else's secret file into the tree could otherwise have it read.
        if found.st_nlink > 1 and found.st_uid not in self._owners:
            return FOREIGN_OWNER
        return None

    def read(self, path: bytes, limit: int) -> tuple[bytes, os.stat_result]:
        """The settled content of a regular file of at most `limit` bytes, and its fstat.

        Raises RefusedError with the reason; TransientError when the file does not hold still or the machine is
        short of something.
        """
        with self._opened(path) as descriptor:
            for _ in range(_SETTLING_READS):
                before = os.fstat(descriptor)
                if reason := self.refusal(before):
                    raise RefusedError(path, reason, before)
                if before.st_size > limit:
                    raise RefusedError(path, TOO_LARGE, before)
                content = os.pread(descriptor, before.st_size + 1, 0)
                if len(content) == before.st_size and _same(before, os.fstat(descriptor)):
                    return content, before
        raise TransientError(f"{path!a} changes while it is read; it is read again once it holds still")

    def open_folder(self, path: bytes, below: int | None = None) -> int:
        """A descriptor of a folder below the descriptor `below` (None: the root); its caller closes it."""
        # "." and not dup: two listings through one open file would share their place in it.
        descriptor = os.open(b".", _FOLDER, dir_fd=self.descriptor if below is None else below)
        for component in path.split(b"/") if path else ():
            try:
                inner = os.open(component, _FOLDER, dir_fd=descriptor)
            except OSError as error:
                raise _refused(path, error, component, descriptor) from error
            finally:
                os.close(descriptor)
            descriptor = inner
        return descriptor

    @contextmanager
    def _opened(self, path: bytes) -> Iterator[int]:
        folder, _, name = path.rpartition(b"/")
        within = self.open_folder(folder) if folder else self.descriptor
        try:
            descriptor = os.open(name, _FILE, dir_fd=within)
        except OSError as error:
            raise _refused(path, error) from error
        finally:
            if folder:
                os.close(within)
        try:
            yield descriptor
        except OSError as error:
            raise _refused(path, error) from error
        finally:
            os.close(descriptor)


def _same(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def _refused(path: bytes, error: OSError, component: bytes = b"", descriptor: int = -1) -> Exception:
    """The refusal that an error means, or a TransientError for what is the machine's trouble and not the file's."""
    reason = _REASONS.get(error.errno or 0)
    if error.errno == errno.ENOTDIR and component:
        reason = _not_a_folder(component, descriptor)
    if reason is None:
        return TransientError(f"cannot read {path!a}: {error.strerror}; it is tried again later")
    return RefusedError(path, reason)


def _not_a_folder(component: bytes, descriptor: int) -> str | None:
    """Why a component would not open as a folder; None where it is one by now. Linux says ENOTDIR of a link too."""
    try:
        mode = os.stat(component, dir_fd=descriptor, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return GONE
    if stat.S_ISDIR(mode):
        return None
    return LINK if stat.S_ISLNK(mode) else GONE
