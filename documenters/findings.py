"""What a walk through a syntax tree finds, before it becomes the symbols of an outline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

Found = tuple[int, str]

# A function in one of these is a method.
CLASSES = frozenset(("class", "interface", "struct", "enum", "trait", "scope"))
VALUES = frozenset(("constant", "variable", "value", "field"))
KINDS = CLASSES | VALUES | {"function", "method", "type", "module", "namespace", "macro"}


class Place(NamedTuple):
    """Where the walk stands: a node whose children are looked at, and what holds for all of them.

    `within` and `kind` are the qualified name and the kind of the enclosing definition, `begin` the byte where its
    inside begins; `row` is that of the outermost wrapper around what is here, `lead` the text that begins the
    signatures here.
    """

    node: Node
    within: str | None = None
    kind: str | None = None
    begin: int = 0
    row: int | None = None
    lead: str = ""
    exported: bool = False
    depth: int = 0


class Definition(NamedTuple):
    """A definition as found. `row` counts from 0 and is the name's; the signature ends where `body` begins."""

    name: str
    within: str | None
    kind: str
    row: int
    node: Node
    body: Node | None
    place: Place

    @property
    def qualified(self) -> str:
        return f"{self.within}.{self.name}" if self.within else self.name


@dataclass(slots=True)
class Findings:
    """What a walk found, in the order of the source; names with the byte where they stand."""

    definitions: list[Definition] = field(default_factory=list)
    imports: list[Found] = field(default_factory=list)
    nearby: list[Found] = field(default_factory=list)  # those of the imports that are files, not packages
    members: list[Found] = field(default_factory=list)  # `module.name` of what is imported out of modules
    exports: list[Found] = field(default_factory=list)
    all_exports: list[Found] = field(default_factory=list)  # the complete list, where the module gives one
    own: list[Found] = field(default_factory=list)  # the package this file is part of
    remarks: dict[int, Node] = field(default_factory=dict)  # comments and attributes by the row they end on
    unread: set[str] = field(default_factory=set)  # in words, what of the file was not looked at

    def add(self, other: Findings, is_wanted: Callable[[int], bool]) -> None:
        """Take over what of `other` begins at a byte that is wanted."""
        self.definitions += [each for each in other.definitions if is_wanted(each.node.start_byte)]
        self.definitions.sort(key=lambda definition: (definition.node.start_byte, definition.row))
        mine, others = (
            (found.imports, found.nearby, found.members, found.exports, found.all_exports, found.own)
            for found in (self, other)
        )
        for names, more in zip(mine, others, strict=True):
            names += [each for each in more if is_wanted(each[0])]
            names.sort()
        self.remarks.update((row, node) for row, node in other.remarks.items() if is_wanted(node.start_byte))
