"""`docwatch import`: documents and notes from an export of docwatch's own, or from the system it replaces."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

import click

from docwatch import tree
from docwatch.errors import ConfigError, UserError
from docwatch.frontends import render
from docwatch.frontends.terminal import emit_json
from docwatch.opened import OpenTree

SOURCES = ("docwatch", "code-query")


@click.command("import")
@click.argument("source", metavar="FILE|DIR")
@click.option("--from", "system", type=click.Choice(SOURCES), default=SOURCES[0], show_default=True, help="Made by.")
@click.option("--dataset", metavar="NAME", help="The one to take, where a code-query database has several.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def import_(source: str, system: str, dataset: str | None, *, as_json: bool) -> int:
    """Take in what `docwatch export --format json` wrote, a file of it or all, or the database of a code-query server.

    Says what was taken and what was not. What is here already stays as it is.
    """
    if dataset is not None and system != "code-query":
        raise ConfigError("--dataset goes with --from code-query; leave it out")
    found = tree.find(".")
    if not os.path.lexists(source):
        raise UserError(f"there is no {source}; name a file or a folder that is there")
    with OpenTree(found) as opened:
        if system == "code-query":
            taken, left = _from_code_query(opened, source, dataset)
        else:
            from docwatch.frontends import import_json

            taken, left = import_json.take(opened, source)
    if as_json:
        emit_json(taken=dict(taken), not_taken=dict(left))
    else:
        for line in _lines(taken, left):
            click.echo(line)
    return 0


def _from_code_query(opened: OpenTree, source: str, dataset: str | None) -> tuple[Counter[str], Counter[str]]:
    from docwatch import code_query
    from docwatch.jobs import moving_in

    counts = dict(code_query.datasets(source))
    if not counts:
        raise UserError(f"{source} has nothing in it; name another database")
    if dataset is None and len(counts) > 1:
        listed = ", ".join(f"{name} ({render.counted(count, 'file')})" for name, count in counts.items())
        raise UserError(f"{source} has several datasets: {listed}; choose one with --dataset")
    chosen = next(iter(counts)) if dataset is None else dataset
    if chosen not in counts:
        raise UserError(f"{source} has no dataset {chosen}; there is {', '.join(counts)}")
    unread = Counter[str]()
    taken, left = moving_in.take(opened, code_query.entries(source, chosen, unread), int(time.time()))
    return taken, left + unread


def _lines(taken: Counter[str], left: Counter[str]) -> Iterator[str]:
    yield "taken: " + (", ".join(f"{count:,} {what}" for what, count in taken.items()) or "nothing")
    if left:
        yield "not taken:"
    for why, count in left.most_common():
        yield from render.wrapped(f"{count:,} {why}", "  ", "  ")
