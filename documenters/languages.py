"""The languages whose outline is read with tree-sitter: for each a grammar, a query file, and what no query can say.

To add a language: its wheel in pyproject.toml (without it files get a plain outline) and in `grammars.py`,
`queries/<name>.scm` (the captures are explained in `walk.py`), an entry in `LANGUAGES`, how it writes comments in
`comments.py`, and a golden file in the tests.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tree_sitter import Language as Grammar
from tree_sitter import Query

from docwatch.document import Symbol
from docwatch.documenters import buried, docstrings, names, packages, xmldoc
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
    written into owner and name; `unread` is what the parser should not see; `buried` tells imports inside functions.
    """

    queries: tuple[str, ...]
    is_exported: Callable[[Symbol], bool]
    package: Callable[[str], str | None] = _nothing
    docstring: Docstring = _nothing
    read_doc: ReadDoc = _as_it_is
    split_name: SplitName = names.whole
    unread: re.Pattern[bytes] | None = None
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


# For C and C++. `extern "C" {` and its `}` for C++ alone: on their own in a conditional they are half a block, which
# does not parse. A macro before a type, `API_EXPORT`, or behind parameters, `GUARDED_BY(lock)`: to the parser a type or
# a name is then another, and the rest a mistake.
_MACROS_OF_C = re.compile(
    rb"""
    ^[ \t]*\#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t(]+)__cplusplus\b[^\n]*\n
    (?:[ \t]*(?:extern[ \t]+"C"[ \t]*\{|\})?[ \t]*(?:/\*[^*\n]*\*/|//[^\n]*)?[ \t]*\n)+
    [ \t]*\#[ \t]*endif\b
    |
    (?:
        ^[ \t]*+(?:(?:inline|static|extern|virtual|explicit|friend|const|constexpr)[ \t]++)*+
        |
        \b(?:class|struct|union)[ \t]++
    )
    (?P<macro>[A-Z][A-Z0-9]*+_[A-Z0-9_]*+)
    (?=
        [ \t]+[A-Za-z_][\w:]*+(?:<[^<>\n;(){}]{0,99}+>)?(?:[ \t*&]+[~A-Za-z_][\w:~]*+){1,9}[ \t]*[({;=\[]
        |
        [ \t]+[A-Za-z_]\w*+[ \t]*(?:final[ \t]*)?[:{]
    )
    |
    (?<=\))(?:\s++const)?+\s++(?P<annotation>[A-Z][A-Z0-9]*+_[A-Z0-9_]*+\([^()\n]*+\))(?=\s*+[{;])
    """,
    re.MULTILINE | re.VERBOSE,
)
# What the grammar of Kotlin cannot read. Two annotations above a class make it read the class as an expression: on
# lines of their own they can go, as can the word of `suspend { }` and the dollars of `$$"text"`.
_ODDITIES_OF_KOTLIN = re.compile(
    rb"""
    ^[ \t]*+(?:@(?!file:)[\w.:]++(?:<[^<>\n]*+>)?(?:\((?:[^()"]++|"[^"\n]*+"|\([^()]*+\)){0,50}\))?[ \t]*+)++$
    |
    (?<=[=(,{}\s])(?P<word>suspend)(?=[ \t]*+\{)
    |
    (?P<dollars>\$\$++)(?=")
    """,
    re.MULTILINE | re.VERBOSE,
)


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
        unread=_MACROS_OF_C,
    ),
    "cpp": Language(
        queries=("cpp", "c_family"),
        is_exported=_has_external_linkage,
        unread=_MACROS_OF_C,
        split_name=names.cpp,
    ),
    "csharp": Language(
        queries=("csharp",),
        is_exported=_unless("file", "private"),
        package=packages.csharp,
        read_doc=xmldoc.text,
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
        unread=_ODDITIES_OF_KOTLIN,
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
