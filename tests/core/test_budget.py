"""What may be spent: hard limits, for all processes together, that survive whatever is killed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from docwatch import budget
from docwatch.config import Config
from docwatch.errors import BlockedError, ThrottledError
from tests.core.test_gate import Clock

FREE = Config(calls_per_minute=10_000, calls_at_once=100)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("docwatch.budget.time.time", made)
    return made


def spend(settings: Config, tokens: int = 0, usd: float = 0.0) -> None:
    with budget.call(settings, "claude", tokens=tokens, usd=usd):
        pass


def test_calls_beyond_the_minute_wait_for_it(clock: Clock) -> None:
    settings = replace(FREE, calls_per_minute=3)
    for _ in range(3):
        spend(settings)
        clock.now += 10
    with pytest.raises(ThrottledError, match="calls_per_minute = 3 is reached; raise it, or wait") as caught:
        spend(settings)
    assert caught.value.seconds == 30, "then the first of them is a minute ago"
    clock.now += 30.001
    spend(settings)


@pytest.mark.parametrize(
    ("key", "limit", "cost", "window"),
    [
        ("calls_per_day", 4, {}, budget.DAY),
        ("tokens_per_hour", 4000, {"tokens": 1000}, budget.HOUR),
        ("tokens_per_day", 4000, {"tokens": 1000}, budget.DAY),
        ("usd_per_hour", 0.4, {"usd": 0.1}, budget.HOUR),
        ("usd_per_day", 0.4, {"usd": 0.1}, budget.DAY),
    ],
)
def test_a_budget_is_never_exceeded_and_says_when_it_has_room_again(
    key: str, limit: float, cost: dict[str, float], window: int, clock: Clock
) -> None:
    settings, began = replace(FREE, **{key: limit}), clock.now
    for _ in range(4):
        spend(settings, **cost)  # type: ignore[arg-type]
        clock.now += 60
    with pytest.raises(
        BlockedError, match=f"{key} = {limit:g} is reached; raise it, or wait: it has room (at|on) "
    ) as caught:
        spend(settings, **cost)  # type: ignore[arg-type]
    assert caught.value.resumes_at == began + window
    clock.now = began + window + 0.001
    spend(settings, **cost)  # type: ignore[arg-type]
    with pytest.raises(BlockedError):
        spend(settings, **cost)  # type: ignore[arg-type]


def test_a_call_that_is_too_dear_for_the_whole_budget_waits_for_its_user(clock: Clock) -> None:
    with pytest.raises(
        BlockedError, match=r"usd_per_hour = 0\.5 allows no call that may cost 0\.6; raise it"
    ) as caught:
        spend(replace(FREE, usd_per_hour=0.5), usd=0.6)
    assert caught.value.resumes_at is None


def test_no_budget_is_no_call(clock: Clock) -> None:
    with pytest.raises(BlockedError):
        spend(replace(FREE, calls_per_day=0))


def test_what_is_expected_counts_until_it_is_known(clock: Clock) -> None:
    settings = replace(FREE, usd_per_day=1.0)
    with budget.call(settings, "claude", usd=0.9) as call:
        with pytest.raises(BlockedError):
            spend(settings, usd=0.2)
        call.spent(tokens=10, usd=0.1)
    spend(settings, usd=0.2)
    assert {one.key: one.spent for one in budget.spent(settings)} == pytest.approx(
        {"calls_per_minute": 2, "calls_per_day": 2}
        | {"tokens_per_hour": 10, "tokens_per_day": 10, "usd_per_hour": 0.3, "usd_per_day": 0.3}
    )


def test_a_call_that_failed_counts_as_expected(clock: Clock) -> None:
    with pytest.raises(ConnectionError), budget.call(FREE, "claude", usd=0.5):
        raise ConnectionError
    assert {one.key: one.spent for one in budget.spent(FREE)}["usd_per_day"] == 0.5


def test_no_more_calls_at_once_than_allowed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SLOT_SECONDS", 0.2)
    settings = replace(FREE, calls_at_once=2)
    with budget.call(settings, "claude"), budget.call(settings, "claude"), pytest.raises(ThrottledError):
        spend(settings)
    spend(settings)


def test_a_killed_process_gives_back_its_place_but_not_its_money() -> None:
    settings = replace(FREE, calls_at_once=1)
    code = (
        "import os; from docwatch import budget, config\n"
        "with budget.call(config.load(), 'claude', usd=0.7): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run((sys.executable, "-P", "-c", code), check=False).returncode == -9
    spend(settings)
    assert {one.key: one.spent for one in budget.spent(settings)}["usd_per_day"] == 0.7


def test_processes_that_race_spend_no_more_than_there_is() -> None:
    code = (
        "from docwatch import budget, config; from docwatch.errors import BlockedError\n"
        "settings = config.load(calls_per_day=25, calls_per_minute=1000)\n"
        "for _ in range(20):\n"
        "    try:\n"
        "        with budget.call(settings, 'claude'): print('called')\n"
        "    except BlockedError: pass\n"
    )
    racers = [subprocess.Popen((sys.executable, "-P", "-c", code), stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert "".join(racer.communicate(timeout=40)[0] for racer in racers).count("called") == 25


def test_nobody_has_spent_anything_before_the_first_call() -> None:
    assert budget.spent(FREE) == []
