"""What goes into the ledger and what comes out of it: reads of files, and the rows that are kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Origin = Literal["save", "commit", "scan"]


class Memo(NamedTuple):
    """What stat said of a file when its content was last hashed."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A file that is to have a document: its content as read, by the documenter of that fingerprint.

    `settled` says that its mtime was clearly older than the moment of hashing, so that `memo` can be relied on.
    """

    path: bytes
    oid: str
    documenter: str
    memo: Memo
    settled: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is seen and left alone, and why; `oid` and `memo` where it was read."""

    path: bytes
    reason: str
    oid: str | None = None
    memo: Memo | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A path to forget: there is no file, or git ignores it."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many of the reads came to what; `late` ones had been overtaken by a later read."""

    queued: int = 0
    linked: int = 0
    fresh: int = 0
    failed: int = 0
    skipped: int = 0
    forgotten: int = 0
    late: int = 0


class Begun(NamedTuple):
    """A run that has begun: its ticket, what started it, and what earlier runs over the `wanted` content came to."""

    ticket: int
    origin: Origin
    wanted: str | None
    tries: int
    waits: int


@dataclass(frozen=True, slots=True)
class Setback:
    """What a run that ended in an error leaves in its row.

    `cause` is the error's class, to group by. It is `final`, and the file has failed; or the file is owed still, to be
    tried again by the job it has, or, `parked`, by a new one. `tries` count against the content, `waits` do not.
    `bug_in` is the version of docwatch that is to blame: another may do better.
    """

    reason: str
    cause: str
    final: bool = False
    parked: bool = False
    tries: int = 0
    waits: int = 0
    bug_in: str | None = None


class Delivery(NamedTuple):
    """A path, the job it is handed over as, and the tries its content has had."""

    path: bytes
    job: str
    origin: Origin
    tries: int


class Row(NamedTuple):
    """One line of the ledger. `oid` is the linked document's, which may be of older content than `wanted`."""

    path: bytes
    state: str
    reason: str
    cause: str
    wanted: str | None
    documenter: str | None
    document: int | None
    oid: str | None
    memo: Memo | None
    settled: bool
    origin: str
    job: str | None
    holder: str | None
    changed: int


# path, state, reason, documenter, settled, changed, and the memo's four: a plain tuple, as rows are read by 50,000.
Known = tuple[bytes, str, str, str | None, int, int, int | None, int | None, int | None, int | None]
KNOWN = "path, state, reason, documenter, settled, changed, size, mtime_ns, ctime_ns, inode"
