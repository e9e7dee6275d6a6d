"""A disk that takes nothing more: whoever meets it waits for room, and goes on where it stopped."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from docwatch.jobs.fate import kind_of

logger = logging.getLogger("docwatch.jobs")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0

T = TypeVar("T")


def with_room(step: Callable[[], T], patience: float = math.inf) -> T:
    """What `step` gives, taken again and again while the disk is full or must not be written.

    Raises what it raised last once that has lasted for `patience` seconds.
    """
    pause, waited = FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            done = step()
        except Exception as error:
            if kind_of(error) != "host":
                raise
            if waited >= patience:
                logger.error("still no room: what is owed there waits in the ledger, other trees go on")
                raise
            if pause == FIRST_PAUSE_SECONDS:
                logger.error("%s; nothing is lost, this worker waits for room", error)
            time.sleep(pause)
            waited += pause
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        else:
            if pause != FIRST_PAUSE_SECONDS:
                logger.info("documents can be stored again: this worker goes on")
            return done
