"""What can be asked of a tree's rows in the ledger at a glance: how many there are, and whether any has changed."""

from __future__ import annotations

import sqlite3
from collections import Counter

MOST_PATH_BYTES = 4096


def last_change(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT now FROM clock").fetchone()[0])


def changed_paths(connection: sqlite3.Connection, tree: str, since: int) -> list[bytes]:
    """The paths of the rows that changed after `since` (a row's `changed`)."""
    query = "SELECT path FROM ledger WHERE tree = ? AND changed > ?"
    return [path for (path,) in connection.execute(query, (tree, since))]


def rows(connection: sqlite3.Connection, tree: str) -> int:
    return int(connection.execute("SELECT count(*) FROM ledger WHERE tree = ?", (tree,)).fetchone()[0])


def tallies(connection: sqlite3.Connection, tree: str, folder: bytes) -> dict[bytes, Counter[str]]:
    """How many files below a folder are in which state, by the name of what is right below it; b"" for files there."""
    prefix, beyond = bounds(folder)
    query = """SELECT substr(rest, 1, max(instr(rest, x'2f') - 1, 0)) AS name, state, count(*)
        FROM (SELECT substr(path, ?) AS rest, state FROM ledger WHERE tree = ? AND path >= ? AND path < ?)
        GROUP BY name, state"""
    found: dict[bytes, Counter[str]] = {}
    for name, state, count in connection.execute(query, (len(prefix) + 1, tree, prefix, beyond)):
        found.setdefault(name, Counter())[state] = count
    return found


def bounds(folder: bytes) -> tuple[bytes, bytes]:
    """What the paths below a folder begin with, and the first text that sorts after all of them."""
    return (folder + b"/", folder + b"0") if folder else (b"", b"\xff" * MOST_PATH_BYTES)  # "0" comes after "/"
