"""What the commands share about prose: agreeing to what it may cost before any is written, and having it written."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from docwatch import config, gate, prose
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.terminal import Bar, remark
from docwatch.log import harmless
from docwatch.opened import OpenTree

if TYPE_CHECKING:
    from docwatch.jobs.consent import Estimate

POLL_SECONDS = 0.05


def is_wanted(opened: OpenTree) -> bool:
    return opened.config.prose != config.NO_PROSE


def agree(opened: OpenTree, *, yes: bool) -> str:
    """Ask for what is to be agreed to before it is paid for; why nothing is written, if nothing may be."""
    what, why = _waiting(opened)
    if what is None:
        return why
    is_seen = sys.stdin.isatty() and sys.stderr.isatty()
    if yes or (is_seen and click.confirm(harmless(f"Have prose written about {what}?"), err=True)):
        from docwatch.jobs import consent

        consent.give(opened.tree, what)
        return ""
    return why


def problem(opened: OpenTree) -> str:
    """Why prose is not written that is to be, and what to do; empty where nothing is in the way."""
    return _waiting(opened)[1]


def _waiting(opened: OpenTree) -> tuple[Estimate | None, str]:
    """What waits for its user to agree, if anything does, and why nothing is written."""
    if not is_wanted(opened):
        return None, ""
    from docwatch.jobs import consent

    try:
        what = consent.asked(opened.tree, opened.prose, opened.config)
    except UserError as error:
        return None, _none(error)
    return what, "" if what is None else _refusal(what)


def _none(error: UserError) -> str:
    return f"no prose is written: {error}"


def _refusal(what: Estimate) -> str:
    return f"prose about {what}: not agreed to; run 'docwatch scan --yes'"


def estimate(opened: OpenTree) -> Estimate | None:
    """What prose may take that is not there yet, also about files not seen yet; None where none is wanted."""
    if not is_wanted(opened):
        return None
    from docwatch.jobs import consent
    from docwatch.watcher.reconcile import survey

    waiting = opened.prose.waiting()
    for path in survey(opened).changed:
        reading = opened.scope.read(path)
        if reading.decision.admitted and not prose.is_there(opened.store.connection, reading.oid):
            waiting[path] = len(reading.content)
        else:
            waiting.pop(path, None)
    return consent.estimate(opened.config, len(waiting), sum(waiting.values()))


def renew(opened: OpenTree) -> None:
    """Owe anew what another model has written."""
    from docwatch.jobs import prose

    if (terms := prose.terms(opened.config, renew=True, at_once=True)) is not None:
        opened.prose.look(terms)


def wait(opened: OpenTree, *, sync: bool) -> None:
    """Until all prose that is owed is written, or nobody gets through to who writes it; here if `sync`."""
    from docwatch.jobs import prose
    from docwatch.jobs import sync as here

    terms = prose.terms(opened.config, at_once=True)
    if terms is None:
        return
    opened.prose.look(terms)
    opened.prose.hasten()
    before = opened.prose.counts().get("fresh", 0)
    with Bar("writing") as bar:
        here.write_off(opened, bar.advance) if sync else _wait_for_workers(opened, bar)
    if written := opened.prose.counts().get("fresh", 0) - before:
        remark(f"prose written about {render.counted(written, 'file')}")


def _wait_for_workers(opened: OpenTree, bar: Bar) -> None:
    from docwatch.jobs import courier
    from docwatch.jobs.glance import workers
    from docwatch.jobs.pool import Pool

    total = opened.prose.under_way()
    if total and not workers(opened.config):
        Pool(opened.config, opened.config.workers, burst=True).run()
    courier.deliver(opened.tree, opened.prose, opened.config)
    while (left := opened.prose.under_way()) and not (
        left == opened.prose.parked() and gate.of_prose(opened.tree.id, opened.config)
    ):
        bar.advance(total - left, total)
        time.sleep(POLL_SECONDS)


def still_owed(opened: OpenTree) -> str:
    """Why some prose is not there after a wait; empty where all of it is."""
    if not is_wanted(opened):
        return ""
    if owed := opened.prose.under_way():
        shut = gate.of_prose(opened.tree.id, opened.config)
        why = "it is tried again by the next scan, or by 'docwatch worker'"
        if shut is not None:
            why = f"{shut.who}: {shut.reason}; it is asked again {shut.when}, or after 'docwatch retry --all'"
        return f"prose of {render.counted(owed, 'file')} still owed: {why}"
    if failed := sum(1 for _ in opened.prose.rows("state = 'failed'")):
        return f"prose of {render.counted(failed, 'file')} failed; see 'docwatch failed'"
    return ""
