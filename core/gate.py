"""The gate before a documenter: closed for everybody while it asks for a pause or cannot do anything.

When its time is up, one caller goes ahead to find out, and the others follow once it has come back with an answer.
A documenter that is blocked is so under the settings of that moment: other settings find the gate open.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from dataclasses import asdict, dataclass
from typing import Literal

from docwatch import accounts, holder
from docwatch.config import Config
from docwatch.errors import BlockedError, ThrottledError

# What says nothing about whether a documenter can work.
_BESIDE_THE_POINT = frozenset(
    """exclude max_file_bytes quiet_ms max_wait_ms reconcile_minutes workers job_timeout_seconds retry_intervals
    redis_url redis_password_file prose_when prose_quiet_seconds prose_workers
    prose_ask_tokens""".split()
)
# (first pause, longest), doubled with each probe that finds it as it was, where nobody said how long it takes.
_PAUSES = {"throttled": (5.0, 120.0), "blocked": (60.0, 3600.0)}
LONGEST_SECONDS = 24 * 3600.0  # somebody who asks for a longer pause is asked again after this


@dataclass(frozen=True, slots=True)
class Gate:
    """A closed gate. `resumes_at` is in seconds since the epoch; when it is past, a probe is due or under way."""

    documenter: str
    config: str
    kind: Literal["throttled", "blocked"]
    reason: str
    resumes_at: float
    misses: int
    probe: str | None

    def error(self) -> ThrottledError | BlockedError:
        """What the caller who closed it was told."""
        return ThrottledError(self.reason) if self.kind == "throttled" else BlockedError(self.reason, self.resumes_at)

    @property
    def who(self) -> str:
        """The documenter, also where the gate is one tree's."""
        return self.documenter.partition(" ")[0]

    @property
    def is_due(self) -> bool:
        return self.resumes_at <= time.time()

    @property
    def when(self) -> str:
        """When it is to be tried again, as people write it."""
        return moment(self.resumes_at)


def moment(seconds: float) -> str:
    """A time, in seconds since the epoch, as people here write it."""
    at = time.localtime(seconds)
    is_today = at[:3] == time.localtime()[:3]
    return time.strftime("at %H:%M:%S" if is_today else "on %Y-%m-%d at %H:%M", at)


def within(documenter: str, tree: str) -> str:
    """The name of a second gate, for the files of one tree alone: one that has used up what it may spend."""
    return f"{documenter} {tree}"


def of(documenter: str, settings: Config) -> Gate | None:
    """The gate that is closed for these settings, the one that opens last; None where the way is free."""
    if not accounts.exist():
        return None
    with accounts.opened() as store:
        return _gate(store.connection, documenter, settings)


def of_prose(tree: str, settings: Config) -> Gate | None:
    """The gate that is closed before who writes about the files of a tree."""
    return of(within(settings.prose, tree), settings) or of(settings.prose, settings)


def enter(documenter: str, settings: Config) -> Gate | None:
    """Go ahead, or be told by which gate not to. Whoever goes ahead tells how it went: `close`, or `come_back`."""
    if of(documenter, settings) is None:
        return None
    with accounts.opened() as store, store.writing() as connection:
        gate = _gate(connection, documenter, settings)
        if gate is None:
            return None
        me = holder.this_process()
        if not gate.is_due or (gate.probe not in (None, me) and holder.is_alive(str(gate.probe))):
            return gate
        connection.execute(
            "UPDATE gates SET probe = ? WHERE documenter = ? AND config IN ('', ?)",
            (me, documenter, _signature(settings)),
        )
        return None


def close(documenter: str, settings: Config, error: ThrottledError | BlockedError) -> Gate | None:
    """The gate as it is closed by the error of a call; None where it was closed already, and that was said."""
    kind: Literal["throttled", "blocked"] = "throttled" if isinstance(error, ThrottledError) else "blocked"
    key = (documenter, "" if kind == "throttled" else _signature(settings))
    with accounts.opened() as store, store.writing() as connection:
        row = connection.execute(
            "SELECT resumes_at, misses, probe FROM gates WHERE documenter = ? AND config = ?", key
        ).fetchone()
        until, misses, probe = row or (0.0, 0, None)
        missed = probe == holder.this_process()
        misses += missed
        gate = Gate(*key, kind, str(error), _until(kind, error, misses), misses, None)
        if row is not None and not missed and until >= gate.resumes_at:
            return None
        connection.execute(
            "DELETE FROM gates WHERE documenter = ? AND (probe = ? OR resumes_at < ?)",  # of other settings, long ago
            (documenter, holder.this_process(), time.time() - LONGEST_SECONDS),
        )
        connection.execute("INSERT OR REPLACE INTO gates VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(asdict(gate).values()))
    return gate if row is None else None


def come_back(documenter: str, settings: Config, *, answered: bool) -> bool:
    """A call has ended otherwise: the gate opens if it was answered, else the next probe may go. Whether it opened."""
    if of(documenter, settings) is None:
        return False
    key = (documenter, _signature(settings), holder.this_process())
    where = "WHERE documenter = ? AND config IN ('', ?) AND probe = ?"
    query = f"DELETE FROM gates {where}" if answered else f"UPDATE gates SET probe = NULL {where}"  # noqa: S608
    with accounts.opened() as store, store.writing() as connection:
        return connection.execute(query, key).rowcount > 0 and answered


def open_all() -> int:
    """Because somebody says that what stood in the way does no more: whoever calls next finds out. How many it were."""
    if not accounts.exist():
        return 0
    with accounts.opened() as store, store.writing() as connection:
        return connection.execute("DELETE FROM gates").rowcount


def _gate(connection: sqlite3.Connection, documenter: str, settings: Config) -> Gate | None:
    row = connection.execute(
        "SELECT * FROM gates WHERE documenter = ? AND config IN ('', ?) ORDER BY resumes_at DESC LIMIT 1",
        (documenter, _signature(settings)),
    ).fetchone()
    return None if row is None else Gate(*row)


def _until(kind: str, error: ThrottledError | BlockedError, misses: int) -> float:
    now = time.time()
    if isinstance(error, BlockedError) and error.resumes_at is not None:
        return max(now + 1.0, error.resumes_at)
    if isinstance(error, ThrottledError) and error.seconds is not None:
        return now + min(LONGEST_SECONDS, max(0.0, error.seconds))
    first, longest = _PAUSES[kind]
    return now + min(longest, first * 2.0 ** min(misses, 10))


def _signature(settings: Config) -> str:
    told = {key: value for key, value in asdict(settings).items() if key not in _BESIDE_THE_POINT}
    return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:16]
