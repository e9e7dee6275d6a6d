"""The outline of one file, read from its syntax tree: what it defines, imports and exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter

from tree_sitter import Node, Range, Tree

from docwatch.document import Outline, Source, Symbol
from docwatch.documenters import plain
from docwatch.documenters.blanks import Readable, hide
from docwatch.documenters.branches import branches
from docwatch.documenters.comments import leading_comments, strip_marks, summarise
from docwatch.documenters.dialects import reader
from docwatch.documenters.findings import VALUES, Definition, Findings
from docwatch.documenters.grammars import GRAMMARS, can_parse
from docwatch.documenters.languages import LANGUAGES, Language, grammar
from docwatch.documenters.mending import is_needed, mend
from docwatch.documenters.parsing import PARSE_LIMIT, parse
from docwatch.documenters.plain import SYMBOL_LIMIT
from docwatch.documenters.symbols import Symbols
from docwatch.documenters.text import decode
from docwatch.documenters.walk import walk

_OPEN = frozenset(("namespace", "module"))  # what is in one can be used by its qualified name
PROBLEM_LIMIT = 5


def outline(source: Source) -> Outline:
    """By its syntax where we have the grammar, else as text."""
    source_text = decode(source.content)
    if source.language not in LANGUAGES or not source.content:
        return plain.outline(source_text, source)
    name = reader(source, source_text)
    language = LANGUAGES[name]
    if not can_parse(name):
        wheel = GRAMMARS[source.language][0].replace("_", "-")
        return replace(plain.outline(source_text, source), problems=(f"no parser here: pip install {wheel}",))
    written = source_text.encode()
    readable = hide(written, language.hidden)
    reading = _read(name, readable.source) if len(readable.source) <= PARSE_LIMIT else None
    if reading is None:
        return replace(plain.outline(source_text, source), problems=("too large or too tangled to parse",))
    if reading.is_torn and language.has_conditionals:
        reading = _read_branches(name, reading, readable)
    found, broken, data = reading.found, reading.broken, reading.data
    root = reading.tree.root_node
    if reading.is_torn:
        mend(found, root, data, partial(_read_parts, name, data))
    definitions = list(_first_assignments(found.definitions))
    maker = Symbols(written, readable, found.remarks, language.docstring, language.read_doc)
    symbols = tuple(map(maker.symbol, definitions[:SYMBOL_LIMIT]))
    imports = _distinct(name for _, name in sorted([*found.imports, *found.nearby]))
    return Outline(
        summary=_summary(source_text, source.language, language.docstring(root, data), symbols),
        symbols=symbols,
        imports=imports,
        exports=_exports(found, zip(definitions, symbols, strict=False), language),
        dependencies=_dependencies(found, language),
        problems=tuple(_problems(broken, found, len(definitions))),
        members=_distinct(name for _, name in found.members if _may_be_module(name, language)),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was found in `data`, and the nodes of its tree that do not parse."""

    data: bytes
    tree: Tree
    found: Findings
    broken: list[Node]

    @property
    def is_torn(self) -> bool:
        """Whether something may be missing from what was found."""
        return bool(self.broken) and is_needed(self.tree.root_node, self.data)


def _read(name: str, data: bytes) -> _Reading | None:
    language = LANGUAGES[name]
    loaded, query = grammar(name)
    tree = parse(loaded, data)
    if tree is None:
        return None
    found = walk(tree.root_node, data, query, language.split_name, language.buried)
    return _Reading(data, tree, found, list(_broken(tree, data)))


def _read_branches(name: str, broken: _Reading, readable: Readable) -> _Reading:
    """What the branches of conditionals hold where they are read apart; `broken` where that is no better."""
    apart = branches(readable.source)
    read = [(branch, each) for branch in apart if (each := _read(name, branch.source)) and _is_better(each, broken)]
    if not read:
        return broken
    (branch, best), *others = read
    for _, other in others:
        best.found.add(other.found, branch.leaves_out)
    best.found.add(broken.found, lambda at: all(each.leaves_out(at) for each, _ in read))
    readable.rows.update(branch.rows)
    return best


def _is_better(reading: _Reading, other: _Reading) -> bool:
    return len(reading.broken) < len(other.broken)


def _read_parts(name: str, data: bytes, parts: list[Range]) -> tuple[Findings, bool] | None:
    loaded, query = grammar(name)
    tree = parse(loaded, data, parts)
    if tree is None:
        return None
    return walk(tree.root_node, data, query, LANGUAGES[name].split_name), tree.root_node.has_error


