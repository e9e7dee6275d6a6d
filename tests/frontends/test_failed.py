"""What could not be documented, and owing it again."""

from __future__ import annotations

import os

import pytest
from redis import Redis

from docwatch import config, gate
from docwatch.entries import Setback
from docwatch.errors import BlockedError
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run


def fail(repo: Repo, reasons: dict[str, str], cause: str = "") -> None:
    """As jobs do whose errors are final."""
    for number, path in enumerate(reasons):
        repo.write(path, f"a = {number}\n")
    repo.scan()
    with OpenTree(repo.tree()) as opened:
        for path, reason in reasons.items():
            ticket = opened.ledger.begin(os.fsencode(path)).ticket
            opened.ledger.give_back(
                ticket, os.fsencode(path), repo.oid(path), Setback(reason, cause or reason.title(), final=True)
            )


def test_failures_are_grouped_by_cause_the_most_frequent_first(repo: Repo, run: Run) -> None:
    fail(repo, {"a.py": "hail", **{f"w{number}.py": "wolves" for number in range(7)}})
    found = run("failed", "--json")
    assert (found.code, found.json) == (
        0,
        {
            "causes": [
                {
                    "reason": "wolves",
                    "count": 7,
                    "paths": ["w0.py", "w1.py", "w2.py", "w3.py", "w4.py"],
                    "cause": "Wolves",
                },
                {"reason": "hail", "count": 1, "paths": ["a.py"], "cause": "Hail"},
            ]
        },
    )
    assert run("failed").out.splitlines() == [
        "7 files: Wolves: wolves",
        *(f"  w{number}.py" for number in range(5)),
        "  and 2 more: docwatch files --state failed",
        "1 file: Hail: hail",
        "  a.py",
    ]


def test_of_one_cause_each_file_has_its_own_reason(repo: Repo, run: Run) -> None:
    fail(repo, {"a.py": "line 1", "b.py": "line 2", "c.py": "line 2"}, "FlakyError")
    assert run("failed").out.splitlines() == [
        "3 files: FlakyError",
        "  a.py: line 1",
        "  b.py: line 2",
        "  c.py: line 2",
    ]
    (cause,) = run("failed", "--json").json["causes"]
    assert (cause["cause"], cause["reason"], cause["count"]) == ("FlakyError", "line 2", 3)


def test_no_failures_is_an_answer_too(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    repo.document()
    assert (run("failed").code, run("failed").out) == (0, "nothing has failed\n")
    assert run("failed", "--json").json == {"causes": []}


def test_a_reason_cannot_steer_the_terminal(repo: Repo, run: Run) -> None:
    fail(repo, {"a.py": "\x1b[2J\nall is well"}, "Trick")
    assert run("failed").out.splitlines()[0] == "1 file: Trick: \\x1b[2J\\nall is well"


def test_named_files_are_owed_again_and_handed_to_redis(repo: Repo, run: Run, redis_url: str) -> None:
    fail(repo, {"sub/a.py": "wolves", "b.py": "wolves"})
    with Redis.from_url(redis_url) as client:
        client.flushall()
        found = run("-C", "sub", "retry", "a.py")
        assert (found.code, found.out, found.err) == (0, "1 file owed again\n", "")
        assert client.llen("rq:queue:docwatch") == 1
    assert repo.states() == {"b.py": "failed", "sub/a.py": "queued"}


def test_all_that_failed_is_owed_again(repo: Repo, run: Run, redis_url: str) -> None:
    fail(repo, {"a.py": "wolves", "b.py": "hail"})
    assert run("retry", "--all").out == "2 files owed again\n"
    assert set(repo.states().values()) == {"queued"}


def test_all_of_one_cause_are_owed_again(repo: Repo, run: Run, redis_url: str) -> None:
    fail(repo, {"a.py": "wolves", "b.py": "hail", "c.py": "wolves"})
    assert run("retry", "--cause", "Wolves").out == "2 files owed again\n"
    assert repo.states() == {"a.py": "queued", "b.py": "failed", "c.py": "queued"}
    again = run("retry", "--cause", "Wolves")
    assert (again.code, again.err) == (1, "docwatch: nothing has failed by Wolves: see 'docwatch failed'\n")


def test_a_documenter_that_stopped_is_asked_at_once_when_all_is_retried(repo: Repo, run: Run, redis_url: str) -> None:
    repo.write("a.py")
    repo.scan()
    gate.close("outline", config.load(), BlockedError("not logged in"))
    with OpenTree(repo.tree()) as opened:
        parked = Setback("not logged in", "BlockedError", parked=True)
        opened.ledger.give_back(opened.ledger.begin(b"a.py").ticket, b"a.py", repo.oid("a.py"), parked)
    with Redis.from_url(redis_url) as client:
        client.flushall()
        assert run("retry", "--all").out == "1 file owed again\n"
        assert client.llen("rq:queue:docwatch") == 1


def test_without_redis_it_stays_owed_and_says_so(repo: Repo, run: Run) -> None:
    fail(repo, {"a.py": "wolves"})
    found = run("retry", "a.py")
    assert (found.code, found.out) == (0, "1 file owed again\n")
    assert found.err == (
        "docwatch: no Redis takes the work now; it stays owed until 'docwatch up' or 'docwatch start' runs\n"
    )
    assert repo.states() == {"a.py": "queued"}


@pytest.mark.parametrize("arguments", [["fine.py"], ["missing.py"], ["/etc/passwd"], ["--all"]])
def test_nothing_to_retry_is_the_users_problem(repo: Repo, run: Run, arguments: list[str]) -> None:
    repo.write("fine.py")
    repo.document()
    found = run("retry", *arguments)
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("has failed; see 'docwatch files'\n")


@pytest.mark.parametrize(
    "arguments", [[], ["a.py", "--all"], ["a.py", "--cause", "Hail"], ["--cause", "Hail", "--all"]]
)
def test_retry_wants_to_know_what(run: Run, arguments: list[str]) -> None:
    found = run("retry", *arguments)
    assert (found.code, found.err) == (
        2,
        "docwatch: name the files to try again, or their --cause, or say --all; see 'docwatch retry --help'\n",
    )
