"""The making of a snapshot: what a survey sees is written down as it goes."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Collection, Iterable

from docwatch import git
from docwatch.decision import Decision
from docwatch.opened import OpenTree
from docwatch.scope import RULES_FILES, Listed
from docwatch.signature import Signature, signature_of
from docwatch.watcher import snapshot
from docwatch.watcher.snapshot import Doubts, Kept, Snapshot

log = logging.getLogger("docwatch.watcher")
# What has changed within this time of being looked at may change again and look the same: git compares an index in
# whole seconds, and the clocks of some file systems count two of them at once.
RACY_SECONDS = 2
# Of all folders; a snapshot that settles fewer spares the next survey nothing.
LEAST_SETTLED = 0.5


class Recording:
    """Begin it before the ledger and the tree are looked at, and save it when that has come to its end."""

    def __init__(self, opened: OpenTree) -> None:
        self._tree, self._ledger = opened.tree, opened.ledger
        self._file = snapshot.file(opened.tree)
        self._settled_before = int(time.time()) - RACY_SECONDS
        self._basis, self._clock = snapshot.basis(opened.config, opened.store), opened.ledger.last_change()
        self._index = snapshot.index_signature(opened.tree)
        self._settings = opened.scope.settings()
        self._rules: dict[bytes, Signature] = {}
        self._folders: dict[bytes, Kept] = {}
        self._entries: dict[bytes, bytes] = {}
        self._earlier: Doubts | None = None
        self._replaced: set[bytes] = set()

    def add(
        self, listed: Listed, files: Iterable[tuple[Decision, os.stat_result | None]], rows: Collection[bytes]
    ) -> None:
        """A folder whose files are as the ledger has them; `rows` are the paths of those that it has."""
        others = Counter[str]()
        entries: dict[bytes, bytes | None] = {}
        for decision, found in files:
            if decision.path in rows:
                entries[decision.path] = found and self._file.entry(decision.path, found, settled=self._is_old(found))
            else:
                others[decision.reason] += 1
        self._add_rules(listed)
        if not self._is_old(listed.found) or None in entries.values():
            self.doubt(listed.path)
            return
        self._entries |= {path: entry for path, entry in entries.items() if entry is not None}
        self._folders[listed.path] = Kept(snapshot.stamp(listed.found), len(rows), tuple(others.items()))

    def doubt(self, folder: bytes) -> None:
        """The next survey is to look at this folder."""
        self._folders[folder] = Kept()

    def go_on_from(self, earlier: Doubts, replaced: set[bytes]) -> dict[bytes, Kept]:
        """Take over what an earlier snapshot has of other folders than these, which are given back."""
        self._earlier, self._replaced = earlier, replaced
        kept = {path: kept for path, kept in earlier.past.folders.items() if path not in replaced}
        self._folders = kept | self._folders
        self._rules |= {
            path: seen for path, seen in earlier.past.rules.items() if snapshot.parent(path) not in replaced
        }
        return kept

    def save(self, elsewhere: dict[str, int]) -> None:
        """Leave it to the next survey, unless that has the same already, or would gain nothing by it."""
        earlier = self._earlier
        if earlier is not None and not earlier.folders and earlier.past.index == self._index:
            return
        settled = sum(kept.stamp is not None for kept in self._folders.values())
        if settled < LEAST_SETTLED * len(self._folders):
            return
        try:
            self._save(
                Snapshot(
                    self._basis,
                    self._clock,
                    self._index,
                    self._tracked(),
                    self._settings,
                    self._rules,
                    self._folders,
                    elsewhere,
                    [(state, reason, count) for (state, reason), count in self._ledger.tally().items()],
                )
            )
        except (OSError, ValueError, git.GitError) as error:
            log.warning(
                "%s: no snapshot was left for the next scan (%s); that one looks at everything", self._tree.root, error
            )

    def _save(self, made: Snapshot) -> None:
        entries = self._entries
        if self._earlier is not None:
            former, note = self._file.read()
            if note != self._earlier.note:
                return  # somebody has left a later one meanwhile
            entries = {path: entry for path, entry in former.items() if snapshot.parent(path) not in self._replaced}
            entries |= self._entries
        os.makedirs(os.path.dirname(self._file.path), mode=0o700, exist_ok=True)
        self._file.write(entries, snapshot.encoded(made))

    def _tracked(self) -> str:
        if self._earlier is not None:
            return self._earlier.past.tracked
        with git.tracked_though_ignored(self._tree.root) as answer:
            return snapshot.digest(answer())

    def _add_rules(self, listed: Listed) -> None:
        for name, found in zip(listed.names, listed.stats, strict=True):
            if (encoded := os.fsencode(name)) in RULES_FILES:
                path = listed.path + b"/" + encoded if listed.path else encoded
                # Without a signature it never holds.
                self._rules[path] = signature_of(found) if found is not None and self._is_old(found) else None

    def _is_old(self, found: os.stat_result) -> bool:
        return max(found.st_mtime, found.st_ctime) < self._settled_before
