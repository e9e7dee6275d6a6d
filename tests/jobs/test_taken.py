"""Jobs taken many at once: what RQ says of them meanwhile, and what of that is not as docwatch writes it."""

from __future__ import annotations

import time

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job

from docwatch.jobs import submit
from docwatch.jobs.queue import DocumentJob, DocumentQueue
from docwatch.jobs.taken import GRACE_SECONDS, Taking
from tests.conftest import Repo

NAMES = [f"{letter}.py" for letter in "abcdefgh"]


@pytest.fixture
def taking(redis: Redis, jobs: Queue) -> Taking:
    def fetch(name: str) -> Job | None:
        found = DocumentQueue._fetch_dequeued_job(
            redis, jobs.key, name, job_class=DocumentJob, serializer=jobs.serializer
        )
        return None if found is None else found[0]

    return Taking(redis, jobs, "worker", fetch)


@pytest.fixture
def queued(repo: Repo, jobs: Queue) -> list[str]:
    for name in NAMES:
        repo.write(name, f"# {name}\n")
    submit(repo.tree(), [name.encode() for name in NAMES], origin="scan")
    return jobs.get_job_ids()


def started(jobs: Queue) -> dict[str, float]:
    registry = jobs.started_job_registry
    return {
        name.decode().partition(":")[0]: at for name, at in jobs.connection.zrange(registry.key, 0, -1, False, True)
    }


def test_they_go_from_the_queue_into_the_started_registry(
    repo: Repo, jobs: Queue, taking: Taking, queued: list[str]
) -> None:
    before = time.time()
    taken = list(taking.take(3))
    assert [one.id for one in taken] == queued[:3]
    assert [one.asked for one in taken] == [(repo.tree().id, name.encode()) for name in NAMES[:3]]
    assert jobs.get_job_ids() == queued[3:]
    longest = taken[0].timeout + GRACE_SECONDS
    assert started(jobs).keys() == set(queued[:3])
    assert all(before + longest <= at <= time.time() + longest for at in started(jobs).values())


def test_half_of_them_is_left_to_others(jobs: Queue, taking: Taking, queued: list[str]) -> None:
    sizes = []
    while taken := list(taking.take(64)):
        sizes.append(len(taken))
    assert (sizes, jobs.count) == ([5, 2, 1], 0)


def test_one_that_says_anything_else_is_read_in_full(
    redis: Redis, jobs: Queue, taking: Taking, queued: list[str]
) -> None:
    other = Queue(jobs.name, connection=redis, serializer="json").enqueue("os.getcwd", job_timeout=7, at_front=True)
    redis.hset(Job.key_for(queued[0]), "timeout", "soon")
    redis.delete(Job.key_for(queued[1]))
    first, second = taking.take(4)
    assert first.job is not None
    assert (first.id, first.job.func_name, first.timeout) == (other.id, "os.getcwd", 7)
    assert (second.id, second.job) == (queued[2], None)
    assert started(jobs).keys() == {other.id, queued[2]}, "of what was not to be read, or is gone, nothing is left"


def test_a_redis_that_has_forgotten_the_script_is_told_again(redis: Redis, taking: Taking, queued: list[str]) -> None:
    assert [one.id for one in taking.take(1)] == queued[:1]
    redis.script_flush()
    assert [one.id for one in taking.take(1)] == queued[1:2]
