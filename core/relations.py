"""What imports what in a tree: the imports of its documents, and the files that `docwatch.resolve` finds for them."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, Self
from weakref import WeakKeyDictionary

from docwatch import ledger_glance
from docwatch.errors import TransientError
from docwatch.opened import OpenTree
from docwatch.resolve import Files, is_build_file, read, resolve

_Names = tuple[bytes, str | None, str | None]  # path; language and imports, as JSON, where it has a document


class Relations:
    """Which files a file imports, and which import it. Paths that nothing is known of have neither."""

    def __init__(self, imports: Mapping[bytes, tuple[bytes, ...]]) -> None:
        self._imports = imports

    def files(self, below: bytes = b"") -> list[bytes]:
        """Every file that has a document, or those below a folder, by path."""
        inside = below + b"/"
        return [path for path in self._imports if path.startswith(inside)] if below else list(self._imports)

    def imports(self, path: bytes) -> tuple[bytes, ...]:
        """The files of the tree that the file imports, in the order in which it does."""
        return self._imports.get(path, ())

    def dependents(self, path: bytes) -> tuple[bytes, ...]:
        """The files that import the file, by path."""
        return tuple(self._dependents.get(path, ()))

    def edges(self) -> Iterator[tuple[bytes, bytes]]:
        """Every (importer, imported), by the importer's path."""
        return ((importer, imported) for importer, them in self._imports.items() for imported in them)

    @cached_property
    def ranked(self) -> tuple[bytes, ...]:
        """Every file that has a document: the most imported first, else by path."""
        return tuple(sorted(self._imports, key=lambda path: (-len(self._dependents.get(path, ())), path)))

    @cached_property
    def _dependents(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for importer, imported in self.edges():
            found.setdefault(imported, []).append(importer)
        return found

    def updated(self, imports: Mapping[bytes, tuple[bytes, ...]]) -> Self:
        """The same but for the imports of these files, all of them known."""
        after = type(self)({**self._imports, **imports})
        dependents = dict(self._dependents)
        for importer, them in imports.items():
            before = set(self.imports(importer))
            for path in before ^ set(them):
                dependents[path] = [one for one in dependents.get(path, ()) if one != importer]
                if path not in before:
                    insort(dependents[path], importer)
        after._dependents = dependents  # as made from the edges, in a fraction of the time
        return after


class _Moment(NamedTuple):
    """What changes whenever a row of the ledger is added, changed or removed."""

    store: int
    now: int
    forgot: int
    rows: int


@dataclass(slots=True)
class _Kept:
    glance: tuple[int, int, int]  # what changes whenever anything in the store does, and costs nothing to ask
    moment: _Moment
    files: Files
    relations: Relations


_kept: WeakKeyDictionary[OpenTree, _Kept] = WeakKeyDictionary()


def relations(opened: OpenTree) -> Relations:
    """The relations of the tree as its ledger has it now; kept for as long as that does not change.

    Where some documents are others than before but no path is new or gone, only those files are looked at again.
    """
    glance = opened.store.inode, opened.store.version(), opened.store.connection.total_changes
    kept = _kept.get(opened)
    if kept is not None and kept.glance == glance:
        return kept.relations
    moment = _moment(opened)
    if kept is None or not _bring_up(opened, kept, moment):
        kept = _kept[opened] = _made(opened, moment, glance)
    kept.glance, kept.moment = glance, moment
    return kept.relations


def _moment(opened: OpenTree) -> _Moment:
    connection = opened.store.connection
    now, forgot = connection.execute("SELECT now, forgot FROM clock").fetchone()
    rows = ledger_glance.rows(connection, opened.tree.id)
    return _Moment(opened.store.inode, now, forgot, rows)


def _made(opened: OpenTree, moment: _Moment, glance: tuple[int, int, int]) -> _Kept:
    rows = _rows(opened, 0)
    paths = [path for path, _, _ in rows]
    files = Files(paths, read(paths, partial(_content, opened)))
    return _Kept(glance, moment, files, Relations(_imports(files, rows)))


def _bring_up(opened: OpenTree, kept: _Kept, moment: _Moment) -> bool:
    """Whether what is kept could be made to fit the moment by looking at the changed rows alone."""
    if moment == kept.moment:
        return True
    if (moment.store, moment.rows) != (kept.moment.store, kept.moment.rows):
        return False
    rows = _rows(opened, kept.moment.now)
    if any(path not in kept.files or is_build_file(path) for path, _, _ in rows):
        return False
    kept.relations = kept.relations.updated(_imports(kept.files, rows))
    return True


def _rows(opened: OpenTree, since: int) -> list[_Names]:
    return opened.store.connection.execute(
        """SELECT path, language, names FROM ledger LEFT JOIN imports USING (document)
        WHERE tree = ? AND changed > ? ORDER BY path""",
        (opened.tree.id, since),
    ).fetchall()


def _imports(files: Files, rows: Iterable[_Names]) -> dict[bytes, tuple[bytes, ...]]:
    return {
        path: resolve(files, path, language, json.loads(names))
        for path, language, names in rows
        if language is not None and names is not None
    }


def _content(opened: OpenTree, path: bytes) -> bytes | None:
    try:
        return opened.scope.read(path).content
    except TransientError:  # it is being written: the ledger, and with it all this, changes once it has been
        return None
