"""What of a file differs once it has been written again, without reading it."""

from __future__ import annotations

import os

Signature = tuple[int, ...] | None


def signature(path: str | bytes, descriptor: int | None = None, *, follow: bool = False) -> Signature:
    """What differs once a file has been written again; None where there is none."""
    try:
        return signature_of(os.stat(path, dir_fd=descriptor, follow_symlinks=follow))
    except OSError:
        return None


def signature_of(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
