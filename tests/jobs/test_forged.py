"""Whoever can write to Redis can write jobs and messages: none of it is run, and no worker stops over it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.job import Job

from docwatch import log
from docwatch.jobs import submit
from docwatch.jobs.queue import FUNCTION, queue
from tests.conftest import Repo, until
from tests.jobs.test_worker import alive, pool, workers

CALLS = """os.system os.popen subprocess.call subprocess.run builtins.eval builtins.exec eval exec posix.system
importlib.import_module runpy.run_path shutil.rmtree docwatch.jobs.run.close docwatch.jobs.worker.preload
docwatch.jobs.document_file.__globals__ docwatch.git.run""".split()
CALLBACKS = ("success_callback_name", "failure_callback_name", "stopped_callback_name")
ODD = ("", "x", "-1", "[]", "{", "\0", "é" * 100, "9" * 400, "nan", "2026-13-45T99:99:99Z")
FIELDS = "status created_at enqueued_at started_at timeout result_ttl retries_left retry_intervals data origin".split()
COMMANDS = ("shutdown", "kill-horse", "stop-job", "nonsense")


def forge(redis: Redis, jobs: Queue, repo: Repo, trap: Path) -> int:
    """Write forgeries straight into the queue, each touching `trap` if it were run; how many."""
    touch = f"touch {trap}"
    code = f"open({str(trap)!r}, 'w').close()"
    names = []
    for name, argument in itertools.product(CALLS, (touch, code)):
        job = Job.create(name, (argument,), connection=redis, serializer=jobs.serializer)
        names.append(put(redis, jobs, job))
    for callback in CALLBACKS:
        for name in CALLS[:8]:
            job = Job.create(FUNCTION, (repo.tree().id, "a.py"), connection=redis, serializer=jobs.serializer)
            names.append(put(redis, jobs, job, {callback: name}))
    for odd, field in itertools.product(ODD, FIELDS):
        job = Job.create("os.system", (touch,), connection=redis, serializer=jobs.serializer)
        names.append(put(redis, jobs, job, {field: odd}))
    hook = json.dumps([{"url": "http://127.0.0.1:1/", "job_status": one} for one in ("failed", "finished")])
    for arguments in ([], [1], ["x", "../../etc/passwd"], [repo.tree().id, "/etc/passwd"], [None, None], [{}, {}, {}]):
        job = Job.create(FUNCTION, tuple(arguments), connection=redis, serializer=jobs.serializer)
        names.append(put(redis, jobs, job, {"webhooks": hook, "retries_left": "1000000", "retry_intervals": "[0]"}))
    return len(names)


def put(redis: Redis, jobs: Queue, job: Job, fields: dict[str, str] | None = None) -> str:
    job.origin = jobs.name
    job.save()
    if fields:
        redis.hset(job.key, mapping=fields)
    redis.lpush(jobs.key, job.id)
    return job.id


def test_forged_jobs_and_messages_run_nothing_and_stop_nobody(repo: Repo, redis: Redis, tmp_path: Path) -> None:
    jobs, trap = queue(redis), tmp_path / "sprung"
    for name in ("a.py", "b.py"):
        repo.write(name, f"# {name}\n")
    with pool(repo) as process:
        (worker,) = until(lambda: workers(redis))
        forged = forge(redis, jobs, repo, trap)
        for command in COMMANDS:
            message = json.dumps({"command": command, "job_id": jobs.get_job_ids()[0] if jobs.count else "x"})
            assert redis.publish(f"rq:pubsub:{worker.name}", message) == 0, "nobody listens"
            redis.publish(f"rq:pubsub:{worker.name}", "not even JSON")
        submit(repo.tree(), [b"a.py", b"b.py"], origin="scan")
        until(lambda: jobs.count == 0 and set(repo.states().values()) == {"fresh"}, 40)
        assert forged + 2 * len(COMMANDS) >= 100
        assert worker.pid is not None
        assert (alive(worker.pid), process.poll()) == (True, None)
    assert not trap.exists()
    assert not [line for line in log.tail(2000) if "another starts" in line]
    assert redis.llen(jobs.intermediate_queue_key) == 0
