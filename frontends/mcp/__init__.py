"""`docwatch mcp`: the documents of a tree as tools for coding agents. Light: the SDK comes when it is served."""

from __future__ import annotations

import sys

import click

from docwatch import tree
from docwatch.errors import UserError
from docwatch.frontends.terminal import remark

HOW_TO_GET_IT = "run './install.sh' again, or pip install 'docwatch[mcp]'"


@click.group(invoke_without_command=True)
@click.pass_context
def mcp(context: click.Context) -> None:
    """Serve the documents of the work tree you are in to a coding agent, over standard input and output.

    Agents start it themselves: 'docwatch mcp install' tells them how.
    """
    if context.invoked_subcommand is None:
        _serve()


def _serve() -> None:
    from docwatch import log
    from docwatch.frontends.mcp.greeting import greet

    found = tree.find(".")
    _need_the_sdk()
    log.setup("mcp")
    opening = greet(sys.stdin.fileno(), sys.stdout.fileno())
    if not opening.line:
        return
    import asyncio

    from docwatch.frontends.mcp.server import over_stdio

    asyncio.run(over_stdio(found, opening))


def is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("mcp") is not None


def _need_the_sdk() -> None:
    if not is_installed():
        raise UserError(f"coding agents are served with the package 'mcp', which is not installed: {HOW_TO_GET_IT}")


_whose = click.option(
    "--client", type=click.Choice(("claude", "cursor", "vscode")), required=True, help="Whose list it is."
)


@mcp.command()
@_whose
@click.option("--print", "only_print", is_flag=True, help="Print what would be added, and change nothing.")
def install(client: str, *, only_print: bool) -> int:
    """Add the server to the list of a coding agent, for the work tree you are in. Repeatable."""
    from docwatch.frontends.mcp import clients

    found, its = tree.find("."), clients.CLIENTS[client]
    place = its.place(found.root)
    if only_print:
        click.echo(clients.addition(its, found), nl=False)
        remark(f"to stand in {place}")
        return 0
    _need_the_sdk()
    changed = clients.install(its, found)
    click.echo(f"{'added to' if changed else 'already in'} {place}: {its.title} starts it when it is next opened here")
    return 0


@mcp.command()
@_whose
def uninstall(client: str) -> int:
    """Take the server out of the list of a coding agent, for the work tree you are in. Repeatable."""
    from docwatch.frontends.mcp import clients

    found, its = tree.find("."), clients.CLIENTS[client]
    place = its.place(found.root)
    click.echo(f"taken out of {place}" if clients.uninstall(its, found) else f"not in {place}: nothing to do")
    return 0
