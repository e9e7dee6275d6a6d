"""What the reading commands share: the tree and path that an argument means, and opening without writing anything."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property

from docwatch import freshness, log
from docwatch.entries import Row
from docwatch.opened import OpenTree
from docwatch.tree import Tree
from docwatch.watcher import presence
from docwatch.watcher.presence import Presence

NOTHING_YET = "nothing is documented yet; run 'docwatch up' or 'docwatch scan'"


@contextlib.contextmanager
def reading(tree: Tree) -> Iterator[OpenTree | None]:
    """The tree, open; None where it has no store yet: reading makes none."""
    log.setup("cli")  # what a room logs goes there, not to the terminal
    if not os.path.exists(tree.store_path):
        yield None
        return
    with OpenTree(tree) as opened:
        yield opened


class Lasting:
    """A tree that is read for long, by one at a time: opened when it is first asked for, and again where need be."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._opened: OpenTree | None = None

    def now(self) -> OpenTree | None:
        """The tree as it is by now; None while it has no store, since reading makes none."""
        try:
            inode = os.stat(self._tree.store_path).st_ino
        except FileNotFoundError:
            self.close()
            return None
        if self._opened is not None and self._opened.store.inode != inode:
            self.close()  # set aside as damaged, or removed, and made anew
        if self._opened is None:
            self._opened = OpenTree(self._tree)
        self._opened.refresh()
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


class Look:
    """One look at a tree, as for one answer: what its ledger is wrong about is found out once, when it is needed."""

    def __init__(self, opened: OpenTree) -> None:
        self.opened = opened

    @cached_property
    def watcher(self) -> Presence:
        return presence.of(self.opened.tree)

    @cached_property
    def differing(self) -> Mapping[bytes, Row]:
        """The rows that are not as the ledger has them: none where the watcher is well.

        Else git and the rules say what has been touched since the last scan, in a tenth of the time that it takes to
        look at every file.
        """
        if is_kept_true(self.watcher):
            return {}
        from docwatch.watcher.survey import survey

        found = survey(self.opened)
        found.leave_snapshot()  # who asks again is spared the folders that were found as the ledger has them
        return freshness.differing(self.opened, (*found.changed, *found.gone))

    def rows(self, below: bytes = b"", after: bytes = b"") -> Iterator[Row]:
        """Rows by path, with the state each has right now: below a folder, and after a path, where these are named."""
        return (self.differing.get(row.path, row) for row in self.opened.ledger.all(below, after))

    @property
    def has_looked(self) -> bool:
        """Whether it costs nothing more to know how the disk differs."""
        return "differing" in vars(self) or is_kept_true(self.watcher)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many files are in each state; every state is named."""
        return freshness.counts(self.opened, self.differing)


def is_kept_true(watcher: Presence) -> bool:
    """Whether the watcher is well and keeps the ledger true, so that the disk need not be asked."""
    return watcher.pid is not None and watcher.mode != "off" and watcher.problem is None


def inside(root: str, given: str) -> bytes | None:
    """The path below the root that somebody means, from the current folder or absolute; None for one outside.

    The root itself may be reached by links. Below it names stay as they are typed: whether one is a link is for scope
    to see.
    """
    parts = os.path.abspath(given).split(os.sep)
    with contextlib.suppress(OSError, ValueError):
        for end in range(1, len(parts) + 1):
            if os.path.samefile(os.sep.join(parts[:end]) or os.sep, root):
                return os.fsencode("/".join(parts[end:]))
    return None
