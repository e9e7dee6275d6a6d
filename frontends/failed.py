"""`docwatch failed` and `retry`: what could not be documented, grouped by cause, and owing it again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from docwatch import gate, tree
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, inside, reading
from docwatch.frontends.terminal import emit_json, remark
from docwatch.log import harmless
from docwatch.opened import OpenTree

MOST_PATHS = 5  # shown of each cause


@dataclass(frozen=True, slots=True)
class Cause:
    """Files that failed by the same class of error, `name`; each with the reason it was told."""

    name: str
    files: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """The most frequent one."""
        return Counter(reason for _, reason in self.files).most_common(1)[0][0]

    @property
    def differs(self) -> bool:
        return len({reason for _, reason in self.files}) > 1

    @property
    def title(self) -> str:
        return self.name if self.differs else f"{self.name}: {self.reason}" if self.name else self.reason

    def fields(self) -> dict[str, object]:
        """What `failed --json` prints of it."""
        paths = [os.fsdecode(path) for path, _ in self.files[:MOST_PATHS]]
        return {"reason": self.reason, "count": len(self.files), "paths": paths, "cause": self.name}


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def failed(folder: str, *, as_json: bool) -> int:
    """Files of the work tree that holds DIR that could not be documented, grouped by cause."""
    with reading(tree.find(folder)) as opened:
        if opened is None:
            remark(f"docwatch: {NOTHING_YET}")
        found = [] if opened is None else causes(opened)
    if as_json:
        emit_json(causes=[cause.fields() for cause in found])
        return 0
    for cause in found:
        click.echo(f"{render.bold(render.counted(len(cause.files), 'file'))}: {harmless(cause.title)}")
        for path, reason in cause.files[:MOST_PATHS]:
            click.echo(f"  {render.shown(path)}" + (f": {harmless(reason)}" if cause.differs else ""))
        if len(cause.files) > MOST_PATHS:
            click.echo(f"  and {len(cause.files) - MOST_PATHS:,} more: docwatch files --state failed")
    click.echo("try them again with 'docwatch retry --all'" if found else "nothing has failed", err=bool(found))
    return 0


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--cause", metavar="CAUSE", help="All that have failed by this, as 'docwatch failed' calls it.")
@click.option("--all", "every", is_flag=True, help="All that have failed, and what waits for a documenter.")
def retry(paths: tuple[str, ...], *, cause: str | None, every: bool) -> int:
    """Owe files that failed a document again: each PATH, those of one --cause, or --all of the work tree you are in."""
    if [bool(paths), cause is not None, every].count(True) != 1:
        raise click.UsageError("name the files to try again, or their --cause, or say --all")
    found = tree.find(".")
    with reading(found) as opened:
        if opened is None:
            raise UserError(NOTHING_YET)
        named = [path for given in paths if (path := inside(found.root, given)) is not None] if paths else None
        owed, is_sent = owe_again(opened, named, cause=cause, every=every)
    click.echo(f"{render.counted(owed, 'file')} owed again")
    if not is_sent:
        remark("docwatch: no Redis takes the work now; it stays owed until 'docwatch up' or 'docwatch start' runs")
    return 0


def owe_again(
    opened: OpenTree, paths: Sequence[bytes] | None = None, *, cause: str | None = None, every: bool = False
) -> tuple[int, bool]:
    """How many files that had failed are owed again, with `every` also what waits; and whether a Redis took the work.

    Raises UserError where there are none.
    """
    owed = opened.ledger.retry(paths, cause=cause)
    owed += opened.ledger.parked() if every and gate.open_all() else 0
    if not owed:
        by = f" by {cause}: see 'docwatch failed'" if cause else "; see 'docwatch files'"
        raise UserError(f"{'none of these' if paths else 'nothing'} has failed{by}")
    from docwatch.jobs import courier

    return owed, courier.deliver(opened.tree, opened.ledger, opened.config) is not None


def causes(opened: OpenTree) -> list[Cause]:
    """The most frequent first."""
    found: dict[str, Cause] = {}
    for row in opened.ledger.all():
        if row.state == "failed":
            # An older docwatch wrote down no cause.
            found.setdefault(row.cause or row.reason, Cause(row.cause)).files.append((row.path, row.reason))
    return sorted(found.values(), key=lambda cause: -len(cause.files))
