"""How prose documenters are named and found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docwatch.config import Config
from docwatch.documenters.prose import ProseDocumenter, fingerprint, prose_documenter
from docwatch.documenters.prose.writing import write
from docwatch.errors import UserError

from .conftest import Counting, Scripted, request


def test_none_is_none_and_an_unknown_name_is_the_users_problem() -> None:
    assert prose_documenter(Config()) is None
    with pytest.raises(UserError, match=r"'cluade'.*none, claude, command, llm"):
        prose_documenter(Config(prose="cluade"))


def test_entry_points_are_asked_for_unknown_names_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    asked = []

    class Point:
        def load(self) -> Callable[[Config], ProseDocumenter]:
            return lambda settings: Scripted(model=settings.prose_models[0])

    def entry_points(*, group: str, name: str) -> list[Point]:
        asked.append((group, name))
        return [Point()]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    found = prose_documenter(Config(prose="ours", prose_models=("big",)))

    assert found is not None
    assert fingerprint(found) == "scripted:1:big"
    assert asked == [("docwatch.prose", "ours")]
    *_, done = write(request("def f(): pass\n"), found, Counting())
    assert done.complete
