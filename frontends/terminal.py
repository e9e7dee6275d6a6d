"""How commands speak: data on stdout, progress and remarks on stderr, colour only where somebody looks."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import click

from docwatch.log import harmless

if TYPE_CHECKING:
    from rich.progress import Progress


def emit_json(**fields: Any) -> None:
    """One JSON object on stdout. ASCII alone, so that names which are not UTF-8 come through as escapes."""
    click.echo(json.dumps({"schema": 1, **fields}))


def remark(text: str) -> None:
    """A line for the person at the terminal; never part of the data."""
    click.echo(harmless(text), err=True)


class Bar:
    """A progress bar on stderr for what takes longer than a second; in a pipe nothing at all.

    Lines printed meanwhile go through `line`, which keeps the two apart on one terminal.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._began = time.monotonic()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def advance(self, done: int, total: int, text: str | None = None) -> None:
        if self._progress is None:
            if not sys.stderr.isatty() or time.monotonic() - self._began < 1:
                return
            self._progress = _bar()
            self._progress.add_task(self._text)
            self._progress.start()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total, description=text or self._text)

    def line(self, text: str) -> None:
        """One line of output on stdout, above the bar."""
        if self._progress is not None and sys.stdout.isatty():
            from rich.text import Text

            self._progress.console.print(Text.from_ansi(text), soft_wrap=True)
        else:
            click.echo(text)

    def end(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)
