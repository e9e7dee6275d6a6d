"""The tools over one tree: a question by its name and arguments, an answer as plain data. Knows no protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import msgspec

from docwatch import freshness
from docwatch.entries import Row
from docwatch.errors import DocwatchError, UserError
from docwatch.frontends import status
from docwatch.frontends.mcp import answers
from docwatch.frontends.mcp.answers import Data, path_of, standing
from docwatch.frontends.mcp.inert import LINE, NOTICE, inert, shown
from docwatch.frontends.mcp.questions import QUESTIONS, DocsStatus, Question, Refresh
from docwatch.frontends.reading import NOTHING_YET, Lasting, Look
from docwatch.opened import OpenTree
from docwatch.relations import relations
from docwatch.tree import Tree

POLL_SECONDS = 0.05

_ANSWERS: dict[str, Callable[[OpenTree, Any], Data]] = {
    "search_docs": answers.search_docs,
    "get_document": answers.get_document,
    "get_symbol": answers.get_symbol,
    "list_files": answers.list_files,
    "dependents_of": answers.dependents_of,
    "repository_map": answers.repository_map,
}


class Tools:
    """One at a time asks the tree, from whichever thread: a store and git's process are not for several at once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._opened = Lasting(tree)
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._opened.close()

    def warm(self) -> None:
        """Open and read what the first question would wait for. What is in the way is said to whoever asks."""
        with self._turn, contextlib.suppress(DocwatchError):
            if (opened := self._opened.now()) is not None:
                relations(opened)

    async def call(self, name: str, arguments: Mapping[str, object]) -> Data:
        """The answer, with the notice that goes with it. Raises DocwatchError where there is none."""
        question = _asked(name, arguments)
        if isinstance(question, Refresh):
            return _answer(await self._refreshed(question))
        return _answer(await asyncio.to_thread(self._answered, name, question))

    def _answered(self, name: str, question: Question) -> Data:
        with self._turn:
            opened = self._opened.now()
            if isinstance(question, DocsStatus):
                return _status(status.of(self._tree, None if opened is None else Look(opened)))
            if opened is None:
                raise UserError(NOTHING_YET)
            return _ANSWERS[name](opened, question)

    async def _refreshed(self, asked: Refresh) -> Data:
        deadline = time.monotonic() + asked.wait_seconds
        paths = await asyncio.to_thread(self._submit, asked.paths)
        while True:
            rows = await asyncio.to_thread(self._look, paths)
            owed = [row for row in rows.values() if row is not None and row.state in ("queued", "running")]
            if not owed or time.monotonic() >= deadline:
                break
            await asyncio.sleep(POLL_SECONDS)
        items = [_refreshed_row(path, row) for path, row in rows.items()]
        return {"items": items, "done": not owed, **(await asyncio.to_thread(self._who_works) if owed else {})}

    def _submit(self, given: list[str]) -> list[bytes]:
        from docwatch import jobs

        with self._turn:
            opened = self._opened.now()
            if opened is None:
                raise UserError(NOTHING_YET)
            paths = list(dict.fromkeys(path_of(opened, path) for path in given))
            jobs.submit(opened, paths, origin="save")
            return paths

    def _look(self, paths: list[bytes]) -> dict[bytes, Row | None]:
        with self._turn:
            opened = self._opened.now()
            if opened is None:
                raise UserError(NOTHING_YET)
            rows = {path: opened.ledger.row(path) for path in paths}
            return {path: row and freshness.checked(opened, row) for path, row in rows.items()}

    def _who_works(self) -> Data:
        from docwatch import config
        from docwatch.jobs import glance

        if glance.workers(config.load(self._tree.root)):
            return {"why": "the time was up: ask again"}
        return {"why": "no worker is running: the user starts one with 'docwatch up' or 'docwatch start'"}


def _asked(name: str, arguments: Mapping[str, object]) -> Question:
    if name not in QUESTIONS:
        raise UserError(f"there is no tool {inert(name, 80)}: there are {', '.join(QUESTIONS)}")
    try:
        # Numbers may come as text: some models write them so.
        return msgspec.convert(arguments, QUESTIONS[name], strict=False)
    except msgspec.ValidationError as error:
        raise UserError(f"{name}: {inert(str(error), LINE)}: see the tool's schema") from error


def _answer(data: Data) -> Data:
    return {"schema": 1, "notice": NOTICE, "data": data}


def _status(found: status.Status) -> Data:
    shown_fields = status.fields(found)
    watcher = shown_fields["watcher"]
    return {
        "tree": shown(os.fsencode(found.tree.root)),
        "files": found.files,
        "workers": len(found.redis.workers),
        "queued_jobs": found.redis.queued,
        "watcher": watcher,
        "advice": [inert(line, LINE) for line in status.advice(found)],
    }


def _refreshed_row(path: bytes, row: Row | None) -> Data:
    if row is None:
        return {"path": shown(path), "oid": None, "state": "skipped", "reason": "there is no such file to document"}
    return standing(row.path, row.oid, row.state, row.reason)
