"""The languages whose outline is read with tree-sitter: for each a grammar, a query file, and what no query can say.

To add a language: its wheel in pyproject.toml, `queries/<name>.scm` (the captures are explained in `walk.py`), an
entry in `LANGUAGES`, how it writes comments in `comments.py`, and a golden file in the tests.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from docwatch.document import Symbol
from docwatch.documenters import docstrings
from docwatch.documenters.walk import SplitName
from tree_sitter import Language as Grammar
from tree_sitter import Node, Query

_QUERIES = os.path.join(os.path.dirname(__file__), "queries")


def _nothing(_: object) -> None:
    return None


def _whole_name(name: str) -> tuple[str | None, str]:
    return None, name


@dataclass(frozen=True, slots=True)
class Language:
    """What is particular to a language.

    `grammar` is a module and its function that gives the grammar; `queries` are the files that make up its query.
    `is_exported` says whether other files can use a top-level symbol; `package` gives the external package that an
    import belongs to, or None; `docstring` gives the doc that stands inside a body, or None; `split_name` parts a
    qualified name as written into owner and name.
    """

    grammar: tuple[str, str]
    queries: tuple[str, ...]
    is_exported: Callable[[Symbol], bool]
    package: Callable[[str], str | None] = _nothing
    docstring: Callable[[Node], str | None] = _nothing
    split_name: SplitName = _whole_name


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


_NODE_MODULES = """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain
    events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl
    stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
""".split()  # noqa: SIM905


def _never(_: Symbol) -> bool:
    return False


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
        queries=("ecmascript", "javascript"),
        is_exported=_never,  # only what an export statement names
        package=_javascript_package,
    ),
}
