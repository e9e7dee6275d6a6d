"""The paths of files by the words in them, for search: written with the rows of the ledger, many at once.

By triggers on the ledger it took seven times as long: within one FTS5 writes out after each row what it has gathered.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")


def add(connection: sqlite3.Connection, tree: str, paths: Iterable[bytes]) -> None:
    """Have these paths found; those that are found already stay. Call inside `Store.writing()`."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM places").fetchone()
    connection.executemany("INSERT OR IGNORE INTO places (tree, path) VALUES (?, ?)", [(tree, path) for path in paths])
    new = [path for (path,) in connection.execute("SELECT path FROM places WHERE id > ?", (last,))]
    if new:
        connection.execute(
            "INSERT INTO path_words (rowid, path) SELECT id, CAST(path AS TEXT) FROM places WHERE id > ?", (last,)
        )
        words = set(_WORD.findall(b"/".join(new).decode(errors="replace").lower()))
        connection.executemany("INSERT OR IGNORE INTO lexicon VALUES (?)", zip(words))


def remove(connection: sqlite3.Connection, tree: str, paths: Iterable[bytes]) -> None:
    """Have these paths found no more. Call inside `Store.writing()`."""
    for path in paths:
        _remove(connection, "tree = ? AND path = ?", tree, path)


def remove_all(connection: sqlite3.Connection, tree: str) -> None:
    """Have no path of the tree found any more. Call inside `Store.writing()`."""
    _remove(connection, "tree = ?", tree)


def _remove(connection: sqlite3.Connection, where: str, *values: str | bytes) -> None:
    # What FTS5 is to forget it must be told: it keeps no text.
    connection.execute(
        f"""INSERT INTO path_words (path_words, rowid, path)
        SELECT 'delete', id, CAST(path AS TEXT) FROM places WHERE {where}""",  # noqa: S608 - literals of this module
        values,
    )
    connection.execute(f"DELETE FROM places WHERE {where}", values)  # noqa: S608 - the same
