"""Nothing that `ast` sees at module or class level is missing from a Python outline.

This is the short form of `bench/outline_recall.py`, which goes through the whole standard library.
"""

from __future__ import annotations

import ast
import os
import sysconfig
from collections.abc import Iterator

from .conftest import OutlineOf

FILES = 150
LARGEST = 60_000  # bytes


def definitions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each function and class at module or class level, `if`, `try`, ... included."""
    todo = [tree]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield child.lineno, child.name
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
                todo.append(child)


def modules() -> list[str]:
    with os.scandir(sysconfig.get_path("stdlib")) as entries:
        found = sorted(entry.path for entry in entries if entry.name.endswith(".py") and entry.stat().st_size < LARGEST)
    return found[:FILES]


def test_every_function_and_class_of_the_standard_library_is_in_the_outline(outline_of: OutlineOf) -> None:
    missed, seen = [], 0
    for path in modules():
        with open(path, "rb") as file:
            content = file.read()
        wanted = set(definitions(ast.parse(content)))
        symbols = outline_of(content, "python").symbols
        missed += [(path, *miss) for miss in wanted - {(symbol.line, symbol.name) for symbol in symbols}]
        seen += len(wanted)

    assert missed == []
    assert seen > 2_000
