"""`docwatch service`: docwatch for all registered work trees whenever their user is logged in."""

from __future__ import annotations

import contextlib
import os
import sys

import click

from docwatch import config, tree, whole
from docwatch.errors import UserError
from docwatch.frontends import background
from docwatch.frontends.supervisors import Supervisor, supervisor, usual
from docwatch.frontends.terminal import emit_json, remark

COMMAND = ("-E", "-P", "-m", "docwatch", "up", "--service")


@click.group()
def service() -> None:
    """Have systemd or launchd run docwatch for all registered work trees."""


@service.command()
@click.option("--print", "only_print", is_flag=True, help="Show what would be written, and do nothing.")
def install(*, only_print: bool) -> int:
    """Start it now and at each login, and again when it fails. Repeatable."""
    if only_print:
        remark(usual().path)
        click.echo(_text(usual()), nl=False)
        return 0
    found = supervisor()
    if _is_root():
        raise UserError("docwatch is not run as root: install the service as the user whose work trees it is to watch")
    if not tree.registered():
        raise UserError("no work tree is registered: run 'docwatch init DIR' first")
    _refuse_foreign(found)
    background.end()  # what 'docwatch start' has started would be in its way
    _write(found.path, _text(found))
    found.start()
    click.echo(f"installed {found.path}")
    for one in tree.registered():
        click.echo(f"documents {one.root}")
    if found.name == "systemd":
        click.echo("runs while you are logged in; 'loginctl enable-linger' has it run from the start of the machine")
    return 0


@service.command()
def uninstall() -> int:
    """End it and leave nothing of it behind. Repeatable."""
    found = supervisor()
    if not os.path.lexists(found.path):
        click.echo("not installed")
        return 0
    _refuse_foreign(found)
    found.stop()
    os.unlink(found.path)
    found.forget()
    with contextlib.suppress(OSError):  # folders that hold something else stay
        os.removedirs(os.path.dirname(found.path))
    click.echo(f"removed {found.path}; what is owed stays owed, 'docwatch start' goes on by hand")
    return 0


@service.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(*, as_json: bool) -> int:
    """Whether it is installed, up to date and running."""
    try:
        found = supervisor()
    except UserError as error:
        if not as_json:
            raise
        emit_json(
            supervisor=None, path=None, installed=False, current=False, enabled=False, pid=None, problem=str(error)
        )
        return 0
    written = _read(found.path)
    state = found.state()
    current = written == _text(found)
    if as_json:
        facts = {"supervisor": found.name, "path": found.path, "installed": written is not None, "current": current}
        emit_json(**facts, enabled=state.enabled, pid=state.pid, problem=None)
    elif written is None:
        click.echo("not installed; 'docwatch service install' has docwatch run whenever you are logged in")
    else:
        outdated = "" if current else ", outdated: run 'docwatch service install' again"
        running = f"running, process {state.pid}" if state.pid else "not running; see 'docwatch log'"
        starts = "starts at login" if state.enabled else "does not start at login"
        click.echo(f"{found.name}: {found.path}{outdated}; {starts}; {running}")
    return 0


def installed() -> Supervisor | None:
    """The supervisor that runs docwatch, if one has been told to."""
    with contextlib.suppress(UserError):
        found = supervisor()
        if os.path.exists(found.path):
            return found
    return None


def _text(found: Supervisor) -> bytes:
    return found.text((sys.executable, *COMMAND), config.service_environment())


def _refuse_foreign(found: Supervisor) -> None:
    written = _read(found.path)
    if written is not None and COMMAND[-1].encode() not in written:
        raise UserError(f"{found.path} is not of docwatch's making; move it away")


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write(path: str, content: bytes) -> None:
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
        whole.replace(path, content)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; make its folder writable for you") from error


def _is_root() -> bool:
    return os.geteuid() == 0
