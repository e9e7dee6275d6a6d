"""The languages whose outline is read with tree-sitter: for each a grammar, a query file, and what no query can say.

To add a language: its wheel in pyproject.toml, `queries/<name>.scm` (the captures are explained in `walk.py`), an
entry in `LANGUAGES`, how it writes comments in `comments.py`, and a golden file in the tests.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tree_sitter import Language as Grammar
from tree_sitter import Query

from docwatch.document import Symbol
from docwatch.documenters import docstrings
from docwatch.documenters.docstrings import Docstring
from docwatch.documenters.walk import SplitName

_QUERIES = os.path.join(os.path.dirname(__file__), "queries")


def _nothing(*_: object) -> None:
    return None


def _whole_name(name: str) -> tuple[str | None, str]:
    return None, name


@dataclass(frozen=True, slots=True)
class Language:
    """What is particular to a language.

    `grammar` is a module and its function that gives the grammar; `queries` are the files that make up its query;
    `is_exported` says whether other files can use a top-level symbol; `package` gives the external package that an
    import belongs to, or None; `docstring` gives the doc that stands inside a body, or None; `split_name` parts a
    qualified name as written into owner and name; `unread` is what the parser should not see.
    """

    grammar: tuple[str, str]
    queries: tuple[str, ...]
    is_exported: Callable[[Symbol], bool]
    package: Callable[[str], str | None] = _nothing
    docstring: Docstring = _nothing
    split_name: SplitName = _whole_name
    unread: re.Pattern[bytes] | None = None


@functools.cache
def grammar(language: str) -> tuple[Grammar, Query]:
    """The grammar of a language in `LANGUAGES` and its compiled query; loaded once a process."""
    module, function = LANGUAGES[language].grammar
    loaded = Grammar(getattr(import_module(module), function)())
    return loaded, Query(loaded, "\n".join(map(_query_text, LANGUAGES[language].queries)))


def _query_text(name: str) -> str:
    with open(os.path.join(_QUERIES, f"{name}.scm"), encoding="utf-8") as file:
        return file.read()


def _python_package(imported: str) -> str | None:
    top = imported.partition(".")[0]
    return top if top and top not in sys.stdlib_module_names else None


def _javascript_package(imported: str) -> str | None:
    """`react` for `react/jsx-runtime`, `@scope/name` for `@scope/name/file`; None for files, URLs and Node's own."""
    parts = imported.split("/")
    name = "/".join(parts[:2]) if imported.startswith("@") else parts[0]
    if not name.strip(".#~@/") or name[0] in ".#~/" or ":" in name or name in _NODE_MODULES:
        return None
    return name


_NODE_MODULES = frozenset(
    """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain
    events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl
    stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
    """.split()
)


def _go_package(imported: str) -> str | None:
    return imported if "." in imported.partition("/")[0] else None


def _rust_package(imported: str) -> str | None:
    crate = _RUST_NAME.match(imported)
    return crate[1] if crate and crate[1] not in ("std", "core", "alloc", "crate", "self", "super") else None


def _java_package(imported: str) -> str | None:
    """The package of a class: `org.junit` for `org.junit.Test`."""
    parts = imported.split(".")
    package = itertools.takewhile(lambda part: not part[:1].isupper(), parts)
    return None if parts[0] in ("java", "javax", "jdk") else ".".join(package) or None


def _cpp_name(name: str) -> tuple[str | None, str]:
    """Owner and name of `ns::Class<T>::name`, template arguments left out."""
    scope, operator = _OPERATOR.fullmatch(name).groups()  # type: ignore[union-attr]  # it matches anything
    while scope != (shorter := _TEMPLATE_ARGUMENTS.sub("", scope)):
        scope = shorter
    owners = [part.strip() for part in scope.split("::")]
    last = operator or owners.pop()
    return ".".join(filter(None, owners)) or None, last


# The first segment of a path; types, with their capital letter, are of this crate.
_RUST_NAME = re.compile(r"(?:::)?(?:r#)?([a-z_]\w*)")
_OPERATOR = re.compile(r"(.*?)(\boperator\b(?:\s*\(\)|[^(]*))?(?:\(.*)?", re.DOTALL)
# `extern "C" {` and its `}` for C++ alone: on their own in a conditional they are half a block, which does not parse.
_LINKAGE_OF_CPP = re.compile(
    rb"""
    ^[ \t]*\#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t(]+)__cplusplus\b[^\n]*\n
    (?:[ \t]*(?:extern[ \t]+"C"[ \t]*\{|\})?[ \t]*(?:/\*[^*\n]*\*/|//[^\n]*)?[ \t]*\n)+
    [ \t]*\#[ \t]*endif\b
    """,
    re.MULTILINE | re.VERBOSE,
)
_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")


def _never(_: Symbol) -> bool:
    return False


def _is_public_java(symbol: Symbol) -> bool:
    return "public" in symbol.signature.split()


def _has_external_linkage(symbol: Symbol) -> bool:
    return "static" not in symbol.signature.partition("(")[0].split()


_ECMASCRIPT_EXPORTS = _never  # only what an export statement names

LANGUAGES: dict[str, Language] = {
    "python": Language(
        grammar=("tree_sitter_python", "language"),
        queries=("python",),
        is_exported=lambda symbol: not symbol.name.startswith("_"),
        package=_python_package,
        docstring=docstrings.python,
    ),
    "javascript": Language(
        grammar=("tree_sitter_javascript", "language"),
        queries=("javascript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=_javascript_package,
    ),
    "typescript": Language(
        grammar=("tree_sitter_typescript", "language_typescript"),
        queries=("typescript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=_javascript_package,
    ),
    "tsx": Language(
        grammar=("tree_sitter_typescript", "language_tsx"),
        queries=("typescript", "ecmascript"),
        is_exported=_ECMASCRIPT_EXPORTS,
        package=_javascript_package,
    ),
    "go": Language(
        grammar=("tree_sitter_go", "language"),
        queries=("go",),
        is_exported=lambda symbol: symbol.name[:1].isupper(),
        package=_go_package,
    ),
    "rust": Language(
        grammar=("tree_sitter_rust", "language"),
        queries=("rust",),
        is_exported=lambda symbol: symbol.signature.startswith("pub "),
        package=_rust_package,
    ),
    "java": Language(
        grammar=("tree_sitter_java", "language"),
        queries=("java",),
        is_exported=_is_public_java,
        package=_java_package,
    ),
    "c": Language(
        grammar=("tree_sitter_c", "language"),
        queries=("c", "c_family"),
        is_exported=_has_external_linkage,
        unread=_LINKAGE_OF_CPP,
    ),
    "cpp": Language(
        grammar=("tree_sitter_cpp", "language"),
        queries=("cpp", "c_family"),
        is_exported=_has_external_linkage,
        unread=_LINKAGE_OF_CPP,
        split_name=_cpp_name,
    ),
}
