"""What the prose ledger takes and gives: on which terms prose is owed, and its rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from docwatch.entries import Origin


@dataclass(frozen=True, slots=True)
class Terms:
    """Who is to write (`documenter`, a fingerprint), whose earlier prose will do, and after which silence.

    `on_commit`: only what is committed. `renew`: what another model wrote will not do. `at_once`: somebody asks for it.
    """

    documenter: str
    will_do: Callable[[str], bool]
    quiet_seconds: float = 0.0
    on_commit: bool = False
    renew: bool = False
    at_once: bool = False

    def due_at(self, mtime_ns: int | None, origin: str) -> float | None:
        now = time.time()
        if self.at_once or origin == "commit":
            return now
        if self.on_commit:
            return None
        changed = now if mtime_ns is None else min(now, mtime_ns / 1e9)
        return changed + self.quiet_seconds


class ProseBegun(NamedTuple):
    """A run that has begun: the content it is to be about, and what earlier runs over it came to."""

    wanted: str
    language: str
    documenter: str
    renew: bool
    prose: int | None
    origin: Origin
    tries: int
    waits: int


class ProseRow(NamedTuple):
    """One line of the prose ledger. `oid` is that of the prose there is, which may be about older content."""

    path: bytes
    state: str
    reason: str
    cause: str
    wanted: str
    documenter: str
    prose: int | None
    oid: str | None
    due_at: float | None

    @property
    def told(self) -> str:
        """How it stands, for people; empty where prose about the wanted content is there."""
        match self.state:
            case "running":
                return "prose is being written"
            case "failed":
                return f"prose failed: {self.reason}"
            case "queued" if self.reason:
                return f"prose waits: {self.reason}"
            case "queued":
                return "prose is pending" + (", until it is committed" if self.due_at is None else "")
        return ""

    def fields(self) -> dict[str, object]:
        """As JSON."""
        cause: dict[str, object] = {"cause": self.cause} if self.cause else {}
        return {"state": self.state, "reason": self.reason, **cause}
