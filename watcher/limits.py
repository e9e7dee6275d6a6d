"""What the system may run out of while watching, and what the user can do about it."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from docwatch.errors import TransientError, UserError

WATCH_LIMIT = (
    "no inotify watch is left, raise fs.inotify.max_user_watches (sudo sysctl fs.inotify.max_user_watches=524288)"
)
INSTANCE_LIMIT = (
    "no inotify instance or open file is left, raise fs.inotify.max_user_instances "
    "(sudo sysctl fs.inotify.max_user_instances=1024) or the limit of open files (ulimit -n)"
)


@contextlib.contextmanager
def named_errors(root: str) -> Iterator[None]:
    """TransientError for a limit that is reached, UserError for a folder that cannot be watched."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise TransientError(f"cannot watch {root}: {INSTANCE_LIMIT}") from error
        if error.errno == errno.ENOSPC:
            raise TransientError(f"cannot watch {root}: {WATCH_LIMIT}") from error
        raise UserError(f"cannot watch {root}: {error}; check that the folder exists and is readable") from error
