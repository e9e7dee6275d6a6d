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
MONTH = 30 * DAY
KEPT_SECONDS = 400 * DAY  # for `docwatch cost`
EPSILON = 1e-9  # sums of floats
SLOT_SECONDS, POLL_SECONDS = 20.0, 0.05  # how long to wait for one of `calls_at_once`, and how often to look

Unit = Literal["calls", "tokens", "usd"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most the configured `key` of a unit within so many seconds, at any time."""

    key: str
    unit: Unit
    seconds: int
    of_tree: bool = False  # of each repository, instead of all of them together


LIMITS = (
    Limit("calls_per_minute", "calls", MINUTE),
    Limit("calls_per_day", "calls", DAY),
    Limit("tokens_per_hour", "tokens", HOUR),
    Limit("tokens_per_day", "tokens", DAY),
    Limit("usd_per_hour", "usd", HOUR),
    Limit("usd_per_day", "usd", DAY),
    Limit("tokens_per_repository", "tokens", MONTH, of_tree=True),
    Limit("usd_per_repository", "usd", MONTH, of_tree=True),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """How much of a limit is used up at this moment."""

    key: str
    spent: float
    limit: float


@dataclass(frozen=True, slots=True)
class _Payer:
    """Who calls, and for which file of which tree."""

    documenter: str
    tree: str
    path: bytes


class Call:
    """A call under way. Expected costs are replaced by what `spent` is told."""

    def __init__(self, tokens: int, usd: float) -> None:
        self.tokens, self.usd = tokens, usd
        self.model, self.tokens_out, self.priced = "", 0, True
        self._is_told = False

    def spent(self, *, tokens: int, usd: float | None, model: str = "", tokens_out: int = 0) -> None:
        """`tokens` in all, `tokens_out` of them answered; `usd` is None where nobody knows the price. Adds up."""
        if not self._is_told:
            self.tokens, self.usd, self._is_told = 0, 0.0, True
        self.tokens, self.usd = self.tokens + tokens, self.usd + (usd or 0.0)
        self.tokens_out, self.priced = self.tokens_out + tokens_out, self.priced and usd is not None
        self.model = model


@contextmanager
def call(
    settings: Config, documenter: str, *, tokens: int = 0, usd: float = 0.0, tree: str = "", path: bytes = b""
) -> Iterator[Call]:
    """One call that is expected to cost at most so much, for a file of a tree.

    Raises ThrottledError where it may be made within a minute, BlockedError where a budget is used up.
    """
    number = _begin(settings, _Payer(documenter, tree, path), tokens, usd)
    made = Call(tokens, usd)
    try:
        yield made
    finally:
        with accounts.opened() as store, store.writing() as connection:
            connection.execute(
                """UPDATE calls SET holder = NULL, tokens = ?, usd = ?, model = ?, tokens_out = ?, priced = ?
                WHERE id = ?""",
                (made.tokens, made.usd, made.model, made.tokens_out, made.priced, number),
            )


def spent(settings: Config, tree: str = "") -> list[Spent]:
    """Every limit that something was spent of, those of each repository for `tree`.

    Empty for most people, whose documenter calls nobody.
    """
    if not accounts.exist():
        return []
    now = time.time()
    with accounts.opened() as store:
        found = [
            Spent(one.key, _sum(store.connection, one, now, tree), getattr(settings, one.key)) for one in _limits(tree)
        ]
    return [one for one in found if one.spent]


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls came to that are alike in `name`. `unpriced` of them nobody knows the price of."""

    name: str
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float
    unpriced: int


_NAMES = {
    "day": "date(began_at, 'unixepoch', 'localtime')",
    "model": "iif(model = '', documenter, model)",
    "path": "CAST(path AS TEXT)",
}


def costs(by: str, since: float, tree: str | None = None) -> list[Cost]:
    """What was spent since then by "day", "model" or "path", of one tree or of all. Dearest first, or by day."""
    if not accounts.exist():
        return []
    order = "name" if by == "day" else "sum(usd) DESC, sum(tokens) DESC, name"
    query = f"""SELECT {_NAMES[by]} AS name, count(*), sum(tokens - tokens_out), sum(tokens_out), sum(usd),
        sum(NOT priced) FROM calls WHERE began_at > ? AND (?2 IS NULL OR tree = ?2) GROUP BY name ORDER BY {order}"""  # noqa: S608
    with accounts.opened() as store:
        store.connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        return [Cost(*row) for row in store.connection.execute(query, (since, tree))]


def _begin(settings: Config, payer: _Payer, tokens: int, usd: float) -> int:
    until = time.monotonic() + SLOT_SECONDS
    while time.monotonic() < until:
        with accounts.opened() as store, store.writing() as connection:
            for limit in _limits(payer.tree):
                cost: dict[Unit, float] = {"calls": 1, "tokens": tokens, "usd": usd}
                _check(connection, limit, getattr(settings, limit.key), cost, payer.tree)
            if _under_way(connection) < settings.calls_at_once:
                return _write_down(connection, payer, tokens, usd)
        time.sleep(POLL_SECONDS)
    raise ThrottledError(f"calls_at_once = {settings.calls_at_once} are under way; raise it, or wait", POLL_SECONDS)


def _limits(tree: str) -> Iterator[Limit]:
    """Those that hold for a call: where no tree is named, none of a tree."""
    return (limit for limit in LIMITS if tree or not limit.of_tree)


def _check(connection: sqlite3.Connection, limit: Limit, most: float, cost: dict[Unit, float], tree: str) -> None:
    now = time.time()
    over = _sum(connection, limit, now, tree) + cost[limit.unit] - most
    if over <= EPSILON:
        return
    resumes_at = _room_at(connection, limit, now, over, tree)
    reached = f"{limit.key} = {most:g} is reached"
    if resumes_at is None:
        raise BlockedError(
            f"{limit.key} = {most:g} allows no call that may cost {cost[limit.unit]:g}; raise it", of_tree=limit.of_tree
        )
    if limit.seconds == MINUTE:
        raise ThrottledError(f"{reached}; raise it, or wait", resumes_at - now)
    why = f"{reached}; raise it, or wait: it has room {moment(resumes_at)}"
    raise BlockedError(why, resumes_at, of_tree=limit.of_tree)


def _room_at(connection: sqlite3.Connection, limit: Limit, now: float, over: float, tree: str) -> float | None:
    """When enough of what was spent is too long ago to count; None where nothing spent is in the way."""
    for began_at, cost in connection.execute(
        f"SELECT began_at, {_column(limit)} FROM calls WHERE {_COUNTS} ORDER BY began_at",  # noqa: S608
        (now - limit.seconds, not limit.of_tree, tree),
    ):
        over -= cost
        if over <= EPSILON:
            return float(began_at) + limit.seconds
    return None


_COUNTS = "began_at > ? AND (? OR tree = ?)"


def _sum(connection: sqlite3.Connection, limit: Limit, now: float, tree: str) -> float:
    query = f"SELECT coalesce(sum({_column(limit)}), 0) FROM calls WHERE {_COUNTS}"  # noqa: S608
    return float(connection.execute(query, (now - limit.seconds, not limit.of_tree, tree)).fetchone()[0])


def _column(limit: Limit) -> str:
    return "1" if limit.unit == "calls" else limit.unit


def _under_way(connection: sqlite3.Connection) -> int:
    holders = connection.execute("SELECT id, holder FROM calls WHERE holder IS NOT NULL").fetchall()
    dead = [(number,) for number, who in holders if not holder.is_alive(who)]
    connection.executemany("UPDATE calls SET holder = NULL WHERE id = ?", dead)
    return len(holders) - len(dead)


def _write_down(connection: sqlite3.Connection, payer: _Payer, tokens: int, usd: float) -> int:
    now = time.time()
    connection.execute("DELETE FROM calls WHERE began_at < ? AND holder IS NULL", (now - KEPT_SECONDS,))
    added = connection.execute(
        "INSERT INTO calls (documenter, tree, path, began_at, holder, tokens, usd) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (payer.documenter, payer.tree, payer.path, now, holder.this_process(), tokens, usd),
    )
    return int(added.lastrowid or 0)
