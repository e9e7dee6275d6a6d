"""What a prose worker does with its jobs: have a fresh file written about, a call at a time, and keep what was written.

A job makes one call at most. What is not complete then is owed still and comes again as another job, so that a large
file neither outlives its job's time nor keeps the others waiting, and whatever is killed has lost one answer.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

from docwatch import documents, log, prose
from docwatch.document import Outline, Source
from docwatch.documenters import prose as writers
from docwatch.documenters.prose import ProseDocumenter
from docwatch.jobs import run
from docwatch.jobs.batch import WAITS_OF_THE_UNKNOWN, complain
from docwatch.jobs.fate import Fate, follow, judge
from docwatch.jobs.meter import Meter
from docwatch.jobs.room import with_room
from docwatch.opened import OpenTree
from docwatch.prose_entries import ProseBegun, Terms

if TYPE_CHECKING:
    from docwatch.config import Config
    from docwatch.documenters.prose.writing import Request
    from docwatch.documenters.prose.writing import Written as Writing

logger = logging.getLogger("docwatch.jobs")
# Before a file is looked at again that is being changed, or that another process writes about.
AGAIN_SECONDS = 5.0
UNHURT: AbstractContextManager[object] = contextlib.nullcontext()


def write_prose(tree: str, path: str) -> None:
    """RQ's entry for one job. Safe to run twice, late or out of order.

    Raises whatever went wrong, after writing it down and telling RQ whether and when to try again.
    """
    from rq import get_current_job

    fate = write(tree, os.fsencode(path))
    if fate is not None and not fate.parks:
        if (job := get_current_job()) is not None:
            follow(job, fate)
        raise fate.error


def write(tree: str, path: bytes, guard: AbstractContextManager[object] = UNHURT) -> Fate | None:
    """Write the next part of what is owed of a file. What goes wrong is written down, and given.

    `guard` surrounds the work of the documenter: it may end it by an exception.
    """
    if not log.is_set_up():
        log.setup("worker")
    try:
        opened = with_room(partial(run.opened, tree))
        if opened is None:
            return None
        opened.refresh()
        begun = opened.prose.begin(path)
        return None if begun is None else _Run(opened, path, begun).run(guard)
    except Exception as error:  # noqa: BLE001 - the tree cannot be opened, or its ledger not be written
        fate = judge(error, waits=WAITS_OF_THE_UNKNOWN)
        complain(path, fate)
        return fate


def terms(settings: Config, *, renew: bool = False, at_once: bool = False) -> Terms | None:
    """On what terms prose is owed; None where there is to be none. UserError where its documenter cannot be had."""
    documenter = writers.prose_documenter(settings)
    if documenter is None:
        return None
    now = writers.fingerprint(documenter)
    return Terms(
        now,
        partial(writers.is_current, now=now),
        quiet_seconds=settings.prose_quiet_seconds,
        on_commit=settings.prose_when == "commit",
        renew=renew,
        at_once=at_once,
    )


def request(
    opened: OpenTree, path: bytes, earlier: prose.Written | None, will_do: Callable[[str], bool]
) -> Request | None:
    """What a documenter is told of a file; None where it has no fresh document, or other content by now.

    What anybody who `will_do` has written about its symbols, wherever they stood then, comes along.
    """
    from docwatch.documenters.prose.writing import Record, Request

    row = opened.ledger.row(path)
    if row is None or row.state != "fresh" or row.document is None:
        return None
    reading = opened.scope.read(path)
    if not reading.decision.admitted or reading.oid != row.oid:
        return None
    import msgspec

    body = documents.body(opened.store.connection, row.document)

    def record(written: prose.Written) -> Record:
        return msgspec.json.decode(written.body, type=Record)

    def elsewhere(digests: Collection[str]) -> Iterator[Record]:
        yield from map(record, prose.about_symbols(opened.store.connection, digests, will_do))

    source = Source(path, str(body["language"]), reading.content)
    outline = msgspec.convert(body["outline"], Outline)
    return Request(source, outline, None if earlier is None else record(earlier), elsewhere)


def known_texts(opened: OpenTree, path: bytes, earlier: prose.Written | None) -> dict[str, str]:
    """What anybody wrote that is true of the file's symbols as they are now, while more is owed."""
    from docwatch.documenters.prose import writing

    asked = request(opened, path, earlier, lambda _by: True)
    return {} if asked is None else writing.known_texts(asked)


