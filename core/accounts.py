"""What all of a user's processes share about documenters that call somebody: who is paused, what was spent.

A small store of its own in the state folder. Not Redis: that may be flushed, and money that was spent must not be
forgotten. All workers of a user are on one machine, since the stores of the trees are.
"""

from __future__ import annotations

import os
import sqlite3

from docwatch import config
from docwatch.schema import Migrations
from docwatch.store import Store


def path() -> str:
    return os.path.join(config.state_folder(), "accounts", "accounts.db")


def exist() -> bool:
    """Whether anything has ever been written: most people's documenter calls nobody."""
    return os.path.exists(path())


def opened() -> Store:
    return Store(path(), MIGRATIONS)


def _first(connection: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE gates (
            documenter TEXT NOT NULL,
            config TEXT NOT NULL,          -- the settings it was closed under; empty: whatever they are
            kind TEXT NOT NULL CHECK (kind IN ('throttled', 'blocked')),
            reason TEXT NOT NULL,
            resumes_at REAL NOT NULL,      -- seconds since 1970
            misses INTEGER NOT NULL,       -- probes that found it as it was
            probe TEXT,                    -- who is finding out now
            PRIMARY KEY (documenter, config)) WITHOUT ROWID""",
        """CREATE TABLE calls (
            id INTEGER PRIMARY KEY,
            documenter TEXT NOT NULL,
            began_at REAL NOT NULL,        -- seconds since 1970
            holder TEXT,                   -- who is calling; NULL once it has ended
            tokens INTEGER NOT NULL,       -- expected while it lasts, then spent
            usd REAL NOT NULL)""",
        "CREATE INDEX calls_began ON calls (began_at)",
    ):
        connection.execute(statement)


def _costs(connection: sqlite3.Connection) -> None:
    """What `docwatch cost` tells of each call, and which trees' users have agreed to pay for prose."""
    for statement in (
        "ALTER TABLE calls ADD COLUMN tree TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE calls ADD COLUMN path BLOB NOT NULL DEFAULT x''",
        "ALTER TABLE calls ADD COLUMN model TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE calls ADD COLUMN tokens_out INTEGER NOT NULL DEFAULT 0",  # of `tokens`
        "ALTER TABLE calls ADD COLUMN priced INTEGER NOT NULL DEFAULT 1",  # 0: nobody knows what it cost
        """CREATE TABLE agreements (
            tree TEXT NOT NULL,
            documenter TEXT NOT NULL,
            tokens INTEGER NOT NULL,       -- the largest backlog that was agreed to
            PRIMARY KEY (tree, documenter)) WITHOUT ROWID""",
    ):
        connection.execute(statement)


MIGRATIONS: Migrations = (_first, _costs)
