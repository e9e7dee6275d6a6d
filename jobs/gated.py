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
def through(name: str, settings: Config, tree: str) -> Iterator[None]:
    """Ask the documenter of that name in here, if its gate is open, and the tree's own; they are told what comes of it.

    Raises the error that closed the one that is shut.
    """
    ours = gate.within(name, tree)
    if (closed := gate.enter(name, settings)) is not None:
        raise closed.error()
    if (closed := gate.enter(ours, settings)) is not None:
        gate.come_back(name, settings, answered=False)
        raise closed.error()
    try:
        yield
    except (ThrottledError, BlockedError, UserError) as error:
        stop = BlockedError(str(error)) if isinstance(error, UserError) else error
        shuts, other = (ours, name) if isinstance(stop, BlockedError) and stop.of_tree else (name, ours)
        if (shut := gate.close(shuts, settings, stop)) is not None:
            logger.warning("%s is %s: %s; it is asked again %s", name, shut.kind, shut.reason, shut.when)
        gate.come_back(other, settings, answered=False)
        raise stop from error
    except BaseException as error:
        for one in (name, ours):
            gate.come_back(one, settings, answered=isinstance(error, PermanentError | FlakyError))
        raise
    gate.come_back(ours, settings, answered=True)
    if gate.come_back(name, settings, answered=True):
        logger.info("%s answers again: what was parked goes on", name)
