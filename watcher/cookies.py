"""Waiting for the observer to have caught up, instead of waiting for a time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid

_BEAT = b".watcher-beat"
BEAT_SECONDS = 0.9
_MISSED_BEATS = 5


class Cookies:
    """Files whose only purpose is that their event is seen, and with it all that came before."""

    def __init__(self) -> None:
        self._prefix = os.fsencode(f".cookie-{uuid.uuid4().hex}-")
        self._expected: dict[bytes, threading.Event] = {}
        self._beats_unseen = 0
        self._next_beat = 0.0
        self._is_deaf = False

    def beat(self, folder: str) -> bool:
        """Whether events come through: False once several beats in a row have gone unseen. Ask every second or so.

        One file is opened for writing and closed, which makes an event and leaves nothing for the disk to do.
        """
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_SECONDS
            self._is_deaf = self._beats_unseen >= _MISSED_BEATS
            self._beats_unseen += 1
            path = os.path.join(os.fsencode(folder), _BEAT)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        return not self._is_deaf

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
        if os.path.basename(path) == _BEAT:
            self._beats_unseen = 0
            return True
        if expected := self._expected.get(path):
            expected.set()
        return os.path.basename(path).startswith(self._prefix)
