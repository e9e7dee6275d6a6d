"""`docwatch start`, `stop` and `restart`: `docwatch up` in the background, one process for all of a user's trees."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence

import click

from docwatch import config, holder, log, tree
from docwatch.errors import UserError
from docwatch.frontends.terminal import remark
from docwatch.jobs.glance import workers
from docwatch.tree import Tree
from docwatch.watcher import presence

START_SECONDS = 15.0
STOP_SECONDS = 20.0


@click.command()
@click.argument("folders", metavar="[DIR]...", nargs=-1)
def start(folders: tuple[str, ...]) -> int:
    """Document the work trees that hold DIR… and keep them true, in the background."""
    wanted = _find(folders or (".",))
    running = _running()
    served = [] if running is None else _served(running)
    missing = [found for found in wanted if found.id not in {one.id for one in served}]
    for found in missing:
        if (watcher := presence.of(found).pid) is not None:
            raise UserError(f"{found.root} is already watched by process {watcher}; see 'docwatch status'")
    if not missing:
        click.echo(f"already running, process {running}; see 'docwatch status'")
        return 0
    if running is not None:
        _end(running)  # started again below, with all of them
    _start([*served, *missing])
    return 0


@click.command()
def stop() -> int:
    """End what `docwatch start` started, and the private Redis. What is owed stays owed."""
    from docwatch.jobs import server

    running = _running()
    if running is not None:
        _end(running)
    settings = config.load()
    answered = server.is_embedded(settings) and server.answers(settings)
    if answered and not server.stop(settings, even_if_kept=True):
        remark("docwatch: Redis goes on: another docwatch uses it; stop that with ^C where it runs")
    click.echo("stopped" if running is not None or answered else "nothing was running")
    return 0


@click.command()
@click.argument("folders", metavar="[DIR]...", nargs=-1)
def restart(folders: tuple[str, ...]) -> int:
    """Stop, then start with the same work trees, or with those that hold DIR…."""
    running = _running()
    served = [] if running is None else _served(running)
    wanted = _find(folders) or served or _find(["."])
    if running is not None:
        _end(running)
    _start(wanted)
    return 0


def _start(trees: Sequence[Tree]) -> None:
    """Start `up` and wait until it watches and has workers. Raises UserError with what it said, if not."""
    from docwatch.frontends.at_login import installed

    for found in trees:
        tree.register(found)
    process = None
    if (service := installed()) is not None:
        service.start()
    else:
        process = _begin(trees)
    settings = config.load()
    _wait(lambda: _has_ended(process) or (_all_watched(trees) and bool(workers(settings))), START_SECONDS)
    if _has_ended(process) or not _all_watched(trees):
        last = "; ".join(log.tail(1))
        raise UserError(f"it did not start: {last or 'it said nothing'}; see 'docwatch log -n 20'")
    if process is not None:
        process.returncode = 0  # it outlives us on purpose; without this Popen warns that it still runs
    for found in trees:
        click.echo(f"watching {found.root}")
    click.echo(f"running in the background, process {_running()}; 'docwatch status' looks, 'docwatch stop' ends it")


def _begin(trees: Sequence[Tree]) -> subprocess.Popen[bytes]:
    with open(log.path(), "ab") as said:
        process = subprocess.Popen(
            (sys.executable, "-E", "-P", "-m", "docwatch", "up", "--background", *(found.root for found in trees)),
            cwd=os.sep,
            env=config.child_environment(),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    remember(process.pid)
    return process


def _has_ended(process: subprocess.Popen[bytes] | None) -> bool:
    return process is not None and process.poll() is not None


def end() -> None:
    """End the background process, if there is one."""
    if (running := _running()) is not None:
        _end(running)


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    _wait(lambda: _running() is None, STOP_SECONDS)
    if _running() is not None:
        os.kill(pid, signal.SIGKILL)
        _wait(lambda: _running() is None, STOP_SECONDS)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_memory())


def _find(folders: Iterable[str]) -> list[Tree]:
    return list({found.id: found for found in map(tree.find, folders)}.values())


def _served(pid: int) -> list[Tree]:
    return [found for found in tree.registered() if presence.of(found).pid == pid]


def _all_watched(trees: Iterable[Tree]) -> bool:
    return all(presence.of(found).mode != "off" for found in trees)


def _running() -> int | None:
    """The background process, if it lives."""
    try:
        with open(_memory(), encoding="utf-8") as file:
            who = file.read()
    except FileNotFoundError:
        return None
    return int(who.split(":")[-2]) if who and holder.is_alive(who) else None


def remember(pid: int) -> None:
    """This is the process that `docwatch stop` ends."""
    with open(os.open(_memory(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
        file.write(holder.name_of(pid))


def _memory() -> str:
    return os.path.join(config.state_folder(), "background")


def _wait(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.02)
