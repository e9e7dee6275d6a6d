"""What can be asked of a tree's rows in the ledger at a glance: how many there are, and whether any has changed."""

from __future__ import annotations

import sqlite3


def last_change(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT now FROM clock").fetchone()[0])


def changed_paths(connection: sqlite3.Connection, tree: str, since: int) -> list[bytes]:
    """The paths of the rows that changed after `since` (a row's `changed`)."""
    query = "SELECT path FROM ledger WHERE tree = ? AND changed > ?"
    return [path for (path,) in connection.execute(query, (tree, since))]


def rows(connection: sqlite3.Connection, tree: str) -> int:
    return int(connection.execute("SELECT count(*) FROM ledger WHERE tree = ?", (tree,)).fetchone()[0])
