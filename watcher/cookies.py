"""Waiting for the observer to have caught up, instead of waiting for a time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid

_BEAT = b".watcher-beat"
BEAT_SECONDS = 0.4
# A beat that has not come back after this many more is late, which a busy machine can be the reason of.
LATE_BEATS, MISSED_BEATS = 1, 11


class Cookies:
    """Files whose only purpose is that their event is seen, and with it all that came before."""

    def __init__(self) -> None:
        self._prefix = os.fsencode(f".cookie-{uuid.uuid4().hex}-")
        self._expected: dict[bytes, threading.Event] = {}
        self._beats_unseen = 0
        self._next_beat = 0.0
        self.unseen = 0  # beats in a row, when the last one was made

    @property
    def are_late(self) -> bool:
        return self.unseen >= LATE_BEATS

    def beat(self, folder: str) -> bool:
        """Whether events come through: False once many beats in a row have gone unseen. Ask twice a second or so.

        One file is opened for writing and closed, which makes an event and leaves nothing for the disk to do.
        """
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_SECONDS
            self.unseen = self._beats_unseen
            self._beats_unseen += 1
            path = os.path.join(os.fsencode(folder), _BEAT)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        return self.unseen < MISSED_BEATS

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
