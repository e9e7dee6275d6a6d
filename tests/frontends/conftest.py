"""Commands run in this process, from inside the repository."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from docwatch.documenters import prose as writers
from docwatch.frontends import cli
from tests.conftest import Repo
from tests.documenters.prose.conftest import Scripted


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        found = json.loads(self.out)
        assert found.pop("schema") == 1
        return found


Run = Callable[..., Ran]


@pytest.fixture
def run(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `docwatch` with these arguments at the root of `repo`."""
    monkeypatch.chdir(repo.root)

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        code = cli.run(list(arguments))
        return Ran(code, *capsys.readouterr())

    return ran


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """The configured documenter of prose."""
    made = Scripted()
    monkeypatch.setitem(writers.PROSE_DOCUMENTERS, "scripted", lambda _: made)
    monkeypatch.setenv("DOCWATCH_PROSE", "scripted")
    return made


def markup(text: str) -> list[str]:
    """What a renderer makes of Markdown besides text: markup, images, links that leave the export."""
    from markdown_it import MarkdownIt

    tokens = [each for block in MarkdownIt("commonmark").parse(text) for each in (block, *(block.children or ()))]
    return [
        f"{token.type} {token.content or token.attrs}"
        for token in tokens
        if token.type in ("html_block", "image", "html_inline", "link_open")
        and token.content != "<!-- -->"
        and not re.match(r"(\.\./)*(files/|index\.md)", str(token.attrs.get("href", "")))
    ]


@pytest.fixture(autouse=True)
def hooks_are_files(hooks_as_files: None) -> None:
    """Those in git's configuration have tests of their own."""
