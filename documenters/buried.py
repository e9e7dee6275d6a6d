"""Imports that stand inside functions, where the walk does not go: found by their word, believed by the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tree_sitter import Node

MOST = 2_000  # words that are looked at; each costs a way down the tree


@dataclass(frozen=True, slots=True)
class Buried:
    """`word` is what an import begins with, as its group 1; `statement` the type of node that an import is."""

    word: re.Pattern[bytes]
    statement: frozenset[str]


PYTHON = Buried(
    re.compile(rb"^[ \t]++(import|from)\b", re.MULTILINE), frozenset(("import_statement", "import_from_statement"))
)
ECMASCRIPT = Buried(re.compile(rb"\b(import|require)[ \t]*+\("), frozenset(("call_expression",)))
RUST = Buried(re.compile(rb"^[ \t]++(use)\b", re.MULTILINE), frozenset(("use_declaration",)))
SCALA = Buried(re.compile(rb"^[ \t]++(import)\b", re.MULTILINE), frozenset(("import_declaration",)))


def statements(root: Node, source: bytes, how: Buried) -> Iterator[Node]:
    """The nodes of imports anywhere below `root`, in the tree of `source`."""
    for found in islice(how.word.finditer(source), MOST):
        node = root.descendant_for_byte_range(*found.span(1))
        while node is not None and node.type not in how.statement and node.start_byte == found.start(1):
            node = node.parent
        if node is not None and node.type in how.statement and node.start_byte == found.start(1):
            yield node
