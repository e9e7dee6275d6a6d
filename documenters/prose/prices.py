"""What calls may cost, before they are made: rough, and rather too much. What one did cost its documenter tells.

Nobody checks list prices: what the user configures as `prose_prices` stands above them and above what documenters tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from docwatch.config import Config
from docwatch.documenters.prose import Usage

LIST, OWN = "list", "own"
# US dollars for a million tokens sent and answered, by what a model's name contains: list prices, which change.
_PRICES = {"haiku": (1.0, 5.0), "sonnet": (3.0, 15.0), "opus": (5.0, 25.0)}
# Of a file, measured over Python's library and this repository: with what the question has beside the source.
_SENT, _BYTES_PER_TOKEN = 400, 3
_ANSWERED, _BYTES_PER_ANSWER_TOKEN = 200, 8


def most_usd(settings: Config, model: str, tokens: int, answer_tokens: int) -> float:
    """The most that a call with so many tokens is expected to cost; 0 where nobody knows a price."""
    found = _own(settings, model) or _of(_PRICES, model)
    if found is None:
        return 0.0
    dollars = _usd(found, tokens, answer_tokens)
    return min(dollars, settings.prose_cents / 100) if settings.prose == "claude" else dollars


def whose(settings: Config, model: str) -> str:
    """By whose prices that is: LIST, OWN, or empty where nobody knows one."""
    return OWN if _own(settings, model) else LIST if _of(_PRICES, model) else ""


def paid(settings: Config, usage: Usage) -> float | None:
    """What a call did cost; None where nobody knows."""
    own = _own(settings, usage.model)
    return usage.dollars if own is None else _usd(own, usage.tokens_in, usage.tokens_out)


Price = tuple[float, float]


def _own(settings: Config, model: str) -> Price | None:
    words = (line.split() for line in settings.prose_prices)
    return _of({name.lower(): (float(sent), float(answered)) for name, sent, answered in words}, model)


def _of(prices: Mapping[str, Price], model: str) -> Price | None:
    return next((price for name, price in prices.items() if name in model.lower()), None)


def _usd(price: Price, tokens: int, answer_tokens: int) -> float:
    return (tokens * price[0] + answer_tokens * price[1]) / 1_000_000


def of_files(settings: Config, model: str, files: int, size: int) -> tuple[int, float]:
    """(tokens, US dollars) that it takes, about, to write for the first time about files of so many bytes in all."""
    sent = files * _SENT + size // _BYTES_PER_TOKEN
    answered = files * _ANSWERED + size // _BYTES_PER_ANSWER_TOKEN
    calls = max(1, files)
    return sent + answered, calls * most_usd(settings, model, sent // calls, answered // calls)
