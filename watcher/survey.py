"""What of a tree differs from the ledger: one walk, in which nothing is read or written.

A `Memory` makes the next walk cheap. What a folder's files came to is remembered with everything it rests on: the rules
that hold there, what git tracks, the lstat of each file and the ledger's rows. While all of these are the same, so is
the outcome, and none of its files is looked into. An lstat of every file is still made: only that tells of edits.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from docwatch.documenters import Documenter, documenter
from docwatch.jobs.producer import FORGOTTEN
from docwatch.ledger import Known
from docwatch.opened import OpenTree
from docwatch.scope import Decision, Listed, Stat
from docwatch.walk import Names

_memo = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


class _Counts(NamedTuple):
    """What the files of a folder came to."""

    seen: int
    states: tuple[tuple[str, int], ...]  # of rows that hold
    skipped: tuple[tuple[str, int], ...]  # reasons


@dataclass(slots=True)
class Survey:
    """What a walk over the tree finds different from the ledger; nothing has been read or written yet."""

    seen: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)  # of admitted files whose rows hold
    changed: list[bytes] = field(default_factory=list)  # new, different, or in doubt: to be read
    gone: list[bytes] = field(default_factory=list)  # in the ledger, and no longer there or admitted

    def add(self, counts: _Counts) -> None:
        self.seen += counts.seen
        for state, count in counts.states:
            self.states[state] += count
        for reason, count in counts.skipped:
            self.skipped[reason] += count


class _Remembered(NamedTuple):
    """A folder in which every file was as the ledger has it, and what that rests on."""

    rules: object
    index_version: int | None  # the version of git's index, where a decision rests on it
    files: int  # a hash of each file's name and lstat
    rows: int
    counts: _Counts


class Memory:
    """What one survey leaves to the next, in the same process.

    `trust_folder_times` spares the listing of folders whose own mtime has not moved, where the file system keeps it.
    """

    def __init__(self, *, trust_folder_times: bool = False) -> None:
        self.names: dict[bytes, Names] | None = {} if trust_folder_times else None
        self.folders: dict[bytes, _Remembered] = {}
        self.ledger: object = None  # its state, and its clock, before it was compared
        self.clock = -1


def survey(opened: OpenTree, *, full: bool = False, memory: Memory | None = None) -> Survey:
    """Walk the tree once. `full` distrusts what is remembered of unchanged files and tries failed ones again."""
    memory = Memory() if memory is None or full else memory
    found, walk = Survey(), _Walk(opened, memory)
    how = documenter(opened.config.documenter)
    for listed in opened.scope.folders(memory.names):
        counts = walk.recalled(listed)
        if counts is None:
            counts = _compare(found, walk, listed, how, full=full)
        found.add(counts)
    found.gone.extend(walk.unseen())
    walk.commit()
    return found


class _Walk:
    """One survey's dealings with memory and ledger. The ledger's rows are loaded once a folder has to be compared."""

    def __init__(self, opened: OpenTree, memory: Memory) -> None:
        self.scope, self._ledger, self._memory = opened.scope, opened.ledger, memory
        self._state, self._clock = opened.ledger.state(), opened.ledger.last_change()
        self._known: dict[bytes, dict[bytes, Known]] | None = None
        self._now: dict[bytes, _Remembered] = {}
        self._is_untouched = self._state == memory.ledger

    def recalled(self, listed: Listed) -> _Counts | None:
        """What the files of the folder came to last time, if nothing of what it rested on has changed."""
        past = self._memory.folders.get(listed.path)
        if past is None or past.rules is not listed.rules or past.files != _hashed(listed):
            return None
        if past.index_version not in (None, self.scope.index_version):
            return None
        if not (self._is_untouched or self._hold(self.rows(listed.path), past)):
            return None
        self._now[listed.path] = past
        if self._known is not None:
            self._known.pop(listed.path, None)
        return past.counts

    def rows(self, folder: bytes) -> dict[bytes, Known]:
        """The rows of a folder's files by name: what is not taken out has not been seen."""
        if self._known is None:
            self._known = self._ledger.known()
            for seen in self._now:
                self._known.pop(seen, None)
        return self._known.get(folder, {})

    def remember(self, listed: Listed, index_version: int | None, rows: int, counts: _Counts) -> None:
        self._now[listed.path] = _Remembered(listed.rules, index_version, _hashed(listed), rows, counts)

    def unseen(self) -> Iterator[bytes]:
        """The paths of rows whose files were not met, unless they say themselves why that is so."""
        if self._known is None and self._now.keys() != self._memory.folders.keys():
            self.rows(b"")
        for rows in (self._known or {}).values():
            for path, state, reason, *_ in rows.values():
                if state != "skipped" or reason != self.scope.admit(path).reason:
                    yield path

    def commit(self) -> None:
        """Only a walk that came to its end is remembered."""
        if (names := self._memory.names) is not None:
            for folder in names.keys() - self._now.keys():
                del names[folder]
        self._memory.folders, self._memory.ledger, self._memory.clock = self._now, self._state, self._clock

    def _hold(self, rows: dict[bytes, Known], past: _Remembered) -> bool:
        """Whether the rows of a folder are those of last time."""
        return len(rows) == past.rows and all(row[5] <= self._memory.clock for row in rows.values())


def _hashed(listed: Listed) -> int:
    return hash((listed.names, tuple([found and _memo(found) for found in listed.stats])))


def _compare(found: Survey, walk: _Walk, listed: Listed, how: Documenter, *, full: bool) -> _Counts:
    """Compare a folder's files one by one with the rows, and remember it if they agree."""
    # A folder that cannot be listed stands in place of its files, and its row is among its parent's.
    rows = walk.rows(listed.path if listed.rules is not None else os.path.dirname(listed.path))
    differing, held = len(found.changed) + len(found.gone), len(rows)
    states, skipped = Counter[str](), Counter[str]()
    decisions, index_version = walk.scope.decisions(listed)
    for decision, stat in decisions:
        row = rows.pop(os.path.basename(decision.path), None)
        if decision.reason in FORGOTTEN:
            skipped[decision.reason] += 1
            if row is not None:
                found.gone.append(decision.path)
        elif full or row is None or _differs(row, decision, stat, how):
            found.changed.append(decision.path)
        elif row[1] == "skipped":
            skipped[row[2]] += 1
        else:
            states[row[1]] += 1
    counts = _Counts(len(decisions), tuple(states.items()), tuple(skipped.items()))
    if listed.rules is not None and not rows and len(found.changed) + len(found.gone) == differing:
        walk.remember(listed, index_version, held, counts)
    return counts


def _differs(row: Known, decision: Decision, stat: Stat | None, how: Documenter) -> bool:
    """Whether the file must be read to know if what the ledger says of it still holds."""
    _, state, reason, documenter, settled, _, *memo = row
    if not decision.admitted:
        return state != "skipped" or reason != decision.reason
    if stat is None or not settled or tuple(memo) != stat:
        return True
    if state in ("skipped", "failed") or decision.language is None:
        return False  # for its content, which is the same, or in a language that only its content tells
    return documenter != how.fingerprint(decision.language)
