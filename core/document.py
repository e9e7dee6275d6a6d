"""What a documenter takes and gives. Stored as JSON, so the field names are the format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One file as the job read it.

    `path` is relative to the root with `/` between components, as bytes (names need not be UTF-8).
    `language` is a name from `docwatch.language`; `content` is exactly the bytes whose OID is stored.
    """

    path: bytes
    language: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something a file defines.

    `kind` is one of function, method, class, interface, struct, enum, trait, type, module, namespace, macro,
    constant, variable, field; heading, element, key, selector; table, view, index, trigger. `signature` is as written
    in the source, on one line. `line` and `end_line` count from 1 and include both ends. `parent` is the qualified
    name of the enclosing symbol (`Outer.Inner`). `doc` is the doc comment without its comment marks.
    """

    name: str
    kind: str
    signature: str
    line: int
    end_line: int
    parent: str | None = None
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The structure of one file.

    `imports` are the modules or files named by import statements, as written; `exports` the names other files can
    use; `dependencies` the external packages among the imports. `problems` says in plain words what could not be
    read ("line 12: does not parse"); empty when all of it was. `members` are names imported out of modules, with the
    module, that may be modules themselves: `package.name` for `from package import name`.
    """

    summary: str = ""
    symbols: tuple[Symbol, ...] = ()
    imports: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """What a model wrote about a file; the keys of `symbols` are names of the outline's symbols."""

    overview: str
    symbols: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored for a blob."""

    language: str
    outline: Outline
    prose: Prose | None = None


def qualified(symbol: dict[str, Any]) -> str:
    """The name of a symbol of a stored document, with that of what it is in."""
    return f"{symbol['parent']}.{symbol['name']}" if symbol["parent"] else str(symbol["name"])
