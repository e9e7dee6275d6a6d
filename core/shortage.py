"""Errors that tell of this machine, out of memory, processes, files or room, or of a store that is busy: of no bug."""

from __future__ import annotations

import errno

from docwatch.disk import FULL

MACHINE = frozenset({errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
# SQLite's own numbers: to import its module for them takes longer than a hook may.
_BUSY, _LOCKED, _NO_MEMORY, _READ_ONLY, _IO_ERROR, _FULL, _CANNOT_OPEN, _PROTOCOL = 5, 6, 7, 8, 10, 13, 14, 15
_STORE = frozenset({_BUSY, _LOCKED, _NO_MEMORY, _READ_ONLY, _IO_ERROR, _FULL, _CANNOT_OPEN, _PROTOCOL})


def shortage(error: Exception) -> str | None:
    """What the machine was short of, in one line that ends with the next step; None where that is not the trouble."""
    if isinstance(error, MemoryError):
        return "there is no memory left; end something else, then try again"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{_about(error)}; make room, then try again"
    if isinstance(error, OSError) and error.errno in MACHINE:
        return f"{_about(error)}; end something else, then try again"
    if int(getattr(error, "sqlite_errorcode", 0)) & 0xFF in _STORE:
        return f"the store cannot be read now: {error}; try again, and see 'docwatch doctor'"
    return None


def _about(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else f"this machine says: {error.strerror}"
