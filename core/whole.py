"""Files that are written whole or not at all, and never through a link."""

from __future__ import annotations

import contextlib
import os
import stat


def replace(path: str, content: bytes, mode: int = 0o600) -> None:
    """Write beside the file and move into place: a link that is there is replaced, not followed.

    Who may do what with a file stays as it was; `mode` is for a new one. Raises OSError, and leaves nothing then.
    """
    with contextlib.suppress(FileNotFoundError):
        found = os.lstat(path).st_mode
        mode = stat.S_IMODE(found) if stat.S_ISREG(found) else mode
    temporary = os.path.join(os.path.dirname(path), f".docwatch-{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(temporary, flags, 0o600), "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
