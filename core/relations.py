"""What imports what in a tree: the imports of its documents, and the files that `docwatch.resolve` finds for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from docwatch.errors import TransientError
from docwatch.opened import OpenTree
from docwatch.resolve import Files, read, resolve


class Relations:
    """Which files a file imports, and which import it. Paths that nothing is known of have neither."""

    def __init__(self, imports: Mapping[bytes, tuple[bytes, ...]]) -> None:
        self._imports = imports

    def imports(self, path: bytes) -> tuple[bytes, ...]:
        """The files of the tree that the file imports, in the order in which it does."""
        return self._imports.get(path, ())

    def dependents(self, path: bytes) -> tuple[bytes, ...]:
        """The files that import the file, by path."""
        return self._dependents.get(path, ())

    def edges(self) -> Iterator[tuple[bytes, bytes]]:
        """Every (importer, imported), by the importer's path."""
        return ((importer, imported) for importer, them in self._imports.items() for imported in them)

    @cached_property
    def _dependents(self) -> dict[bytes, tuple[bytes, ...]]:
        found: dict[bytes, list[bytes]] = {}
        for importer, imported in self.edges():
            found.setdefault(imported, []).append(importer)
        return {path: tuple(importers) for path, importers in found.items()}


class _Moment(NamedTuple):
    """What changes whenever a row of the ledger is added, changed or removed."""

    store: int
    now: int
    forgot: int
    rows: int


_kept: WeakKeyDictionary[OpenTree, tuple[_Moment, Relations]] = WeakKeyDictionary()


def relations(opened: OpenTree) -> Relations:
    """The relations of the tree as its ledger has it now; made once for as long as that does not change."""
    moment = _moment(opened)
    kept = _kept.get(opened)
    if kept is None or kept[0] != moment:
        kept = _kept[opened] = moment, _made(opened)
    return kept[1]


def _moment(opened: OpenTree) -> _Moment:
    connection = opened.store.connection
    now, forgot = connection.execute("SELECT now, forgot FROM clock").fetchone()
    rows = connection.execute("SELECT count(*) FROM ledger WHERE tree = ?", (opened.tree.id,)).fetchone()[0]
    return _Moment(opened.store.inode, now, forgot, rows)


def _made(opened: OpenTree) -> Relations:
    rows = opened.store.connection.execute(
        """SELECT path, language, names FROM ledger LEFT JOIN imports USING (document)
        WHERE tree = ? ORDER BY path""",
        (opened.tree.id,),
    ).fetchall()
    paths = [path for path, _, _ in rows]
    files = Files(paths, read(paths, partial(_content, opened)))
    return Relations(
        {
            path: tuple(found)
            for path, language, names in rows
            if names is not None and (found := _imported(files, path, language, json.loads(names)))
        }
    )


def _imported(files: Files, path: bytes, language: str, names: list[str]) -> dict[bytes, None]:
    return dict.fromkeys(found for name in names for found in resolve(files, path, language, name))


def _content(opened: OpenTree, path: bytes) -> bytes | None:
    try:
        return opened.scope.read(path).content
    except TransientError:  # it is being written: the ledger, and with it all this, changes once it has been
        return None
