"""Graphs as mermaid, which the usual forges draw inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from docwatch.log import harmless

MOST_EDGES = 300  # mermaid itself refuses more than 500, or 50,000 characters
_LONGEST_LABEL = 60
_ODD = re.compile(r"[^\w ./+@-]")


def graph(edges: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The lines of a fenced block that draws these edges between labels, the first `MOST_EDGES` of them."""
    numbers: dict[str, int] = {}
    yield "```mermaid"
    yield "graph LR"
    for one, other in list(edges)[:MOST_EDGES]:
        for label in (one, other):
            if label not in numbers:
                numbers[label] = len(numbers)
                yield f'  n{numbers[label]}["{_label(label)}"]'
        yield f"  n{numbers[one]} --> n{numbers[other]}"
    yield "```"


def _label(text: str) -> str:
    """Text and nothing else: what could end the label, or mean something in it, as mermaid's character codes."""
    shown = harmless(text)
    shown = shown if len(shown) <= _LONGEST_LABEL else "…" + shown[1 - _LONGEST_LABEL :]
    return _ODD.sub(lambda found: f"#{ord(found[0])};", shown)
