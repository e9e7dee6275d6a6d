"""Whether what the ledger says is still so on disk, asked at the moment of looking: no answer is silently stale."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator

from docwatch.entries import Memo, Row
from docwatch.errors import TransientError
from docwatch.opened import OpenTree

STALE = "stale"


def current(opened: OpenTree) -> Iterator[Row]:
    """Every row of the tree, by path, with the state it has right now.

    Rules and a stat for each fresh file, and a read for those whose stat has changed.
    """
    for row in opened.ledger.all():
        yield checked(opened, row)


def differing(opened: OpenTree, doubtful: Iterable[bytes]) -> dict[bytes, Row]:
    """Those of the doubtful paths that are not as the ledger has them, as they are right now."""
    found = ((row, checked(opened, row)) for row in map(opened.ledger.row, doubtful) if row is not None)
    return {row.path: now for row, now in found if now.state != row.state}


def checked(opened: OpenTree, row: Row) -> Row:
    """The row, stale where its document is of other content than the file has now, or the file is to have none."""
    if row.state != "fresh":
        return row
    decision = opened.scope.admit(row.path)
    if decision.admitted and row.settled and row.memo == _memo(opened, row.path):
        return row
    try:
        reading = opened.scope.read(row.path)
    except TransientError:
        return row._replace(state=STALE, reason="being written")
    if not reading.decision.admitted:
        return row._replace(state=STALE, reason=reading.decision.reason)
    return row if reading.oid == row.oid else row._replace(state=STALE, reason="changed since")


def _memo(opened: OpenTree, path: bytes) -> Memo | None:
    try:
        found = os.lstat(os.path.join(os.fsencode(opened.tree.root), path))
    except OSError:
        return None
    return Memo(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def counts(opened: OpenTree, differing: Collection[bytes]) -> dict[str, int]:
    """How many files are in each state, these being stale that the ledger has as fresh; every state is named."""
    total = dict.fromkeys(("fresh", STALE, "queued", "running", "failed", "skipped"), 0) | opened.ledger.counts()
    total["fresh"] -= len(differing)
    total[STALE] += len(differing)
    return total
