"""What imports what, as much as a page can show: around a file, or in a folder with what lies deeper put together."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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

    `depth` is how many levels of folders are told apart, None for a file's; there are more where `is_cut`. Of the nodes
    so many were `left_out`.
    """

    path: bytes
    nodes: tuple[Node, ...]
    edges: Counter[tuple[bytes, bytes]]
    alone: tuple[Node, ...] = ()
    depth: int | None = None
    is_cut: bool = False
    left_out: int = 0

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
    found: Graph | None = None
    for level in range(1, min(deepest, depth or deepest) + 1):
        deeper = _at(relations, inside, folder, level, most if found else math.inf)
        if deeper is None:
            break
        found = deeper
    if found is None:
        return Graph(folder, (), Counter(), depth=1)
    return found if found.depth == deepest else replace(found, is_cut=True)


def _at(relations: Relations, inside: list[bytes], folder: bytes, depth: int, most: float) -> Graph | None:
    """None where there would be more linked nodes than `most`."""
    start = len(folder) + 1 if folder else 0
    place = {path: _place(path, start, depth) for path in inside}
    outside: dict[bytes, bytes] = {}
    edges: Counter[tuple[bytes, bytes]] = Counter()
    linked: set[bytes] = set()
    for source, target in _edges(relations, place, is_part=folder != b""):
        for end in (source, target):
            if end not in place and end not in outside:
                outside[end] = _beside(end, folder)
        ends = place.get(source) or outside[source], place.get(target) or outside[target]
        edges[ends] += 1
        linked.update(ends)
        if len(linked) > most:
            return None
    files = Counter(here for path, here in place.items() if here != path)
    nodes = [Node(one, files.get(one, 0)) for one in sorted(set(place.values()))]
    nodes += [Node(one, int(not _is_file(one, relations)), is_outside=True) for one in sorted(set(outside.values()))]
    return Graph(
        folder,
        tuple(node for node in nodes if node.path in linked),
        edges,
        tuple(node for node in nodes if node.path not in linked and not node.is_outside),
        depth,
    )


def _edges(relations: Relations, place: Mapping[bytes, bytes], *, is_part: bool) -> Iterator[tuple[bytes, bytes]]:
    """Every import that begins or ends in one of the places, and does not stay in it, once.

    `is_part`: there are files that have no place here.
    """
    for path, here in place.items():
        for imported in relations.imports(path):
            if place.get(imported) != here:
                yield path, imported
        for importer in relations.dependents(path) if is_part else ():
            if importer not in place:
                yield importer, path


def _is_file(path: bytes, relations: Relations) -> bool:
    return bool(relations.imports(path) or relations.dependents(path))


def _place(path: bytes, start: int, depth: int) -> bytes:
    """The file itself, or its folder of that depth below the one whose names begin at `start`."""
    end = start - 1
    for _ in range(depth):
        end = path.find(b"/", end + 1)
        if end < 0:
            return path
    return path[:end]


def _beside(path: bytes, folder: bytes) -> bytes:
    """Of a path outside: what it is in, right below the last folder that it shares with the one looked at."""
    parts, ours = path.split(b"/"), folder.split(b"/")
    shared = next((n for n, (one, other) in enumerate(zip(parts, ours, strict=False)) if one != other), len(ours))
    return b"/".join(parts[: shared + 1])
