"""A work tree with everything open that answers questions about it. Open it after a fork, never before."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from docwatch import config
from docwatch.config import Config
from docwatch.ledger import Ledger
from docwatch.prose_ledger import ProseLedger
from docwatch.scope import Scope
from docwatch.store import Store
from docwatch.tree import Tree


class OpenTree:
    """The tree's configuration, scope and ledger, kept as true as the files they come from by `refresh()`."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._sources = config.sources(tree.root)
        self._signature = self._config_signature()
        self.config: Config = config.load(tree.root)
        self.scope = Scope(tree, self.config)
        try:
            self.store = Store(tree.store_path)
        except BaseException:
            self.scope.close()
            raise
        self.ledger = Ledger(self.store, tree.id)
        self.prose = ProseLedger(self.store, tree.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self, *, reopen: bool = False) -> None:
        """Take note of changed configuration and ignore rules; cheap when nothing has changed.

        `reopen` also takes a root that was replaced since for the root.
        """
        signature = self._config_signature()
        if reopen or signature != self._signature:
            self.config = config.load(self.tree.root)
            former, self.scope = self.scope, Scope(self.tree, self.config)
            former.close()
            self._signature = signature
        self.scope.refresh()

    def close(self) -> None:
        self.scope.close()
        self.store.close()

    def _config_signature(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._sources)


def _stamp(path: str) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None
