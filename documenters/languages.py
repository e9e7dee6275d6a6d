"""The languages whose outline is read with tree-sitter: for each a grammar, a query file, and what no query can say.

To add a language: its wheel in pyproject.toml (without it files get a plain outline) and in `grammars.py`,
`queries/<name>.scm` (the captures are explained in `walk.py`), an entry in `LANGUAGES`, how it writes comments in
`comments.py`, and a golden file in the tests.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tree_sitter import Language as Grammar
from tree_sitter import Query

from docwatch.document import Symbol
from docwatch.documenters import blanks, buried, docstrings, names, packages, xmldoc
from docwatch.documenters.buried import Buried
from docwatch.documenters.docstrings import Docstring
from docwatch.documenters.grammars import GRAMMARS
from docwatch.documenters.symbols import ReadDoc
from docwatch.documenters.walk import SplitName

_QUERIES = os.path.join(os.path.dirname(__file__), "queries")


def _nothing(*_: object) -> None:
    return None


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """What is particular to a language.

    `queries` are the files that make up its query; `is_exported` says whether other files can use a top-level symbol;
    `package` gives the external package that an import belongs to, or None; `docstring` gives the doc that stands
    inside a body, or None; `read_doc` what the text of a doc comment says; `split_name` parts a qualified name as
    written into owner and name; `hidden` is what the parser should not see; `has_conditionals` says whether `#if` may
    part anything; `buried` tells imports inside functions.
    """

    queries: tuple[str, ...]
    is_exported: Callable[[Symbol], bool]
    package: Callable[[str], str | None] = _nothing
    docstring: Docstring = _nothing
    read_doc: ReadDoc = _as_it_is
    split_name: SplitName = names.whole
    hidden: blanks.Patterns = ()
    has_conditionals: bool = False
    buried: Buried | None = None


@functools.cache
def grammar(language: str) -> tuple[Grammar, Query]:
    """The grammar of a language in `LANGUAGES` and its compiled query; loaded once a process."""
    module, function = GRAMMARS[language]
    loaded = Grammar(getattr(import_module(module), function)())
    return loaded, Query(loaded, "\n".join(map(_query_text, LANGUAGES[language].queries)))


def _query_text(name: str) -> str:
    with open(os.path.join(_QUERIES, f"{name}.scm"), encoding="utf-8") as file:
        return file.read()


def _never(_: Symbol) -> bool:
    return False


def _unless(*words: str) -> Callable[[Symbol], bool]:
    """Other files can use what is not marked with one of these words."""

    def is_exported(symbol: Symbol) -> bool:
        before = symbol.signature.partition("(")[0].replace("[", " ").split()
        return not any(word in before for word in words)

    return is_exported


def _is_public_java(symbol: Symbol) -> bool:
    return "public" in symbol.signature.split()


def _has_external_linkage(symbol: Symbol) -> bool:
    return "static" not in symbol.signature.partition("(")[0].split()


_ECMASCRIPT_EXPORTS = _never  # only what an export statement names

LANGUAGES: dict[str, Language] = {
    "python": Language(
        queries=("python",),
        is_exported=lambda symbol: not symbol.name.startswith("_"),
        package=packages.python,
        docstring=docstrings.python,
        buried=buried.PYTHON,
    ),
    "javascript": Language(
        queries=("javascript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=packages.javascript,
        buried=buried.ECMASCRIPT,
    ),
    "typescript": Language(
        queries=("typescript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=packages.javascript,
        buried=buried.ECMASCRIPT,
    ),
    "tsx": Language(
        queries=("typescript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=packages.javascript,
        buried=buried.ECMASCRIPT,
    ),
    "go": Language(
        queries=("go",),
        is_exported=lambda symbol: symbol.name[:1].isupper(),
        package=packages.go,
    ),
    "rust": Language(
        queries=("rust",),
        is_exported=lambda symbol: symbol.signature.startswith("pub "),
        package=packages.rust,
        buried=buried.RUST,
    ),
    "java": Language(
        queries=("java",),
        is_exported=_is_public_java,
        package=packages.java,
    ),
    "c": Language(
        queries=("c", "c_family"),
        is_exported=_has_external_linkage,
        hidden=blanks.C,
        has_conditionals=True,
    ),
    "cpp": Language(
        queries=("cpp", "c_family"),
        is_exported=_has_external_linkage,
        hidden=blanks.C,
        has_conditionals=True,
        split_name=names.cpp,
    ),
    "csharp": Language(
        queries=("csharp",),
        is_exported=_unless("file", "private"),
        package=packages.csharp,
        read_doc=xmldoc.text,
        has_conditionals=True,
    ),
    "ruby": Language(
        queries=("ruby",),
        is_exported=_unless("private"),
        package=packages.ruby,
        split_name=names.split_at("::"),
    ),
    "php": Language(
        queries=("php",),
        is_exported=lambda symbol: symbol.kind != "variable",
        package=packages.php,
    ),
    "kotlin": Language(
        queries=("kotlin",),
        is_exported=_unless("private"),
        package=packages.kotlin,
        hidden=blanks.KOTLIN,
    ),
    "swift": Language(
        queries=("swift",),
        is_exported=_unless("private", "fileprivate"),
        package=packages.swift,
        split_name=names.without_arguments,
    ),
    "scala": Language(
        queries=("scala",),
        is_exported=_unless("private"),
        package=packages.scala,
        buried=buried.SCALA,
    ),
    "bash": Language(
        queries=("bash",),
        is_exported=_never,
        split_name=lambda name: (None, name.rstrip("=")),
    ),
    "lua": Language(
        queries=("lua",),
        is_exported=_unless("local"),
        package=packages.lua,
        split_name=names.split_at(".:"),
    ),
}
