"""What changes while somebody looks, as server-sent events: the browser asks again for what it shows of it.

Costs one number asked of SQLite a few times a second while a page is open, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Generator

from docwatch.frontends.web.address import quoted
from docwatch.ledger import Ledger
from docwatch.store import Store
from docwatch.tree import Tree

POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0  # a browser that went away is noticed by a line it does not take
MOST_PATHS = 200  # more than these are told as "many"


async def events(tree: Tree, since: str, is_over: Callable[[], bool]) -> AsyncIterator[str]:
    """An event for each change of the ledger after the `moment` that a page was made at.

    Its data is `{"paths": [address…]}`, or null in place of the list where anything may differ.
    """
    yield "retry: 1000\n\n"
    said = time.monotonic()
    with contextlib.closing(_changes(tree, since)) as changes:
        while not is_over():
            paths = next(changes)
            if paths is None or paths:
                said = time.monotonic()
                told = None if paths is None else [quoted(path) for path in paths]
                yield f"event: change\ndata: {json.dumps({'paths': told})}\n\n"
            elif time.monotonic() - said > HEARTBEAT_SECONDS:
                said = time.monotonic()
                yield ": still here\n\n"
            await asyncio.sleep(POLL_SECONDS)


def moment(ledger: Ledger) -> str:
    """Another text once a row was changed or removed."""
    return f"{ledger.store.inode}-{ledger.last_change()}-{ledger.last_removal()}"


def _changes(tree: Tree, since: str) -> Generator[list[bytes] | None, None, None]:
    """At each step the paths that changed since the one before; None where that cannot be told, as after a removal."""
    while True:
        while not os.path.exists(tree.store_path):
            yield []
        with Store(tree.store_path) as store:
            yield from _changes_of(store, Ledger(store, tree.id), since)
        since = ""


def _changes_of(store: Store, ledger: Ledger, since: str) -> Generator[list[bytes] | None, None, None]:
    version, change, removal = store.version(), ledger.last_change(), ledger.last_removal()
    if moment(ledger) != since:
        yield None
    while _inode(store.path) == store.inode:
        now = store.version()
        if now == version:
            yield []
            continue
        version = now
        paths = ledger.changed_paths(change)
        change, before, removal = ledger.last_change(), removal, ledger.last_removal()
        # What is not in the ledger, as prose and notes, changes the store alone.
        yield None if not paths or len(paths) > MOST_PATHS or removal != before else paths


def _inode(path: str) -> int | None:
    with contextlib.suppress(OSError):
        return os.stat(path).st_ino
    return None
