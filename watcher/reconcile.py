"""Compare the whole tree with the store, and submit what differs. Events are hints, the tree is the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from docwatch.documenters import Documenter, documenter
from docwatch.jobs.producer import FORGOTTEN, submit
from docwatch.ledger import Memo, Row
from docwatch.opened import OpenTree
from docwatch.scope import Decision, Stat


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
    fresh: int = 0
    failed: int = 0
    under_way: int = 0
    changed: list[bytes] = field(default_factory=list)  # new, different, or in doubt: to be read
    gone: list[bytes] = field(default_factory=list)  # in the ledger, and no longer there or admitted


def survey(opened: OpenTree, *, full: bool = False) -> Survey:
    """Walk the tree once. `full` distrusts what is remembered of unchanged files and tries failed ones again."""
    known = {row.path: row for row in opened.ledger.all()}
    how = documenter(opened.config.documenter)
    found = Survey()
    for decision, stat in opened.scope.walk():
        found.seen += 1
        row = known.pop(decision.path, None)
        if decision.reason in FORGOTTEN:
            found.skipped[decision.reason] += 1
            if row is not None:
                found.gone.append(decision.path)
        elif full or row is None or _differs(row, decision, stat, how):
            found.changed.append(decision.path)
        else:
            _count(found, row)
    found.gone.extend(known)
    return found


def reconcile(
    opened: OpenTree,
    *,
    full: bool = False,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scanned:
    """Survey the tree and submit what differs; `progress` is told how many of how many paths have been submitted.

    With `dry_run` nothing is written: what would be read counts as submitted.
    """
    opened.refresh()
    found = survey(opened, full=full)
    if dry_run:
        read = (opened.scope.read(path).decision for path in found.changed)
        skipped = Counter(decision.reason for decision in read if not decision.admitted)
        return _scanned(
            found, submitted=len(found.changed) - skipped.total(), forgotten=len(found.gone), skipped=skipped
        )
    if full:
        opened.ledger.retry()
    done, whole = 0, [*found.changed, *found.gone]

    def count(paths: int) -> None:
        nonlocal done
        done += paths
        if progress is not None:
            progress(done, len(whole))

    submitted = submit(opened, whole, origin="scan", progress=count)
    recorded = submitted.recorded
    vanished = Counter(gone=max(0, recorded.forgotten - len(found.gone)))  # between the walk and the read
    return _scanned(
        found,
        fresh=recorded.fresh + recorded.linked,
        submitted=recorded.queued,
        failed=recorded.failed,
        forgotten=recorded.forgotten,
        skipped=submitted.skipped + vanished,
    )


def _scanned(
    found: Survey, *, submitted: int, forgotten: int, skipped: Counter[str], fresh: int = 0, failed: int = 0
) -> Scanned:
    """The survey's counts and, on top, what reading came to."""
    counts = {
        "fresh": found.fresh + fresh,
        "submitted": found.under_way + submitted,
        "failed": found.failed + failed,
    }
    return Scanned(
        seen=found.seen,
        admitted=sum(counts.values()),
        forgotten=forgotten,
        skipped=dict(sorted((found.skipped + skipped).items())),
        **counts,
    )


def _differs(row: Row, decision: Decision, stat: Stat | None, how: Documenter) -> bool:
    """Whether the file must be read to know if what the ledger says of it still holds."""
    if not decision.admitted:
        return row.state != "skipped" or row.reason != decision.reason
    if stat is None or row.memo is None or not row.settled:
        return True
    if row.memo != Memo(stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode):
        return True
    if row.state in ("skipped", "failed") or decision.language is None:
        return False  # for its content, which is the same, or in a language that only its content tells
    return row.documenter != how.fingerprint(decision.language)


def _count(found: Survey, row: Row) -> None:
    match row.state:
        case "fresh":
            found.fresh += 1
        case "failed":
            found.failed += 1
        case "skipped":
            found.skipped[row.reason] += 1
        case _:
            found.under_way += 1
