"""`scan`: what it counts, and that it works where no worker does."""

from __future__ import annotations

import os

import pytest
from redis import Redis

from docwatch.jobs.queue import NAME
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run


@pytest.fixture
def filled(repo: Repo) -> Repo:
    repo.write("a.py")
    repo.write("b.py", "b = 1\n")
    repo.write("photo.png", b"\x89PNG\0")
    repo.write("data.py", b"\0\0\0")
    repo.write(".gitignore", "ignored.py\n")
    repo.write("ignored.py")
    os.symlink("a.py", repo.root / "link.py")
    return repo


def test_every_file_seen_is_counted_once(filled: Repo, run: Run, redis_url: str) -> None:
    counts = run("scan", "--json").json
    assert counts == {
        "seen": 7,
        "admitted": 2,
        "fresh": 0,
        "submitted": 2,
        "forgotten": 0,
        "skipped": {"binary": 1, "ignored": 1, "symbolic link": 1, "unknown language": 2},
        "failed": 0,
    }
    assert counts["seen"] == counts["admitted"] + sum(counts["skipped"].values())


def test_a_dry_run_counts_the_same_and_writes_nothing(filled: Repo, run: Run, redis_url: str) -> None:
    dry = run("scan", "--dry-run", "--json").json
    with Redis.from_url(redis_url) as client:
        assert client.llen(f"rq:queue:{NAME}") == 0
    assert filled.states() == {}
    assert run("scan", "--json").json == dry


def test_waiting_without_a_worker_works_here(filled: Repo, run: Run, redis_url: str) -> None:
    done = run("scan", "--wait", "--json")
    assert (done.code, done.json["failed"]) == (0, 0)
    assert filled.states()["a.py"] == "fresh"
    again = run("scan", "--json").json
    assert (again["fresh"], again["submitted"]) == (2, 0)


def test_without_a_worker_scan_says_that_work_is_owed(filled: Repo, run: Run, redis_url: str) -> None:
    assert "no worker is running" in run("scan").err


def test_deleted_and_newly_ignored_files_are_forgotten(filled: Repo, run: Run, redis_url: str) -> None:
    run("scan", "--wait")
    (filled.root / "a.py").unlink()
    filled.write(".gitignore", "ignored.py\nb.py\n")
    counts = run("scan", "--json").json
    assert (counts["forgotten"], counts["admitted"]) == (2, 0)


def test_a_failed_file_gives_exit_code_1_and_is_tried_again_with_full(filled: Repo, run: Run, redis_url: str) -> None:
    run("scan", "--wait")
    with OpenTree(filled.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = 'failed', document = NULL WHERE path = ?", (b"a.py",))
        connection.execute("DELETE FROM documents")
    failed = run("scan", "--wait", "--json")
    assert (failed.code, failed.json["failed"]) == (1, 1)
    assert "see 'docwatch failed'" in failed.err
    assert run("scan", "--wait", "--full").code == 0
    assert filled.states()["a.py"] == "fresh"