class _Run:
    """One run over one path."""

    def __init__(self, opened: OpenTree, path: bytes, begun: ProseBegun) -> None:
        self._opened, self._path, self._begun = opened, path, begun
        self._began = time.perf_counter()

    def run(self, guard: AbstractContextManager[object]) -> Fate | None:
        is_asking = False
        try:
            documenter = writers.prose_documenter(self._opened.config)
            if documenter is None:  # it was until a moment ago
                self._opened.prose.postpone(self._path, self._begun, 0.0)
                return None
            how = writers.fingerprint(documenter)
            if not self._claim(how):
                return None
            earlier = self._earlier(how)
            asked = request(self._opened, self._path, earlier, partial(self._will_do, how))
            if asked is None:
                self._opened.prose.postpone(self._path, self._begun, AGAIN_SECONDS)
                return None
            is_asking = True
            with guard:
                writing = _next_part(asked, documenter, self._opened.config, self._opened.tree.id)
            is_asking = False
            with_room(partial(self._keep, how, writing))
        except Exception as error:  # noqa: BLE001 - the one place where a prose documenter's errors arrive
            return self._fail(error, of_documenter=is_asking)
        finally:
            with self._opened.store.writing() as connection:
                prose.release(connection, self._begun.wanted, self._begun.language)
        return None

    def _claim(self, how: str) -> bool:
        """Whether something is to be written, by us: it may be there by now, or be another's work."""

        with self._opened.store.writing() as connection:
            there = prose.complete(connection, self._begun.wanted, self._begun.language, partial(self._will_do, how))
            if there is not None:
                self._opened.prose.finish(self._path, self._begun, there, complete=True)
                return False
            is_ours = prose.claim(connection, self._begun.wanted, self._begun.language)
        if not is_ours:
            self._opened.prose.postpone(self._path, self._begun, AGAIN_SECONDS)
        return is_ours

    def _earlier(self, how: str) -> prose.Written | None:
        """What holds still: the same documenter's words about this content, or about what the path held before."""
        connection = self._opened.store.connection
        found = prose.begun(connection, self._begun.wanted, self._begun.language, how)
        if found is None and self._begun.prose is not None:
            found = prose.by_id(connection, self._begun.prose)
        return found if found is not None and self._will_do(how, found.documenter) else None

    def _will_do(self, how: str, by: str) -> bool:
        """Whether what was written `by` somebody stands where it is to be written as `how`."""
        return by == how or (not self._begun.renew and writers.is_current(by, how))

    def _keep(self, how: str, writing: Writing) -> None:
        import msgspec

        left_out = json.dumps(writing.left_out)
        body = msgspec.json.encode(writing.record)
        written = prose.Written(0, self._begun.wanted, how, body, writing.complete, writing.masked, left_out)
        with self._opened.store.writing() as connection:
            number = prose.keep(connection, self._begun.language, written)
            self._opened.prose.finish(self._path, self._begun, number, complete=writing.complete)
        milliseconds = (time.perf_counter() - self._began) * 1000
        whole = "written" if writing.complete else "written in part"
        logger.info("%s: prose %s by %s in %.0f ms", os.fsdecode(self._path), whole, how, milliseconds)

    def _fail(self, error: Exception, *, of_documenter: bool) -> Fate:
        fate = judge(
            error,
            tries=self._begun.tries,
            waits=self._begun.waits,
            intervals=self._opened.config.retry_intervals,
            of_documenter=of_documenter,
        )
        self._opened.prose.give_back(self._path, self._begun, fate.setback())
        complain(self._path, fate)
        return fate


def _next_part(asked: Request, documenter: ProseDocumenter, settings: Config, tree: str) -> Writing:
    from docwatch.documenters.prose.writing import write

    with Meter(settings, documenter, tree, asked.source.path) as meter:
        return next(write(asked, documenter, meter))
