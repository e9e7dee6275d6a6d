"""Collects changes until the tree has been quiet for a moment: one batch for one save, one batch for a checkout.

Pure: no thread and no clock. The caller passes `now`, seconds on any clock that never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Above this many names a look at the whole tree is cheaper than the list, and memory stays bounded in a storm.
MAX_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What changed while the batch was open.

    `paths` are files, `folders` are folders that went away or were replaced, so that whatever is known below them
    has to be compared with the disk; both relative to the root. With `lost` the two are not all of it: reconcile the
    whole tree. `reason` then says why, in plain words.
    """

    paths: frozenset[bytes] = frozenset()
    folders: frozenset[bytes] = frozenset()
    lost: bool = False
    reason: str = ""


class Debounce:
    """An open batch closes after `quiet_seconds` without a change, or `max_wait_seconds` after its first one."""

    def __init__(self, *, quiet_seconds: float, max_wait_seconds: float, max_names: int = MAX_NAMES) -> None:
        self._quiet_seconds = quiet_seconds
        self._max_wait_seconds = max_wait_seconds
        self._max_names = max_names
        self._open: _OpenBatch | None = None

    def add(self, path: bytes, now: float) -> None:
        """A file was created, written, moved or deleted."""
        self._touched(now).paths.add(path)
        self._bound_memory()

    def add_folder(self, path: bytes, now: float) -> None:
        """A folder was moved or deleted, with all that was below it."""
        self._touched(now).folders.add(path)
        self._bound_memory()

    def lost(self, now: float, reason: str = "events were lost") -> None:
        """Something changed that nobody can name; the first reason of a batch is kept."""
        batch = self._touched(now)
        batch.reason = batch.reason or reason

    def due_at(self) -> float | None:
        """When the open batch closes; None while none is open."""
        if self._open is None:
            return None
        return min(self._open.last + self._quiet_seconds, self._open.first + self._max_wait_seconds)

    def take(self, now: float) -> Batch | None:
        """The batch if it is due, and nothing is open afterwards."""
        due, batch = self.due_at(), self._open
        if due is None or batch is None or now < due:
            return None
        self._open = None
        return Batch(frozenset(batch.paths), frozenset(_topmost(batch.folders)), bool(batch.reason), batch.reason)

    def _touched(self, now: float) -> _OpenBatch:
        if self._open is None:
            self._open = _OpenBatch(first=now, last=now)
        self._open.last = now
        return self._open

    def _bound_memory(self) -> None:
        batch = self._open
        if batch and len(batch.paths) + len(batch.folders) > self._max_names:
            batch.paths.clear()
            batch.folders.clear()
            batch.reason = batch.reason or f"more than {self._max_names} files changed at once"


@dataclass(slots=True)
class _OpenBatch:
    first: float
    last: float
    paths: set[bytes] = field(default_factory=set)
    folders: set[bytes] = field(default_factory=set)
    reason: str = ""


def _topmost(folders: set[bytes]) -> list[bytes]:
    """`folders` without those that lie below another of them: `rm -rf` of a tree is one folder, not thousands."""
    kept: list[bytes] = []
    for folder in sorted(folders, key=lambda path: path.split(b"/")):
        if not (kept and folder.startswith(kept[-1] + b"/")):
            kept.append(folder)
    return kept
