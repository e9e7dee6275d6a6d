"""What people type finds the file they mean among the first three.

This is the short form of `bench/search.py`, which asks among the whole standard library.
"""

from __future__ import annotations

import runpy
import sysconfig
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "search.py"


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    return runpy.run_path(str(BENCH))


def test_nine_of_ten_queries_find_their_file(
    bench: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Path(sysconfig.get_path("stdlib"))
    queries = [line.partition("\t") for line in bench["QUERIES"].read_text().splitlines()]
    names = {name for _, _, expected in queries for name in expected.split() if (library / name).is_file()}
    monkeypatch.setenv("DOCWATCH_HOME", str(tmp_path / "home"))
    found = list(bench["outlines"](library, sorted(library / name for name in names)))
    with bench["filled"](tmp_path / "tree", found, 1) as opened:
        assert bench["quality"](opened)
