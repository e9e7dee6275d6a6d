"""What the observer tells its consumer. Hints, not truths: the consumer looks at the disk before it believes one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changed:
    """A file of the tree was created, written, moved (one notice for each end) or deleted. Relative to the root."""

    path: bytes


@dataclass(frozen=True, slots=True)
class FolderChanged:
    """A folder was moved away or deleted: compare what is known below it with the disk. Relative to the root."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """Events were lost, so anything may have changed: reconcile the whole tree."""

    reason: str


@dataclass(frozen=True, slots=True)
class Spool:
    """A file in one of the extra folders was created, written to and closed, or moved there. An absolute path."""

    path: bytes


Notice = Changed | FolderChanged | Lost | Spool
