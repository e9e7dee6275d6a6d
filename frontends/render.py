"""How states, paths and documents look in a terminal: 80 columns, the terminal's own colours, readable without them."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from docwatch.document import qualified
from docwatch.log import harmless

WIDEST = 100  # columns; longer lines are hard to read
DEEPEST = 8  # levels of indentation; what is nested deeper stays on the last
STATES = ("fresh", "stale", "queued", "running", "failed", "skipped")
_LOOKS: dict[str, dict[str, Any]] = {
    "fresh": {"fg": "green"},
    "stale": {"fg": "yellow"},
    "queued": {"fg": "cyan"},
    "running": {"fg": "cyan", "bold": True},
    "failed": {"fg": "red"},
    "skipped": {"dim": True},
}


def shown(path: bytes) -> str:
    """A path that can neither steer the terminal nor forge a line."""
    return harmless(os.fsdecode(path))


def coloured(state: str, width: int = 0) -> str:
    return click.style(state.ljust(width), **_LOOKS[state])


def dim(text: str) -> str:
    return click.style(text, dim=True)


def bold(text: str) -> str:
    return click.style(text, bold=True)


def counted(number: int, noun: str) -> str:
    """ "1 file", "1,204 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def width() -> int:
    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


def cut(text: str) -> str:
    """The text, harmless, on one line of the terminal."""
    text = harmless(text)
    return text if len(text) <= width() else text[: width() - 1] + "…"


def wrapped(text: str, indent: str = "", hanging: str = "") -> list[str]:
    """The text as lines that fit the terminal; those after the first are indented by `hanging` too."""
    return textwrap.wrap(
        harmless(" ".join(text.split())),
        width(),
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_on_hyphens=False,
    )


def document(body: dict[str, Any]) -> Iterator[str]:
    """A document's body, as lines: what it says of the file, its symbols as a tree, what it imports."""
    outline, prose = body["outline"], body["prose"] or {"overview": "", "symbols": {}, "notes": ()}
    yield from wrapped(outline["summary"])
    if prose["overview"]:
        if outline["summary"]:
            yield ""
        yield from wrapped(prose["overview"])
    for problem in outline.get("problems", ()):
        yield from (click.style(line, fg="yellow") for line in wrapped(f"! {problem}", hanging="  "))
    if outline["symbols"]:
        yield ""
        yield from _symbols(outline["symbols"], prose["symbols"])
    defined = {qualified(symbol) for symbol in outline["symbols"]}
    yield from _names("exports", [name for name in outline["exports"] if name not in defined])
    yield from _names("imports", outline["imports"])
    yield from _names("depends on", outline["dependencies"])
    for note in prose["notes"]:
        yield ""
        yield from wrapped(f"- {note}", hanging="  ")


def _names(title: str, names: Iterable[str]) -> Iterator[str]:
    if text := ", ".join(names):
        first, *rest = wrapped(f"{title}: {text}", hanging="  ")
        yield ""
        yield first.replace(title, dim(title), 1)
        yield from rest


@dataclass(slots=True)
class Node:
    """A symbol with those that it encloses."""

    symbol: dict[str, Any]
    children: list[Node] = field(default_factory=list)


def _symbols(symbols: list[dict[str, Any]], prose: dict[str, str]) -> Iterator[str]:
    gutter = max(len(str(symbol["line"])) for symbol in symbols)
    for symbol, depth in in_depth(symbols):
        yield from _symbol(symbol, prose, gutter, depth)


def in_depth(symbols: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each symbol before those it encloses, and how deep it is."""
    waiting = [(node, 0) for node in reversed(nested(symbols))]
    while waiting:
        node, depth = waiting.pop()
        yield node.symbol, depth
        waiting.extend((child, depth + 1) for child in reversed(node.children))


def nested(symbols: list[dict[str, Any]]) -> list[Node]:
    """The symbols below their parents. Of several of one name the last before a symbol is its parent."""
    nodes = [Node(symbol) for symbol in symbols]
    by_name = {qualified(node.symbol): node for node in reversed(nodes)}  # a Go method may stand before its type
    tops: list[Node] = []
    for node in nodes:
        parent = by_name.get(node.symbol["parent"])
        (tops if parent is None else parent.children).append(node)
        by_name[qualified(node.symbol)] = node
    return tops


def written(symbol: dict[str, Any], prose: dict[str, str]) -> str:
    """What a model wrote about a symbol; empty where it wrote nothing."""
    return prose.get(qualified(symbol)) or prose.get(symbol["name"]) or ""


def _symbol(symbol: dict[str, Any], prose: dict[str, str], gutter: int, depth: int) -> Iterator[str]:
    indent = " " * (gutter + 2 + 2 * min(depth, DEEPEST))
    first, *rest = wrapped(symbol["signature"] or symbol["name"], indent, hanging="    ") or [indent]
    name = re.compile(rf"(?<!\w){re.escape(harmless(symbol['name']))}(?!\w)")
    line = name.sub(lambda found: bold(found[0]), first[gutter:], count=1)
    yield dim(str(symbol["line"]).rjust(gutter)) + line
    yield from rest
    said = written(symbol, prose) or (symbol["doc"] or "").partition("\n")[0]
    yield from map(dim, wrapped(said, indent + "  "))
