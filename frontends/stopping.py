"""Being told to stop: what a command that runs until ^C waits for."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


class Stop:
    """Set by SIGINT, SIGTERM and SIGHUP; `code` is the exit code that follows from which."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.wait = self._event.wait
        self.code = 0

    def set(self, number: int, _frame: object) -> None:
        self.code = 130 if number == signal.SIGINT else 0
        self._event.set()


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    stop = Stop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop.set) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
