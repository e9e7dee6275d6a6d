"""Docs that a language keeps inside the body, as Python does."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from docwatch.documenters.comments import tidy_doc

# From a body and the source it is part of to the doc that begins it, if there is one.
Docstring = Callable[[Node, bytes], str | None]

_READ_LIMIT = 8_192  # bytes of a docstring that are looked at; what is kept of it is far shorter
_PREFIX = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(r"\\([\n\\'\"])")


def python(body: Node, source: bytes) -> str | None:
    """The docstring that begins `body`, a block or a module; None if its first statement is something else."""
    first = _first_statement(body) if body.child_count else None
    if first is None or first.type != "expression_statement" or first.child_count != 1:
        return None
    value = first.child(0)
    if value.type == "string":
        return _text([value], source)
    if value.type == "concatenated_string":
        return _text(value.named_children, source)
    return None


def _first_statement(body: Node) -> Node | None:
    cursor = body.walk()
    found = cursor.goto_first_child()
    while found and cursor.node is not None and cursor.node.type == "comment":
        found = cursor.goto_next_sibling()
    return cursor.node if found else None


def _text(strings: list[Node], source: bytes) -> str | None:
    parts = [_literal(source[string.start_byte : string.end_byte]) for string in strings if string.type == "string"]
    return tidy_doc("".join(part for part in parts if part is not None)) if None not in parts else None


def _literal(literal: bytes) -> str | None:
    """The text of a string literal, None if it is of bytes or formatted."""
    source = literal[:_READ_LIMIT].decode(errors="replace")
    opening = _PREFIX.match(source)
    if opening is None:
        return None
    text = source[opening.end() :].removesuffix(opening[1])
    # Only the escapes that change how the text reads; the rest is shown as it was written.
    return text if source[0] in "rR" else _ESCAPE.sub(lambda escape: escape[1].replace("\n", ""), text)
