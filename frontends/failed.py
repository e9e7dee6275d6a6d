"""`docwatch failed` and `retry`: what could not be documented, grouped by cause, and owing it again."""

from __future__ import annotations

import os

import click

from docwatch import tree
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, inside, reading
from docwatch.frontends.terminal import emit_json, remark
from docwatch.log import harmless
from docwatch.opened import OpenTree

MOST_PATHS = 5  # shown of each cause


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def failed(folder: str, *, as_json: bool) -> int:
    """Files of the work tree that holds DIR that could not be documented, grouped by cause."""
    with reading(tree.find(folder)) as opened:
        if opened is None:
            remark(f"docwatch: {NOTHING_YET}")
        causes = {} if opened is None else _causes(opened)
    if as_json:
        emit_json(
            causes=[
                {"reason": reason, "count": len(paths), "paths": list(map(os.fsdecode, paths[:MOST_PATHS]))}
                for reason, paths in causes.items()
            ]
        )
        return 0
    for reason, paths in causes.items():
        click.echo(f"{render.bold(render.counted(len(paths), 'file'))}: {harmless(reason)}")
        for path in paths[:MOST_PATHS]:
            click.echo(f"  {render.shown(path)}")
        if len(paths) > MOST_PATHS:
            click.echo(f"  and {len(paths) - MOST_PATHS:,} more: docwatch files --state failed")
    click.echo("try them again with 'docwatch retry --all'" if causes else "nothing has failed", err=bool(causes))
    return 0


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that have failed.")
def retry(paths: tuple[str, ...], *, every: bool) -> int:
    """Owe files that failed a document again: each PATH, or --all in the work tree you are in."""
    if bool(paths) == every:
        raise click.UsageError("name the files to try again, or say --all")
    found = tree.find(".")
    with reading(found) as opened:
        if opened is None:
            raise UserError(NOTHING_YET)
        named = None if every else [path for given in paths if (path := inside(found.root, given)) is not None]
        owed = opened.ledger.retry(named)
        if not owed:
            raise UserError(f"{'none of these' if paths else 'nothing'} has failed; see 'docwatch files'")
        from docwatch.jobs import courier

        sent = courier.deliver(found, opened.ledger, opened.config)
    click.echo(f"{render.counted(owed, 'file')} owed again")
    if not sent:
        remark("docwatch: no Redis takes the work now; it stays owed until 'docwatch up' or 'docwatch start' runs")
    return 0


def _causes(opened: OpenTree) -> dict[str, list[bytes]]:
    """Paths by the reason why they failed, the most frequent first."""
    causes: dict[str, list[bytes]] = {}
    for row in opened.ledger.all():
        if row.state == "failed":
            causes.setdefault(row.reason, []).append(row.path)
    return dict(sorted(causes.items(), key=lambda cause: -len(cause[1])))
