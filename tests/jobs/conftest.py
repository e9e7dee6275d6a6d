"""Documenters that count and fail as told, and workers in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from redis import Redis
from rq import Queue

from docwatch import config, documenters, log
from docwatch.document import Document, Outline, Source
from docwatch.documenters import prose as writers
from docwatch.documenters.prose import Spent, Usage
from docwatch.documenters.prose.question import Question
from docwatch.jobs import connection
from docwatch.jobs.queue import queue
from docwatch.jobs.worker import DocumentWorker


@dataclass
class Stub:
    """Documents by counting; `errors` are raised first, one for each call; `on_call` is called in between."""

    name: str = "stub"
    errors: list[Exception] = field(default_factory=list)
    calls: Counter[bytes] = field(default_factory=Counter)
    on_call: Callable[[Source], None] | None = None

    def fingerprint(self, language: str) -> str:
        return f"stub:1:{language}"

    def document(self, source: Source) -> Document:
        self.calls[source.content] += 1
        if self.errors:
            raise self.errors.pop(0)
        if self.on_call is not None:
            self.on_call(source)
        return Document(source.language, Outline(summary=source.content.decode(errors="replace")))


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    """The configured documenter."""
    made = Stub()
    monkeypatch.setitem(documenters.DOCUMENTERS, "stub", lambda: made)
    monkeypatch.setenv("DOCWATCH_DOCUMENTER", "stub")
    return made


@dataclass
class Writer:
    """Answers what it is asked, and remembers it; `errors` are raised first, one for each call."""

    name: str = "stub"
    model: str = "one"
    errors: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    on_call: Callable[[], None] = lambda: None

    def ask(self, question: Question, spent: Spent) -> object:
        self.asked.append(question.names)
        spent(Usage(self.model, 100, 20, 0.001))
        self.on_call()
        if self.errors:
            raise self.errors.pop(0)
        return {"overview": "All about sheep.", "symbols": dict.fromkeys(question.names, "Does it."), "notes": []}


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    """The configured documenter of prose. Nothing waits to be left alone."""
    made = Writer()
    monkeypatch.setitem(writers.PROSE_DOCUMENTERS, "stub", lambda _: made)
    monkeypatch.setenv("DOCWATCH_PROSE", "stub")
    monkeypatch.setenv("DOCWATCH_PROSE_QUIET_SECONDS", "0")
    return made


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with connection.for_worker(config.load()) as client:
        yield client


@pytest.fixture
def jobs(redis: Redis) -> Queue:
    return queue(redis)


@pytest.fixture
def work(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Run all that is queued, in this process."""
    monkeypatch.chdir("/")

    def burst() -> None:
        log.setup("test")
        DocumentWorker([queue(redis)], connection=redis).work(burst=True, logging_level="CRITICAL")

    return burst
