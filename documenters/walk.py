"""Walk a syntax tree along its definitions, led by the language's query.

The query is asked about the direct children of one node at a time, beginning with the root. Its captures say what they
are and which nodes to look into next, so function bodies, which are most of any file, are never visited, and the walk
always knows what encloses it. The captures:

`@function`, `@class`, ... a kind of `docwatch.document.Symbol`: this node defines one. Of several patterns for one
                           name the first in the file counts.
`@value`                   a variable that is given its value once: a field in a class, else a constant
`@scope`                   like a kind, but only claims the name and encloses; no symbol of its own (Rust's `impl`)
`@name`                    the symbol's name, from the first to the last node so called; a keyword where it has none
`@declarator`              instead of a name: what C has around it, which may make a variable a function
`@owner`                   the class named beside the name: `Owner.prototype.name`, Go's receiver
`@body`                    where the signature ends
`@inside`                  definitions in here belong to this symbol
`@through`                 definitions in here belong to where we are: `if`, `#ifdef`
`@wrap`                    as `@through`, and a comment above it is about what is within: a decorator, `const`
`@exported`                as `@wrap`, and what is within is exported
`@lead`                    beside `@wrap`: the part up to here begins the signatures within: `const`, `public static`
`@comment`, `@attribute`   what may stand above a definition
`@import`, `@export`       a name imported, exported
`@member`                  what is imported out of the `@_module` beside it, and may be a module itself
`@nearby`                  a name imported that is a file beside this one or a path, so no package
`@after`                   beside an import: what is imported begins behind this
`@all`                     a name in the module's own complete list of exports
`@own`                     the name of the package that the file is part of
Captures that begin with `_` are for predicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from tree_sitter import Node, Query, QueryCursor

from docwatch.documenters.buried import Buried, statements
from docwatch.documenters.declarators import declared
from docwatch.documenters.findings import CLASSES, KINDS, VALUES, Definition, Findings, Place
from docwatch.documenters.text import cut, fold

Captures = dict[str, list[Node]]
# From a name as written to the qualified name of its owner, if it has one, and the name itself: `A::b` to `A`, `b`.
SplitName = Callable[[str], tuple[str | None, str]]

_ONWARD = frozenset(("through", "wrap", "exported"))
_REMARKS = frozenset(("comment", "attribute"))
_BESIDE = frozenset(("name", "body", "inside", "lead", "owner", "after"))  # what tells more of another capture
_CONSTANT = frozenset(("const", "constexpr", "final"))  # words before a name that does not vary
_NAME_LIMIT = 300  # characters
_TANGLE = 10_000  # unnamed children in a row
_DEEPEST = 32  # definitions within each other; the sum of qualified names would grow with the square of the depth


def walk(root: Node, source: bytes, query: Query, split_name: SplitName, buried: Buried | None = None) -> Findings:
    """Everything that the query finds from `root` on, in the tree of `source`; imports also where the walk does not go.

    `buried` tells how the language writes them.
    """
    found = _Walk(source, query, split_name)
    if buried is not None:
        found.take_imports(query, statements(root, source, buried))
    return found.from_root(root)


class _Walk:
    def __init__(self, source: bytes, query: Query, split_name: SplitName) -> None:
        self._source = source
        self._split_name = split_name
        self._cursor = QueryCursor(query)
        self._cursor.set_max_start_depth(1)  # patterns begin at the children of the node that is asked about
        self._found = Findings()
        self._lists = {
            "import": self._found.imports,
            "nearby": self._found.nearby,
            "member": self._found.members,
            "export": self._found.exports,
            "all": self._found.all_exports,
            "own": self._found.own,
        }

    def from_root(self, root: Node) -> Findings:
        found = self._found
        seen = {root.id}
        todo = [Place(root)]
        while todo:
            here = todo.pop()
            if _is_tangled(here.node):
                found.unread.add(f"line {here.node.start_point.row + 1}: too tangled to read")
                continue
            for place in self._look(here):
                if place.node.id not in seen:
                    seen.add(place.node.id)
                    todo.append(place)
        for names in self._lists.values():
            names.sort()
        found.definitions.sort(key=lambda definition: (definition.node.start_byte, definition.row))
        return found

    def take_imports(self, query: Query, statements: Iterator[Node]) -> None:
        cursor = QueryCursor(query)
        cursor.set_max_start_depth(0)
        for statement in statements:
            for _, captures in cursor.matches(statement):
                for capture in captures.keys() & {"import", "nearby", "member"}:
                    self._note(capture, captures[capture], captures)

    def _look(self, place: Place) -> Iterator[Place]:
        """Take note of what stands directly at `place`; give the places to look at next."""
        claims: dict[int, tuple[int, str, Captures]] = {}
        for pattern, captures in self._cursor.matches(place.node):
            if "declarator" in captures and not _resolve(captures):
                continue
            for capture, nodes in captures.items():
                if capture in KINDS and nodes[0] != place.node:
                    name = captures.get("name", nodes)[0].start_byte
                    if name not in claims or pattern < claims[name][0]:
                        claims[name] = pattern, capture, captures
                elif capture in _ONWARD:
                    yield from (self._onward(place, capture, node, captures) for node in nodes)
                elif capture not in _BESIDE:
                    self._note(capture, nodes, captures)
        for _, kind, captures in claims.values():
            yield from self._define(place, kind, captures)

    def _define(self, place: Place, kind: str, captures: Captures) -> Iterator[Place]:
        """Take note of a definition; give the places inside of it."""
        definition = self._definition(place, kind, captures)
        if not definition.name:  # one that the parser made up to go on; of `enum : int { A }` there is none
            if kind == "enum":
                yield from (self._onward(place, "through", node, {}) for node in captures["inside"])
            return
        if kind != "scope":
            self._found.definitions.append(definition)
        if "inside" in captures:
            yield from self._inside(definition, captures["inside"])

    def _note(self, capture: str, nodes: list[Node], captures: Captures) -> None:
        if "after" in captures and capture == "import":
            [node] = nodes
            name = self._name(captures["after"][0].end_byte, node.end_byte)
            self._found.imports.append((node.start_byte, name.rstrip(";")))
        elif capture == "member":
            [module] = captures["_module"]
            before = self._text(module)
            before += "" if before.endswith(".") else "."
            self._found.members += [(node.start_byte, before + self._text(node)) for node in nodes]
        elif capture in self._lists:
            self._lists[capture] += [(node.start_byte, self._text(node)) for node in nodes]
        elif capture in _REMARKS:
            self._found.remarks.update((last_row(node), node) for node in nodes)

    def _onward(self, place: Place, capture: str, node: Node, captures: Captures) -> Place:
        """The place `node` in the same definition as `place`."""
        row, lead, exported = None, place.lead, place.exported or capture == "exported"
        if capture != "through":
            row = node.start_point.row if place.row is None else place.row
        if "lead" in captures:
            here = fold(self._source[node.start_byte : captures["lead"][-1].end_byte].decode(errors="replace"))
            lead = f"{lead} {here}" if lead else here
        return Place(node, place.within, place.kind, place.begin, row, lead, exported, place.depth)

    def _inside(self, definition: Definition, nodes: list[Node]) -> Iterator[Place]:
        depth = definition.place.depth + 1
        if depth > _DEEPEST:
            self._found.unread.add("definitions nested too deeply: the innermost are not listed")
            return
        # What the parser could not fit into a broken class stands beside its body.
        broken = [child for child in definition.node.children if child.is_error] if definition.node.has_error else []
        for node in (*nodes, *broken):
            yield Place(node, definition.qualified, definition.kind, node.start_byte, depth=depth)

    def _definition(self, place: Place, kind: str, captures: Captures) -> Definition:
        node = captures[kind][0]
        names = captures.get("name", [node])
        body = captures["body"][0] if "body" in captures else None
        owner, name = self._split_name(self._name(names[0].start_byte, names[-1].end_byte))
        if "owner" in captures:
            owner = self._text(captures["owner"][0])
        return Definition(
            name=name,
            within=f"{place.within}.{owner}" if place.within and owner else owner or place.within,
            kind=_kind(kind, name, place, owned=owner is not None),
            row=node.start_point.row if body and body.start_byte < names[0].start_byte else names[0].start_point.row,
            node=node,
            body=body,
            place=place,
        )

    def _text(self, node: Node) -> str:
        return self._name(node.start_byte, node.end_byte)

    def _name(self, start: int, end: int) -> str:
        """A name as written, on one line and without quotes."""
        name = self._source[start:end].decode(errors="replace")
        if name.isidentifier() and len(name) <= _NAME_LIMIT:
            return name
        name = fold(name)
        quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "\"'`"
        return cut(name[1:-1] if quoted else name, _NAME_LIMIT)


def _resolve(captures: Captures) -> bool:
    """Put the name inside its declarator, and the kind that this makes it, into `captures`; whether there is one."""
    [declarator] = captures.pop("declarator")
    [kind] = captures.keys() & KINDS
    found = declared(declarator)
    if found is None:
        return False
    name, is_function = found
    captures["name"] = [name]
    if kind in VALUES and is_function:
        captures["function"] = captures.pop(kind)
        return name.type != "qualified_identifier"  # what is declared of it already
    return is_function or kind != "function"


def _is_tangled(node: Node) -> bool:
    """Whether `node` has such long runs of unnamed children (`((((`) that a query would need a second or more for it.

    For each child a query cursor looks for a named one among the later siblings: the cost is a run's length squared.
    """
    if node.child_count < _TANGLE:
        return False
    runs = (sum(1 for _ in run) for named, run in groupby(node.children, _is_named) if not named)
    return sum(length * length for length in runs) > _TANGLE * _TANGLE


def _kind(kind: str, name: str, place: Place, *, owned: bool) -> str:
    """`kind`, made exact by where it was found and what it is called."""
    if kind == "function" and (owned or place.kind in CLASSES or place.kind in VALUES):
        return "method"
    if kind == "method" and not owned and place.kind is None:
        return "function"  # of an object that is the whole module
    if kind in ("variable", "value"):
        if name.isupper() or not _CONSTANT.isdisjoint(place.lead.split()):
            return "constant"
        return "field" if owned or place.kind in CLASSES else "constant" if kind == "value" else "variable"
    return kind


def last_row(node: Node) -> int:
    """The row of the last character of `node`: some comments include the newline that ends them."""
    end = node.end_point
    return end.row - 1 if end.column == 0 and end.row > node.start_point.row else end.row


def _is_named(node: Node) -> bool:
    return node.is_named
