"""A graph of more than can be read as one that can: what is alike stands together, what has few links is left out."""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from docwatch.frontends.web.graph import Graph, Node

FEW = 36  # on each side of a file; more of them are told apart by folder only
SLACK = 1.1  # that a few nodes are too many is no reason to leave them out


def readable(graph: Graph, most: int) -> Graph:
    """The same where it is small; else the neighbours of a file by folder, or so many of a folder's nodes."""
    return _folded(graph) if graph.depth is None else _most_linked(graph, most)


def _folded(graph: Graph) -> Graph:
    focus = graph.path
    edges: Counter[tuple[bytes, bytes]] = Counter()
    nodes = {focus: Node(focus)}
    sides = graph.dependents(focus), graph.imports(focus)
    for paths, is_importer in zip(sides, (True, False), strict=True):
        for place, those in _groups(paths).items():
            edges[(place, focus) if is_importer else (focus, place)] += len(those)
            files = nodes[place].files if place in nodes else 0
            nodes[place] = Node(place, files + len(those) if those != [place] else 0)
    return Graph(focus, tuple(nodes[path] for path in sorted(nodes)), edges)


def _groups(paths: list[bytes]) -> dict[bytes, list[bytes]]:
    """Each path by itself, or under a folder: as far apart as leaves few enough."""
    if len(paths) <= FEW:
        return {path: [path] for path in paths}
    top = os.path.commonpath(paths)
    groups = {top: paths}
    waiting = [_parted(top, paths)]
    while waiting and len(groups) - 1 + waiting[0][0] <= FEW:
        _, folder, parts = heapq.heappop(waiting)
        del groups[folder]
        groups |= parts
        for part, those in parts.items():
            if those != [part]:
                heapq.heappush(waiting, _parted(part, those))
    return groups


def _parted(folder: bytes, paths: Iterable[bytes]) -> tuple[int, bytes, dict[bytes, list[bytes]]]:
    """What is right below a folder, with the paths in it; how much that is stands first."""
    start = len(folder) + 1 if folder else 0
    parts: dict[bytes, list[bytes]] = {}
    for path in paths:
        end = path.find(b"/", start)
        parts.setdefault(path[:end] if end > 0 else path, []).append(path)
    return len(parts), folder, parts


def _most_linked(graph: Graph, most: int) -> Graph:
    if len(graph.nodes) <= most * SLACK:
        return graph
    links: Counter[bytes] = Counter()
    for edge, count in graph.edges.items():
        links.update(dict.fromkeys(edge, count))
    kept = set(sorted(links, key=lambda path: (-links[path], path))[:most])
    edges = Counter({edge: count for edge, count in graph.edges.items() if kept.issuperset(edge)})
    linked = {end for edge in edges for end in edge}
    nodes = tuple(node for node in graph.nodes if node.path in linked)
    return replace(graph, nodes=nodes, edges=edges, left_out=len(graph.nodes) - len(nodes))
