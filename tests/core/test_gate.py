"""A documenter that asks for a pause gets it from everybody, and is asked again by one before all come back."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from docwatch import accounts, gate, holder
from docwatch.config import Config
from docwatch.errors import BlockedError, ThrottledError

NAME = "claude"
SETTINGS = Config(documenter=NAME)


class Clock:
    """The time that the gate sees."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("docwatch.gate.time.time", made)
    return made


@pytest.fixture
def someone(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bool], None]:
    """Be another process; say whether the former still lives."""

    def be(name: str, others_live: bool = True) -> None:
        monkeypatch.setattr(holder, "this_process", lambda: name)
        monkeypatch.setattr(holder, "is_alive", lambda who: others_live)

    return be


def is_open(name: str = NAME, settings: Config = SETTINGS) -> bool:
    return gate.enter(name, settings) is None


def test_before_anything_is_closed_nothing_is_written(clock: Clock) -> None:
    assert is_open()
    assert not accounts.exist()


def test_a_pause_is_kept_by_everybody_until_its_time_is_up(clock: Clock) -> None:
    closed = gate.close(NAME, SETTINGS, ThrottledError("too many", 30))
    assert closed is not None
    assert closed.resumes_at == clock.now + 30
    assert not is_open()
    assert not is_open(settings=replace(SETTINGS, usd_per_day=99.0)), "other settings do not make it less busy"
    assert is_open("another documenter")
    clock.now += 31
    assert is_open()


def test_when_the_time_is_up_one_goes_first_and_the_others_follow_its_answer(
    clock: Clock, someone: Callable[..., None]
) -> None:
    gate.close(NAME, SETTINGS, ThrottledError("too many", 30))
    clock.now += 31
    someone("first")
    assert is_open()
    someone("second")
    assert not is_open()
    someone("first")
    assert gate.come_back(NAME, SETTINGS, answered=True)
    someone("second")
    assert is_open()
    assert gate.of(NAME, SETTINGS) is None


def test_a_probe_whose_process_died_holds_up_nobody(clock: Clock, someone: Callable[..., None]) -> None:
    gate.close(NAME, SETTINGS, ThrottledError("too many", 30))
    clock.now += 31
    someone("first")
    assert is_open()
    someone("second", others_live=False)
    assert is_open()


def test_a_probe_that_found_out_nothing_lets_the_next_one_go(clock: Clock, someone: Callable[..., None]) -> None:
    gate.close(NAME, SETTINGS, ThrottledError("too many", 30))
    clock.now += 31
    someone("first")
    assert is_open()
    assert not gate.come_back(NAME, SETTINGS, answered=False)
    someone("second")
    assert is_open()
    someone("third")
    assert not is_open()


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (ThrottledError("busy"), [5, 10, 20, 40, 80, 120, 120]),
        (BlockedError("not logged in"), [60, 120, 240, 480, 960, 1920, 3600, 3600]),
    ],
    ids=["throttled", "blocked"],
)
def test_where_nobody_says_how_long_each_vain_probe_doubles_the_pause(
    clock: Clock, error: ThrottledError | BlockedError, pauses: list[float]
) -> None:
    found = []
    for _ in pauses:
        assert is_open()
        gate.close(NAME, SETTINGS, error)
        closed = gate.of(NAME, SETTINGS)
        assert closed is not None
        found.append(closed.resumes_at - clock.now)
        clock.now = closed.resumes_at
    assert found == pauses


def test_what_was_under_way_when_it_closed_does_not_lengthen_the_pause_and_is_not_said_again(clock: Clock) -> None:
    assert gate.close(NAME, SETTINGS, BlockedError("not logged in")) is not None
    assert gate.close(NAME, SETTINGS, BlockedError("not logged in")) is None
    closed = gate.of(NAME, SETTINGS)
    assert closed is not None
    assert (closed.resumes_at - clock.now, closed.misses) == (60, 0)


def test_a_blocked_documenter_is_free_at_once_under_other_settings(clock: Clock) -> None:
    gate.close(NAME, SETTINGS, BlockedError("budget", clock.now + 3600))
    assert not is_open()
    assert is_open(settings=replace(SETTINGS, usd_per_day=99.0))
    assert not is_open(settings=replace(SETTINGS, exclude=("vendor/",))), "this has nothing to do with it"


def test_it_resumes_when_it_said_it_would(clock: Clock) -> None:
    gate.close(NAME, SETTINGS, BlockedError("budget", clock.now + 7200))
    clock.now += 7199
    assert not is_open()
    clock.now += 1
    assert is_open()


def test_a_pause_without_end_is_doubted_after_a_day(clock: Clock) -> None:
    gate.close(NAME, SETTINGS, ThrottledError("come back never", 1e12))
    clock.now += gate.LONGEST_SECONDS
    assert is_open()


def test_who_says_that_nothing_is_in_the_way_any_more_is_believed(clock: Clock) -> None:
    gate.close(NAME, SETTINGS, BlockedError("not logged in"))
    gate.open_all()
    assert is_open()


def test_it_is_remembered_where_only_its_user_can_look(clock: Clock, home: Path) -> None:
    gate.close(NAME, SETTINGS, BlockedError("not logged in"))
    folder = Path(accounts.path()).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
