"""Waiting for the observer to have caught up, instead of waiting for a time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid


class Cookies:
    """Files whose only purpose is that their event is seen, and with it all that came before."""

    def __init__(self) -> None:
        self._prefix = os.fsencode(f".cookie-{uuid.uuid4().hex}-")
        self._expected: dict[bytes, threading.Event] = {}

    def come_back(self, folder: str, timeout_seconds: float) -> bool:
        """Put a cookie into `folder` and wait until its event is seen. It is taken away again."""
        path = os.path.join(os.fsencode(folder), self._prefix + uuid.uuid4().hex.encode())
        seen = self._expected[path] = threading.Event()
        end = time.monotonic() + timeout_seconds
        try:
            while (left := end - time.monotonic()) > 0:
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
                # Written again each second: its event may be among those that an overflow lost.
                if seen.wait(min(left, 1.0)):
                    return True
            return False
        finally:
            del self._expected[path]
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    def seen(self, path: bytes) -> bool:
        """Whether `path` is one of ours."""
        if expected := self._expected.get(path):
            expected.set()
        return os.path.basename(path).startswith(self._prefix)
