"""The ledger: for each path of a tree, which content is wanted and which is documented: the record of what is owed.

Every read of a file takes a ticket before it begins, and a row remembers the ticket of the latest-started read whose
outcome it holds. What an earlier-started read found never overwrites it, however late that read ends.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from docwatch import holder, ledger_glance, places
from docwatch.documents import document_id
from docwatch.entries import KNOWN, Begun, Gone, Known, Memo, Origin, Owed, Recorded, Row, Setback, Skipped
from docwatch.owing import Owing

FEW_FOLDERS = 64  # up to so many are asked for one by one


class Ledger(Owing):
    """The rows of one tree in a store."""

    table = "ledger"

    # Writing down what reads found.

    def ticket(self) -> int:
        """To be taken before a read begins."""
        with self.store.writing():
            return self.store.tick()

    def record(self, ticket: int, origin: Origin, reads: Iterable[Owed | Skipped | Gone]) -> Recorded:
        """Write down what reads that began after `ticket` found. Content already documented is linked at once."""
        count: dict[str, int] = {}
        paths: dict[bytes, bool] = {}  # whether there is a row for it now
        with self.store.writing() as connection:
            for read in reads:
                outcome = self._record(connection, ticket, origin, read)
                count[outcome] = count.get(outcome, 0) + 1
                if outcome != "late":
                    paths[read.path] = outcome != "forgotten"
            places.remove(connection, self.tree, (path for path, is_there in paths.items() if not is_there))
            places.add(connection, self.tree, (path for path, is_there in paths.items() if is_there))
        return Recorded(**count)

    def _record(self, connection: sqlite3.Connection, ticket: int, origin: Origin, read: Owed | Skipped | Gone) -> str:
        row = connection.execute(
            "SELECT read, state, wanted, documenter, document, origin FROM ledger WHERE tree = ? AND path = ?",
            (self.tree, read.path),
        ).fetchone()
        if row is not None and row[0] > ticket:
            return "late"
        if row is None and not isinstance(read, Gone) and self._may_be_gone(ticket):
            self._put(connection, ticket, origin, read, "queued", owed=True)
            return "queued"
        match read:
            case Gone():
                for table in ("ledger", "prose_ledger"):
                    connection.execute(f"DELETE FROM {table} WHERE tree = ? AND path = ?", (self.tree, read.path))  # noqa: S608
                connection.execute("UPDATE clock SET forgot = max(forgot, ?)", (ticket,))
                return "forgotten"
            case Skipped():
                self._put(connection, ticket, origin, read, "skipped", reason=read.reason)
                return "skipped"
            case Owed():
                return self._want(connection, ticket, origin, read, row)

    def _want(
        self, connection: sqlite3.Connection, ticket: int, origin: Origin, read: Owed, row: tuple[object, ...] | None
    ) -> str:
        _, state, wanted, documenter, document, was_origin = row or (None,) * 6
        found = document_id(connection, read.oid, read.documenter)
        if found is not None and (state, document) == ("fresh", found):
            self._touch(connection, ticket, read)
            return "fresh"
        if found is not None:
            self._put(connection, ticket, origin, read, "fresh", document=found)
            return "linked"
        if state == "failed" and (wanted, documenter) == (read.oid, read.documenter):
            # Tried for this very content: the answer stands until somebody asks for a retry.
            self._touch(connection, ticket, read)
            return "failed"
        if state == "running" or (state == "queued" and (was_origin != "scan" or origin == "scan")):
            # Whoever runs it, or will, reads the disk; a run under way sees at its end that more is wanted.
            self._touch(connection, ticket, read)
            return "queued"
        self._put(connection, ticket, origin, read, "queued", document=document, owed=True)
        return "queued"

    def _may_be_gone(self, ticket: int) -> bool:
        """Whether a later-started read than this may have found an unknown path gone: its job is to look."""
        return self.last_removal() > ticket

    def _put(
        self,
        connection: sqlite3.Connection,
        ticket: int,
        origin: str,
        read: Owed | Skipped,
        state: str,
        *,
        reason: str = "",
        document: object = None,
        owed: bool = False,
    ) -> None:
        """The whole row, as `read` found it; whatever was under way for the path is no longer waited for."""
        now = self.store.tick()
        connection.execute(
            """INSERT INTO ledger (tree, path, state, reason, read, wanted, documenter, document,
                size, mtime_ns, ctime_ns, inode, settled, origin, owed_at, changed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (tree, path) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                read = excluded.read, wanted = excluded.wanted, documenter = excluded.documenter,
                document = excluded.document, size = excluded.size, mtime_ns = excluded.mtime_ns,
                ctime_ns = excluded.ctime_ns, inode = excluded.inode, settled = excluded.settled,
                origin = excluded.origin, owed_at = excluded.owed_at, job = NULL, delivered_at = NULL,
                holder = NULL, cause = '', tries = 0, waits = 0, deaths = 0, bug_in = NULL,
                changed = excluded.changed""",
            (
                *(self.tree, read.path, state, reason, ticket, read.oid, getattr(read, "documenter", None), document),
                *(read.memo or (None,) * 4),
                *(read.settled, origin, now if owed else None, now),
            ),
        )

    def _touch(self, connection: sqlite3.Connection, ticket: int, read: Owed) -> None:
        """What is wanted has been read again; the row's state stays."""
        connection.execute(
            """UPDATE ledger SET read = ?, wanted = ?, documenter = ?, size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?,
                settled = ?, reason = iif(wanted IS ?2, reason, ''), cause = iif(wanted IS ?2, cause, ''),
                tries = tries * (wanted IS ?2), waits = waits * (wanted IS ?2),
                deaths = deaths * (wanted IS ?2) WHERE tree = ? AND path = ?""",
            (ticket, read.oid, read.documenter, *read.memo, read.settled, self.tree, read.path),
        )

    # A job's run over one path.

    def begin(self, path: bytes) -> Begun:
        """Take a ticket and say that this process runs the path."""
        return self.begin_all([path])[0]

    def begin_all(self, paths: Iterable[bytes]) -> list[Begun]:
        """The same for several paths in one transaction."""
        paths = list(paths)
        with self.store.writing() as connection:
            places.add(connection, self.tree, paths)
            return [self._begin(connection, path) for path in paths]

    def _begin(self, connection: sqlite3.Connection, path: bytes) -> Begun:
        ticket = self.store.tick()
        row = connection.execute(
            """INSERT INTO ledger (tree, path, state, read, origin, holder, changed)
            VALUES (?, ?, 'running', ?, 'scan', ?, ?)
            ON CONFLICT (tree, path) DO UPDATE SET
                state = iif(state = 'queued', 'running', state), holder = excluded.holder,
                changed = iif(state = 'queued', excluded.changed, changed)
            RETURNING origin, wanted, tries, waits""",
            (self.tree, path, ticket, holder.this_process(), self.store.tick()),
        ).fetchone()
        return Begun(ticket, *row)

    def finish(self, ticket: int, read: Owed, origin: Origin) -> bool:
        """Link the document of what was read. False when more has been wanted meanwhile: read again.

        The document must be stored; call inside the transaction that stores it.
        """
        connection = self.store.connection
        row = connection.execute(
            "SELECT read, state, wanted, documenter FROM ledger WHERE tree = ? AND path = ?", (self.tree, read.path)
        ).fetchone()
        if row is None:
            return True  # forgotten meanwhile
        later, state, wanted, documenter = row
        if later > ticket and (wanted, documenter) != (read.oid, read.documenter):
            return state not in ("queued", "running")
        found = document_id(connection, read.oid, read.documenter)
        self._put(connection, max(ticket, later), origin, read, "fresh", document=found)
        return True

    def give_back(self, ticket: int, path: bytes, oid: str | None, setback: Setback) -> None:
        """A run that read `oid` ended in an error.

        Where another content has been wanted meanwhile the error says nothing about it: that one is owed afresh.
        """
        with self.store.writing() as connection:
            row = connection.execute(
                "SELECT read, wanted FROM ledger WHERE tree = ? AND path = ? AND state IN ('queued', 'running')",
                (self.tree, path),
            ).fetchone()
            if row is None:
                return
            read, wanted = row
            if read > ticket and wanted != oid:
                oid, setback = wanted, Setback("", "", parked=True)
            connection.execute(
                """UPDATE ledger SET holder = NULL, read = max(read, ?), wanted = coalesce(?, wanted), state = ?,
                    reason = ?, cause = ?, tries = ?, waits = ?, bug_in = ?, job = iif(?, NULL, job), changed = ?
                WHERE tree = ? AND path = ?""",
                (
                    *(ticket, oid, "failed" if setback.final else "queued", setback.reason, setback.cause),
                    *(setback.tries, setback.waits, setback.bug_in, setback.parked, self.store.tick()),
                    *(self.tree, path),
                ),
            )

    def stand_in(self, path: bytes, oid: str, documenter: str) -> None:
        """Show this document of `oid` for as long as the wanted one is owed. Call inside the transaction storing it."""
        connection = self.store.connection
        connection.execute(
            """UPDATE ledger SET document = ?, changed = ?
            WHERE tree = ? AND path = ? AND state = 'queued' AND wanted = ?""",
            (document_id(connection, oid, documenter), self.store.tick(), self.tree, path, oid),
        )

    # Reading.

    def rows(self, where: str = "1", *values: object) -> Iterator[Row]:
        query = f"""SELECT path, state, reason, cause, wanted, ledger.documenter, document, oid, size, mtime_ns,
            ctime_ns, inode, settled, origin, job, holder, changed
            FROM ledger LEFT JOIN documents ON documents.id = document WHERE tree = ? AND {where}"""  # noqa: S608 - every `where` is a literal of this module
        for row in self.store.connection.execute(query, (self.tree, *values)):
            memo = Memo(*row[8:12]) if row[8] is not None else None
            yield Row._make((*row[:8], memo, bool(row[12]), *row[13:]))

    def row(self, path: bytes) -> Row | None:
        return next(self.rows("path = ?", path), None)

    def all(self, below: bytes = b"", after: bytes = b"") -> Iterator[Row]:
        """Every row, by path; of those below a folder, or after a path, alone where one is named."""
        begin, beyond = ledger_glance.bounds(below)
        return self.rows("path >= ? AND path < ? ORDER BY path", max(begin, after and after + b"\0"), beyond)

    def files_in(self, folder: bytes, start: int, most: int) -> Iterator[Row]:
        """The rows of files right in a folder, by path: so many from that number on."""
        prefix, beyond = ledger_glance.bounds(folder)
        where = "path >= ? AND path < ? AND instr(substr(path, ?), x'2f') = 0 ORDER BY path LIMIT ? OFFSET ?"
        return self.rows(where, prefix, beyond, len(prefix) + 1, most, start)

    def tallies(self, folder: bytes) -> dict[bytes, Counter[str]]:
        return ledger_glance.tallies(self.store.connection, self.tree, folder)

    def known(self) -> dict[bytes, dict[bytes, Known]]:
        """Every row by folder and name, as far as a scan compares it with the disk: lean, for trees of many files."""
        found: dict[bytes, dict[bytes, Known]] = {}
        for row in self.store.connection.execute(f"SELECT {KNOWN} FROM ledger WHERE tree = ?", (self.tree,)):  # noqa: S608
            folder, _, name = row[0].rpartition(b"/")
            found.setdefault(folder, {})[name] = row
        return found

    def known_in(self, folders: Collection[bytes]) -> dict[bytes, dict[bytes, Known]]:
        """The same for these folders alone, without what is in folders below them."""
        if len(folders) > FEW_FOLDERS:
            return {folder: rows for folder, rows in self.known().items() if folder in folders}
        query = f"""SELECT {KNOWN} FROM ledger WHERE tree = ?1 AND path >= ?2 AND path < ?3
            AND instr(substr(path, length(?2) + 1), x'2f') = 0"""  # noqa: S608 - names of columns
        found: dict[bytes, dict[bytes, Known]] = {}
        for folder in folders:
            prefix, beyond = ledger_glance.bounds(folder)
            rows = self.store.connection.execute(query, (self.tree, prefix, beyond)).fetchall()
            if rows:
                found[folder] = {row[0][len(prefix) :]: row for row in rows}
        return found

    def tally(self) -> Counter[tuple[str, str]]:
        """How many rows there are by state and, of those left alone, by reason."""
        query = """SELECT state, iif(state = 'skipped', reason, '') AS why, count(*) FROM ledger WHERE tree = ?
            GROUP BY state, why"""
        return Counter(
            {(state, why): count for state, why, count in self.store.connection.execute(query, (self.tree,))}
        )

    def changed_paths(self, since: int) -> list[bytes]:
        return ledger_glance.changed_paths(self.store.connection, self.tree, since)

    def changes(self, since: int) -> list[Row]:
        """The rows that changed after `since` (a row's `changed`), oldest change first."""
        return list(self.rows("changed > ? ORDER BY changed", since))

    def last_change(self) -> int:
        return ledger_glance.last_change(self.store.connection)

    def last_removal(self) -> int:
        """The ticket of the latest read that found a path gone, in any tree of the store."""
        return int(self.store.connection.execute("SELECT forgot FROM clock").fetchone()[0])

    def forget(self) -> None:
        """Every row of the tree; documents stay."""
        with self.store.writing() as connection:
            connection.execute("DELETE FROM ledger WHERE tree = ?", (self.tree,))
            places.remove_all(connection, self.tree)
