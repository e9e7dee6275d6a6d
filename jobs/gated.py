"""The way through the gate before a documenter that calls somebody."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from docwatch import gate
from docwatch.config import Config
from docwatch.errors import BlockedError, FlakyError, PermanentError, ThrottledError, UserError

logger = logging.getLogger("docwatch.jobs")


@contextmanager
def through(name: str, settings: Config) -> Iterator[None]:
    """Ask the documenter of that name in here, if its gate is open; what comes of it is told to the gate.

    Raises the error that closed it where it is shut.
    """
    if (closed := gate.enter(name, settings)) is not None:
        raise closed.error()
    try:
        yield
    except (ThrottledError, BlockedError, UserError) as error:
        stop = BlockedError(str(error)) if isinstance(error, UserError) else error
        if (shut := gate.close(name, settings, stop)) is not None:
            logger.warning("%s is %s: %s; it is asked again %s", name, shut.kind, shut.reason, shut.when)
        raise stop from error
    except BaseException as error:
        gate.come_back(name, settings, answered=isinstance(error, PermanentError | FlakyError))
        raise
    if gate.come_back(name, settings, answered=True):
        logger.info("%s answers again: what was parked goes on", name)
