"""What imports what, as much as a page can show: around a file, or in a folder with what lies deeper put together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docwatch.relations import Relations

USUAL, MOST = 60, 500  # nodes: what is shown when nobody asks, and what can still be read


@dataclass(frozen=True, slots=True)
class Node:
    """A file, or a folder with so many `files` in it. `is_outside` says that it is not below what is looked at."""

    path: bytes
    files: int = 0
    is_outside: bool = False

    @property
    def is_folder(self) -> bool:
        return self.files > 0


@dataclass(frozen=True)
class Graph:
    """`edges` are (importer, imported) with how many imports each stands for. `alone` are nodes without any.

    `depth` is how many levels of folders are told apart, None for a file's; there are more where `is_cut`.
    """

    path: bytes
    nodes: tuple[Node, ...]
    edges: Counter[tuple[bytes, bytes]]
    alone: tuple[Node, ...] = ()
    depth: int | None = None
    is_cut: bool = False

    def fields(self) -> dict[str, Any]:
        """The graph as JSON has it."""
        return {
            "path": os.fsdecode(self.path),
            "depth": self.depth,
            "nodes": [
                {"path": os.fsdecode(node.path), "files": node.files or None, "outside": node.is_outside}
                for node in (*self.nodes, *self.alone)
            ],
            "edges": [
                {"from": os.fsdecode(source), "to": os.fsdecode(target), "imports": count}
                for (source, target), count in sorted(self.edges.items())
            ],
        }

    def imports(self, path: bytes) -> list[bytes]:
        return self._neighbours[0].get(path, [])

    def dependents(self, path: bytes) -> list[bytes]:
        return self._neighbours[1].get(path, [])

    @cached_property
    def _neighbours(self) -> tuple[dict[bytes, list[bytes]], dict[bytes, list[bytes]]]:
        imported: dict[bytes, list[bytes]] = {}
        importers: dict[bytes, list[bytes]] = {}
        for source, target in sorted(self.edges):
            imported.setdefault(source, []).append(target)
            importers.setdefault(target, []).append(source)
        return imported, importers


def around(relations: Relations, path: bytes) -> Graph:
    """A file with the files that import it and those that it imports."""
    edges = Counter(
        [(one, path) for one in relations.dependents(path)] + [(path, one) for one in relations.imports(path)]
    )
    nodes = sorted({path, *(end for edge in edges for end in edge)})
    return Graph(path, tuple(Node(one) for one in nodes), edges)


def within(relations: Relations, paths: Iterable[bytes], folder: bytes, depth: int | None = None) -> Graph:
    """The files and folders in a folder, as deep as asked for, or as still gives a picture of the usual size."""
    inside = [path for path in paths if not folder or path.startswith(folder + b"/")]
    deepest = max((path.count(b"/") for path in inside), default=0) - (folder.count(b"/") + 1 if folder else 0) + 1
    most = USUAL if depth is None else MOST
    found = _at(relations, inside, folder, 1)
    while found.depth is not None and found.depth < min(deepest, depth or deepest):
        deeper = _at(relations, inside, folder, found.depth + 1)
        if len(deeper.nodes) > most:
            return _cut(found)
        found = deeper
    return found if found.depth == deepest else _cut(found)


def _cut(found: Graph) -> Graph:
    return Graph(found.path, found.nodes, found.edges, found.alone, found.depth, is_cut=True)


def _at(relations: Relations, inside: list[bytes], folder: bytes, depth: int) -> Graph:
    place = {path: _place(path, folder, depth) for path in inside}
    edges: Counter[tuple[bytes, bytes]] = Counter()
    outside: set[bytes] = set()
    for source, target in _edges(relations, inside):
        ends = []
        for end in (source, target):
            if end not in place:
                place[end] = _beside(end, folder)
                outside.add(place[end])
            ends.append(place[end])
        if ends[0] != ends[1]:
            edges[ends[0], ends[1]] += 1
    files = Counter(place[path] for path in inside if place[path] != path)
    linked = {end for edge in edges for end in edge}
    nodes = [Node(one, files.get(one, 0)) for one in sorted({place[path] for path in inside})]
    nodes += [Node(one, int(not _is_file(one, relations)), is_outside=True) for one in sorted(outside)]
    return Graph(
        folder,
        tuple(node for node in nodes if node.path in linked),
        edges,
        tuple(node for node in nodes if node.path not in linked and not node.is_outside),
        depth,
    )


def _edges(relations: Relations, inside: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Every import that begins or ends inside, once."""
    known = set(inside)
    for path in inside:
        yield from ((path, imported) for imported in relations.imports(path))
        yield from ((importer, path) for importer in relations.dependents(path) if importer not in known)


def _is_file(path: bytes, relations: Relations) -> bool:
    return bool(relations.imports(path) or relations.dependents(path))


def _place(path: bytes, folder: bytes, depth: int) -> bytes:
    """The file itself, or its folder of that depth below the one that is looked at."""
    above = folder.count(b"/") + 1 if folder else 0
    return b"/".join(path.split(b"/")[: above + depth])


def _beside(path: bytes, folder: bytes) -> bytes:
    """Of a path outside: what it is in, right below the last folder that it shares with the one looked at."""
    parts, ours = path.split(b"/"), folder.split(b"/")
    shared = next((n for n, (one, other) in enumerate(zip(parts, ours, strict=False)) if one != other), len(ours))
    return b"/".join(parts[: shared + 1])
