"""The conditionals of a preprocessor, which may part anything: read as the preprocessor would, one branch of each.

Grammars know them between definitions and statements. Where one stands inside of a definition, what is around it does
not parse; then the source is read again without directives and all branches but one, and of what that leaves out the
first reading tells.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_INK = re.compile(rb"[^\n]")
_DIRECTIVE = re.compile(
    rb"^[ \t]*+\#[ \t]*+(?:(?P<open>if(?:n?def)?)|(?P<other>el(?:se|if(?:n?def)?))|endif)\b"
    rb"(?P<rest>(?:[^\n\\]|\\.|\\\n)*+)",
    re.MULTILINE,
)
_NEVER = re.compile(rb"\s*+(?:0|false)\s*+")


@dataclass(frozen=True, slots=True)
class OneBranch:
    """`source` with blanks for what is left out, from `starts` to `ends`, and the `rows` of directives."""

    source: bytes
    rows: set[int]
    starts: list[int]
    ends: list[int]

    def leaves_out(self, at: int) -> bool:
        """Whether the byte `at` is in a branch that was not taken."""
        before = bisect_right(self.starts, at)
        return before > 0 and at < self.ends[before - 1]


def branches(source: bytes) -> list[OneBranch]:
    """`source` with the first branch of each conditional, and, where that is another, with the last.

    Of `#if 0` the second is the first. Nothing where there is no conditional.
    """
    directives = list(_DIRECTIVE.finditer(source))
    ways = zip(*_chosen(directives, _last_branches(directives)), strict=True)
    return [_left(source, directives, list(way)) for way in dict.fromkeys(ways)]


def _last_branches(directives: list[re.Match[bytes]]) -> set[int]:
    """Which directives begin the last branch of their conditional."""
    open_ones: list[int] = []
    last: set[int] = set()
    for at, found in enumerate(directives):
        if found["open"]:
            open_ones.append(at)
        elif open_ones and found["other"]:
            open_ones[-1] = at
        elif open_ones:
            last.add(open_ones.pop())
    return last.union(open_ones)


def _chosen(directives: list[re.Match[bytes]], last: set[int]) -> Iterator[tuple[bool, bool]]:
    """For what follows each directive, whether it is in first branches alone, and whether in last ones alone."""
    open_ones: list[
        tuple[bool, bool, bool]
    ] = []  # whether this branch is the first, is the last, a first one was before
    left_out = [0, 0]  # how many of the open ones are not
    for at, found in enumerate(directives):
        was_first = False
        if not found["open"]:
            if not open_ones:
                yield True, True  # an end without a beginning
                continue
            is_first, is_last, was_first = open_ones.pop()
            left_out[0] -= not is_first
            left_out[1] -= not is_last
        if found["open"] or found["other"]:
            never = found["open"] and _NEVER.fullmatch(found["rest"])
            is_first, is_last = not was_first and not never, at in last and not never
            open_ones.append((is_first, is_last, was_first or is_first))
            left_out[0] += not is_first
            left_out[1] += not is_last
        yield not left_out[0], not left_out[1]


def _left(source: bytes, directives: list[re.Match[bytes]], chosen: list[bool]) -> OneBranch:
    """`source` without `directives` and without what follows those that are not `chosen`."""
    kept, rows = bytearray(source), set[int]()
    starts: list[int] = []
    ends: list[int] = []
    row = seen = 0
    for found, following, is_chosen in zip(directives, [*directives[1:], None], chosen, strict=True):
        row, seen = row + source.count(b"\n", seen, found.start()), found.start()
        end = following.start() if following and not is_chosen else found.end()
        if not is_chosen:
            starts.append(found.end())
            ends.append(end)
        kept[seen:end] = _INK.sub(b" ", source[seen:end])
        rows.update(range(row, row + found[0].count(b"\n") + 1))
    return OneBranch(bytes(kept), rows, starts, ends)
