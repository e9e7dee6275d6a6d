"""Prose in the store, by content and by who wrote it: paid for once, found again under any path, on any branch."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from docwatch import holder

CLAIM = "prose"
MOST_SOURCES = 20  # where the symbols of one file may have come from


class Written(NamedTuple):
    """What was written about a content. `body` is JSON with the key `prose`; the rest of it is the writer's own.

    `masked` counts the secrets that were not sent, `left_out` is a JSON list of symbols that are too long to be.
    """

    id: int
    oid: str
    documenter: str
    body: bytes
    complete: bool
    masked: int
    left_out: str


_COLUMNS = "id, oid, documenter, body, complete, masked, left_out"


def by_id(connection: sqlite3.Connection, number: int) -> Written | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM prose WHERE id = ?", (number,)).fetchone()  # noqa: S608
    return None if row is None else Written._make((*row[:4], bool(row[4]), *row[5:]))


def complete(
    connection: sqlite3.Connection, oid: str, language: str, will_do: Callable[[str], bool] = lambda _documenter: True
) -> int | None:
    """The newest whole prose about a content by anybody who `will_do`."""
    found = connection.execute(
        "SELECT id, documenter FROM prose WHERE oid = ? AND language = ? AND complete ORDER BY id DESC", (oid, language)
    )
    return next((int(number) for number, documenter in found if will_do(documenter)), None)


def is_there(connection: sqlite3.Connection, oid: str | None) -> bool:
    """Whether all of a content has been written about, whatever language it was taken for."""
    return connection.execute("SELECT 1 FROM prose WHERE oid = ? AND complete", (oid,)).fetchone() is not None


def begun(connection: sqlite3.Connection, oid: str, language: str, documenter: str) -> Written | None:
    """What this documenter has written about a content so far, whole or not."""
    row = connection.execute(
        "SELECT id FROM prose WHERE oid = ? AND language = ? AND documenter = ?", (oid, language, documenter)
    ).fetchone()
    return None if row is None else by_id(connection, row[0])


def about_symbols(
    connection: sqlite3.Connection, digests: Collection[str], will_do: Callable[[str], bool]
) -> Iterator[Written]:
    """What was written about symbols with these digests by anybody who `will_do`, about most of them first."""
    import json

    query = """SELECT prose, documenter FROM prose_symbols WHERE digest IN (SELECT value FROM json_each(?))
        GROUP BY prose, documenter ORDER BY count(*) DESC, prose DESC"""
    found = connection.execute(query, (json.dumps(list(digests)),)).fetchall()
    for number in [number for number, documenter in found if will_do(documenter)][:MOST_SOURCES]:
        if (written := by_id(connection, number)) is not None:
            yield written


def keep(connection: sqlite3.Connection, language: str, written: Written) -> int:
    """Store it in place of what the same documenter has of the content; its id. Call inside `Store.writing()`."""
    row = connection.execute(
        """INSERT INTO prose (oid, language, documenter, body, complete, masked, left_out, made_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (oid, language, documenter) DO UPDATE SET body = excluded.body, complete = excluded.complete,
            masked = excluded.masked, left_out = excluded.left_out, made_at = excluded.made_at
        RETURNING id""",
        (written.oid, language, *written[2:], int(time.time())),
    ).fetchone()
    return int(row[0])


class Kept(NamedTuple):
    """A row as it is kept, for who takes it elsewhere."""

    oid: str
    language: str
    documenter: str
    body: bytes
    complete: bool
    masked: int
    left_out: str
    made_at: int


def every(connection: sqlite3.Connection) -> Iterator[Kept]:
    """All there is, by content."""
    query = f"SELECT {', '.join(Kept._fields)} FROM prose ORDER BY oid, language, documenter"  # noqa: S608 - our names
    for row in connection.execute(query):
        yield Kept._make((*row[:4], bool(row[4]), *row[5:]))


def insert(connection: sqlite3.Connection, kept: Kept) -> bool:
    """Take it in, unless that documenter has written about the content here: then False. Call inside `writing()`."""
    fields = ", ".join(Kept._fields)
    marks = ", ".join("?" * len(kept))
    query = f"INSERT OR IGNORE INTO prose ({fields}) VALUES ({marks})"  # noqa: S608 - our own names
    return connection.execute(query, kept).rowcount > 0


def shown(connection: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    """Stored prose as plain data: the fields of docwatch.document.Prose."""
    import json

    found = by_id(connection, number)
    if found is None:
        return None
    prose: dict[str, Any] = json.loads(found.body)["prose"]
    return prose


def claim(connection: sqlite3.Connection, oid: str, language: str) -> bool:
    """Whether we are to write about the content: False while another process is at it. Call inside `writing()`."""
    me = holder.this_process()
    row = connection.execute(
        "SELECT holder FROM claims WHERE oid = ? AND documenter = ?", (oid, f"{CLAIM}:{language}")
    ).fetchone()
    if row is not None and row[0] != me and holder.is_alive(row[0]):
        return False
    connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", (oid, f"{CLAIM}:{language}", me))
    return True


def release(connection: sqlite3.Connection, oid: str, language: str) -> None:
    """Give up a claim of ours."""
    connection.execute(
        "DELETE FROM claims WHERE oid = ? AND documenter = ? AND holder = ?",
        (oid, f"{CLAIM}:{language}", holder.this_process()),
    )
