"""The outline of one file per language, written in its usual style, beside the source as JSON.

After a change that is meant, write the expected outlines anew and read the difference:

    python tests/documenters/test_golden.py --write && git diff tests/documenters/golden
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.language import language_of

GOLDEN = Path(__file__).parent / "golden"
SOURCES = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".json")


def outline_json(path: Path) -> str:
    language = language_of(path.name.encode())
    assert language is not None
    document = documenter("outline").document(Source(path.name.encode(), language, path.read_bytes()))
    return json.dumps(dataclasses.asdict(document), indent=1, ensure_ascii=False) + "\n"


def expected(path: Path) -> Path:
    return path.with_name(path.name + ".json")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_outline_is_as_expected(path: Path) -> None:
    assert outline_json(path) == expected(path).read_text(encoding="utf-8")


def test_each_language_we_read_has_a_golden_file() -> None:
    from docwatch.documenters.languages import LANGUAGES
    from docwatch.documenters.plain import READERS

    assert {*LANGUAGES, *READERS} - {"less"} <= {language_of(path.name.encode()) for path in SOURCES}


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    for source in SOURCES:
        expected(source).write_text(outline_json(source), encoding="utf-8")
