"""Compare the whole tree with the store, and submit what differs. Events are hints, the tree is the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from docwatch import __version__
from docwatch.jobs.producer import submit
from docwatch.opened import OpenTree
from docwatch.watcher.findings import Scanned, Survey
from docwatch.watcher.survey import survey

__all__ = ["Scanned", "Survey", "reconcile", "survey"]


def reconcile(
    opened: OpenTree,
    *,
    full: bool = False,
    dry_run: bool = False,
    before_submitting: Callable[[], object] | None = None,
    progress: Callable[[int, int], None] | None = None,
    deliver: bool = True,
) -> Scanned:
    """Survey the tree and submit what differs; `progress` is told how many of how many paths have been submitted.

    `before_submitting` is called if there is anything to submit.

    With `dry_run` nothing is written: what would be read counts as submitted.
    """
    opened.refresh()
    found = survey(opened, full=full)
    if dry_run:
        read = (opened.scope.read(path).decision for path in found.changed)
        skipped = Counter(decision.reason for decision in read if not decision.admitted)
        return found.scanned(submitted=len(found.changed) - skipped.total(), forgotten=len(found.gone), skipped=skipped)
    found.leave_snapshot()
    opened.ledger.retry() if full else opened.ledger.retry_bugs(__version__)
    done, whole = 0, [*found.changed, *found.gone]
    if whole and before_submitting is not None:
        before_submitting()

    def count(paths: int) -> None:
        nonlocal done
        done += paths
        if progress is not None:
            progress(done, len(whole))

    submitted = submit(opened, whole, origin="scan", progress=count, deliver=deliver)
    recorded = submitted.recorded
    vanished = Counter(gone=max(0, recorded.forgotten - len(found.gone)))  # between the walk and the read
    return found.scanned(
        fresh=recorded.fresh + recorded.linked,
        submitted=recorded.queued,
        failed=recorded.failed,
        forgotten=recorded.forgotten,
        skipped=submitted.skipped + vanished,
    )
