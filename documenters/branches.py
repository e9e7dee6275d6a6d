"""The conditionals of a preprocessor, which may part anything: read as the preprocessor would, one branch of each.

Grammars know them between definitions and statements. Where one stands inside of a definition, what is around it does
not parse; then the source is read again without directives and all branches but one, and of what that leaves out the
first reading tells.
"""

from __future__ import annotations

import re
from bisect import bisect_right
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


def one_branch(source: bytes) -> OneBranch | None:
    """`source` with the first branch of each conditional, the second of `#if 0`; None if it has none."""
    taken: list[bool] = []  # of each conditional that is open, whether this branch counts
    done: list[bool] = []  # and whether one did
    left_out = 0  # of the open ones, those of which this branch does not
    kept, rows = bytearray(source), set[int]()
    starts: list[int] = []
    ends: list[int] = []
    row = seen = 0
    for found in _DIRECTIVE.finditer(source):
        if left_out:
            starts.append(seen)
            ends.append(found.start())
            kept[seen : found.start()] = _INK.sub(b" ", source[seen : found.start()])
        row += source.count(b"\n", seen, found.start())
        kept[found.start() : found.end()] = _INK.sub(b" ", found[0])
        rows.update(range(row, row + found[0].count(b"\n") + 1))
        row, seen = row + found[0].count(b"\n"), found.end()
        if found["open"]:
            taken.append(not _NEVER.fullmatch(found["rest"]))
            done.append(taken[-1])
        elif not taken:
            continue  # an end without a beginning
        else:
            left_out -= not taken.pop()
            if found["other"]:
                taken.append(not done[-1])
                done[-1] = True
            else:
                done.pop()
                continue
        left_out += not taken[-1]
    return OneBranch(bytes(kept), rows, starts, ends) if rows else None
