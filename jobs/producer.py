"""The one door in: what was saved, committed or scanned is read, hashed, written into the ledger and handed over."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from docwatch import config
from docwatch.decision import Reading
from docwatch.documenters import Documenter, documenter
from docwatch.entries import Gone, Memo, Origin, Owed, Recorded, Skipped
from docwatch.opened import OpenTree
from docwatch.tree import Tree

CHUNK = 500  # paths to one transaction: workers begin while the rest is still being hashed
# Nothing to remember about these: git ignores them, or there is no file.
FORGOTTEN = frozenset({"gone", "ignored", "outside the root", "git folder", "another repository"})
# A file system's clock may be this coarse; a file changed within it of being hashed may change again unseen.
RACY_NS = 50_000_000
RACY_WHOLE_SECONDS_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Submitted:
    """What submitting came to: reads by outcome, why files were left alone, how many jobs were handed to Redis."""

    recorded: Recorded
    skipped: Counter[str]
    delivered: int


def submit(
    tree: Tree | OpenTree,
    paths: Iterable[bytes],
    *,
    origin: Origin,
    progress: Callable[[int], None] | None = None,
    deliver: bool = True,
) -> Submitted:
    """Owe a document to each of these paths that needs one, and hand it over as a job, or only owe it.

    Without Redis the work stays owed in the ledger, to be handed over by whoever has Redis next. Raises UserError or
    TransientError where the tree or its store cannot be used.
    """
    if isinstance(tree, Tree):
        with OpenTree(tree) as opened:
            return submit(opened, paths, origin=origin, progress=progress, deliver=deliver)
    total, skipped, delivered = Recorded(), Counter[str](), 0
    is_there = deliver
    how = documenter(tree.config.documenter)
    rest = iter(paths)
    while chunk := list(itertools.islice(rest, CHUNK)):
        ticket = tree.ledger.ticket()
        reads = [as_read(reading, how) for reading in tree.scope.read_all(chunk)]
        recorded = tree.ledger.record(ticket, origin, reads)
        total = _sum(total, recorded)
        if origin == "commit" and tree.config.prose != config.NO_PROSE:
            tree.prose.hasten([(read.path, read.oid) for read in reads if isinstance(read, Owed)])
        skipped.update(read.reason for read in reads if isinstance(read, Skipped))
        if recorded.queued and is_there:
            from docwatch.jobs import courier  # RQ is slow to import, and often there is nothing to hand over

            sent = courier.deliver(tree.tree, tree.ledger, tree.config)
            is_there = sent is not None  # else once is enough to find out, and to say so
            delivered += sent or 0
        if progress is not None:
            progress(len(chunk))
    return Submitted(total, skipped, delivered)


def as_read(reading: Reading, how: Documenter) -> Owed | Skipped | Gone:
    """What a reading means for the ledger."""
    decision, stat = reading.decision, reading.stat
    if decision.reason in FORGOTTEN:
        return Gone(decision.path)
    memo = Memo(stat.size, stat.mtime_ns, stat.ctime_ns, stat.inode) if stat is not None else None
    settled = memo is not None and is_settled(memo, time.time_ns())
    if decision.admitted and decision.language is not None and reading.oid is not None and memo is not None:
        return Owed(decision.path, reading.oid, how.fingerprint(decision.language), memo, settled)
    return Skipped(decision.path, decision.reason, reading.oid, memo, settled)


def is_settled(memo: Memo, now_ns: int) -> bool:
    """Whether the file's times are clearly older than now, so that another change would show in them."""
    newest = max(memo.mtime_ns, memo.ctime_ns)
    coarse = newest % 1_000_000_000 == 0
    return newest < now_ns - (RACY_WHOLE_SECONDS_NS if coarse else RACY_NS)


def _sum(one: Recorded, other: Recorded) -> Recorded:
    names = [field.name for field in fields(Recorded)]
    return Recorded(**{name: getattr(one, name) + getattr(other, name) for name in names})
