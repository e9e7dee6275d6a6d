"""Prose documenters: what a model, or a program, writes about a file that has an outline.

    Request → pieces (what changed) → parts (cut by symbols) → Question → ProseDocumenter.ask → checked → Written

A prose documenter answers one question at a time and knows nothing of the rest: `documenters/prose/writing.py` takes
a file through all of it. Ours are `claude`, `llm` and `command`; others come as entry points of the group
`docwatch.prose`, each a callable that takes the `Config` and gives a `ProseDocumenter`. Importing this module is cheap.

Whoever calls decides what a stored document is worth, by `is_current`: prose by another model is as fresh as before
unless its user asks for it to be written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from docwatch.config import Config
from docwatch.errors import UserError

if TYPE_CHECKING:
    from docwatch.documenters.prose.question import Question

ENTRY_POINTS = "docwatch.prose"
# Raise this whenever the question changes so much that prose should be written anew, at everybody's cost.
PROMPT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call took: tokens as the model's server counts them; `dollars` is None where the price is not known."""

    model: str
    tokens_in: int
    tokens_out: int
    dollars: float | None = None


Spent = Callable[[Usage], None]


class ProseDocumenter(Protocol):
    """Question in, answer out."""

    @property
    def name(self) -> str:
        """The name users configure, e.g. `claude`."""

    @property
    def model(self) -> str:
        """The model it asks first, as configured; part of the fingerprint."""

    def ask(self, question: Question, spent: Spent) -> object:
        """The answer, as JSON text or as parsed data; whether it is one is checked by the caller.

        Calls `spent` once for each call that may cost something, also where it then raises. Raises FlakyError for an
        answer that is none, and ThrottledError, BlockedError, TransientError or PermanentError as docwatch.errors has
        it; never anything else on purpose. Ends within the configured `prose_seconds`, with all it started.
        """


def _claude(config: Config) -> ProseDocumenter:
    from docwatch.documenters.prose.claude import Claude

    return Claude(config)


def _llm(config: Config) -> ProseDocumenter:
    from docwatch.documenters.prose.llm import Llm

    return Llm(config)


def _command(config: Config) -> ProseDocumenter:
    from docwatch.documenters.prose.command import Command

    return Command(config)


PROSE_DOCUMENTERS: dict[str, Callable[[Config], ProseDocumenter]] = {
    "claude": _claude,
    "command": _command,
    "llm": _llm,
}


def prose_documenter(config: Config) -> ProseDocumenter | None:
    """The configured one; None where there is to be no prose. UserError if it cannot be had, with the next step."""
    if config.prose == "none":
        return None
    factory = PROSE_DOCUMENTERS.get(config.prose) or _entry_point(config.prose)
    if factory is None:
        known = ", ".join(("none", *PROSE_DOCUMENTERS))
        raise UserError(
            f"no prose documenter is called {config.prose!r}: choose one of {known}, or install the package that has it"
        )
    return factory(config)


def _entry_point(name: str) -> Callable[[Config], ProseDocumenter] | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=name):
        factory: Callable[[Config], ProseDocumenter] = point.load()
        return factory
    return None


def preload(config: Config) -> None:
    """Import what the configured one needs for a call, where that takes long: for who forks workers to do before."""
    if config.prose == "llm":
        from docwatch.documenters.prose import llm

        llm.preload()


def fingerprint(documenter: ProseDocumenter) -> str:
    """The identity under which its prose is stored, e.g. `claude:1:sonnet`."""
    return f"{documenter.name}:{PROMPT_VERSION}:{documenter.model}"


def is_current(stored: str, now: str, *, renew: bool = False) -> bool:
    """Whether prose stored under one fingerprint will do where the configured one is `now`.

    Another documenter or prompt version makes it stale; another model only where the user asks to `renew`.
    """
    return stored == now or (not renew and stored.split(":", 2)[:2] == now.split(":", 2)[:2])
