"""What documenters that call somebody may spend, all workers and work trees of a user together: hard limits.

A documenter surrounds each call:

    with budget.call(settings, "claude", tokens=4_000, usd=0.02) as call:   # the most that it is expected to cost
        answer = ...
        call.spent(tokens=answer.tokens, usd=answer.usd)

What is expected counts until the call tells what it was, and for good where it never does: killed in the middle,
it may have cost all of it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from docwatch import accounts, holder
from docwatch.config import Config
from docwatch.errors import BlockedError, ThrottledError
from docwatch.gate import moment

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
EPSILON = 1e-9  # sums of floats
SLOT_SECONDS, POLL_SECONDS = 20.0, 0.05  # how long to wait for one of `calls_at_once`, and how often to look

Unit = Literal["calls", "tokens", "usd"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most the configured `key` of a unit within so many seconds, at any time."""

    key: str
    unit: Unit
    seconds: int


LIMITS = (
    Limit("calls_per_minute", "calls", MINUTE),
    Limit("calls_per_day", "calls", DAY),
    Limit("tokens_per_hour", "tokens", HOUR),
    Limit("tokens_per_day", "tokens", DAY),
    Limit("usd_per_hour", "usd", HOUR),
    Limit("usd_per_day", "usd", DAY),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """How much of a limit is used up at this moment."""

    key: str
    spent: float
    limit: float


class Call:
    """A call under way. Expected costs are replaced by what `spent` is told."""

    def __init__(self, tokens: int, usd: float) -> None:
        self.tokens, self.usd = tokens, usd

    def spent(self, *, tokens: int, usd: float) -> None:
        self.tokens, self.usd = tokens, usd


@contextmanager
def call(settings: Config, documenter: str, *, tokens: int = 0, usd: float = 0.0) -> Iterator[Call]:
    """One call that is expected to cost at most so much.

    Raises ThrottledError where it may be made within a minute, BlockedError where a budget is used up.
    """
    number = _begin(settings, documenter, tokens, usd)
    made = Call(tokens, usd)
    try:
        yield made
    finally:
        with accounts.opened() as store, store.writing() as connection:
            connection.execute(
                "UPDATE calls SET holder = NULL, tokens = ?, usd = ? WHERE id = ?", (made.tokens, made.usd, number)
            )


def spent(settings: Config) -> list[Spent]:
    """Every limit that something was spent of; empty for most people, whose documenter calls nobody."""
    if not accounts.exist():
        return []
    now = time.time()
    with accounts.opened() as store:
        found = [Spent(one.key, _sum(store.connection, one, now), getattr(settings, one.key)) for one in LIMITS]
    return [one for one in found if one.spent]


def _begin(settings: Config, documenter: str, tokens: int, usd: float) -> int:
    until = time.monotonic() + SLOT_SECONDS
    while time.monotonic() < until:
        with accounts.opened() as store, store.writing() as connection:
            for limit in LIMITS:
                _check(connection, limit, getattr(settings, limit.key), {"calls": 1, "tokens": tokens, "usd": usd})
            if _under_way(connection) < settings.calls_at_once:
                return _write_down(connection, documenter, tokens, usd)
        time.sleep(POLL_SECONDS)
    raise ThrottledError(f"calls_at_once = {settings.calls_at_once} are under way; raise it, or wait", POLL_SECONDS)


def _check(connection: sqlite3.Connection, limit: Limit, most: float, cost: dict[Unit, float]) -> None:
    now = time.time()
    over = _sum(connection, limit, now) + cost[limit.unit] - most
    if over <= EPSILON:
        return
    resumes_at = _room_at(connection, limit, now, over)
    reached = f"{limit.key} = {most:g} is reached"
    if resumes_at is None:
        raise BlockedError(f"{limit.key} = {most:g} allows no call that may cost {cost[limit.unit]:g}; raise it")
    if limit.seconds == MINUTE:
        raise ThrottledError(f"{reached}; raise it, or wait", resumes_at - now)
    raise BlockedError(f"{reached}; raise it, or wait: it has room {moment(resumes_at)}", resumes_at)


def _room_at(connection: sqlite3.Connection, limit: Limit, now: float, over: float) -> float | None:
    """When enough of what was spent is too long ago to count; None where nothing spent is in the way."""
    for began_at, cost in connection.execute(
        f"SELECT began_at, {_column(limit)} FROM calls WHERE began_at > ? ORDER BY began_at",  # noqa: S608
        (now - limit.seconds,),
    ):
        over -= cost
        if over <= EPSILON:
            return float(began_at) + limit.seconds
    return None


def _sum(connection: sqlite3.Connection, limit: Limit, now: float) -> float:
    query = f"SELECT coalesce(sum({_column(limit)}), 0) FROM calls WHERE began_at > ?"  # noqa: S608
    return float(connection.execute(query, (now - limit.seconds,)).fetchone()[0])


def _column(limit: Limit) -> str:
    return "1" if limit.unit == "calls" else limit.unit


def _under_way(connection: sqlite3.Connection) -> int:
    holders = connection.execute("SELECT id, holder FROM calls WHERE holder IS NOT NULL").fetchall()
    dead = [(number,) for number, who in holders if not holder.is_alive(who)]
    connection.executemany("UPDATE calls SET holder = NULL WHERE id = ?", dead)
    return len(holders) - len(dead)


def _write_down(connection: sqlite3.Connection, documenter: str, tokens: int, usd: float) -> int:
    now = time.time()
    connection.execute("DELETE FROM calls WHERE began_at < ? AND holder IS NULL", (now - DAY,))
    added = connection.execute(
        "INSERT INTO calls (documenter, began_at, holder, tokens, usd) VALUES (?, ?, ?, ?, ?)",
        (documenter, now, holder.this_process(), tokens, usd),
    )
    return int(added.lastrowid or 0)
