"""Hostile names, texts and addresses: nothing leaves its place on the page, nothing outside the tree is shown."""

from __future__ import annotations

import time

from docwatch.frontends.web import colour
from docwatch.log import harmless
from tests.conftest import Repo
from tests.frontends import hostile


def test_no_address_leads_out_of_the_tree(repo: Repo) -> None:
    found = hostile.leaks(repo, 100)
    assert found == []


def test_colouring_takes_time_that_grows_with_the_text_and_no_faster() -> None:
    """Each piece, repeated for long, in each family of languages: what is quadratic takes a hundred times as long."""

    def seconds(text: str, language: str) -> float:
        began = time.perf_counter()
        assert colour.lines(text.encode(), language, {})
        return time.perf_counter() - began

    usual = max(seconds("def f(a): return 'x'  # y\n" * 160, "python") for _ in range(3))
    for language in ("python", "html", "markdown", "css", "yaml"):
        for piece in hostile.PIECES:
            text = (piece * 4_000)[:4_000]
            assert min(seconds(text, language) for _ in range(2)) < 20 * usual, (language, piece)


def test_colouring_changes_no_character_but_what_hides_or_turns() -> None:
    for language in ("python", "html", "css", "rust", "text"):
        for text in hostile.texts(60):
            expected = ["\t".join(map(harmless, line.split("\t"))) for line in text.split("\n")]
            lines = colour.lines(text.encode(), language, {1: {"pwned", "x"}})
            assert [hostile.Elements(line).text for line in lines] == expected
            assert {"span", "b"} >= set().union(*(hostile.Elements(line).tags for line in lines))
