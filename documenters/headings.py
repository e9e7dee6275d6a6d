"""Headings of Markdown and reStructuredText, and the sections they begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docwatch.document import Symbol
from docwatch.documenters.text import cut, fold

_TITLE_LIMIT = 200  # characters

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_UNDERLINE = re.compile(r" {0,3}(?:(=)=*|(-)-*)[ \t]*$")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A title and the lines it takes, counted from 1. The level of a whole document's title is 1."""

    title: str
    level: int
    line: int
    last_line: int


def sections(headings: Sequence[Heading], last_line: int) -> list[Symbol]:
    """A symbol for each heading; it ends before the next heading of its level or above, or with the text."""
    ends = [last_line] * len(headings)
    parents: list[str | None] = []
    names: list[str] = []
    around: list[int] = []  # indexes of the headings whose sections are open
    for index, heading in enumerate(headings):
        while around and headings[around[-1]].level >= heading.level:
            ends[around.pop()] = heading.line - 1
        parents.append(names[around[-1]] if around else None)
        names.append(f"{parents[-1]}.{heading.title}" if parents[-1] else heading.title)
        around.append(index)
    return [
        Symbol(heading.title, "heading", heading.title, heading.line, end, parent)
        for heading, end, parent in zip(headings, ends, parents, strict=True)
    ]


def _markdown(lines: list[str]) -> Iterator[Heading]:
    """`# Title` and underlined titles, outside fenced code and front matter."""
    fence = ""
    for at in range(_after_front_matter(lines), len(lines)):
        line = lines[at]
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        elif fence:
            continue
        elif atx := _ATX.match(line):
            if title := _title((atx[2] or "").rstrip().rstrip("#")):
                yield Heading(title, len(atx[1]), at + 1, at + 1)
        elif at and (underline := _UNDERLINE.match(line)) and _can_be_underlined(lines[at - 1]):
            yield Heading(_title(lines[at - 1]), 1 if underline[1] else 2, at, at + 1)


def _after_front_matter(lines: list[str]) -> int:
    if lines[0].rstrip() != "---":
        return 0
    return next((at + 1 for at, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)


def _can_be_underlined(line: str) -> bool:
    """Whether `line` is a paragraph's: no list item, quote, table, heading, code or blank line."""
    return bool(line.strip()) and not line.startswith("    ") and line.lstrip()[0] not in "-*+>|#=`~\t"


def _restructuredtext(lines: list[str]) -> Iterator[Heading]:
    """Titles under, or between, lines of one punctuation mark; levels in the order in which their marks appear."""
    levels: dict[tuple[str, bool], int] = {}
    at = 1
    while at < len(lines):
        title = lines[at - 1].rstrip()
        mark = _ADORNMENT.match(lines[at]) if title else None
        if mark and not _ADORNMENT.match(title) and len(lines[at].rstrip()) >= len(title.strip()):
            over = at > 1 and lines[at - 2].rstrip() == lines[at].rstrip()
            if over or not title[0].isspace():
                level = levels.setdefault((mark[1], over), len(levels) + 1)
                yield Heading(_title(title), level, at, at + 1)
                at += 1
        at += 1


def _title(text: str) -> str:
    return cut(fold(text), _TITLE_LIMIT)


HEADINGS: dict[str, Callable[[list[str]], Iterator[Heading]]] = {
    "markdown": _markdown,
    "restructuredtext": _restructuredtext,
}
