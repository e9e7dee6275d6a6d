"""Which functions and classes that `ast` finds at module or class level are missing from the outline?

    python bench/outline_recall.py [FOLDER]     (default: this Python's standard library)

Prints every miss as `file:line name`, then the counts. Files that `ast` itself refuses are left out.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
import warnings
from collections.abc import Iterator

from docwatch.document import Source
from docwatch.documenters import documenter


def definitions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each function and class at module or class level, `if`, `try`, ... included."""
    todo = [tree]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield child.lineno, child.name
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
                todo.append(child)


def python_files(folder: str) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"site-packages", "__pycache__"})
        yield from (os.path.join(path, name) for name in sorted(names) if name.endswith(".py"))


def main() -> int:
    folder = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    warnings.simplefilter("ignore", SyntaxWarning)
    outline = documenter("outline")
    files = expected = missed = refused = 0
    for path in python_files(folder):
        with open(path, "rb") as file:
            content = file.read()
        try:
            wanted = set(definitions(ast.parse(content)))
        except (SyntaxError, ValueError):
            refused += 1
            continue
        symbols = outline.document(Source(os.fsencode(path), "python", content)).outline.symbols
        misses = wanted - {(symbol.line, symbol.name) for symbol in symbols}
        files, expected, missed = files + 1, expected + len(wanted), missed + len(misses)
        for line, name in sorted(misses):
            print(f"{path}:{line} {name}")
    print(f"{files} files, {expected} definitions, {missed} missed; {refused} files that ast refuses", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
