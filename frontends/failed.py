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
    """Files that failed by the same class of error, `name`; each with the reason it was told.

    With `of_prose` it is their prose that failed: their document stands.
    """

    name: str
    files: list[tuple[bytes, str]] = field(default_factory=list)
    of_prose: bool = False

    @property
    def reason(self) -> str:
        """The most frequent one."""
        return Counter(reason for _, reason in self.files).most_common(1)[0][0]

    @property
    def differs(self) -> bool:
        return len({reason for _, reason in self.files}) > 1

    @property
    def title(self) -> str:
        told = self.name if self.differs else f"{self.name}: {self.reason}" if self.name else self.reason
        return f"prose: {told}" if self.of_prose else told

    def fields(self) -> dict[str, object]:
        """What `failed --json` prints of it."""
        paths = [os.fsdecode(path) for path, _ in self.files[:MOST_PATHS]]
        shown = {"reason": self.reason, "count": len(self.files), "paths": paths, "cause": self.name}
        return shown | ({"prose": True} if self.of_prose else {})


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
            state = "" if cause.of_prose else " --state failed"
            click.echo(f"  and {len(cause.files) - MOST_PATHS:,} more: docwatch files{state}")
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
    ledgers = (opened.ledger, opened.prose)
    owed = sum(rows.retry(paths, cause=cause) for rows in ledgers)
    owed += sum(rows.parked() for rows in ledgers) if every and gate.open_all() else 0
    if not owed:
        by = f" by {cause}: see 'docwatch failed'" if cause else "; see 'docwatch files'"
        raise UserError(f"{'none of these' if paths else 'nothing'} has failed{by}")
    from docwatch.jobs import courier

    sent = [courier.deliver(opened.tree, opened.ledger, opened.config)]
    if courier.look_for_prose(opened.tree, opened.prose):  # else it is not agreed to, or not wanted
        sent.append(courier.deliver(opened.tree, opened.prose, opened.config))
    return owed, None not in sent


def causes(opened: OpenTree) -> list[Cause]:
    """The most frequent first."""
    found: dict[tuple[str, bool], Cause] = {}
    for row in opened.ledger.rows("state = 'failed' ORDER BY path"):
        # An older docwatch wrote down no cause.
        key = (row.cause or row.reason, False)
        found.setdefault(key, Cause(row.cause)).files.append((row.path, row.reason))
    for one in opened.prose.rows("state = 'failed'"):
        found.setdefault((one.cause, True), Cause(one.cause, of_prose=True)).files.append((one.path, one.reason))
    return sorted(found.values(), key=lambda cause: -len(cause.files))
