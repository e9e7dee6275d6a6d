"""How things stand, and what the log said last."""

from __future__ import annotations

import logging
import os
import resource
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from docwatch import budget, config, disk, gate, log
from docwatch.errors import BlockedError
from docwatch.frontends import reading
from docwatch.jobs import glance, server
from docwatch.opened import OpenTree
from docwatch.watcher import presence
from tests.conftest import Repo, until
from tests.frontends.conftest import Run

NOTHING = dict.fromkeys(("fresh", "stale", "queued", "running", "failed", "skipped"), 0)


def register_worker(client: Redis, name: str, *, pid: int, host: str, queue: str = "docwatch") -> None:
    """As RQ writes it down."""
    client.sadd("rq:workers", f"rq:worker:{name}")
    client.sadd(f"rq:workers:{queue}", f"rq:worker:{name}")
    client.hset(f"rq:worker:{name}", mapping={"pid": pid, "hostname": host, "state": "idle", "queues": queue})


def test_before_anything_is_documented_all_is_zero_and_nothing_is_made(repo: Repo, run: Run, home: Path) -> None:
    repo.write("a.py")
    found = run("status", "--json")
    assert (found.code, found.json) == (
        0,
        {
            "tree": str(repo.root),
            "files": NOTHING,
            "workers": [],
            "queues": {"docwatch": 0},
            "redis": {"ok": False, "url": f"unix://{home}/docwatch/redis/redis.sock", "embedded": True},
            "watcher": {"ok": False, "mode": "off"},
        },
    )
    assert "run 'docwatch up' or 'docwatch scan'" in run("status").out
    assert not (repo.root / ".git" / "docwatch").exists()
    assert not server.answers(config.load())


def test_workers_that_keep_dying_are_an_alarm(repo: Repo, run: Run, redis_url: str) -> None:
    repo.write("a.py")
    repo.document()
    assert "alarm" not in run("status", "--json").json
    with Redis.from_url(redis_url) as client:
        client.set(glance.ALARM, "9 workers ended\x1b[2J")
    assert run("status", "--json").json["alarm"] == "9 workers ended\x1b[2J"
    assert r"! 9 workers ended\x1b[2J: 'docwatch log -n 20' says more" in run("status").out


def test_files_are_counted_as_the_disk_has_them_when_nobody_watches(repo: Repo, run: Run) -> None:
    for name in ("kept.py", "edited.py", "gone.py", "notes.unknown"):
        repo.write(name)
    repo.document()
    repo.write("edited.py", "def g(): pass\n")
    repo.write("owed.py", "def h(): pass\n")
    (repo.root / "gone.py").unlink()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = 'queued' WHERE path = ?", (b"kept.py",))
    assert run("status", "--json").json["files"] == NOTHING | {"stale": 2, "queued": 1, "skipped": 1}


