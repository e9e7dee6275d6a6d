"""Files of the user's that are written whole or not at all, and never through a link."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile


def replace(path: str, content: bytes, mode: int = 0o644) -> None:
    """Write beside the file and move into place: a link that is there is replaced, not followed.

    Who may do what with a file stays as it was; `mode` is for a new one. Raises OSError, and leaves nothing then.
    """
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(os.lstat(path).st_mode)
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".docwatch-")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
