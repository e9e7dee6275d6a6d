"""Workers: what they refuse, that plain RQ's own command works, and what becomes of work whose worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, Worker
from rq.registry import FailedJobRegistry

from docwatch import log
from docwatch.jobs import submit
from docwatch.jobs.queue import queue
from docwatch.opened import OpenTree
from tests.conftest import Repo, until

RQ = (sys.executable, "-m", "rq.cli", "worker", "--config", "docwatch.jobs.rq_settings", "--serializer", "json")
OURS = ("--worker-class", "docwatch.jobs.worker.DocumentWorker")
THEIRS = ("--job-class", "docwatch.jobs.queue.DocumentJob")


def test_a_job_leaves_a_line_in_the_log(repo: Repo, jobs: Queue, work: Callable[[], None]) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert [line for line in log.tail(20) if "a.py: documented as python" in line and "(save)" in line]


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "eval", "subprocess.call", "docwatch.jobs.run.close"])
def test_a_forged_job_is_not_run(
    name: str, redis: Redis, jobs: Queue, work: Callable[[], None], tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    forger = Queue(jobs.name, connection=redis, serializer="json")
    forger.enqueue(name, f"touch {trap}", job_id="forged", result_ttl=500)
    work()
    assert not trap.exists()
    assert FailedJobRegistry(queue=jobs).get_job_ids() == ["forged"]


def test_callbacks_and_webhooks_in_a_job_are_not_followed(
    repo: Repo, redis: Redis, jobs: Queue, work: Callable[[], None], tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    (name,) = jobs.get_job_ids()
    redis.hset(f"rq:job:{name}", mapping={"success_callback_name": "os.system", "stopped_callback_name": "os.system"})
    redis.hset(f"rq:job:{name}", "webhooks", '[{"url": "http://127.0.0.1:1/", "statuses": ["finished"]}]')
    work()
    assert not trap.exists()
    assert repo.states() == {"a.py": "fresh"}


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": "2026-01-01T00:00:00.000000Z", "status": "bogus", "data": "x"},
        {"created_at": "never", "data": "x"},
        {"created_at": "2026-01-01T00:00:00.000000Z", "data": "x", "timeout": "soon"},
        {"x": "y"},
        None,
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_job_that_cannot_be_read_stops_no_worker(
    first: bool, fields: dict[str, str] | None, repo: Repo, redis: Redis, jobs: Queue, work: Callable[[], None]
) -> None:
    for name in "abc":
        repo.write(f"{name}.py", f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"b.py", b"c.py"], origin="scan")
    if fields is None:
        redis.set("rq:job:poison", "no hash at all")
    else:
        redis.hset("rq:job:poison", mapping={"origin": jobs.name, **fields})
    (redis.lpush if first else redis.rpush)(jobs.key, "poison")
    work()
    assert set(repo.states().values()) == {"fresh"}
    kept = redis.exists("docwatch:unreadable:poison", "rq:job:poison")
    assert kept == 1, "what was in it can still be looked at"
    assert redis.llen(jobs.intermediate_queue_key) == 0


@pytest.mark.parametrize("options", [OURS, THEIRS], ids=["our worker class", "RQ's worker, our job class"])
def test_plain_rq_worker_documents_too(repo: Repo, jobs: Queue, options: tuple[str, ...], tmp_path: Path) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    subprocess.run((*RQ, *options, "--burst"), cwd=tmp_path, check=True, capture_output=True, timeout=40)
    assert repo.states() == {"a.py": "fresh"}
    assert [line for line in log.tail(20) if "a.py: documented as python" in line]


def test_nothing_in_the_current_folder_is_imported_by_a_worker(repo: Repo, jobs: Queue) -> None:
    for name in ("json.py", "redis.py", "jobs/__init__.py", "docwatch/__init__.py", "sitecustomize.py"):
        repo.write(name, f"open('{repo.root}/sprung', 'w').close()\n")
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    with pool(repo, burst=True) as process:
        assert process.wait(40) == 0
    assert repo.states()["a.py"] == "fresh"
    assert not (repo.root / "sprung").exists()


@contextmanager
def pool(repo: Repo, *, size: int = 1, burst: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """`docwatch worker`, started where an imprudent user would: inside the repository."""
    command = (sys.executable, "-P", "-m", "docwatch", "worker", "-n", str(size), *(["--burst"] if burst else []))
    with subprocess.Popen(command, cwd=repo.root, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def workers(redis: Redis) -> list[Worker]:
    return [worker for worker in Worker.all(queue=queue(redis)) if worker.pid and alive(worker.pid)]


def all_workers(redis: Redis, count: int) -> list[Worker]:
    until(lambda: len(workers(redis)) == count)
    return workers(redis)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except FileNotFoundError:
        return False


def test_a_pool_runs_as_many_workers_as_asked_and_ends_them_all(repo: Repo, redis: Redis) -> None:
    with pool(repo, size=3) as process:
        pids = [worker.pid for worker in all_workers(redis, 3)]
        process.terminate()
        assert process.wait(20) == 0
    assert not any(alive(pid) for pid in pids if pid)


def test_workers_end_with_their_pool_however_it_ends(repo: Repo, redis: Redis) -> None:
    with pool(repo, size=2) as process:
        pids = [worker.pid for worker in all_workers(redis, 2)]
        process.kill()
        until(lambda: not any(alive(pid) for pid in pids if pid))


def test_a_killed_worker_is_replaced(repo: Repo, redis: Redis) -> None:
    with pool(repo):
        (first,) = until(lambda: workers(redis))
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: [worker for worker in workers(redis) if worker.pid != first.pid])


def test_what_a_killed_worker_was_running_is_documented_by_the_next(repo: Repo, redis: Redis) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    with OpenTree(repo.tree()) as opened:  # as if a worker had begun and died
        dead = subprocess.Popen(("true",))
        who = f"{os.uname().nodename}:{dead.pid}:1"
        dead.wait()
        opened.ledger.begin(b"a.py")
        with opened.store.writing() as connection:
            connection.execute("UPDATE ledger SET holder = ?", (who,))
    queue(redis).empty()
    with pool(repo):
        until(lambda: repo.states() == {"a.py": "fresh"})


def test_work_owed_before_any_worker_ran_is_done_when_one_starts(
    repo: Repo, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="commit")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", redis_url)
    with pool(repo, burst=True) as process:
        assert process.wait(40) == 0
    assert repo.states() == {"a.py": "fresh"}


def test_a_flushed_redis_loses_nothing(repo: Repo, redis: Redis) -> None:
    for name in "abc":
        repo.write(f"{name}.py", f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"b.py", b"c.py"], origin="scan")
    redis.flushall()
    with pool(repo, burst=True) as process:
        assert process.wait(40) == 0
    assert set(repo.states().values()) == {"fresh"}
