"""What of a file belongs to each of its symbols, and what of it has changed.

Two sources are the same to us if they have the same syntax tree without its comments: white space and comments alone
change nothing, nor does white space in a docstring. Where there is no grammar only blank lines and blanks at the end of
a line count as nothing: nobody can tell a comment from a string there.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tree_sitter import Node, Tree

from docwatch.document import Outline, Symbol
from docwatch.documenters.languages import LANGUAGES, grammar
from docwatch.documenters.parsing import PARSE_LIMIT, parse

# The text of these nodes, with every blank in it, is one token: white space is content there.
_VERBATIM = re.compile(r"(?<!concatenated_)string|heredoc|regex|(?:char|character|rune)_literal|(?:^|raw_|jsx_)text$")
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """All that a file defines under one name: overloads and redefinitions share it.

    `name` is the key in prose: the symbol's own name, qualified where the file has several of it. `rows` are the lines
    that are its own, from 1: those of symbols inside it are theirs. `digest` changes when these do.
    """

    name: str
    symbols: tuple[Symbol, ...]
    rows: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """A file in pieces. `loose_rows` belong to no symbol; `digest` is of these and of which names there are."""

    pieces: tuple[Piece, ...]
    loose_rows: tuple[int, ...]
    digest: str


def pieces(text: str, language: str, outline: Outline) -> Pieces:
    """`text` as `text.decode` gives it, with the outline of the same bytes."""
    lines = text.split("\n")
    grouped: dict[str, list[Symbol]] = defaultdict(list)
    for symbol in outline.symbols:
        grouped[qualified(symbol)].append(symbol)
    owned = owners(lines, outline.symbols)
    tokens = _tokens(text, language, _ends(owned, outline.symbols))
    rows: dict[int, list[int]] = defaultdict(list)
    for row, owner in enumerate(owned, start=1):
        rows[owner].append(row)
    indexes = {id(symbol): index for index, symbol in enumerate(outline.symbols)}
    names = _names(grouped)
    found = []
    for name, symbols in grouped.items():
        own = sorted({row for symbol in symbols for row in rows[indexes[id(symbol)]] or _range(symbol, len(lines))})
        signatures = (f"{symbol.kind} {symbol.signature}" for symbol in symbols)
        digest = _digest(language, name, *signatures, *_read(tokens, own))
        found.append(Piece(names[name], tuple(symbols), tuple(own), digest))
    loose = tuple(rows[NOBODY])
    return Pieces(tuple(found), loose, _digest(language, *sorted(grouped), *_read(tokens, loose)))


NOBODY = -1


def qualified(symbol: Symbol) -> str:
    return f"{symbol.parent}.{symbol.name}" if symbol.parent else symbol.name


def _names(grouped: dict[str, list[Symbol]]) -> dict[str, str]:
    """The name of each in prose, by its qualified name."""
    bearers: dict[str, int] = defaultdict(int)
    for symbols in grouped.values():
        bearers[symbols[0].name] += 1
    return {
        name: symbols[0].name if bearers[symbols[0].name] == 1 and symbols[0].name not in grouped else name
        for name, symbols in grouped.items()
    }


def _range(symbol: Symbol, lines: int) -> range:
    return range(symbol.line, min(symbol.end_line, lines) + 1)


def owners(lines: list[str], symbols: tuple[Symbol, ...]) -> list[int]:
    """For each line the innermost symbol it is part of, as its index; decorators and comments above one are its own."""
    owners = [NOBODY] * len(lines)
    outer_first = sorted(range(len(symbols)), key=lambda index: (symbols[index].line, -symbols[index].end_line))
    for index in outer_first:
        first, last = symbols[index].line - 1, min(symbols[index].end_line, len(lines))
        around = owners[first] if first < len(owners) else NOBODY
        within = symbols[around].line if around != NOBODY else 0
        owners[first:last] = [index] * (last - first)
        while first > within and owners[first - 1] == around and lines[first - 1].strip():
            first -= 1
            owners[first] = index
    return owners


def _ends(owners: list[int], symbols: tuple[Symbol, ...]) -> list[int]:
    """For each line the last row, from 0, of what it belongs to."""
    return [symbols[owner].end_line - 1 if owner != NOBODY else len(owners) for owner in owners]


class _Token(NamedTuple):
    depth: int
    text: str


def _tokens(text: str, language: str, ends: list[int]) -> dict[int, list[_Token]]:
    """What counts on each line, from 1."""
    data = text.encode(errors="replace")
    tree = parse(grammar(language)[0], data) if language in LANGUAGES and len(data) <= PARSE_LIMIT else None
    found: dict[int, list[_Token]] = defaultdict(list)
    if tree is None:
        for row, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                found[row].append(_Token(0, line.rstrip()))
        return found
    for row, end, token in _leaves(tree, data):
        if end <= ends[min(row, len(ends) - 1)]:  # what reaches beyond belongs to what is around it
            found[row + 1].append(token)
    return found


def _leaves(tree: Tree, data: bytes) -> Iterator[tuple[int, int, _Token]]:
    """(row, last row, token) for each node in order; a leaf with its text, and so is what lies between two nodes."""
    cursor, depth, read = tree.walk(), 0, 0
    while (node := cursor.node) is not None:
        if gap := data[read : node.start_byte].strip():
            yield node.start_point.row, node.start_point.row, _Token(depth, gap.decode(errors="replace"))
        whole = node.child_count == 0 or (node.is_named and _VERBATIM.search(node.type))
        if _is_comment(node):
            read = max(read, node.end_byte)
        elif whole:
            content = data[node.start_byte : node.end_byte].decode(errors="replace")
            if _is_docstring(node):
                content = "".join(content.split())
            yield node.start_point.row, node.start_point.row, _Token(depth, f"{node.type} {content}")
            read = max(read, node.end_byte)
        else:
            yield node.start_point.row, node.end_point.row, _Token(depth, node.type)
            read = max(read, node.start_byte)
            cursor.goto_first_child()
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent() or (node := cursor.node) is None:
                return
            depth -= 1
            if gap := data[read : node.end_byte].strip():
                yield node.end_point.row, node.end_point.row, _Token(depth, gap.decode(errors="replace"))
            read = max(read, node.end_byte)


def _is_comment(node: Node) -> bool:
    return node.is_named and node.type.endswith("comment")


def _is_docstring(node: Node) -> bool:
    """Whether `node` is a string that stands for itself: to be read by people, who do not count the blanks."""
    return node.type == "string" and node.parent is not None and node.parent.type == "expression_statement"


def _read(tokens: dict[int, list[_Token]], rows: Iterable[int]) -> Iterator[str]:
    """The tokens on these rows, with their depth counted from the first one's: it does not matter where they stand."""
    first: int | None = None
    for row in rows:
        for token in tokens.get(row, ()):
            first = token.depth if first is None else first
            yield f"{token.depth - first} {token.text}"


def _digest(*parts: str) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        encoded = part.encode(errors="replace")
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()
