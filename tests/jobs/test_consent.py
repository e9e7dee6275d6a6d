"""What prose may cost: nothing is handed over before it is agreed to, and no repository spends more than its share."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from docwatch import budget, config, gate
from docwatch.errors import BlockedError
from docwatch.jobs import consent, courier, prose
from docwatch.jobs.queue import PROSE_NAME, queue
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.jobs.conftest import Writer


def asked(opened: OpenTree) -> consent.Estimate | None:
    return consent.asked(opened.tree, opened.prose, opened.config)


def test_nothing_is_handed_over_before_its_user_has_agreed(repo: Repo, writer: Writer, redis: Redis) -> None:
    repo.write("a.py")
    repo.document()
    jobs = queue(redis, PROSE_NAME)
    with OpenTree(repo.tree()) as opened:
        courier.look_for_prose(opened.tree, opened.prose)
        assert opened.prose.has_undelivered()
        courier.deliver(opened.tree, opened.prose, opened.config)
        assert jobs.count == 0
        what = asked(opened)
        assert what is not None
        assert (what.documenter, what.model, what.files) == ("stub", "one", 1)
        consent.give(opened.tree, what)
        assert asked(opened) is None
        courier.deliver(opened.tree, opened.prose, opened.config)
        assert jobs.count == 1


def test_a_backlog_above_the_threshold_is_asked_about_again(
    repo: Repo, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_PROSE_ASK_TOKENS", "1800")
    repo.write("a.py")
    repo.document()
    with OpenTree(repo.tree()) as opened:
        what = asked(opened)
        assert what is not None
        consent.give(opened.tree, what)
    for number in range(2):
        repo.write(f"{number}.py", f"def f{number}(): pass\n")
    repo.document()
    with OpenTree(repo.tree()) as opened:
        assert asked(opened) is not None
        monkeypatch.setenv("DOCWATCH_PROSE_ASK_TOKENS", "1900")
        assert consent.asked(opened.tree, opened.prose, config.load()) is None


def write_all(repo: Repo) -> None:
    repo.document()
    with OpenTree(repo.tree()) as opened:
        terms = prose.terms(opened.config, at_once=True)
        assert terms is not None
        opened.prose.look(terms)
        owed = opened.prose.owed()
    for path in owed:
        prose.write(repo.tree().id, path)


def test_a_repository_that_has_spent_its_share_does_not_stop_another(
    repo: Repo, writer: Writer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCWATCH_TOKENS_PER_REPOSITORY", "1800")
    other = Repo(tmp_path / "other")
    for number in range(3):
        repo.write(f"{number}.py", f"def f{number}(): pass\n")
        other.write(f"{number}.py", f"def g{number}(): pass\n")
    write_all(repo)
    assert len(writer.asked) < 3
    tree, settings = repo.tree().id, config.load()
    with OpenTree(repo.tree()) as opened:
        told = {row.reason for row in opened.prose.rows("state = 'queued'")}
    assert len(told) == 1
    assert "tokens_per_repository = 1800 is reached" in told.pop()
    closed = gate.of_prose(tree, settings)
    assert closed is not None
    assert closed.who == "stub"
    assert gate.of_prose(other.tree().id, settings) is None
    before = len(writer.asked)
    write_all(other)
    assert len(writer.asked) > before
    spent = {one.key: one.spent for one in budget.spent(settings, tree)}
    assert spent["tokens_per_repository"] == 120 * before


def test_a_call_that_was_turned_away_cost_nothing_and_one_that_never_told_may_have(
    repo: Repo, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "ask", lambda *_: (_ for _ in ()).throw(BlockedError("not logged in; log in")))
    repo.write("a.py")
    write_all(repo)
    assert sum(one.tokens_in for one in budget.costs("day", 0)) == 0
    monkeypatch.setattr(writer, "ask", lambda *_: (_ for _ in ()).throw(TimeoutError()))
    gate.open_all()
    repo.write("b.py", "def other(): pass\n")
    write_all(repo)
    assert sum(one.tokens_in for one in budget.costs("path", 0)) > 1_000
