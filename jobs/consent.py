"""Before the first prose about a tree, and before any large backlog of it, its user is asked."""

from __future__ import annotations

from dataclasses import dataclass

from docwatch import agreements, config
from docwatch.config import Config
from docwatch.documenters.prose import prices, prose_documenter
from docwatch.prose_ledger import ProseLedger
from docwatch.tree import Tree


@dataclass(frozen=True, slots=True)
class Estimate:
    """What it takes, about and at most, to write about what waits.

    `usd` is None where nobody knows a price, `prices` are those it is reckoned by: "list" or "own".
    """

    documenter: str
    model: str
    files: int
    tokens: int
    usd: float | None
    prices: str

    def __str__(self) -> str:
        by = "list price" if self.prices == prices.LIST else "your own price"
        money = "at a price that is not known" if self.usd is None else f"some ${max(0.01, self.usd):.2f} by {by}"
        files = f"{self.files:,} file{'' if self.files == 1 else 's'}"
        return f"{files}, about {self.tokens:,} tokens by {self.documenter} ({self.model}), {money}"


def estimate(settings: Config, files: int, size: int) -> Estimate | None:
    """For so many files of so many bytes in all; None where nobody writes."""
    writer = prose_documenter(settings)
    if writer is None:
        return None
    tokens, usd = prices.of_files(settings, writer.model, files, size)
    return Estimate(writer.name, writer.model, files, tokens, usd or None, prices.whose(settings, writer.model))


def asked(tree: Tree, prose: ProseLedger, settings: Config) -> Estimate | None:
    """What is to be agreed to before any of it is written; None where nothing is."""
    found = estimate(settings, *prose.backlog())
    if found is None or not found.files:
        return None
    agreed = agreements.tokens(tree.id, found.documenter)
    return found if agreed is None or found.tokens > max(agreed, settings.prose_ask_tokens) else None


def is_given(tree: Tree, prose: ProseLedger) -> bool:
    return asked(tree, prose, config.load(tree.root)) is None


def give(tree: Tree, what: Estimate) -> None:
    agreements.agree(tree.id, what.documenter, what.tokens)
