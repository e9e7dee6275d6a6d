"""The store: one SQLite file for each repository, holding documents, the ledger and the search index.

Who writes holds the lock: an exclusive flock beside the database. It queues writers in the kernel instead of polling
for SQLITE_BUSY, and, because checkpoints happen under it too, it keeps a checkpoint from ever meeting a writer (SQLite
before 3.51.3 can corrupt a WAL database when the two race).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from docwatch import disk
from docwatch.errors import HostError, TransientError, UserError
from docwatch.schema import MIGRATIONS, Migrations

log = logging.getLogger("docwatch.store")
CHECKPOINT_BYTES = 16 << 20  # each costs two fsyncs, while all other writers wait
BUSY_MILLISECONDS = 10_000


class Store:
    """A connection to the store at `path`, made on first use. Open it after a fork, never before.

    Raises UserError when the file was made by a newer docwatch or cannot be written.
    """

    def __init__(self, path: str, migrations: Migrations | None = None) -> None:
        self.path = path
        self._now: int | None = None  # the clock, once it has been read or moved in this transaction
        self._migrations = MIGRATIONS if migrations is None else migrations
        self._lock = self._open_lock()
        try:
            self.connection = self._connect()
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()
        os.close(self._lock)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing, alone among all writers of this store.

        Raises HostError where there is no room for it: the same will do once there is. Else TransientError when it
        could not be written; take new tickets before trying again.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._reopen_if_replaced()
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                if self._now is not None:
                    self.connection.execute("UPDATE clock SET now = ?", (self._now,))
                self.connection.commit()
            except BaseException:
                self.connection.rollback()
                raise
            finally:
                self._now = None
            self._checkpoint_if_large()
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                kept = self._set_aside(error)
                self._reopen()
                _rescue(kept, self.connection)
                raise TransientError(f"{self.path} was damaged and is made anew; it will be tried again") from error
            if isinstance(error, sqlite3.OperationalError):
                raise self._named(error) from error
            raise
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _named(self, error: sqlite3.OperationalError) -> TransientError:
        if _primary_code(error) in _NO_ROOM:
            return HostError(f"{self.path} cannot be written: {error}; free some space, or make its disk writable")
        return TransientError(f"{self.path}: {error}; it will be tried again")

    def version(self) -> int:
        """A number that changes whenever another connection has committed: a cheap "anything new?"."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    @property
    def inode(self) -> int:
        """Another number once the store was made anew."""
        return self._inode

    def tick(self) -> int:
        """The next number of the store's own clock, for tickets and change numbers. Call inside `writing()`."""
        if self._now is None:
            self._now = int(self.connection.execute("SELECT now FROM clock").fetchone()[0])
        self._now += 1
        return self._now

    def _open_lock(self) -> int:
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(os.path.dirname(self.path), 0o700)  # never its parents: a removed repository stays removed
            return os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            if error.errno in disk.FULL:
                raise HostError(f"{self.path} cannot be written: {error.strerror}; free some space") from error
            raise UserError(f"cannot write {self.path}: {error.strerror}; make its folder writable for you") from error

    def _connect(self) -> sqlite3.Connection:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            try:
                return self._migrated()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                kept = self._set_aside(error)
                connection = self._migrated()
                _rescue(kept, connection)
                return connection
        except sqlite3.OperationalError as error:
            if _primary_code(error) == sqlite3.SQLITE_FULL:
                raise self._named(error) from error
            # SQLite's index of the log is a file of its own, and its failing says nothing of room.
            if problem := disk.no_room(os.path.dirname(self.path)):
                raise HostError(f"{self.path} cannot be opened: {problem}; free some space") from error
            raise UserError(f"cannot open {self.path}: {error}; check its folder's permissions") from error
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _migrated(self) -> sqlite3.Connection:
        # Never open the file but through SQLite: closing any descriptor of it drops the locks that another connection
        # of this process holds, and with them what keeps a database from being corrupted.
        if os.path.islink(self.path):
            raise UserError(f"{self.path} is a symbolic link; remove it")
        connection = sqlite3.connect(
            self.path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            done = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if done > len(self._migrations):
                raise UserError(f"{self.path} was made by a newer docwatch; upgrade docwatch to read it")
            for number, migrate in enumerate(self._migrations[done:], done + 1):
                connection.execute("BEGIN IMMEDIATE")
                migrate(connection)
                connection.execute(f"PRAGMA user_version = {number:d}")
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        self._inode = os.stat(self.path).st_ino
        return connection

    def _reopen_if_replaced(self) -> None:
        """Another process has set a damaged file aside, or the user has removed it: nobody else reads what we write."""
        try:
            replaced = os.stat(self.path).st_ino != self._inode
        except FileNotFoundError:
            replaced = True
        if replaced:
            self._reopen()
            # Tickets of the old file say nothing in the new one.
            raise TransientError(f"{self.path} was replaced by another; it will be tried again")

    def _reopen(self) -> None:
        lock = self._open_lock()
        os.close(self._lock)
        self._lock = lock
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        connection = self._migrated()
        self.connection.close()
        self.connection = connection

    def _set_aside(self, error: sqlite3.DatabaseError) -> str:
        """Documents cost money: a damaged file is kept for repair, never deleted. Where it is kept."""
        kept = f"{self.path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}"
        for suffix in ("-wal", "-shm", ""):
            if os.path.exists(self.path + suffix):
                os.rename(self.path + suffix, kept + suffix)
        log.error("%s is damaged (%s); set aside as %s, its documents will be made again", self.path, error, kept)
        return kept

    def _checkpoint_if_large(self) -> None:
        try:
            size = os.stat(self.path + "-wal").st_size
        except FileNotFoundError:
            return
        if size <= CHECKPOINT_BYTES:
            return
        # What is committed is safe already. A reader, maybe a slow one of our own connection, must neither hold up all
        # writers nor make the commit look failed; a later commit tries again.
        self.connection.execute("PRAGMA busy_timeout = 0")
        with contextlib.suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS:d}")


def _rescue(kept: str, connection: sqlite3.Connection) -> None:
    """What people wrote cannot be made again, what models wrote was paid for: what can be read of it comes along."""
    for table in ("notes", "prose"):
        with (
            contextlib.suppress(sqlite3.DatabaseError),
            contextlib.closing(sqlite3.connect(f"file:{urllib.parse.quote(kept)}?mode=ro", uri=True)) as damaged,
        ):
            for row in damaged.execute(f"SELECT * FROM {table}"):  # noqa: S608 - one of two names
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - the same


_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)


def _primary_code(error: sqlite3.DatabaseError) -> int:
    # The low byte. Errors of the sqlite3 module itself have none.
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return _primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
