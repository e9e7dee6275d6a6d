"""Notes that people write about files and symbols: theirs, kept whatever becomes of documents and the ledger.

They belong to the repository, so that its linked work trees share them, and stay with a path until somebody says where
it has gone (`move`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from docwatch.store import Store

LONGEST = 20_000  # characters


class Note(NamedTuple):
    """A note on a file, or on the symbol of that qualified name in it.

    `source` is empty for one that a person wrote here, else where it was brought from. `oid` is the content it was
    written about, `digest` that of the symbol's own source then, `head` the commit that was checked out: None where
    that is not known. Times are in seconds since 1970.
    """

    id: int
    path: bytes
    symbol: str | None
    text: str
    source: str
    oid: str | None
    digest: str | None
    head: str | None
    made_at: int
    edited_at: int | None


_COLUMNS = ", ".join(Note._fields)


def every(connection: sqlite3.Connection, path: bytes | None = None) -> list[Note]:
    """Those on one path, or all of them, by path and then in the order they were written."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM notes WHERE ?1 IS NULL OR path = ?1 ORDER BY path, id",  # noqa: S608 - our own names
        (path,),
    )
    return [Note(*row) for row in found]


def paths(connection: sqlite3.Connection) -> list[bytes]:
    """The paths that have notes."""
    return [path for (path,) in connection.execute("SELECT DISTINCT path FROM notes ORDER BY path")]


@contextmanager
def _writing(store: Store) -> Iterator[sqlite3.Connection]:
    """As `Store.writing`, and by the clock it is seen that something has changed, also by who did not watch."""
    with store.writing() as connection:
        store.tick()
        yield connection


def add(
    store: Store,
    path: bytes,
    symbol: str | None,
    text: str,
    *,
    oid: str | None = None,
    digest: str | None = None,
    head: str | None = None,
) -> int:
    """Its number."""
    with _writing(store) as connection:
        return insert(connection, Note(0, path, symbol, text, "", oid, digest, head, int(time.time()), None))


def insert(connection: sqlite3.Connection, note: Note) -> int:
    """Keep a note under a number of its own, which is returned. Call inside `Store.writing()`."""
    row = connection.execute(
        """INSERT INTO notes (path, symbol, text, source, oid, digest, head, made_at, edited_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        note[1:],
    ).fetchone()
    return int(row[0])


def edit(store: Store, number: int, text: str) -> bool:
    """Give a note another text; False if there is no such note."""
    with _writing(store) as connection:
        query = "UPDATE notes SET text = ?, edited_at = ? WHERE id = ?"
        return connection.execute(query, (text, int(time.time()), number)).rowcount > 0


def delete(store: Store, number: int) -> bool:
    with _writing(store) as connection:
        return connection.execute("DELETE FROM notes WHERE id = ?", (number,)).rowcount > 0


def delete_imported(store: Store) -> int:
    """All that no person wrote here; how many."""
    with _writing(store) as connection:
        return connection.execute("DELETE FROM notes WHERE source <> ''").rowcount


def move(store: Store, old: bytes, new: bytes, head: str | None) -> None:
    """A file with notes is somewhere else now."""
    with _writing(store) as connection:
        connection.execute("UPDATE notes SET path = ?, head = ? WHERE path = ?", (new, head, old))
