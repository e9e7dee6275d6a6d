"""How documenters are found, named and loaded."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from docwatch.document import Source
from docwatch.documenters import DOCUMENTERS, documenter
from docwatch.errors import UserError


def modules_after(code: str) -> set[str]:
    """The modules loaded once a fresh Python has run `code`."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_room_loads_no_parser() -> None:
    loaded = modules_after("import docwatch.documenters")

    assert "docwatch.documenters" in loaded
    assert not {"tree_sitter", "importlib.metadata"} & loaded


def test_preload_loads_the_common_grammars_only() -> None:
    loaded = modules_after("import docwatch.documenters as room\nroom.preload()")

    assert {"tree_sitter", "tree_sitter_python", "tree_sitter_cpp", "tree_sitter_typescript"} <= loaded
    assert not {"tree_sitter_swift", "tree_sitter_c_sharp"} & loaded


def test_a_language_without_its_grammar_is_read_as_text_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from docwatch.documenters import grammars

    def find_spec(module: str) -> object:
        return None if module == "tree_sitter_lua" else importlib.util.find_spec(module)

    before = documenter("outline").fingerprint("lua")
    grammars.can_parse.cache_clear()
    monkeypatch.setattr(grammars, "find_spec", find_spec)
    try:
        outline = documenter("outline")
        document = outline.document(Source(b"a.lua", "lua", b"-- What it is.\nlocal a = 1\n"))

        assert document.outline.summary == "What it is."
        assert document.outline.problems == ("no parser here: pip install tree-sitter-lua",)
        assert outline.fingerprint("lua") != before  # so that it is documented again once the grammar is there
    finally:
        grammars.can_parse.cache_clear()


def test_fingerprint_names_documenter_version_and_language() -> None:
    from docwatch.documenters.outline import VERSION

    assert documenter("outline").fingerprint("python") == f"outline:{VERSION}:python"


def test_unknown_documenter_is_the_users_problem_and_names_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"'outlnie'.*outline"):
        documenter("outlnie")


def test_entry_points_are_asked_for_unknown_names_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    asked = []

    class Point:
        def load(self) -> object:
            return DOCUMENTERS["outline"]

    def entry_points(*, group: str, name: str) -> list[Point]:
        asked.append((group, name))
        return [Point()]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)

    assert documenter("outline").name == "outline"
    assert asked == []
    assert documenter("ours").name == "outline"
    assert asked == [("docwatch.documenters", "ours")]
