"""Nothing that `ast` sees at module or class level is missing from a Python outline.

This is the short form of `bench/outline_recall.py`, which goes through the whole standard library.
"""

from __future__ import annotations

import ast
import os
import runpy
import sysconfig
from pathlib import Path

import pytest

from .conftest import OutlineOf

BENCH = Path(__file__).parents[2] / "bench" / "outline_recall.py"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(BENCH.parent)
    definitions = runpy.run_path(str(BENCH))["definitions"]
FILES = 150
LARGEST = 60_000  # bytes


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
