"""`docwatch worker`: RQ workers in the foreground."""

from __future__ import annotations

import sys

import click

from docwatch import config, log


@click.command()
@click.option("-n", "size", type=click.IntRange(min=1), help="How many (default: the configuration's `workers`).")
@click.option("--burst", is_flag=True, help="End when there is nothing left to do.")
@click.option("--lifeline", type=int, hidden=True, help="Stop when this descriptor ends.")
def worker(size: int | None, *, burst: bool, lifeline: int | None) -> int:
    """Run RQ workers for every registered work tree until ^C."""
    from docwatch.jobs import server
    from docwatch.jobs.pool import Pool

    settings = config.load(workers=size)
    server.ensure(settings, keep=True)
    log.setup("pool", echo=sys.stderr.isatty())
    Pool(settings, settings.workers, burst=burst, lifeline=lifeline).run()
    return 0
