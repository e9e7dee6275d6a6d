"""Outlines from other processes: in order, and whatever becomes of one of them."""

from __future__ import annotations

import os
import signal

import pytest

from docwatch.document import Document, Outline, Source
from docwatch.documenters import apart, documenter
from docwatch.documenters.apart import Apart


def source(number: int) -> Source:
    return Source(b"caf\xe9%d.py" % number, "python", f"def f{number}(): pass\n".encode())


def test_outlines_are_those_made_here_in_the_order_asked_for() -> None:
    sources = [source(number) for number in range(40)]
    made = documenter("outline")
    with Apart(len(sources)) as outliners:
        assert list(outliners.outlines(sources)) == [(made.document(each), True) for each in sources]


def test_a_process_that_dies_takes_nothing_with_it_but_its_own_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a parser would, over a source of its liking."""
    ask = apart._Child.ask

    def deadly(child: apart._Child, asked: Source) -> Document:
        if asked.path == source(1).path and child._process is not None:
            os.kill(child._process.pid, signal.SIGKILL)
        return ask(child, asked)

    monkeypatch.setattr(apart._Child, "ask", deadly)
    with Apart(3) as outliners:
        made = list(outliners.outlines([source(0), source(1), source(2)]))
    assert [whole for _, whole in made] == [True, False, True]
    assert made[1][0] == Document("python", Outline(problems=("no parser survived this file: its process died",)))


def test_one_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_SECONDS", 0.2)
    monkeypatch.setattr(apart, "_COMMAND", ("sh", "-c", "exec tail -f /dev/null"))
    with Apart(1) as outliners:
        [(document, is_whole)] = outliners.outlines([source(0)])
    assert (is_whole, document.outline.problems) == (False, ("no parser survived this file: more than 0 s",))
