"""Cut what is to be written about into parts that one call can take: by symbols, never in the middle of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docwatch.documenters.prose.pieces import Piece, Pieces

PART_CHARACTERS = 40_000  # some 10,000 tokens: what small models take too
PART_NAMES = 50  # texts that one answer holds, some 3,000 tokens
LARGEST_PIECE = 150_000  # characters; what is longer is not sent


@dataclass(frozen=True, slots=True)
class Part:
    """What one call is to write about: pieces, and the lines it shows of the file, from 1."""

    pieces: tuple[Piece, ...]
    rows: tuple[int, ...]


def parts(found: Pieces, wanted: Iterable[Piece], lines: list[str], *, loose: bool) -> tuple[list[Part], list[Piece]]:
    """The parts, and the pieces too long for any. `loose` also shows what belongs to no symbol, in one part at least.

    The first part has as much of that as fits. A file that fits as a whole, and is wanted as a whole, stays in one.
    """
    wanted = sorted(wanted, key=lambda piece: piece.rows[:1])
    too_long = [piece for piece in wanted if _size(piece.rows, lines) > LARGEST_PIECE]
    wanted = [piece for piece in wanted if piece not in too_long]
    is_all = loose and len(wanted) == len(found.pieces) <= PART_NAMES
    if is_all and sum(map(len, lines)) + len(lines) <= PART_CHARACTERS:
        return [Part(tuple(wanted), tuple(range(1, len(lines) + 1)))], []
    shown = _fitting(found.loose_rows, lines) if loose else ()
    made = [Part(group, _rows(group, rows)) for group, rows in _groups(wanted, lines, shown)]
    return made or [Part((), ())] * loose, too_long


def _groups(
    wanted: list[Piece], lines: list[str], loose: tuple[int, ...]
) -> Iterator[tuple[tuple[Piece, ...], tuple[int, ...]]]:
    """Pieces that go together, with the loose lines beside them; what is too large for a part is one alone."""
    group: list[Piece] = []
    size, beside = _size(loose, lines), loose
    for piece in wanted:
        more = _size(piece.rows, lines)
        if (group or beside) and (size + more > PART_CHARACTERS or len(group) == PART_NAMES):
            yield tuple(group), beside
            group, size, beside = [], 0, ()
        group.append(piece)
        size += more
    if group or beside:
        yield tuple(group), beside


def _rows(group: Iterable[Piece], loose: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({*loose, *(row for piece in group for row in piece.rows)}))


def _size(rows: Iterable[int], lines: list[str]) -> int:
    return sum(len(lines[row - 1]) + 1 for row in rows)


def _fitting(rows: tuple[int, ...], lines: list[str]) -> tuple[int, ...]:
    """The first of these lines, as many as fit into half a part: pieces are to go beside them."""
    left = PART_CHARACTERS // 2
    for count, row in enumerate(rows):
        left -= len(lines[row - 1]) + 1
        if left < 0:
            return rows[:count]
    return rows
