"""A scripted documenter, a meter that counts, and files to write about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.documenters.prose import ProseDocumenter, Spent, Usage
from docwatch.documenters.prose.question import Question
from docwatch.documenters.prose.writing import Record, Request, Written, write
from docwatch.errors import DocwatchError
from docwatch.opened import OpenTree
from docwatch.prose_entries import ProseRow
from tests.conftest import Repo


@dataclass
class Scripted:
    """Answers what it is told to, in turn; then, or without a script, as a good model would. Remembers what it saw."""

    script: list[object] = field(default_factory=list)
    seen: list[Question] = field(default_factory=list)
    name: str = "scripted"
    model: str = "small"

    def ask(self, question: Question, spent: Spent) -> object:
        self.seen.append(question)
        spent(Usage(self.model, question.tokens, 50 * len(question.names), 0.001))
        answer = self.script.pop(0) if self.script else good(question)
        if isinstance(answer, DocwatchError):
            raise answer
        return answer

    @property
    def sent(self) -> str:
        """Everything that left, in one text."""
        return "\n".join(
            question.system + question.prompt + json.dumps(question.schema, ensure_ascii=False)
            for question in self.seen
        )


@dataclass
class Counting:
    """Lets everything pass and adds it up."""

    tokens: int = 0
    usages: list[Usage] = field(default_factory=list)

    def before(self, tokens: int, answer_tokens: int) -> None:
        self.tokens += tokens

    def spent(self, usage: Usage) -> None:
        self.usages.append(usage)


def good(question: Question) -> dict[str, object]:
    return {"overview": "It is a file.", "symbols": {name: f"About {name}." for name in question.names}, "notes": []}


def request(content: str | bytes, language: str = "python", earlier: Record | None = None) -> Request:
    source = Source(b"folder/name", language, content.encode() if isinstance(content, str) else content)
    return Request(source, documenter("outline").document(source).outline, earlier)


Write = Callable[..., Written]


def written(asked: Request, by: ProseDocumenter, meter: Counting | None = None) -> Written:
    """The last of it, which is complete."""
    *_, last = write(asked, by, meter or Counting())
    assert last.complete
    return last


def scanned(repo: Repo, **settings: object) -> dict[str, ProseRow]:
    """Have all of a repository written about, workers and all, by whom the settings name; how that stands by path."""
    environment = {f"DOCWATCH_{key.upper()}": str(value) for key, value in settings.items()}
    command = (sys.executable, "-P", "-m", "docwatch", "scan", "--wait", "--yes")
    subprocess.run(command, cwd=repo.root, env=os.environ | environment, capture_output=True, check=False)
    with OpenTree(repo.tree()) as opened:
        return {os.fsdecode(row.path): row for row in opened.prose.rows()}


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()
