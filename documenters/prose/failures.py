"""From what a model's server or its program says, to the error that says what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from docwatch.documenters.prose.answer import plain
from docwatch.errors import BlockedError, DocwatchError, PermanentError, ThrottledError, TransientError

T = TypeVar("T")
_SAID_CHARACTERS = 200
_NO_LOGIN = re.compile(r"(?i)not logged in|/login|invalid (?:x-)?api[- ]key|oauth token|authenticat|unauthorized")
_NO_MONEY = re.compile(
    r"(?i)credit balance|spend(?:ing)? limit|enforced_spend_limit|usage limits|usage credits|billing|quota|insufficient"
)
_REGAIN = re.compile(r"regain access on (\d{4}-\d\d-\d\d)(?: at (\d\d:\d\d))? UTC")


def of_answer(who: str, status: int | None, said: str, seconds: float | None = None) -> DocwatchError:
    """The error for an HTTP status, None where there was none, with the words beside it.

    `seconds` is how long the server asks us to wait.
    """
    words = plain(said, _SAID_CHARACTERS) or f"status {status}"
    if status in (400, 402, 403, 429, None) and _NO_MONEY.search(said):
        return BlockedError(f"{who}: {words}; raise the limit, or wait for it", _regained(said))
    if status in (401, 403) or (status is None and _NO_LOGIN.search(said)):
        return BlockedError(f"{who}: {words}; log in, or put its API key right")
    if status == 402:
        return BlockedError(f"{who}: {words}; look at its account")
    if status == 404:
        return BlockedError(f"{who}: {words}; put prose_models right")
    if status == 429:
        return ThrottledError(f"{who}: {words}; it will be asked again", seconds)
    if status in (503, 529) or (status is None and "overloaded" in said.lower()):
        return ThrottledError(f"{who} is overloaded ({words}); it will be asked again", seconds)
    if status in (400, 405, 413, 422):
        return PermanentError(f"{who} cannot take this file: {words}; it is tried again once it has changed")
    return TransientError(f"{who}: {words}; it will be tried again")


def _regained(said: str) -> float | None:
    found = _REGAIN.search(said)
    if found is None:
        return None
    return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=UTC).timestamp()


def first_that_answers(models: Sequence[str], ask: Callable[[str], T]) -> T:
    """Ask each model in turn while the ones before it are too busy; where all are, the first one's error."""
    busy: list[ThrottledError] = []
    for model in models:
        try:
            return ask(model)
        except ThrottledError as error:
            busy.append(error)
    raise busy[0]
