"""API keys: from an environment variable or a file that the user names, and never out of a configuration file."""

from __future__ import annotations

import os
import stat

from docwatch import config
from docwatch.config import Config
from docwatch.errors import BlockedError

_LARGEST_BYTES = 10_000


def api_key(settings: Config) -> str | None:
    """The key that is configured, read anew each time; None where none is. BlockedError where it cannot be had."""
    if settings.prose_key_env:
        if key := config.child_environment().get(settings.prose_key_env, "").strip():
            return key
        raise BlockedError(f"prose_key_env: {settings.prose_key_env} is not set; set it where docwatch is started")
    return _from_file(os.path.expanduser(settings.prose_key_file)) if settings.prose_key_file else None


def _from_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise BlockedError(f"prose_key_file: others may read {path}; run 'chmod 600 {path}'")
            key = file.read(_LARGEST_BYTES).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise BlockedError(f"prose_key_file: {path}: {reason}; write the key into it") from error
    if key:
        return key
    raise BlockedError(f"prose_key_file: {path} is empty; write the key into it")
