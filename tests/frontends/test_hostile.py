"""500 hostile names and texts stay text in a browser, in files, in a terminal and for an agent."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Repo
from tests.frontends import hostile


def test_500_hostile_names_and_texts_stay_text(repo: Repo, tmp_path: Path, redis_url: str) -> None:
    """Five to a file: its name, two docs, a literal, a comment."""
    found = hostile.outbreaks(repo, tmp_path / "out", 100)
    assert {way: broken for way, broken in found.items() if broken} == {}
    assert set(found) == {"pages", "exports", "terminal", "tools"}
