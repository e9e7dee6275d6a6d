"""`docwatch cost`: what prose has cost, by day, model and path."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict

import click

from docwatch import budget, tree
from docwatch.budget import Cost
from docwatch.frontends import render
from docwatch.frontends.terminal import emit_json
from docwatch.log import harmless

BY = ("day", "model", "path")
MOST_SHOWN = 10  # lines of each
CENT = 0.01
PRICES = (
    "US $ is what documenters reckon by list prices, which nobody checks here, and no bill; a subscription is not paid "
    "by the token. Put your own prices into prose_prices."
)


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="How far to look back.")
@click.option("--all", "every", is_flag=True, help="Of all your work trees together.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def cost(folder: str, *, days: int, every: bool, as_json: bool) -> int:
    """What prose about the work tree that holds DIR has cost, by day, model and path: calls, tokens and US dollars.

    A call that never told, because it was killed, counts as what it was expected to cost at most.
    """
    which = None if every else tree.find(folder).id
    found = {by: budget.costs(by, time.time() - days * budget.DAY, which) for by in BY}
    if as_json:
        emit_json(days=days, **{f"by_{by}": [asdict(one) for one in costs] for by, costs in found.items()})
        return 0
    if not found["day"]:
        click.echo(f"nothing was spent in the last {render.counted(days, 'day')}")
    for by, costs in found.items():
        for line in _table(by, costs):
            click.echo(line)
    if found["day"]:
        for line in render.wrapped(PRICES):
            click.echo(render.dim(line))
    return 0


def _table(by: str, costs: list[Cost]) -> Iterator[str]:
    if not costs:
        return
    shown = costs[-MOST_SHOWN:] if by == "day" else costs[:MOST_SHOWN]
    width = max(len(by), *(len(harmless(one.name)) for one in shown))
    yield render.bold(f"{by.ljust(width)}  {'calls':>7}  {'sent':>11}  {'answered':>9}  {'US $':>9}")
    for one in shown:
        price = f"{one.usd:9.{2 if one.usd >= CENT or not one.usd else 4}f}" + (
            " and what is not known" if one.unpriced else ""
        )
        yield f"{harmless(one.name).ljust(width)}  {one.calls:7,}  {one.tokens_in:11,}  {one.tokens_out:9,}  {price}"
    if len(shown) < len(costs):
        yield render.dim(f"and {len(costs) - len(shown):,} more: --json has all of them")
    yield ""
