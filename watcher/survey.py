"""What of a tree differs from the ledger: one walk, in which nothing is read or written.

Where an earlier survey has left a snapshot, only the folders in which something may have changed are looked at.
"""

from __future__ import annotations

import os
from collections import Counter

from docwatch.decision import Decision
from docwatch.documenters import Documenter, documenter
from docwatch.entries import Known
from docwatch.jobs.producer import FORGOTTEN
from docwatch.opened import OpenTree
from docwatch.scope import RULES_FILES, Listed
from docwatch.watcher import snapshot
from docwatch.watcher.findings import Survey
from docwatch.watcher.recording import Recording
from docwatch.watcher.snapshot import Doubts


def survey(opened: OpenTree, *, full: bool = False) -> Survey:
    """Walk the tree once. `full` distrusts what is remembered of unchanged files and tries failed ones again."""
    if full or not snapshot.is_possible(opened.tree):
        return _Walk(opened, None, full=full).over_all()
    walk = _Walk(opened, Recording(opened))
    doubts = snapshot.doubts(opened)
    found = None if doubts is None else walk.over(doubts)
    return found or _Walk(opened, Recording(opened)).over_all()


class _Walk:
    """One walk over a tree, or over a part of it."""

    def __init__(self, opened: OpenTree, recording: Recording | None, *, full: bool = False) -> None:
        self._scope, self._ledger = opened.scope, opened.ledger
        self._how: Documenter = documenter(opened.config.documenter)
        self._full = full
        self._recording = recording
        self._found = Survey(recording=recording)
        # The rows that no file has been met for yet, by folder and name.
        self._rows: dict[bytes, dict[bytes, Known]] = {}

    def over_all(self) -> Survey:
        self._rows = self._ledger.known()
        for listed in self._scope.folders():
            self._compare(listed)
        self._take_unmet()
        return self._found

    def over(self, doubts: Doubts) -> Survey | None:
        """Over the folders in doubt and new ones in them; None where that turns out not to be enough."""
        past, recording = doubts.past, self._recording
        self._rows = self._ledger.known_in(doubts.folders)
        loaded = _tally(self._rows)
        left = set(past.folders.keys() & doubts.folders)
        for listed in self._scope.folders(sorted(left), past.folders.keys()):
            if listed.rules is None:
                if snapshot.parent(listed.path) not in doubts.folders:
                    return None  # it is counted among the files of a folder that is not looked at
            elif any(path not in past.rules for path in _rules_files(listed)):
                return None  # they decide on folders that are not in doubt
            elif listed.rules.refusal is None:
                left.discard(listed.path)
            self._compare(listed)
        # With a folder that is gone, or no longer entered, goes what is below it.
        above = tuple(folder + b"/" for folder in left)
        below = {folder for folder in past.folders if folder.startswith(above)} - doubts.folders if above else set()
        rows = self._ledger.known_in(below)
        loaded.update(_tally(rows))
        self._rows.update(rows)
        self._take_unmet()
        kept = recording.go_on_from(doubts, doubts.folders | below) if recording is not None else {}
        tally = self._ledger.tally()
        tally.subtract(loaded)
        return self._found if self._found.add_kept(kept.values(), past.elsewhere, tally) else None

    def _compare(self, listed: Listed) -> None:
        """Compare a folder's files one by one with the rows, and keep the folder if they agree."""
        found = self._found
        # A folder that cannot be listed stands in place of its files, and its row is among its parent's.
        folder = listed.path if listed.rules is not None else os.path.dirname(listed.path)
        rows = self._rows.get(folder, {})
        met: set[bytes] = set()
        differing = len(found.changed) + len(found.gone)
        decisions = self._scope.decisions(listed)
        for decision, stat in decisions:
            found.seen += 1
            if (row := rows.pop(os.path.basename(decision.path), None)) is not None:
                met.add(decision.path)
            self._judge(decision, stat, row)
        if (recording := self._recording) is None:
            return
        if listed.rules is None or rows or differing != len(found.changed) + len(found.gone):
            recording.doubt(folder)
        else:
            recording.add(listed, decisions, met)

    def _judge(self, decision: Decision, stat: os.stat_result | None, row: Known | None) -> None:
        found = self._found
        if decision.reason in FORGOTTEN:
            found.skipped[decision.reason] += 1
            if row is not None:
                found.gone.append(decision.path)
        elif self._full or row is None or _differs(row, decision, stat, self._how):
            found.changed.append(decision.path)
        elif row[1] == "skipped":
            found.skipped[row[2]] += 1
        else:
            found.states[row[1]] += 1

    def _take_unmet(self) -> None:
        """Rows whose files were not met are of files that are gone, unless they say themselves why that is so."""
        for rows in self._rows.values():
            for path, state, reason, *_ in rows.values():
                if state == "skipped" and reason == self._scope.admit(path).reason:
                    self._found.elsewhere[reason] += 1
                else:
                    self._found.gone.append(path)


def _tally(rows: dict[bytes, dict[bytes, Known]]) -> Counter[tuple[str, str]]:
    """As the ledger's tally, of these rows."""
    return Counter(
        (state, reason if state == "skipped" else "")
        for folder in rows.values()
        for _, state, reason, *_ in folder.values()
    )


def _rules_files(listed: Listed) -> list[bytes]:
    names = RULES_FILES.intersection(map(os.fsencode, listed.names))
    return [listed.path + b"/" + name if listed.path else name for name in names]


def _differs(row: Known, decision: Decision, stat: os.stat_result | None, how: Documenter) -> bool:
    """Whether the file must be read to know if what the ledger says of it still holds."""
    _, state, reason, documenter, settled, _, *memo = row
    if not decision.admitted:
        return state != "skipped" or reason != decision.reason
    if stat is None or not settled or memo != [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]:
        return True
    if state in ("skipped", "failed") or decision.language is None:
        return False  # for its content, which is the same, or in a language that only its content tells
    return documenter != how.fingerprint(decision.language)
