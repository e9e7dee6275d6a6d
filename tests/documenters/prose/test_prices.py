"""What a first run is said to take is about what its questions take, and rather more."""

from __future__ import annotations

import argparse
import ast
import smtplib
from dataclasses import replace
from pathlib import Path

from docwatch.config import Config
from docwatch.documenters.prose import Usage, prices
from docwatch.documenters.prose.writing import questions

from .conftest import request

ANSWER = 40  # tokens of a text, as models answer


def test_an_estimate_is_a_little_above_what_is_asked() -> None:
    files = [Path(str(module.__file__)) for module in (argparse, ast, smtplib)]
    asked = [question for file in files for question in questions(request(file.read_text()))]
    tokens = sum(question.tokens + ANSWER * (1 + len(question.names)) for question in asked)
    said, usd = prices.of_files(
        Config(prose="claude"), "sonnet", len(files), sum(file.stat().st_size for file in files)
    )
    assert tokens <= said <= 1.5 * tokens
    assert usd > 3 * tokens / 1_000_000


def test_one_call_is_never_expected_to_cost_more_than_it_may() -> None:
    settings = Config(prose="claude", prose_cents=2)
    assert prices.most_usd(settings, "opus", 100_000, 10_000) == 0.02
    assert prices.most_usd(settings, "claude-haiku-4-5", 1_000, 100) == 0.0015
    assert prices.most_usd(settings, "somebody's own", 1_000, 100) == 0.0, "nobody knows"


def test_the_users_own_prices_stand_above_the_list_and_what_is_told() -> None:
    settings = Config(prose="llm", prose_prices=("haiku 100 200", "Qwen3 0 0"))
    assert prices.most_usd(settings, "anthropic:claude-haiku-4-5", 10_000, 1_000) == 1.2
    usage = Usage("claude-haiku-4-5", 10_000, 1_000, dollars=0.5)
    assert prices.paid(settings, usage) == 1.2
    assert prices.paid(settings, replace(usage, model="qwen3")) == 0.0
    assert prices.paid(settings, replace(usage, model="sonnet")) == 0.5
    assert [prices.whose(settings, model) for model in ("haiku", "sonnet", "qwen3", "gpt")] == [
        "own",
        "list",
        "own",
        "",
    ]
