"""The store: one SQLite file for each repository, holding documents, the ledger and the search index.

Who writes holds the lock: an exclusive flock beside the database. It queues writers in the kernel instead of polling
for SQLITE_BUSY, and, because checkpoints happen under it too, it keeps a checkpoint from ever meeting a writer (SQLite
before 3.51.3 can corrupt a WAL database when the two race).
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from docwatch.errors import TransientError, UserError

log = logging.getLogger("docwatch.store")
CHECKPOINT_BYTES = 4 << 20


class Store:
    """A connection to the store at `path`, made on first use. Open it after a fork, never before.

    Raises UserError when the file was made by a newer docwatch or cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = self._open_lock()
        self.connection = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()
        os.close(self._lock)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing, alone among all writers of this store."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.rollback()
                raise
            self.connection.commit()
            self._checkpoint_if_large()
        except sqlite3.OperationalError as error:
            raise TransientError(f"{self.path}: {error}; is the disk full or the store open elsewhere?") from error
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def version(self) -> int:
        """A number that changes whenever another connection has committed: a cheap "anything new?"."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def tick(self) -> int:
        """The next number of the store's own clock, for tickets and change numbers. Call inside `writing()`."""
        return int(self.connection.execute("UPDATE clock SET now = now + 1 RETURNING now").fetchone()[0])

    def _open_lock(self) -> int:
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            return os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise UserError(f"cannot write {self.path}: {error.strerror}; make its folder writable for you") from error

    def _connect(self) -> sqlite3.Connection:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            try:
                return self._migrated()
            except sqlite3.OperationalError as error:
                raise UserError(f"cannot open {self.path}: {error}; check its folder's permissions") from error
            except sqlite3.DatabaseError as error:
                self._set_aside(error)
                return self._migrated()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _migrated(self) -> sqlite3.Connection:
        # Never open the file but through SQLite: closing any descriptor of it drops the locks that another connection
        # of this process holds, and with them what keeps a database from being corrupted.
        if os.path.islink(self.path):
            raise UserError(f"{self.path} is a symbolic link; remove it")
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            done = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if done > len(MIGRATIONS):
                raise UserError(f"{self.path} was made by a newer docwatch; upgrade docwatch to read it")
            for number, migrate in enumerate(MIGRATIONS[done:], done + 1):
                connection.execute("BEGIN IMMEDIATE")
                migrate(connection)
                connection.execute(f"PRAGMA user_version = {number:d}")
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Documents cost money: a damaged file is kept for repair, never deleted."""
        kept = f"{self.path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.path + suffix):
                os.rename(self.path + suffix, kept + suffix)
        log.error("%s is damaged (%s); set aside as %s, its documents will be made again", self.path, error, kept)

    def _checkpoint_if_large(self) -> None:
        try:
            size = os.stat(self.path + "-wal").st_size
        except FileNotFoundError:
            return
        if size > CHECKPOINT_BYTES:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _first(connection: sqlite3.Connection) -> None:
    """Documents by content, the ledger by path (as bytes: names need not be UTF-8), words for search."""
    for statement in (
        "CREATE TABLE clock (now INTEGER NOT NULL)",
        "INSERT INTO clock VALUES (0)",
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            oid TEXT NOT NULL,
            documenter TEXT NOT NULL,      -- the documenter's fingerprint
            body BLOB NOT NULL,            -- JSON of docwatch.document.Document
            made_at INTEGER NOT NULL,      -- seconds since 1970
            UNIQUE (oid, documenter))""",
        """CREATE TABLE claims (           -- who is documenting which content right now
            oid TEXT NOT NULL, documenter TEXT NOT NULL, holder TEXT NOT NULL,
            PRIMARY KEY (oid, documenter)) WITHOUT ROWID""",
        """CREATE TABLE ledger (
            tree TEXT NOT NULL,
            path BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('fresh', 'queued', 'running', 'failed', 'skipped')),
            reason TEXT NOT NULL DEFAULT '',
            read INTEGER NOT NULL,         -- ticket of the latest-started read whose outcome this is
            wanted TEXT,                   -- OID which that read saw
            documenter TEXT,               -- fingerprint of the documenter that is to document it
            document INTEGER REFERENCES documents (id),  -- the newest document there is, maybe of older content
            size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
            settled INTEGER NOT NULL DEFAULT 0,  -- 1: mtime was clearly older than the moment of hashing
            origin TEXT NOT NULL,          -- save, commit or scan
            owed_at INTEGER,               -- clock: since when a document is owed
            job TEXT,                      -- RQ's job id; NULL while owed and not delivered
            delivered_at REAL,             -- seconds since 1970
            holder TEXT,                   -- who runs it
            deaths INTEGER NOT NULL DEFAULT 0,   -- workers that died over this content
            changed INTEGER NOT NULL,      -- clock: the row's last change
            PRIMARY KEY (tree, path)) WITHOUT ROWID""",
        "CREATE INDEX ledger_changed ON ledger (tree, changed)",
        """CREATE INDEX ledger_undelivered ON ledger (tree, origin = 'scan', owed_at)
            WHERE state = 'queued' AND job IS NULL""",
        "CREATE INDEX ledger_underway ON ledger (tree, state) WHERE state IN ('queued', 'running')",
        "CREATE INDEX ledger_document ON ledger (document)",
        # Contentless: what was found is shown from the document itself.
        "CREATE VIRTUAL TABLE words USING fts5 (names, text, content = '', prefix = '2 3')",
    ):
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)
