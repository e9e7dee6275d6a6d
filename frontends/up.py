"""`docwatch up` and `docwatch watch`: everything, or the observer alone, in the foreground."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Self

import click

from docwatch import config, log, tree
from docwatch.config import Config
from docwatch.entries import Row
from docwatch.errors import UserError
from docwatch.frontends.background import remember
from docwatch.frontends.stopping import Stop, stopped_by_signals
from docwatch.frontends.terminal import Bar, remark
from docwatch.frontends.watching import Watching
from docwatch.ledger import Ledger
from docwatch.store import Store
from docwatch.tree import Tree
from docwatch.watcher import presence

logger = logging.getLogger("docwatch.up")
POLL_SECONDS = 0.1
REST_SECONDS = 0.5  # between looks while nothing has changed for so long:
ACTIVE_SECONDS = 10.0
MOST_SAID = 10  # files of the first scan that are named
STOP_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 30.0


@click.command()
@click.argument("folders", metavar="[DIR]...", nargs=-1)
@click.option("-n", "size", type=click.IntRange(min=1), help="How many workers.")
@click.option("--no-hooks", is_flag=True, help="Leave git's hooks alone.")
@click.option("--web", is_flag=True, help="Serve each tree to a browser too; prints the link.")
@click.option("--background", is_flag=True, hidden=True)
@click.option("--service", is_flag=True, hidden=True)
def up(
    folders: tuple[str, ...], size: int | None, *, no_hooks: bool, web: bool, background: bool, service: bool
) -> int:
    """Document the work trees that hold DIR… and keep them true, until ^C."""
    from docwatch.frontends.trees import install_hooks
    from docwatch.jobs import server

    began = time.monotonic()
    settings = config.load(workers=size)
    log.setup("up")
    trees = _registered() if service else _find(folders)
    if service:
        remember(os.getpid())
    with stopped_by_signals() as stop, contextlib.ExitStack() as undo:
        # First of all, so that a second `up` on a tree disturbs nothing.
        watching = [undo.enter_context(Watching(found)) for found in trees]
        started = server.ensure(settings, keep=background)
        undo.callback(_stop_server, settings, started=started)
        undo.enter_context(server.using(settings))
        workers = undo.enter_context(_Workers(settings))
        if not no_hooks:
            for found in trees:
                if found.git_dir is not None:
                    install_hooks(found)
        for one in watching:
            undo.enter_context(one.running())
        for found in trees if web else ():
            from docwatch.frontends.web.server import serving

            click.echo(undo.enter_context(serving(found)).link)
        _tell(watching, stop, began, workers, quiet=background or service)
    return stop.code


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
def watch(folder: str) -> int:
    """Watch the work tree that holds DIR, until ^C. Workers have to be run besides."""
    (found,) = _find([folder])
    log.setup("watch")
    with stopped_by_signals() as stop, Watching(found) as watching, watching.running():
        _tell([watching], stop, time.monotonic())
    return stop.code


def _find(folders: Sequence[str]) -> list[Tree]:
    """The trees, each once, registered."""
    found = {one.id: one for one in map(tree.find, folders or ["."])}
    for one in found.values():
        tree.register(one)
    return list(found.values())


def _registered() -> list[Tree]:
    """The registered trees that are there, and not watched already: one that is away does not stop the others."""
    found = []
    for one in tree.registered():
        try:
            if (other := presence.of(one).pid) is not None:
                raise UserError(f"{one.root} is watched by process {other}")
            found.append(tree.find(one.root))
        except UserError as error:
            logger.warning("%s; left out until the service starts again", error)
    if not found:
        raise UserError("no registered work tree is there to be watched: run 'docwatch init DIR'")
    return found


def _tell(
    watching: list[Watching], stop: Stop, began: float, workers: _Workers | None = None, *, quiet: bool = False
) -> None:
    """A line for each file as its document gets fresh, and why, until told to stop; none of them if `quiet`."""
    with contextlib.ExitStack() as undo, Bar("scanning") as bar:
        several = len(watching) > 1
        reports = [undo.enter_context(_Report(one, began, several=several)) for one in watching if not quiet]
        moved = time.monotonic() if reports else -ACTIVE_SECONDS
        while not stop.wait(POLL_SECONDS if time.monotonic() - moved < ACTIVE_SECONDS else REST_SECONDS):
            if sum(report.tell(bar) for report in reports):  # not any(): each is to tell
                moved = time.monotonic()
            if workers is not None:
                workers.restart_if_dead()
            if all(one.error for one in watching):
                raise UserError(str(watching[0].error))


class _Report:
    """What `up` prints about one tree."""

    def __init__(self, watching: Watching, began: float, *, several: bool) -> None:
        self._watching, self._began = watching, began
        self._prefix = os.path.basename(watching.tree.root) + "/" if several else ""
        self._version = -1
        self._said_all = False
        self._left_to_say = MOST_SAID

    def __enter__(self) -> Self:
        self._store = Store(self._watching.tree.store_path)
        self._ledger = Ledger(self._store, self._watching.tree.id)
        self._since = self._ledger.last_change()
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def tell(self, bar: Bar) -> bool:
        """Whether anything has changed since the last time, or is under way."""
        version = self._store.version()
        has_changed = version != self._version
        if has_changed:
            self._version = version
            for row in self._ledger.changes(self._since):
                self._since = row.changed
                if (line := self._line(row)) and self._is_to_be_said(row):
                    bar.line(line)
        if self._said_all:
            return has_changed
        self._tell_progress(bar)
        return True

    def _is_to_be_said(self, row: Row) -> bool:
        """Of the first scan a few files show that it works; the bar and the last line count the rest."""
        if self._said_all or row.state != "fresh" or row.origin != "scan":
            return True
        self._left_to_say -= 1
        return self._left_to_say >= 0

    def _line(self, row: Row) -> str:
        """Empty for what is only on its way."""
        path = click.style(log.harmless(self._prefix + os.fsdecode(row.path)), bold=True)
        now = click.style(time.strftime("%H:%M:%S"), dim=True)
        match row.state:
            case "fresh":
                return f"{now} {click.style('fresh ', fg='green')} {path} ({row.origin})"
            case "failed":
                return f"{now} {click.style('failed', fg='red')} {path} ({row.origin}): {log.harmless(row.reason)}"
        return ""

    def _tell_progress(self, bar: Bar) -> None:
        scanned = self._watching.scanned
        if scanned is None:
            bar.advance(*self._watching.progress, "scanning")
            return
        waiting = self._ledger.parked()
        left = self._ledger.under_way() - waiting
        if left:
            bar.advance(max(0, scanned.submitted - left), scanned.submitted, "documenting")
            return
        bar.end()
        self._said_all = True
        counts = self._ledger.counts()
        seconds = time.monotonic() - self._began
        files = f"{counts.get('fresh', 0)} files fresh, {counts.get('failed', 0)} failed"
        files += f", {waiting} wait: see 'docwatch status'" if waiting else ""
        bar.line(log.harmless(self._watching.tree.root))
        bar.line(f"{files}, {counts.get('skipped', 0)} left alone, after {seconds:.1f} s; watching, ^C stops")
        if problem := _no_prose(self._watching.tree):
            bar.line(click.style(log.harmless(problem), fg="yellow"))


def _no_prose(found: Tree) -> str:
    """Why no prose is written where some is to be; empty where nothing is in the way."""
    if config.load(found.root).prose == config.NO_PROSE:
        return ""
    from docwatch.frontends import prose
    from docwatch.opened import OpenTree

    with OpenTree(found) as opened:
        return prose.problem(opened)


class _Workers:
    """`docwatch worker` as a child, in a session of its own so that a ^C reaches it through us alone.

    It ends when we do, however we end: its lifeline is a pipe of which we hold the other side.
    """

    def __init__(self, settings: Config) -> None:
        self._size = settings.workers
        self._pause = 0.0
        self._restart_at = 0.0

    def __enter__(self) -> Self:
        self._lifeline, self._ours = os.pipe()
        self._child = self._start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ours)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        os.close(self._lifeline)

    def restart_if_dead(self) -> None:
        if self._child.poll() is None or time.monotonic() < self._restart_at:
            return
        if self._restart_at:
            self._child, self._restart_at = self._start(), 0.0
            return
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2 or 0.5)
        self._restart_at = time.monotonic() + self._pause
        remark(f"docwatch: the workers ended (exit code {self._child.returncode}); see 'docwatch log'; starting again")

    def _start(self) -> subprocess.Popen[bytes]:
        arguments = ("worker", "-n", str(self._size), "--lifeline", str(self._lifeline))
        with open(log.path(), "ab") as said:
            return subprocess.Popen(
                (sys.executable, "-E", "-P", "-m", "docwatch", *arguments),
                cwd=os.sep,
                env=config.child_environment(),
                pass_fds=[self._lifeline],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )


def _stop_server(settings: Config, *, started: bool) -> None:
    """What we started ends with us, unless somebody else uses it by now."""
    from docwatch.jobs import server

    if started:
        server.stop(settings, even_if_kept=False)
