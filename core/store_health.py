"""How a store is, found out without writing to it, setting it aside or bringing it up to date, as opening it would."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from urllib.parse import quote

from docwatch.schema import MIGRATIONS
from docwatch.store import BUSY_MILLISECONDS

SQLITE_VERSION = sqlite3.sqlite_version
CHECK_SECONDS = 2.0
_MADE_ANEW = "move it away, and 'docwatch scan' documents anew"


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """`size` in bytes. `problem` in words, with the next step; None where nothing is wrong.

    `checked` is False where looking at all of a large store would have taken too long.
    """

    size: int
    version: int = 0
    checked: bool = True
    problem: str | None = None


def look(path: str, *, seconds: float = CHECK_SECONDS) -> StoreHealth:
    """Open the store at `path`, which must exist, and look for damage for at most so many seconds."""
    size = os.stat(path).st_size
    try:
        connection = sqlite3.connect(_uri(path), uri=True, timeout=BUSY_MILLISECONDS / 1000)
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > len(MIGRATIONS):
                return StoreHealth(size, version, problem="it was made by a newer docwatch; upgrade docwatch")
            damage = _damage(connection, seconds)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        return StoreHealth(size, problem=f"it cannot be read: {error}; make it and its folder readable for you")
    except sqlite3.DatabaseError as error:
        return StoreHealth(size, problem=f"{error}; {_MADE_ANEW}")
    if damage is None:
        return StoreHealth(size, version, checked=False)
    return StoreHealth(size, version, problem=f"{damage}; {_MADE_ANEW}" if damage else None)


def _uri(path: str) -> str:
    # Read-only, SQLite still makes a log beside a store that nobody has open, unless it is told that nobody writes.
    alone = not os.path.exists(path + "-wal")
    return f"file:{quote(os.fsencode(path))}?mode=ro{'&immutable=1' if alone else ''}"


def _damage(connection: sqlite3.Connection, seconds: float) -> str | None:
    """What is damaged, empty for nothing; None when time was up before all had been looked at."""
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    try:
        (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return None
    return "" if first == "ok" else str(first).splitlines()[-1]
