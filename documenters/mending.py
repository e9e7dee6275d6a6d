"""Read what the parser lost behind an error.

One bracket that is not closed, as in a file saved half written, can swallow all that follows. So the broken part is
read again piece by piece: a piece begins with a line that is not indented, as definitions do in any layout people use.
A piece that is broken itself, such as a class, is read member by member, each behind the head of the piece.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from tree_sitter import Node, Point, Range

from docwatch.documenters.findings import CLASSES, VALUES, Definition, Findings

# What reads parts of the file as if they were all of it; also says whether they are broken.
ReadParts = Callable[[list[Range]], tuple[Findings, bool] | None]
_Span = tuple[int, int]

_MOST_PIECES = 1_000  # a broken part with more is no source that people indent
_READINGS = 4  # times the size of the file that are read in all
_BEGINNING = rb"[^\s)\]{}#/*\"':,]"  # after the indentation, of a line that begins something
_FUNCTIONS = frozenset(("function_definition", "function_declaration", "function_item"))
_SWALLOWED = re.compile(rb"\n(?!\w+:\s)" + _BEGINNING)  # a label is part of its function
_INDENTED = re.compile(rb"^([ \t]+)" + _BEGINNING, re.MULTILINE)


def is_needed(root: Node, source: bytes) -> bool:
    """Whether anything may be lost in the tree of `source`: not where only the bodies of functions are broken."""
    return root.is_error or not all(_is_lost_inside(child, source) for child in root.children if child.has_error)


def _is_lost_inside(node: Node, source: bytes) -> bool:
    """Whether `node` is a function whose body alone is broken, and has swallowed nothing that stands behind it."""
    body = node.child_by_field_name("body") if node.type in _FUNCTIONS else None
    if body is None or any(child.has_error for child in node.children if child != body):
        return False
    return _SWALLOWED.search(source, body.start_byte, body.end_byte) is None


def mend(found: Findings, root: Node, source: bytes, read: ReadParts) -> None:
    """Add to `found`, which was read from `root`, what `read` finds in the pieces of its broken part."""
    broken = [root] if root.is_error else [child for child in root.children if child.has_error]
    if broken:
        start = broken[0].start_byte - broken[0].start_point.column
        pieces = _split(source, (start, broken[-1].end_byte), b"")
        _Mending(found, source, read).pieces([piece for piece in pieces if _touches(piece, broken)])
        for names in (found.imports, found.members, found.exports):
            names[:] = sorted(set(names))


class _Mending:
    def __init__(self, found: Findings, source: bytes, read: ReadParts) -> None:
        self._found = found
        self._source = source
        self._read = read
        self._bytes_left = _READINGS * len(source)
        self._line_ends = [match.start() for match in re.finditer(b"\n", source)]

    def pieces(self, pieces: list[_Span]) -> None:
        if len(pieces) > _MOST_PIECES:
            return
        for piece in pieces:
            if self._add([piece], piece):
                self._members(piece)

    def _members(self, piece: _Span) -> None:
        """Read the members of `piece` behind its first lines, up to which they belong together."""
        indented = _INDENTED.search(self._source, *piece)
        members = _split(self._source, (indented.start(), piece[1]), indented[1]) if indented else []
        if 1 < len(members) <= _MOST_PIECES:
            head = (piece[0], members[0][0])
            for member in members:
                self._add([head, member], member)

    def _add(self, spans: list[_Span], wanted: _Span) -> bool:
        """Read `spans`; add what is in the last, `wanted`. Whether they are broken."""
        self._bytes_left -= sum(stop - start for start, stop in spans)
        read = self._read([self._range(*span) for span in spans]) if self._bytes_left >= 0 else None
        if read is None:
            return False
        more, broken = read
        definitions = self._found.definitions
        here = slice(*(bisect_left(definitions, end, key=_start) for end in wanted))
        mended = [definition for definition in more.definitions if wanted[0] <= _start(definition) < wanted[1]]
        lost = not broken and _are_swallowed(definitions[here], wanted[0])
        if (mended and lost) or _worth(mended, is_whole=not broken) > _worth(definitions[here], is_whole=False):
            definitions[here] = mended
        self._found.remarks.update(more.remarks)
        self._found.imports += more.imports
        self._found.members += more.members
        self._found.exports += more.exports
        return broken

    def _range(self, start: int, stop: int) -> Range:
        return Range(self._point(start), self._point(stop), start, stop)

    def _point(self, at: int) -> Point:
        row = bisect_left(self._line_ends, at)
        return Point(row, at - (self._line_ends[row - 1] + 1 if row else 0))


def _touches(piece: _Span, nodes: list[Node]) -> bool:
    """Whether one of `nodes`, which are in order, has a part in `piece`."""
    behind = bisect_right(nodes, piece[1], key=lambda node: node.start_byte)
    return behind > 0 and nodes[behind - 1].end_byte >= piece[0]


def _split(source: bytes, span: _Span, indentation: bytes) -> list[_Span]:
    """The pieces of `span`, each from a line that begins with just `indentation` to the next such line."""
    beginning = re.compile(rb"^" + indentation + _BEGINNING, re.MULTILINE)
    starts = [match.start() for match in beginning.finditer(source, *span)]
    return list(zip(starts, [*starts[1:], span[1]], strict=True)) if starts else []


def _worth(definitions: list[Definition], *, is_whole: bool) -> tuple[int, int, int]:
    """How many they are, and how many know where they belong; how many values, of which half read code has too many."""
    told = [definition for definition in definitions if definition.kind not in VALUES]
    values = len(definitions) if is_whole and not told else 0
    return len(told), sum(definition.within is not None for definition in told), values


def _are_swallowed(definitions: list[Definition], begin: int) -> bool:
    """Whether they were taken for members of a class that begins before the byte `begin`: it lost its end."""
    return any(definition.place.kind in CLASSES and definition.place.begin < begin for definition in definitions)


def _start(definition: Definition) -> int:
    return definition.node.start_byte
