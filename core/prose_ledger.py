"""The prose ledger: for each path with a fresh document, whether prose about that content is there or owed.

It follows from the ledger: `look` takes in what changed there since the last look, so that outlines never wait for any
of this, and nothing is lost when whoever was to look is killed. What is owed is due once the file has been left alone
for a while, or has been committed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator

from docwatch import holder, prose
from docwatch.entries import Setback
from docwatch.owing import Owing
from docwatch.prose_entries import ProseBegun, ProseRow, Terms

CHUNK = 1_000  # rows to one transaction
_WAITING = """FROM ledger LEFT JOIN prose_ledger mine USING (tree, path)
    WHERE ledger.tree = ? AND ledger.state IN ('fresh', 'queued', 'running')
    AND (mine.state IS NULL OR mine.state IN ('queued', 'running') OR mine.wanted IS NOT ledger.wanted)"""


class ProseLedger(Owing):
    """The rows of one tree."""

    table = "prose_ledger"
    again = ", due_at = 0"

    def _due(self) -> str:
        return f"due_at <= {time.time()!r}"

    def look(self, terms: Terms) -> int:
        """Take in what changed in the ledger since the last look; how many files are newly owed prose."""
        owed = 0
        upto, again = self._looked(terms)
        while True:
            with self.store.writing() as connection:
                rows = connection.execute(
                    """SELECT ledger.path, ledger.wanted, imports.language, ledger.origin, ledger.mtime_ns,
                        ledger.changed, mine.wanted, mine.language, mine.documenter, mine.state, mine.prose
                    FROM ledger LEFT JOIN imports ON imports.document = ledger.document
                    LEFT JOIN prose_ledger mine ON mine.tree = ledger.tree AND mine.path = ledger.path
                    WHERE ledger.tree = ? AND ledger.changed > ? AND ledger.state IN ('fresh', 'skipped')
                    ORDER BY ledger.changed LIMIT ?""",
                    (self.tree, upto, CHUNK),
                ).fetchall()
                for path, wanted, language, origin, mtime_ns, changed, *mine in rows:
                    upto = changed
                    if wanted is None or language is None:
                        connection.execute("DELETE FROM prose_ledger WHERE tree = ? AND path = ?", (self.tree, path))
                    elif again or mine[:2] != [wanted, language] or mine[2] != terms.documenter:
                        owed += self._want(connection, terms, (path, wanted, language, origin), mtime_ns, mine)
                if len(rows) < CHUNK:
                    upto = max(upto, int(connection.execute("SELECT now FROM clock").fetchone()[0]))
                connection.execute(
                    "INSERT OR REPLACE INTO prose_looks VALUES (?, ?, ?)", (self.tree, terms.documenter, upto)
                )
            if len(rows) < CHUNK:
                return owed

    def has_looked(self, documenter: str) -> bool:
        """Whether nothing in the store has changed since a look for this documenter."""
        row = self.store.connection.execute(
            "SELECT documenter, upto FROM prose_looks WHERE tree = ?", (self.tree,)
        ).fetchone()
        if row is None or row[0] != documenter:
            return False
        query = "SELECT 1 FROM ledger WHERE tree = ? AND changed > ? LIMIT 1"
        return self.store.connection.execute(query, (self.tree, row[1])).fetchone() is None

    def _looked(self, terms: Terms) -> tuple[int, bool]:
        """Up to which change, and whether every row has to be looked at again."""
        row = self.store.connection.execute(
            "SELECT documenter, upto FROM prose_looks WHERE tree = ?", (self.tree,)
        ).fetchone()
        is_same = row is not None and row[0] == terms.documenter
        return (row[1], False) if is_same and not terms.renew else (-1, terms.renew)

    def _want(
        self,
        connection: sqlite3.Connection,
        terms: Terms,
        what: tuple[bytes, str, str, str],
        mtime_ns: int | None,
        mine: list[object],
    ) -> bool:
        path, wanted, language, origin = what
        is_same = mine[:2] == [wanted, language]
        if is_same and mine[3] == "running" and not terms.renew:
            return False  # whoever runs it sees at its end what will do
        found = prose.complete(
            connection, wanted, language, lambda by: by == terms.documenter or (not terms.renew and terms.will_do(by))
        )
        due_at = None if found is not None else terms.due_at(mtime_ns, origin)
        now = self.store.tick()
        connection.execute(
            """INSERT OR REPLACE INTO prose_ledger
                (tree, path, state, wanted, language, documenter, renew, prose, due_at, origin, owed_at, changed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(self.tree, path, "queued" if found is None else "fresh", wanted, language, terms.documenter),
                *(terms.renew, found or mine[4], due_at, origin, now if found is None else None, now),
            ),
        )
        return found is None

    def hasten(self, paths: Iterable[tuple[bytes, str]] | None = None) -> None:
        """What waits for silence or a commit is due now: all of it, or these (path, OID) that were committed."""
        with self.store.writing() as connection:
            if paths is None:
                query = "UPDATE prose_ledger SET due_at = 0 WHERE tree = ? AND state = 'queued'"
                connection.execute(query, (self.tree,))
                return
            connection.executemany(
                """UPDATE prose_ledger SET due_at = 0, origin = 'commit'
                WHERE tree = ? AND path = ? AND wanted = ? AND state = 'queued'""",
                [(self.tree, *one) for one in paths],
            )

    def waiting_for_commit(self) -> list[tuple[bytes, str]]:
        """(path, OID) of what is owed once it is committed."""
        query = "SELECT path, wanted FROM prose_ledger WHERE tree = ? AND state = 'queued' AND due_at IS NULL"
        return self.store.connection.execute(query, (self.tree,)).fetchall()

    # A job's run over one path.

    def begin(self, path: bytes) -> ProseBegun | None:
        """Say that this process runs the path; None where nothing is owed, or another runs it."""
        with self.store.writing() as connection:
            row = connection.execute(
                """UPDATE prose_ledger SET state = 'running', holder = ?, changed = ?
                WHERE tree = ? AND path = ? AND state = 'queued'
                RETURNING wanted, language, documenter, renew, prose, origin, tries, waits""",
                (holder.this_process(), self.store.tick(), self.tree, path),
            ).fetchone()
        return None if row is None else ProseBegun._make((*row[:3], bool(row[3]), *row[4:]))

    def finish(self, path: bytes, begun: ProseBegun, number: int, *, complete: bool) -> None:
        """Link what was written, unless other content is wanted by now. Call inside the transaction that stores it.

        What is not complete stays owed, and its next part is due at once.
        """
        connection = self.store.connection
        connection.execute(
            """UPDATE prose_ledger SET state = ?1, prose = ?2, reason = '', cause = '', tries = 0, waits = 0,
                deaths = 0, bug_in = NULL, job = NULL, holder = NULL, due_at = 0, changed = ?3
            WHERE tree = ?4 AND path = ?5 AND wanted = ?6 AND language = ?7 AND state = 'running' AND holder = ?8""",
            (
                *("fresh" if complete else "queued", number, self.store.tick()),
                *(self.tree, path, begun.wanted, begun.language, holder.this_process()),
            ),
        )
        if complete:  # it will do for every path of that content, in any tree
            connection.execute(
                """UPDATE prose_ledger SET state = 'fresh', prose = ?1, reason = '', cause = '', job = NULL,
                    changed = ?2
                WHERE wanted = ?3 AND language = ?4 AND state <> 'fresh' AND state = 'queued'
                    AND documenter = (SELECT documenter FROM prose WHERE id = ?1)""",
                (number, self.store.tick(), begun.wanted, begun.language),
            )

    def postpone(self, path: bytes, begun: ProseBegun, seconds: float) -> None:
        """Owed still, but not before so many seconds: its file is being changed, or another writes about it."""
        with self.store.writing() as connection:
            connection.execute(
                """UPDATE prose_ledger SET state = 'queued', job = NULL, holder = NULL, due_at = ?, changed = ?
                WHERE tree = ? AND path = ? AND wanted = ? AND state = 'running' AND holder = ?""",
                (time.time() + seconds, self.store.tick(), self.tree, path, begun.wanted, holder.this_process()),
            )

    def drop(self, path: bytes) -> None:
        """Nothing is to be written about the file any more."""
        with self.store.writing() as connection:
            connection.execute("DELETE FROM prose_ledger WHERE tree = ? AND path = ?", (self.tree, path))

    def give_back(self, path: bytes, begun: ProseBegun, setback: Setback) -> None:
        """A run ended in an error, which says nothing about other content that is wanted by now."""
        with self.store.writing() as connection:
            connection.execute(
                """UPDATE prose_ledger SET holder = NULL, state = ?, reason = ?, cause = ?, tries = ?, waits = ?,
                    bug_in = ?, job = iif(?, NULL, job), changed = ?
                WHERE tree = ? AND path = ? AND wanted = ? AND state = 'running' AND holder = ?""",
                (
                    *("failed" if setback.final else "queued", setback.reason, setback.cause, setback.tries),
                    *(setback.waits, setback.bug_in, setback.parked, self.store.tick()),
                    *(self.tree, path, begun.wanted, holder.this_process()),
                ),
            )

    # Reading.

    def goes_on(self, path: bytes) -> bool:
        """Whether a part has been written, and the next one may be asked for."""
        query = f"""SELECT 1 FROM prose_ledger WHERE tree = ? AND path = ? AND state = 'queued' AND cause = ''
            AND {self._due()}"""  # noqa: S608 - a number
        return self.store.connection.execute(query, (self.tree, path)).fetchone() is not None

    def rows(self, where: str = "1", *values: object) -> Iterator[ProseRow]:
        query = f"""SELECT path, state, reason, cause, wanted, prose_ledger.documenter, prose, oid, due_at
            FROM prose_ledger LEFT JOIN prose ON prose.id = prose WHERE tree = ? AND {where}"""  # noqa: S608 - every `where` is a literal of this code
        return map(ProseRow._make, self.store.connection.execute(query, (self.tree, *values)))

    def troubled(self) -> dict[bytes, ProseRow]:
        """The rows of files whose prose is not there, by path."""
        return {row.path: row for row in self.rows("state <> 'fresh'")}

    def row(self, path: bytes) -> ProseRow | None:
        return next(self.rows("path = ?", path), None)

    def is_at_rest(self) -> bool:
        """Whether nothing is to be done until something is saved or committed."""
        query = """SELECT 1 FROM prose_ledger WHERE tree = ? AND state IN ('queued', 'running')
            AND (due_at IS NOT NULL OR job IS NOT NULL OR state = 'running') LIMIT 1"""
        return self.store.connection.execute(query, (self.tree,)).fetchone() is None

    def backlog(self) -> tuple[int, int]:
        """How many files wait to be written about, some of them for their outline, and how many bytes they have."""
        query = f"SELECT count(*), coalesce(sum(size), 0) {_WAITING}"
        files, size = self.store.connection.execute(query, (self.tree,)).fetchone()
        return int(files), int(size)

    def waiting(self) -> dict[bytes, int]:
        """These files, and the bytes of each."""
        return dict(self.store.connection.execute(f"SELECT path, coalesce(size, 0) {_WAITING}", (self.tree,)))

    def forget(self) -> None:
        """Every row of the tree; prose stays."""
        with self.store.writing() as connection:
            for table in ("prose_ledger", "prose_looks"):
                connection.execute(f"DELETE FROM {table} WHERE tree = ?", (self.tree,))  # noqa: S608
