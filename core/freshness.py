"""Whether what the ledger says is still so on disk, asked at the moment of looking: no answer is silently stale."""

from __future__ import annotations

import os
from collections.abc import Iterator

from docwatch.ledger import Memo, Row
from docwatch.opened import OpenTree

STALE = "stale"


def current(opened: OpenTree, *, trust_ledger: bool = False) -> Iterator[Row]:
    """Every row of the tree, by path, with the state it has right now.

    One stat for each fresh file, and a read for those whose stat has changed. `trust_ledger` spares both: for a tree
    whose watcher is well.
    """
    for row in opened.ledger.all():
        yield row if trust_ledger or row.state != "fresh" else checked(opened, row)


def checked(opened: OpenTree, row: Row) -> Row:
    """The row, stale where its document is of other content than the file has now."""
    if row.state != "fresh":
        return row
    try:
        found = os.lstat(os.path.join(os.fsencode(opened.tree.root), row.path))
    except OSError:
        return row._replace(state=STALE, reason="gone")
    if row.settled and row.memo == Memo(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino):
        return row
    reading = opened.scope.read(row.path)
    if not reading.decision.admitted:
        return row._replace(state=STALE, reason=reading.decision.reason)
    return row if reading.oid == row.oid else row._replace(state=STALE, reason="changed since")


def counts(opened: OpenTree, *, trust_ledger: bool = False) -> dict[str, int]:
    """How many files are in each state; every state is named."""
    total = dict.fromkeys(("fresh", STALE, "queued", "running", "failed", "skipped"), 0)
    if trust_ledger:
        return total | opened.ledger.counts()
    for row in current(opened):
        total[row.state] += 1
    return total