def test_a_watcher_that_is_well_is_trusted_and_one_that_is_not_is_not(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    repo.document()
    repo.write("a.py", "def g(): pass\n")
    with presence.announced(repo.tree()) as announcement:
        announcement.say("events", None)
        found = run("status", "--json").json
        assert (found["watcher"], found["files"]["fresh"]) == ({"ok": True, "mode": "events"}, 1)
        announcement.say("polling", "too few watches; raise the limit")
        found = run("status", "--json").json
        problem = {"ok": False, "mode": "polling", "problem": "too few watches; raise the limit"}
        assert (found["watcher"], found["files"]["stale"]) == (problem, 1)
        assert "! the watcher: too few watches; raise the limit" in run("status").out
    assert run("status", "--json").json["files"]["stale"] == 1


def test_a_watcher_that_has_not_said_how_it_is_yet_is_not_trusted() -> None:
    """Caught between emptying and writing its file, it has no process."""
    assert not reading.is_kept_true(presence.Presence(mode="events"))


def test_what_is_owed_and_by_nobody_worked_on_comes_with_the_next_step(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    repo.scan()
    out = run("status").out
    assert "! 1 file owed and no worker runs: 'docwatch worker', or 'docwatch start'" in out
    assert "! no watcher: 'docwatch up', or 'docwatch scan' for once" in out


def test_the_queue_and_the_living_workers_are_counted(repo: Repo, run: Run, redis_url: str) -> None:
    repo.write("a.py")
    repo.write("b.py", "def g(): pass\n")
    repo.scan()
    host = os.uname().nodename
    ended = subprocess.Popen((sys.executable, "-c", ""))
    ended.wait()
    with Redis.from_url(redis_url) as client:
        register_worker(client, "here", pid=os.getpid(), host=host)
        register_worker(client, "afar", pid=1, host="elsewhere")
        register_worker(client, "killed", pid=ended.pid, host=host)
        register_worker(client, "other", pid=os.getpid(), host=host, queue="theirs")
        client.sadd("rq:workers:docwatch", "rq:worker:expired")
    found = run("status", "--json").json
    assert found["queues"] == {"docwatch": 2}
    assert found["workers"] == [
        {"name": "afar", "pid": 1, "state": "idle"},
        {"name": "here", "pid": os.getpid(), "state": "idle"},
    ]
    assert found["redis"] == {"ok": True, "url": redis_url, "embedded": False}
    assert "no worker runs" not in run("status").out


def test_our_own_server_is_asked_without_a_client_library(
    repo: Repo, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the short reader of replies says is what the client library says."""
    with Redis.from_url(redis_url) as client:
        client.rpush("rq:queue:docwatch", *"abc")
        register_worker(client, "here", pid=os.getpid(), host=os.uname().nodename)
    told = glance.glance(config.load())
    assert (told.queued, len(told.workers)) == (3, 1)
    path = redis_url.removeprefix("unix://")
    monkeypatch.setattr(glance, "_ask", lambda settings, commands: glance._say(path, commands))
    assert glance.glance(config.load()) == told


def test_a_server_that_refuses_or_says_nothing_is_survived(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("rq:queue:docwatch", "not a list")
    assert glance.glance(config.load()) == glance.Glance(True)
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1/0")
    assert glance.glance(config.load()) == glance.Glance(False)


def test_a_password_is_never_shown(repo: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://ada:hunter2@127.0.0.1:1/0")
    for found in (run("status", "--json"), run("status")):
        assert found.code == 0
        assert "hunter2" not in found.out + found.err
    assert run("status", "--json").json["redis"] == {"ok": False, "url": "redis://127.0.0.1:1/0", "embedded": False}


def test_every_line_fits_80_columns(repo: Repo, run: Run) -> None:
    for number in range(5):
        repo.write(f"f{number}.py", f"a = {number}\n")
    repo.document()
    repo.write("f1.py", "a = 7\n")
    log.setup("test")
    logging.getLogger("docwatch.test").info("a line that is long %s", "and longer " * 20)
    lines = run("status").out.splitlines()
    # A path is never cut: it is there to be copied.
    assert max(len(line) for line in lines if str(repo.root) not in line and "unix://" not in line) == 80


def test_the_log_is_read_from_its_end(run: Run) -> None:
    log.setup("test")
    for number in range(9):
        logging.getLogger("docwatch.test").info("line %d", number)
    assert [line[-6:] for line in run("log", "-n", "2").out.splitlines()] == ["line 7", "line 8"]
    assert len(run("log").out.splitlines()) == 5
    assert [line[-6:] for line in run("log", "-n", "1", "--json").json["lines"]] == ["line 8"]
    assert "line 8" in run("status").out


def test_a_log_that_is_not_there_yet_is_empty(run: Run) -> None:
    found = run("log")
    assert (found.code, found.out) == (0, "")


def test_log_f_goes_on_as_lines_are_written() -> None:
    log.setup("test")
    writer = logging.getLogger("docwatch.test")
    writer.info("before")
    with subprocess.Popen((sys.executable, "-P", "-m", "docwatch", "log", "-f"), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().endswith(b"before\n")

            def follows() -> bool:
                writer.info("after")
                return bool(select.select([process.stdout], (), (), 0.1)[0])

            until(follows)
            assert process.stdout.readline().endswith(b"after\n")
        finally:
            process.terminate()


def test_a_documenter_that_is_paused_is_told_with_the_time_it_resumes(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    repo.scan()
    assert not {"paused", "spend", "store"} & run("status", "--json").json.keys(), "most people never see these"
    gate.close("outline", config.load(), BlockedError("usd_per_day = 10 is reached", time.time() + 3600))
    paused = run("status", "--json").json["paused"]
    assert 3500 < paused.pop("resumes_at") - time.time() <= 3601
    assert paused == {"documenter": "outline", "kind": "blocked", "reason": "usd_per_day = 10 is reached"}
    assert "outline is blocked: usd_per_day = 10 is reached; it is asked again" in " ".join(run("status").out.split())


def test_what_was_spent_stands_beside_its_limit(repo: Repo, run: Run) -> None:
    with budget.call(config.load(), "claude", tokens=2_500, usd=0.25):
        pass
    assert run("status", "--json").json["spend"]["usd_per_day"] == {"spent": 0.25, "limit": 10.0}
    shown = run("status").out
    assert "2,500 of 2,000,000 tokens_per_hour" in shown
    assert "0.25 of 10 usd_per_day" in shown


def test_a_disk_without_room_is_told_while_something_is_owed(
    repo: Repo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py")
    repo.scan()
    monkeypatch.setattr(disk, "ROOM_BYTES", 1 << 20)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, before[1]))  # the kernel's own refusal to write more
    try:
        told, shown = run("status", "--json").json, run("status").out
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told["store"] == {"ok": False, "problem": "File too large"}
    assert "! nothing can be stored in" in shown
