"""What a scan finds, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docwatch.watcher.recording import Recording
    from docwatch.watcher.snapshot import Kept


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan saw and did. `seen` is `admitted` and all of `skipped`; `admitted` is fresh, submitted and failed."""

    seen: int = 0
    admitted: int = 0
    fresh: int = 0
    submitted: int = 0
    forgotten: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    failed: int = 0


@dataclass(slots=True)
class Survey:
    """What a walk over the tree finds different from the ledger; nothing has been read or written yet."""

    seen: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)  # of admitted files whose rows hold
    changed: list[bytes] = field(default_factory=list)  # new, different, or in doubt: to be read
    gone: list[bytes] = field(default_factory=list)  # in the ledger, and no longer there or admitted
    elsewhere: Counter[str] = field(
        default_factory=Counter
    )  # rows of files that no walk meets and that hold, by reason
    recording: Recording | None = None

    def leave_snapshot(self) -> None:
        """Spare the next survey the folders that were found as the ledger has them."""
        if self.recording is not None:
            self.recording.save(self.elsewhere)

    def scanned(
        self,
        *,
        submitted: int = 0,
        forgotten: int = 0,
        skipped: Counter[str] | None = None,
        fresh: int = 0,
        failed: int = 0,
    ) -> Scanned:
        """The counts of the survey and, on top, what reading came to."""
        counts = {
            "fresh": self.states["fresh"] + fresh,
            "submitted": self.states["queued"] + self.states["running"] + submitted,
            "failed": self.states["failed"] + failed,
        }
        return Scanned(
            seen=self.seen,
            admitted=sum(counts.values()),
            forgotten=forgotten,
            skipped=dict(sorted((self.skipped + (skipped or Counter())).items())),
            **counts,
        )

    def add_kept(self, kept: Iterable[Kept], elsewhere: dict[str, int], tally: Counter[tuple[str, str]]) -> bool:
        """Count what is in folders that were not looked at, by the `tally` of the ledger's rows that no look was for.

        `elsewhere` are rows of files in no folder. False where the ledger has other rows than it had then.
        """
        rows = 0
        tally = tally.copy()
        tally.subtract({("skipped", reason): count for reason, count in elsewhere.items()})
        for one in kept:
            rows += one.rows
            for reason, count in one.others:
                self.seen += count
                self.skipped[reason] += count
        for (state, reason), count in tally.items():
            if count < 0:
                return False
            self.seen += count
            if state == "skipped":
                self.skipped[reason] += count
            else:
                self.states[state] += count
        self.elsewhere.update(elsewhere)
        return rows == tally.total()
