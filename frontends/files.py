"""`docwatch files`, `why` and `check`: every file seen and its state, what decided it, and whether all are fresh."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import click

from docwatch import config, freshness, tree
from docwatch.confined import NOT_REGULAR
from docwatch.decision import OUTSIDE, Decision
from docwatch.entries import Row
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, Look, inside, reading
from docwatch.frontends.terminal import emit_json, remark
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.prose_entries import ProseRow
from docwatch.scope import Scope
from docwatch.tree import Tree

MOST_SHOWN = 20


class Listed(NamedTuple):
    """One line of a listing. `oid` is the content of which there is a document, None where there is none."""

    path: bytes
    state: str
    oid: str | None
    reason: str
    prose: ProseRow | None = None  # of a fresh file whose prose is not there

    def fields(self) -> dict[str, object]:
        """What `files --json` prints of it."""
        shown = {"path": os.fsdecode(self.path), "state": self.state, "oid": self.oid, "reason": self.reason}
        return shown | ({"prose": self.prose.fields()} if self.prose is not None else {})

    @property
    def told(self) -> str:
        return self.reason or (self.prose.told if self.prose is not None else "")


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--state", type=click.Choice(render.STATES), help="Only files in this state.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def files(folder: str, *, state: str | None, as_json: bool) -> int:
    """Every file seen in the work tree that holds DIR, its state and the reason."""
    found = tree.find(folder)
    rows: list[Listed] = []
    with reading(found) as opened:
        if opened is None:
            remark(f"docwatch: {NOTHING_YET}")
        else:
            troubled, now = opened.prose.troubled(), Look(opened).rows()
            rows.extend(listed(row, troubled.get(row.path)) for row in now if state in (None, row.state))
    _tell(rows, as_json=as_json)
    return 0


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why(path: str, *, as_json: bool) -> int:
    """What decides that PATH is documented or not, and the rule's file and line."""
    decision = _decided(tree.find("."), path)
    rule = decision.rule
    if as_json:
        emit_json(
            path=os.fsdecode(decision.path),
            admitted=decision.admitted,
            reason=decision.reason,
            rule=rule and {"file": rule.file, "line": rule.line, "pattern": rule.pattern},
        )
        return 0
    verdict = "is documented" if decision.admitted else "is not documented"
    by = f", by {rule.file}:{rule.line}: {rule.pattern}" if rule else ""
    click.echo(harmless(f"{os.fsdecode(decision.path)} {verdict}: {decision.reason}{by}"))
    return 0


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check(folder: str, *, as_json: bool) -> int:
    """Exit 1 if any document in the work tree that holds DIR is stale or missing: for CI and pre-push."""
    with reading(tree.find(folder)) as opened:
        if opened is None:
            raise UserError(NOTHING_YET)
        bad = sorted(_not_fresh(opened))
    if bad or as_json:
        _tell(bad, as_json=as_json, most=MOST_SHOWN)
    if bad:
        step = "see 'docwatch failed'" if {one.state for one in bad} == {"failed"} else "run 'docwatch scan --wait'"
        raise UserError(f"{render.counted(len(bad), 'file')} without a fresh document; {step}")
    if not as_json:
        click.echo("every document is fresh")
    return 0


def _tell(rows: Sequence[Listed], *, as_json: bool, most: int | None = None) -> None:
    if as_json:
        emit_json(files=[one.fields() for one in rows])
        return
    shown = [(one, render.shown(one.path)) for one in rows[:most]]
    width = min(60, max((len(path) for one, path in shown if one.told), default=0))
    for one, path in shown:
        reason = "  " + render.dim(harmless(one.told)) if one.told else ""
        click.echo(f"{render.coloured(one.state, 7)}  {path.ljust(width) if reason else path}{reason}")
    if len(shown) < len(rows):
        click.echo(f"and {len(rows) - len(shown):,} more")


def listed(row: Row, prose: ProseRow | None = None) -> Listed:
    return Listed(row.path, row.state, row.oid, row.reason, prose if row.state == "fresh" else None)


def _decided(found: Tree, given: str) -> Decision:
    """By name and rules first; then, where these admit it, by its content."""
    path = inside(found.root, given)
    if path is None:
        return Decision(os.fsencode(given), False, OUTSIDE)
    if not path:
        return Decision(b".", False, NOT_REGULAR)
    with Scope(found, config.load(found.root)) as scope:
        decision = scope.admit(path)
        return scope.read(path).decision if decision.admitted else decision


def _not_fresh(opened: OpenTree) -> Iterator[Listed]:
    """Every file that lacks the document of its content as it is now. Nothing is written."""
    from docwatch.watcher.reconcile import survey

    found = survey(opened)
    rows = {row.path: row for row in opened.ledger.all()}
    yield from _differing(opened, found.changed, rows)
    for path in found.gone:
        if (row := rows.get(path)) is not None and row.state != "skipped":
            yield Listed(path, freshness.STALE, row.oid, "gone")
    for path in rows.keys() - {*found.changed, *found.gone}:
        if rows[path].state in ("queued", "running", "failed"):
            yield listed(rows[path])


def _differing(opened: OpenTree, paths: Iterable[bytes], rows: dict[bytes, Row]) -> Iterator[Listed]:
    """Of files that may differ from the ledger those that do: each is read."""
    from docwatch.documenters import documenter
    from docwatch.entries import Owed
    from docwatch.jobs.producer import as_read

    how = documenter(opened.config.documenter)
    for path in paths:
        row, read = rows.get(path), as_read(opened.scope.read(path), how)
        if row is None or row.state == "skipped":
            if isinstance(read, Owed):
                yield Listed(path, freshness.STALE, None, "no document yet")
        elif not isinstance(read, Owed):
            yield Listed(path, freshness.STALE, row.oid, getattr(read, "reason", "gone"))
        elif row.state in ("queued", "running"):
            yield listed(row)
        elif row.wanted != read.oid:
            yield Listed(path, freshness.STALE, row.oid, "changed since")
        elif row.documenter != read.documenter:
            yield Listed(path, freshness.STALE, row.oid, "made by another documenter")
        elif row.state == "failed":
            yield listed(row)
