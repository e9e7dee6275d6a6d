"""`docwatch serve`: the tree in a browser, on this machine alone."""

from __future__ import annotations

import threading

import click

from docwatch import log, tree
from docwatch.errors import UserError
from docwatch.frontends.stopping import stopped_by_signals
from docwatch.frontends.terminal import emit_json, remark


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Which one; else one that is free.")
@click.option("--no-open", is_flag=True, help="Print the link, and open no browser.")
@click.option("--json", "as_json", is_flag=True, help="Print the link as JSON, and open no browser.")
def serve(folder: str, *, port: int, no_open: bool, as_json: bool) -> int:
    """The work tree that holds DIR in a browser, until ^C. Nobody else can reach it: the link holds a token."""
    from docwatch.frontends.web.server import serving

    found = tree.find(folder)
    log.setup("serve")
    with stopped_by_signals() as stop, serving(found, port) as server:
        if as_json:
            emit_json(tree=found.root, address=server.address, link=server.link, token=server.keys.token)
        else:
            click.echo(server.link)
        if not (no_open or as_json):
            _open(server.ticket())
        while not stop.wait(1.0):
            if not server.thread.is_alive():
                raise UserError("the server has ended; see 'docwatch log', and start it again")
    return stop.code


def _open(link: str) -> None:
    """In a thread: a browser in the terminal may take long, and its trouble is not ours."""
    import webbrowser

    def tell() -> None:
        if not webbrowser.open(link):
            remark("docwatch: no browser could be opened; open the link above")

    threading.Thread(target=tell, daemon=True).start()