def _first_assignments(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """`definitions` without those that only give a known variable another value."""
    assigned: set[tuple[str | None, str]] = set()
    for definition in definitions:
        if definition.kind in VALUES:
            if (definition.within, definition.name) in assigned:
                continue
            assigned.add((definition.within, definition.name))
        yield definition


def _summary(source_text: str, language: str, docstring: str | None, symbols: Sequence[Symbol]) -> str:
    """What the file says about itself; what its only top-level symbol says, if it says nothing itself."""
    texts = [docstring] if docstring else list(map(strip_marks, leading_comments(source_text, language)))
    summary = summarise(texts)
    if only := _only(symbols):
        return summary or summarise([only.doc or ""])
    # The comment that a file begins with may be the doc of its first definition.
    return "" if summary and symbols and summary == summarise([symbols[0].doc or ""]) else summary


def _only(symbols: Sequence[Symbol]) -> Symbol | None:
    """The symbol that the file is about, if there is just one: in a namespace it may stand alone in turn."""
    only, parent = None, None
    while len(inside := [symbol for symbol in symbols if symbol.parent == parent]) == 1:
        [only] = inside
        if only.doc or only.kind not in _OPEN:
            return only
        parent = f"{parent}.{only.name}" if parent else only.name
    return only


def _exports(found: Findings, defined: Iterable[tuple[Definition, Symbol]], language: Language) -> tuple[str, ...]:
    if found.all_exports:
        return _distinct(name for _, name in found.all_exports)
    named = found.exports.copy()
    reachable: set[str | None] = {None}
    for definition, symbol in defined:
        place, is_open = definition.place, definition.kind in _OPEN
        stands_here = definition.within == place.within or is_open
        if stands_here and place.within in reachable and (place.exported or language.is_exported(symbol)):
            named.append((definition.node.start_byte, definition.qualified))
            if is_open:
                reachable.add(definition.qualified)
    return _distinct(name for _, name in sorted(named, key=itemgetter(0)))


def _dependencies(found: Findings, language: Language) -> tuple[str, ...]:
    """The external packages among the imports: neither a module in this file nor next to the package it is part of."""
    own = {definition.name for definition in found.definitions if definition.kind in ("module", "namespace")}
    near = {language.package(name) or name for _, name in found.own}
    packages = _distinct(language.package(name) for _, name in found.imports)
    return tuple(name for name in packages if name not in own and not any(_are_akin(name, other) for other in near))


def _may_be_module(name: str, language: Language) -> bool:
    """Whether something imported out of a module may be a file of the tree: not where that is the language's own."""
    return not name.rpartition(".")[2][:1].isupper() and (name.startswith(".") or language.package(name) is not None)


def _are_akin(one: str, other: str) -> bool:
    """Whether the first two parts of both names, of those that both have, are the same."""
    return all(part == another for part, another in zip(one.split(".")[:2], other.split(".")[:2], strict=False))


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _problems(broken: list[Node], found: Findings, definitions: int) -> Iterator[str]:
    lines = sorted({row + 1 for row in _innermost_rows(broken)})
    for line in lines[:PROBLEM_LIMIT]:
        yield f"line {line}: does not parse"
    if len(lines) > PROBLEM_LIMIT:
        yield f"and {len(lines) - PROBLEM_LIMIT} more"
    if definitions > SYMBOL_LIMIT:
        yield f"{definitions} symbols: only the first {SYMBOL_LIMIT} are listed"
    yield from sorted(found.unread)


def _innermost_rows(broken: list[Node]) -> Iterator[int]:
    """The rows, from 0, where the parser skipped something or made something up; the innermost of nested ones."""
    row, end = -1, -1
    for node in broken:
        if row >= 0 and node.start_byte >= end:
            yield row
        row, end = node.start_point.row, node.end_byte
    if row >= 0:
        yield row


def _broken(tree: Tree, data: bytes) -> Iterator[Node]:
    """The nodes for what does not parse, the outer before the inner."""
    if not tree.root_node.has_error:
        return
    cursor = tree.walk()
    while (node := cursor.node) is not None:
        # Swift's `()` is a value that its grammar only knows with something inside.
        if node.is_error or (node.is_missing and data[node.start_byte - 1 : node.start_byte + 1] != b"()"):
            yield node
        if node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
