"""`docwatch scan`: by hand what the watcher does by itself."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from docwatch import config, tree
from docwatch.errors import UserError
from docwatch.frontends.terminal import Bar, emit_json, remark
from docwatch.tree import Tree
from docwatch.watcher.findings import Scanned
from docwatch.watcher.standing import standing

if TYPE_CHECKING:
    from docwatch.gate import Gate
    from docwatch.jobs.consent import Estimate
    from docwatch.opened import OpenTree

POLL_SECONDS = 0.05


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--wait", is_flag=True, help="Wait until all is documented; exit 1 if anything failed.")
@click.option("--sync", is_flag=True, help="Document here and now, without Redis; exit 1 as --wait does.")
@click.option("--dry-run", is_flag=True, help="Say what would be submitted; write nothing.")
@click.option("--yes", is_flag=True, help="Agree to what prose may cost.")
@click.option("--renew-prose", is_flag=True, help="Have prose written anew that another model has written.")
@click.option("--full", is_flag=True, help="Read every file again, and try failed ones again.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def scan(
    folder: str, *, wait: bool, sync: bool, dry_run: bool, yes: bool, renew_prose: bool, full: bool, as_json: bool
) -> int:
    """Find what is owed a document in the work tree that holds DIR, and submit it."""
    found = tree.find(folder)
    tree.register(found)
    waits = (wait or sync) and not dry_run
    has_prose = config.load(found.root).prose != config.NO_PROSE
    scanned = None if full or has_prose else standing(found)
    owed, prose = "", None
    if scanned is None:
        asks = Asks(waits=waits, sync=sync, dry_run=dry_run, full=full, yes=yes, renew_prose=renew_prose)
        scanned, owed, prose = _look(found, asks)
    if as_json:
        emit_json(**asdict(scanned), **({} if prose is None else {"prose": asdict(prose)}))
    else:
        click.echo(summary(scanned, dry_run=dry_run, waited=waits))
        if prose is not None:
            click.echo(f"prose would be written about {prose if prose.files else 'nothing'}")
    if scanned.submitted and not waits and not dry_run:
        _say_who_works(found)
    if waits and scanned.failed:
        raise UserError(f"{scanned.failed} of {scanned.admitted} files failed; see 'docwatch failed'")
    if owed:
        raise UserError(owed)
    return 0


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked for, as the options of `docwatch scan`; `waits` is for `--wait` and `--sync`."""

    waits: bool
    sync: bool
    dry_run: bool
    full: bool
    yes: bool
    renew_prose: bool


def _look(found: Tree, asks: Asks) -> tuple[Scanned, str, Estimate | None]:
    """What looking at the tree came to; after a wait what is still owed and why; for a dry run what prose may take."""
    from docwatch.frontends import prose
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    with OpenTree(found) as opened:
        with Bar("scanning") as bar:
            scanned = reconcile(
                opened,
                full=asks.full,
                dry_run=asks.dry_run,
                before_submitting=None if asks.sync else lambda: _have_redis(opened),
                progress=bar.advance,
                deliver=not asks.sync,
            )
        if asks.dry_run:
            return scanned, "", prose.estimate(opened)
        refused = prose.agree(opened, yes=asks.yes)
        if asks.full:
            opened.prose.retry()
        if asks.renew_prose:
            prose.renew(opened)
        if not asks.waits:
            if refused:
                remark(f"docwatch: {refused}")
            return scanned, "", None
        _work_here(opened) if asks.sync else _work_off(opened)
        if not refused:
            prose.wait(opened, sync=asks.sync)
        scanned = replace(scanned, failed=opened.ledger.counts().get("failed", 0))
        return scanned, _still_owed(opened) or refused or prose.still_owed(opened), None


def summary(scanned: Scanned, *, dry_run: bool = False, waited: bool = False) -> str:
    """What a scan came to, on one line, and below it why files were left alone."""
    verb = "would be submitted" if dry_run else "documented" if waited else "submitted"
    line = f"{scanned.seen} files seen, {scanned.admitted} admitted: {scanned.fresh} fresh, {scanned.submitted} {verb}"
    line += f", {scanned.failed} failed" if scanned.failed else ""
    line += f", {scanned.forgotten} forgotten" if scanned.forgotten else ""
    skipped = ", ".join(f"{count} {reason}" for reason, count in scanned.skipped.items())
    return f"{line}\nleft alone: {skipped}" if skipped else line


def _have_redis(opened: OpenTree) -> None:
    """A server to hand jobs to; without one the work stays owed, and is said to be."""
    from docwatch.jobs import server

    try:
        server.ensure(opened.config, keep=True)
    except UserError as error:
        remark(f"docwatch: {error}; until then the work stays owed")


def _say_who_works(found: Tree) -> None:
    from docwatch.jobs.glance import workers

    if not workers(config.load(found.root)):
        remark("docwatch: no worker is running, so this is owed; run 'docwatch up', or 'docwatch worker'")


def _work_off(opened: OpenTree) -> None:
    """Wait until nothing is queued or running; with no worker about, work here."""
    from docwatch.jobs.glance import workers
    from docwatch.jobs.pool import Pool

    if opened.ledger.under_way() and not workers(opened.config):
        remark(f"no worker is running: working here with {opened.config.workers}")
        Pool(opened.config, opened.config.workers, burst=True).run()
    total = opened.ledger.under_way()
    with Bar("documenting") as bar:
        while (left := opened.ledger.under_way()) and not (left == opened.ledger.parked() and _closed(opened)):
            bar.advance(total - left, total)
            time.sleep(POLL_SECONDS)


def _work_here(opened: OpenTree) -> None:
    from docwatch import log
    from docwatch.jobs import sync

    log.setup("scan")
    with Bar("documenting") as bar:
        sync.work_off(opened, bar.advance)


def _closed(opened: OpenTree) -> Gate | None:
    """The gate before the tree's documenter, if nobody gets through it for now."""
    from docwatch import gate

    return gate.of(opened.config.documenter, opened.config)


def _still_owed(opened: OpenTree) -> str:
    from docwatch.frontends import render

    if not (owed := opened.ledger.under_way()):
        return ""
    why = "they are tried again by the next scan, or by 'docwatch worker'; see 'docwatch files --state queued'"
    if (closed := _closed(opened)) is not None:
        why = f"{closed.documenter}: {closed.reason}; it is asked again {closed.when}, or after 'docwatch retry --all'"
    return f"{render.counted(owed, 'file')} still owed: {why}"
