"""A documenter that is throttled, blocked or out of budget: nothing is lost, tried in vain or paid for meanwhile."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from docwatch import budget, config, documents, gate, log
from docwatch.document import Source
from docwatch.errors import BlockedError, PermanentError, ThrottledError
from docwatch.jobs import courier, submit
from docwatch.jobs.pool import Pool
from docwatch.opened import OpenTree
from tests.conftest import Repo, until
from tests.core.test_gate import Clock
from tests.jobs.conftest import Stub

FILES = [f"f{number}.py" for number in range(6)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("docwatch.gate.time.time", made)
    return made


@pytest.fixture
def owed(repo: Repo, stub: Stub, jobs: Queue) -> Repo:
    for name in FILES:
        repo.write(name, f'"""Feeds the {name} sheep."""\n')
    submit(repo.tree(), list(map(os.fsencode, FILES)), origin="scan")
    return repo


def tick(repo: Repo, redis: Redis) -> None:
    """What the pool does every second."""
    with OpenTree(repo.tree()) as opened:
        courier.recover(opened.tree, opened.ledger, config.load(), redis, audit_after_seconds=None)


def reasons(repo: Repo) -> set[tuple[str, str, str]]:
    with OpenTree(repo.tree()) as opened:
        return {(row.state, row.cause, row.reason) for row in opened.ledger.all()}


def test_a_pause_costs_one_call_and_one_more_to_find_out_that_it_is_over(
    owed: Repo, stub: Stub, redis: Redis, jobs: Queue, work: Callable[[], None], clock: Clock
) -> None:
    stub.errors = [ThrottledError("too many requests", 30)]
    work()
    assert stub.calls.total() == 1
    assert reasons(owed) == {("queued", "ThrottledError", "too many requests")}
    tick(owed, redis)
    assert jobs.count == 0, "nobody is sent before the time is up"
    clock.now += 31
    tick(owed, redis)
    assert jobs.count == 1
    tick(owed, redis)
    assert jobs.count == 1, "the others wait for what it finds"
    work()
    tick(owed, redis)
    work()
    assert set(owed.states().values()) == {"fresh"}
    assert stub.calls.total() == 1 + len(FILES)


def test_a_vain_probe_closes_it_again_for_all(
    owed: Repo, stub: Stub, redis: Redis, jobs: Queue, work: Callable[[], None], clock: Clock
) -> None:
    stub.errors = [ThrottledError("busy") for _ in range(3)]
    work()
    for calls in (2, 3):
        clock.now += 1000
        tick(owed, redis)
        work()
        assert stub.calls.total() == calls
    assert set(owed.states().values()) == {"queued"}


def test_a_probe_over_a_bad_file_lets_the_others_go(
    owed: Repo, stub: Stub, redis: Redis, work: Callable[[], None], clock: Clock
) -> None:
    stub.errors = [ThrottledError("busy", 1), PermanentError("too odd")]
    work()
    clock.now += 2
    for _ in range(2):
        tick(owed, redis)
        work()
    assert sorted(owed.states().values()) == ["failed", *["fresh"] * (len(FILES) - 1)]


def test_the_outline_is_there_meanwhile(owed: Repo, stub: Stub, work: Callable[[], None]) -> None:
    stub.errors = [BlockedError("not logged in: run 'stub login'")]
    work()
    with OpenTree(owed.tree()) as opened:
        row = opened.ledger.row(b"f0.py")
        assert row is not None
        assert row.document is not None
        assert documents.body(opened.store.connection, row.document)["outline"]["summary"] == "Feeds the f0.py sheep."
    assert (row.state, row.oid) == ("queued", owed.oid("f0.py"))


def test_a_blocked_documenter_is_said_once_and_goes_on_as_soon_as_the_settings_change(
    owed: Repo, stub: Stub, redis: Redis, work: Callable[[], None], home: Path
) -> None:
    stub.errors = [BlockedError("no such model")]
    work()
    for _ in range(3):
        tick(owed, redis)
        work()
    assert len([line for line in log.tail(50) if "no such model" in line]) == 1
    assert stub.calls.total() == 1
    (home / "docwatch/config.toml").write_text("calls_at_once = 3\n")
    tick(owed, redis)
    work()
    assert set(owed.states().values()) == {"fresh"}


def test_another_tree_with_another_documenter_goes_on(
    owed: Repo, stub: Stub, work: Callable[[], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    stub.errors = [BlockedError("not logged in")]
    other = Repo(tmp_path_factory.mktemp("other"))
    other.write("docwatch.toml", "documenter = 'outline'\n")
    other.write("a.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DOCWATCH_DOCUMENTER")
        submit(other.tree(), [b"a.py"], origin="scan")
        work()
        assert other.states() == {"a.py": "fresh"}


def test_a_pool_waits_the_pause_out_by_itself(owed: Repo, stub: Stub, redis: Redis, tmp_path: Path) -> None:
    """Forked workers, real time."""

    def be_busy_once(source: Source) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(tmp_path / "was busy")
            raise ThrottledError("busy", 1)

    stub.on_call = be_busy_once
    Pool(config.load(), 2, burst=True).run()
    assert (tmp_path / "was busy").exists()
    until(lambda: Pool(config.load(), 2, burst=True).run() or set(owed.states().values()) == {"fresh"})


def test_a_storm_of_edits_costs_no_more_than_the_budget(
    repo: Repo, stub: Stub, redis: Redis, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form of 5,000 edits with a budget of 50: bench/budget.py."""
    monkeypatch.setenv("DOCWATCH_CALLS_PER_DAY", "10")
    paid = 0

    def pay(source: Source) -> None:
        nonlocal paid
        with budget.call(config.load(), "stub", usd=0.01) as call:
            paid += 1
            call.spent(tokens=100, usd=0.01)

    stub.on_call = pay
    names = [f"f{number}.py" for number in range(40)]
    for edit in range(5):
        for name in names:
            repo.write(name, f"{name} {edit} = 1\n")
        submit(repo.tree(), list(map(os.fsencode, names)), origin="save")
        work()
        tick(repo, redis)
    assert paid == 10
    assert stub.calls.total() == 11, "the one too many was told to stop before it paid"
    closed = gate.of("stub", config.load())
    assert closed is not None
    assert "calls_per_day = 10 is reached" in closed.reason
    assert set(repo.states().values()) <= {"queued", "fresh"}
    with OpenTree(repo.tree()) as opened:
        current = {row.oid == opened.scope.read(row.path).oid for row in opened.ledger.all()}
    assert current == {True}, "each has the outline of its last content"
