"""Rows of one tree that are owed work, and their way through jobs: which have none, whose is dead, what has failed.

What the ledger and the prose ledger have in common. Both are tables of a store with these columns: tree, path, state,
reason, cause, wanted, documenter, origin, owed_at, job, delivered_at, holder, tries, waits, deaths, bug_in, changed.
"""

# ruff: noqa: S608 - every text that goes into a query is a literal of this module or of a subclass

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from typing import ClassVar

from docwatch import holder
from docwatch.entries import Delivery
from docwatch.store import Store

DEADLY = 2  # a file that has killed this many workers is not given to another


class Owing:
    """The rows of one tree in one table of a store."""

    table: ClassVar[str]
    again: ClassVar[str] = ""  # what else to set in one that is owed again after it had failed

    def __init__(self, store: Store, tree: str) -> None:
        self.store, self.tree = store, tree

    def _due(self) -> str:
        """What else has to hold of a row that is owed before it is handed over, as SQL."""
        return "1"

    def retry(self, paths: Iterable[bytes] | None = None, *, cause: str | None = None) -> int:
        """Owe failed files again: all of them, those named, or those that failed by `cause`; how many."""
        with self.store.writing() as connection:
            return sum(
                self._owe_again(connection, "(?3 IS NULL OR path = ?3) AND (?4 IS NULL OR cause = ?4)", path, cause)
                for path in ((None,) if paths is None else paths)
            )

    def retry_bugs(self, version: str) -> int:
        """Owe again what failed by a bug in another version of docwatch than this; how many. Cheap if nothing did."""
        query = f"SELECT 1 FROM {self.table} WHERE tree = ? AND bug_in IS NOT NULL AND bug_in <> ? LIMIT 1"
        if self.store.connection.execute(query, (self.tree, version)).fetchone() is None:
            return 0
        with self.store.writing() as connection:
            return self._owe_again(connection, "bug_in IS NOT NULL AND bug_in <> ?3", version)

    def _owe_again(self, connection: sqlite3.Connection, which: str, *values: object) -> int:
        return connection.execute(
            f"""UPDATE {self.table} SET state = 'queued', reason = '', cause = '', job = NULL, tries = 0, waits = 0,
                deaths = 0, bug_in = NULL, owed_at = ?1, changed = ?1 {self.again}
            WHERE tree = ?2 AND state = 'failed' AND {which}""",
            (self.store.tick(), self.tree, *values),
        ).rowcount

    # The courier's side: which owed rows have no job, or one that is dead.

    def take_for_delivery(
        self, limit: int, name: Callable[[bytes, str | None, str | None], str], *, parked: bool = True
    ) -> list[Delivery]:
        """Rows that are owed and have no job get one, called `name(path, wanted, documenter)`: saves and commits first.

        With `parked` also those that a run has parked since. The row knows its job before Redis does. A job that never
        reaches Redis is missed later and owed again.
        """
        with self.store.writing() as connection:
            rows = connection.execute(
                f"""SELECT path, wanted, documenter, origin, tries FROM {self.table}
                WHERE tree = ? AND state = 'queued' AND job IS NULL AND (? OR cause = '') AND {self._due()}
                ORDER BY origin = 'scan', owed_at LIMIT ?""",
                (self.tree, parked, limit),
            ).fetchall()
            found = [
                Delivery(path, name(path, wanted, how), origin, tries) for path, wanted, how, origin, tries in rows
            ]
            now = time.time()
            connection.executemany(
                f"UPDATE {self.table} SET job = ?, delivered_at = ? WHERE tree = ? AND path = ?",
                [(one.job, now, self.tree, one.path) for one in found],
            )
        return found

    def owed(self) -> list[bytes]:
        """The paths of all rows that are owed and due, whether they have a job or not."""
        query = f"SELECT path FROM {self.table} WHERE tree = ? AND state = 'queued' AND {self._due()}"
        return [path for (path,) in self.store.connection.execute(query, (self.tree,))]

    def has_undelivered(self) -> bool:
        query = (
            f"SELECT 1 FROM {self.table} WHERE tree = ? AND state = 'queued' AND job IS NULL AND {self._due()} LIMIT 1"
        )
        return self.store.connection.execute(query, (self.tree,)).fetchone() is not None

    def delivered(self) -> int:
        """How many files have a job in Redis or run."""
        query = (
            f"SELECT count(*) FROM {self.table} WHERE tree = ? AND state IN ('queued', 'running') AND job IS NOT NULL"
        )
        return int(self.store.connection.execute(query, (self.tree,)).fetchone()[0])

    def awaited(self, older_than_seconds: float) -> list[tuple[bytes, str]]:
        """(path, job) of rows whose job was delivered at least that long ago and has not begun."""
        return self.store.connection.execute(
            f"""SELECT path, job FROM {self.table} WHERE tree = ? AND state = 'queued' AND job IS NOT NULL
            AND delivered_at <= ?""",
            (self.tree, time.time() - older_than_seconds),
        ).fetchall()

    def take_back(self, jobs: Iterable[tuple[bytes, str]]) -> int:
        """These (path, job) are dead: owed and without a job again, unless the job has begun by now; how many."""
        with self.store.writing() as connection:
            return connection.executemany(
                f"UPDATE {self.table} SET job = NULL WHERE tree = ? AND path = ? AND job = ? AND state = 'queued'",
                [(self.tree, path, job) for path, job in jobs],
            ).rowcount

    def take_back_from_the_dead(self, *, blamed: Collection[str] = ()) -> list[bytes]:
        """Rows that run in a process which is no more become owed again; those rows' paths.

        `blamed` are workers that were seen to die while all else lived: their file may have killed them, and one that
        has killed too many is failed. When everything dies at once it is no file's fault.
        """
        running = self.store.connection.execute(
            f"SELECT path, holder FROM {self.table} WHERE tree = ? AND state = 'running'", (self.tree,)
        ).fetchall()
        dead = [(path, who) for path, who in running if not holder.is_alive(who)]
        taken = []
        if dead:
            with self.store.writing() as connection:
                for path, who in dead:
                    done = connection.execute(
                        f"""UPDATE {self.table} SET state = iif(deaths + ?1 >= ?2, 'failed', 'queued'),
                            reason = iif(deaths + ?1 >= ?2, 'killed its worker ' || (deaths + ?1) || ' times', reason),
                            cause = iif(deaths + ?1 >= ?2, 'WorkerDeath', cause),
                            job = NULL, holder = NULL, deaths = deaths + ?1, changed = ?3
                        WHERE tree = ?4 AND path = ?5 AND state = 'running' AND holder = ?6""",
                        (int(who in blamed), DEADLY, self.store.tick(), self.tree, path, who),
                    )
                    if done.rowcount:  # else it runs elsewhere by now
                        taken.append(path)
        return taken

    def suspects(self, paths: Iterable[bytes]) -> set[bytes]:
        """Those of the paths over which a worker has died."""
        query = f"SELECT path FROM {self.table} WHERE tree = ? AND deaths > 0"
        return {path for (path,) in self.store.connection.execute(query, (self.tree,))}.intersection(paths)

    def counts(self) -> dict[str, int]:
        query = f"SELECT state, count(*) FROM {self.table} WHERE tree = ? GROUP BY state"
        return dict(self.store.connection.execute(query, (self.tree,)))

    def under_way(self) -> int:
        """How many files are queued or running."""
        query = f"SELECT count(*) FROM {self.table} WHERE tree = ? AND state IN ('queued', 'running')"
        return int(self.store.connection.execute(query, (self.tree,)).fetchone()[0])

    def parked(self) -> int:
        """How many files are queued without a job because their documenter cannot work."""
        query = f"SELECT count(*) FROM {self.table} WHERE tree = ? AND state = 'queued' AND job IS NULL AND cause <> ''"
        return int(self.store.connection.execute(query, (self.tree,)).fetchone()[0])
