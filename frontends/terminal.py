"""How commands speak: data on stdout, progress and remarks on stderr, colour only where somebody looks."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import click

from docwatch.log import harmless

if TYPE_CHECKING:
    from rich.console import Console


def emit_json(**fields: Any) -> None:
    """One JSON object on stdout. ASCII alone, so that names which are not UTF-8 come through as escapes."""
    click.echo(json.dumps({"schema": 1, **fields}))


def remark(text: str) -> None:
    """A line for the person at the terminal; never part of the data."""
    click.echo(harmless(text), err=True)


def console(*, stderr: bool = False) -> Console:
    """Rich's console; it knows NO_COLOR, pipes and the width."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


class Advance(Protocol):
    def __call__(self, done: int, total: int) -> None: ...


def _silent(done: int, total: int) -> None:
    """Nobody looks."""


@contextlib.contextmanager
def progress(text: str) -> Iterator[Advance]:
    """A bar on stderr for what takes longer than a second; in a pipe nothing at all."""
    if not sys.stderr.isatty():
        yield _silent
        return
    import time

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console(stderr=True), transient=True)
    task = bar.add_task(text)

    def advance(done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - began > 1:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        bar.stop()
