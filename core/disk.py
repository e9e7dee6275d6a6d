"""Whether a disk takes anything more."""

from __future__ import annotations

import errno

ROOM_BYTES = 64 << 10
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


def no_room(folder: str) -> str | None:
    """Why nothing can be stored in `folder` now; None where all is well. Tried, since quotas cannot be asked for."""
    import tempfile  # late: seldom needed, and where a hook waits

    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM_BYTES))
            file.flush()
    except OSError as error:
        if error.errno in FULL:
            return error.strerror
    return None
