"""What calls may cost, before they are made: rough, and rather too much. What one did cost its documenter tells."""

from __future__ import annotations

from docwatch.config import Config

# US dollars for a million tokens sent and answered, by what a model's name contains: list prices, which change.
_PRICES = {"haiku": (1.0, 5.0), "sonnet": (3.0, 15.0), "opus": (5.0, 25.0)}
# Of a file, measured over Python's library and this repository: with what the question has beside the source.
_SENT, _BYTES_PER_TOKEN = 400, 3
_ANSWERED, _BYTES_PER_ANSWER_TOKEN = 200, 8


def most_usd(settings: Config, model: str, tokens: int, answer_tokens: int) -> float:
    """The most that a call with so many tokens is expected to cost; 0 where nobody knows a price."""
    price = next((price for name, price in _PRICES.items() if name in model.lower()), None)
    if price is None:
        return 0.0
    dollars = (tokens * price[0] + answer_tokens * price[1]) / 1_000_000
    return min(dollars, settings.prose_cents / 100) if settings.prose == "claude" else dollars


def of_files(settings: Config, model: str, files: int, size: int) -> tuple[int, float]:
    """(tokens, US dollars) that it takes, about, to write for the first time about files of so many bytes in all."""
    sent = files * _SENT + size // _BYTES_PER_TOKEN
    answered = files * _ANSWERED + size // _BYTES_PER_ANSWER_TOKEN
    calls = max(1, files)
    return sent + answered, calls * most_usd(settings, model, sent // calls, answered // calls)
