"""`scan`: what it counts, and that it works where no worker does."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from redis import Redis

from docwatch import documenters
from docwatch.document import Document, Source
from docwatch.documenters.outline import OutlineDocumenter
from docwatch.errors import BlockedError, FlakyError, PermanentError
from docwatch.jobs import server
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


@pytest.fixture
def no_redis(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None configured, and none to be had."""
    monkeypatch.setattr(server, "_inside", lambda *_: [])
    monkeypatch.setattr(server.shutil, "which", lambda _: None)


def test_without_any_redis_all_is_documented_here(filled: Repo, run: Run, no_redis: None) -> None:
    done = run("scan", "--sync", "--json")
    assert (done.code, done.err) == (0, "")
    assert (done.json["submitted"], done.json["failed"]) == (2, 0)
    assert filled.states()["a.py"] == filled.states()["b.py"] == "fresh"
    assert "2 fresh, 0 documented" in run("scan", "--sync").out


def test_working_here_leaves_a_redis_alone(filled: Repo, run: Run, redis_url: str) -> None:
    assert run("scan", "--sync").code == 0
    with Redis.from_url(redis_url) as client:
        assert client.keys() == []


def test_working_here_says_what_failed_and_what_is_still_owed(
    filled: Repo, run: Run, no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {b"b = 1\n": PermanentError("too odd"), b"c = 1\n": FlakyError("no answer")}

    class Odd(OutlineDocumenter):
        name = "odd"

        def document(self, source: Source) -> Document:
            if source.content in errors:
                raise errors[source.content]
            return super().document(source)

    monkeypatch.setitem(documenters.DOCUMENTERS, "odd", Odd)
    monkeypatch.setenv("DOCWATCH_DOCUMENTER", "odd")
    filled.write("c.py", "c = 1\n")
    done = run("scan", "--sync")
    assert (done.code, done.err) == (1, "docwatch: 1 of 3 files failed; see 'docwatch failed'\n")
    assert (filled.states()["b.py"], filled.states()["c.py"]) == ("failed", "queued")
    del errors[b"b = 1\n"]
    run("retry", "b.py")
    owed = run("scan", "--sync")
    assert (owed.code, "1 file failed" in owed.err or "1 of 3 files failed" in owed.err) == (1, True), owed.err
    errors.clear()
    assert run("scan", "--sync", "--full").code == 0


def test_working_here_a_file_that_kills_its_process_is_set_aside_and_the_others_go_on(
    filled: Repo, run: Run, no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deadly(OutlineDocumenter):
        name = "deadly"

        def document(self, source: Source) -> Document:
            if source.path == b"b.py":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().document(source)

    monkeypatch.setitem(documenters.DOCUMENTERS, "deadly", Deadly)
    monkeypatch.setenv("DOCWATCH_DOCUMENTER", "deadly")
    for number in range(40):
        filled.write(f"more{number}.py", f"more = {number}\n")
    done = run("scan", "--sync")
    assert (done.code, done.err) == (1, "docwatch: 1 of 42 files failed; see 'docwatch failed'\n")
    states = filled.states()
    assert [path for path, state in states.items() if state == "failed"] == ["b.py"]
    assert list(states.values()).count("fresh") == 41
    assert "killed its worker 2 times" in run("failed").out


@pytest.mark.parametrize("how", ["--wait", "--sync"])
def test_a_documenter_that_is_blocked_is_not_waited_for(
    how: str, filled: Repo, run: Run, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blocked(OutlineDocumenter):
        name = "blocked"

        def document(self, source: Source) -> Document:
            raise BlockedError("not logged in: run 'blocked login'")

    monkeypatch.setitem(documenters.DOCUMENTERS, "blocked", Blocked)
    monkeypatch.setenv("DOCWATCH_DOCUMENTER", "blocked")
    done = run("scan", how)
    assert done.code == 1
    assert "2 files still owed: blocked: not logged in: run 'blocked login'; it is asked again at " in done.err
