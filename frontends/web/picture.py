"""A graph drawn in columns, each importer left of what it imports: boxes and curves, for a template to write as SVG."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from docwatch.frontends.web.folding import FEW
from docwatch.frontends.web.graph import Graph, Node
from docwatch.log import harmless

ROW, COLUMN_GAP, MARGIN = 26, 76, 16  # pixels
BEND, HEADROOM = 44, 40  # how far a curve bends around columns, and what that takes above and below
BOX_HEIGHT, CHARACTER, LONGEST = 20, 7.3, 30  # of a box; the width of a character; how many a label has at most
FEW_ROWS = 24  # of a column; a rank with more fills several, longer ones where the whole would be too wide
WIDEST = 1.8  # times the height
SPREAD = 6  # times the usual distance, where a column has room
SWEEPS = 6  # over the ranks, each putting a node beside its neighbours


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place; `key` is its number, which the curves name."""

    key: int
    node: Node
    label: str
    count: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Curve:
    """An edge; `is_back` where it leads against the direction: part of a cycle."""

    source: int
    target: int
    path: str
    thickness: float
    is_back: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Sizes in pixels."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def picture(graph: Graph) -> Picture:
    ranks = _ranks(graph)
    ordered = _ordered(graph, ranks)
    most = FEW if graph.depth is None else _rows(ordered)
    columns = [part for rank in ordered for part in _parts(rank, most)]
    tallest = max(max(map(len, columns), default=0), min(2 * len(columns), FEW_ROWS) if graph.depth else 0)
    nodes = {node.path: node for node in graph.nodes}
    boxes: dict[bytes, Box] = {}
    x = float(MARGIN)
    for column in columns:
        labels = {path: _label(path, graph.path) for path in column}
        counts = {
            path: f" {nodes[path].files:,}" if nodes[path].is_folder and not nodes[path].is_outside else ""
            for path in column
        }
        width = max(len(labels[path] + counts[path]) for path in column) * CHARACTER + 16
        step = ROW * min(tallest / len(column), SPREAD)
        y = HEADROOM + (tallest * ROW - len(column) * step + step - ROW) / 2
        for row, path in enumerate(column):
            boxes[path] = Box(len(boxes), nodes[path], labels[path], counts[path], x, y + row * step, width)
        x += width + COLUMN_GAP
    curves = tuple(
        _curve(boxes[one], boxes[other], count, ranks) for (one, other), count in sorted(graph.edges.items())
    )
    room = MARGIN if all(boxes[one].x != boxes[other].x for one, other in graph.edges) else COLUMN_GAP
    return Picture(max(x - COLUMN_GAP + room, 1), tallest * ROW + 2 * HEADROOM, tuple(boxes.values()), curves)


def _ranks(graph: Graph) -> dict[bytes, int]:
    """How far left each node stands: left of all that it imports, but for the imports that close a circle."""
    if graph.depth is None:
        dependents = dict.fromkeys(graph.dependents(graph.path), 2)
        return {node.path: 0 for node in graph.nodes} | dependents | {graph.path: 1}
    order = _sequence(graph)
    place = {path: number for number, path in enumerate(order)}
    ranks: dict[bytes, int] = {}
    for path in reversed(order):
        ranks[path] = max((ranks[one] + 1 for one in graph.imports(path) if place[one] > place[path]), default=0)
    return ranks


def _sequence(graph: Graph) -> list[bytes]:
    """The nodes, importers first, with as little of the imports against that order as is cheap to find.

    Eades, Lin and Smyth, A fast and effective heuristic for the feedback arc set problem (1993), by numbers of imports.
    """
    out = Counter({node.path: 0 for node in graph.nodes})
    into = out.copy()
    for (source, target), count in graph.edges.items():
        out[source] += count
        into[target] += count
    left: list[bytes] = []
    right: list[bytes] = []
    remaining = dict.fromkeys(out)
    while remaining:
        sink = next((path for path in remaining if not out[path]), None)
        path = sink if sink is not None else _first(remaining, out, into)
        (left if sink is None else right).append(path)
        del remaining[path]
        for one in graph.imports(path):
            into[one] -= graph.edges[path, one]
        for one in graph.dependents(path):
            out[one] -= graph.edges[one, path]
    return left + right[::-1]


def _first(remaining: Iterable[bytes], out: Counter[bytes], into: Counter[bytes]) -> bytes:
    """One that nobody imports, else the one that imports most beyond how often it is imported."""
    return max(remaining, key=lambda path: (not into[path], out[path] - into[path]))


def _ordered(graph: Graph, ranks: dict[bytes, int]) -> list[list[bytes]]:
    """The nodes of each rank from the left, each near the middle of what it is linked with: few curves cross."""
    layers: dict[int, list[bytes]] = {}
    for node in graph.nodes:
        layers.setdefault(ranks[node.path], []).append(node.path)
    order = [layers[rank] for rank in sorted(layers, reverse=True)]
    for sweep in range(SWEEPS):
        place = {path: (row + 0.5) / len(layer) for layer in order for row, path in enumerate(layer)}
        for layer in order if sweep % 2 else reversed(order):
            layer.sort(key=lambda path: _middle(graph, path, place))
            place |= {path: (row + 0.5) / len(layer) for row, path in enumerate(layer)}
    return order


def _middle(graph: Graph, path: bytes, place: dict[bytes, float]) -> float:
    near = [place[one] for one in (*graph.imports(path), *graph.dependents(path))]
    return sum(near) / len(near) if near else place[path]


def _rows(ranks: list[list[bytes]]) -> int:
    """How many a column may have."""
    for rows in range(FEW_ROWS, max(map(len, ranks), default=0), 4):
        columns = sum(-(-len(rank) // rows) for rank in ranks)
        if columns * (LONGEST * CHARACTER + COLUMN_GAP) <= WIDEST * rows * ROW:
            return rows
    return max(FEW_ROWS, *map(len, ranks), 0)


def _parts(rank: list[bytes], most: int) -> list[list[bytes]]:
    """A rank with too many for one column as several, of about the same length."""
    count = -(-len(rank) // most)
    size = -(-len(rank) // max(count, 1))
    return [rank[at : at + size] for at in range(0, len(rank), size)]


def _label(path: bytes, folder: bytes) -> str:
    text = harmless(os.fsdecode(path.removeprefix(folder + b"/") if folder else path)) or "/"
    if len(text) <= LONGEST:
        return text
    end = text[1 - LONGEST :]
    return "…" + (end[end.index("/") :] if "/" in end else end)


def _curve(one: Box, other: Box, count: int, ranks: dict[bytes, int]) -> Curve:
    from_y, to_y = round(one.y + BOX_HEIGHT / 2), round(other.y + BOX_HEIGHT / 2)
    start, end = round(one.x + one.width), round(other.x)
    is_back = ranks[one.node.path] <= ranks[other.node.path]
    out = back = (end - start) // 2
    if one.x > other.x:
        start, end = round(one.x), round(other.x + other.width)
        out = back = min(-COLUMN_GAP // 2, (end - start) // 2)
    elif one.x == other.x:  # round the right side of the column
        end = round(other.x + other.width)
        out, back = COLUMN_GAP // 2, -COLUMN_GAP // 2
    # One that passes columns bends around what stands in them: above, and below where it leads back.
    lift = (BEND if is_back else -BEND) if abs(out) > COLUMN_GAP and abs(from_y - to_y) < 2 * ROW else 0
    path = f"M{start} {from_y}C{start + out} {from_y + lift} {end - back} {to_y + lift} {end} {to_y}"
    return Curve(one.key, other.key, path, min(1.0 + count**0.5 / 3, 5.0), is_back)
