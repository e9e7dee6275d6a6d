"""Hands what the ledger owes to RQ, and notices what RQ has lost."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Collection

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.job import Job
from rq.registry import FailedJobRegistry, ScheduledJobRegistry

from docwatch import __version__, accounts, config, gate, revisions
from docwatch.config import Config
from docwatch.entries import Delivery
from docwatch.gate import Gate
from docwatch.jobs import consent, prose
from docwatch.jobs.connection import for_producer
from docwatch.jobs.queue import FUNCTION, NAME, PROSE_FUNCTION, PROSE_NAME, job_id, queue
from docwatch.owing import Owing
from docwatch.prose_ledger import ProseLedger
from docwatch.tree import Tree

log = logging.getLogger("docwatch.jobs")
MOST_QUEUED = 20_000  # jobs in Redis at once; the rest waits in the ledger and follows
CHUNK = 1_000
FAILURE_TTL_SECONDS = 30 * 24 * 3600


def deliver(tree: Tree, ledger: Owing, settings: Config, connection: Redis | None = None) -> int | None:
    """Make jobs of what is owed and has none; how many. None without Redis: nothing is lost, it stays owed."""
    if isinstance(ledger, ProseLedger) and ledger.has_undelivered() and not consent.is_given(tree, ledger):
        return 0
    try:
        jobs = queue(connection or for_producer(settings), _queue_of(ledger))
        room = max(0, MOST_QUEUED - jobs.count)
        closed, sent = _gate(tree, ledger), 0
        if closed is not None and closed.is_due and ledger.delivered() == 0:
            closed, room = None, min(1, room)  # the one that finds out
        while batch := ledger.take_for_delivery(
            min(CHUNK, room - sent),
            lambda *row: job_id(tree.id, *row),
            parked=closed is None,  # what is not parked yet gets its outline, and then is
        ):
            try:
                _enqueue(jobs, tree, settings, batch)
            except RedisError:
                ledger.take_back((delivery.path, delivery.job) for delivery in batch)
                raise
            sent += len(batch)
    except RedisError as error:
        log.warning("Redis does not take jobs (%s); the work stays owed", error)
        return None
    return sent


def recover(
    tree: Tree,
    ledger: Owing,
    settings: Config,
    connection: Redis,
    *,
    audit_after_seconds: float | None,
    blamed: Collection[str] = (),
) -> int:
    """Owe again what was run by a process that is dead, or whose job RQ no longer has; how many.

    Jobs handed over less than `audit_after_seconds` ago are not asked for; None asks for none. `blamed` are workers
    that their file may have killed.
    """
    ledger.retry_bugs(__version__)
    dead = ledger.take_back_from_the_dead(blamed=blamed)
    for path in dead:
        log.warning("the worker of %s died; %s is owed again", os.fsdecode(path), _what(ledger))
    awaited = [] if audit_after_seconds is None else ledger.awaited(audit_after_seconds)
    lost = 0
    if awaited:
        known = _known_jobs(queue(connection, _queue_of(ledger)))
        lost = ledger.take_back((path, job) for path, job in awaited if job not in known)
        if lost:
            log.warning("%d jobs are no longer in Redis; they are owed again", lost)
    if dead or lost or ledger.has_undelivered():
        deliver(tree, ledger, settings, connection)
    return len(dead) + lost


def look_for_prose(tree: Tree, ledger: ProseLedger) -> bool:
    """Owe prose for what has become fresh since the last look; whether there is to be any in this tree."""
    settings = config.load(tree.root)
    if (terms := prose.terms(settings)) is None:
        return False
    if not ledger.has_looked(terms.documenter):
        owed = ledger.look(terms)
        if owed:
            log.info("prose of %d files is owed in %s", owed, tree.root)
        if terms.on_commit and (waiting := ledger.waiting_for_commit()):
            ledger.hasten(_committed(tree, waiting))
    return True


def _committed(tree: Tree, waiting: list[tuple[bytes, str]]) -> list[tuple[bytes, str]]:
    """Those of these (path, OID) that are so in the last commit."""
    if tree.git_dir is None:
        return []
    there = revisions.files(tree.root, "HEAD", [path for path, _ in waiting])
    return [(path, oid) for path, oid in waiting if path in there and there[path].oid == oid]


def _queue_of(ledger: Owing) -> str:
    return PROSE_NAME if isinstance(ledger, ProseLedger) else NAME


def _what(ledger: Owing) -> str:
    return "its prose" if isinstance(ledger, ProseLedger) else "it"


def _gate(tree: Tree, ledger: Owing) -> Gate | None:
    """The closed gate before the tree's documenter."""
    if not accounts.exist():
        return None
    settings = config.load(tree.root)
    is_prose = isinstance(ledger, ProseLedger)
    return gate.of_prose(tree.id, settings) if is_prose else gate.of(settings.documenter, settings)


def _enqueue(jobs: Queue, tree: Tree, settings: Config, batch: list[Delivery]) -> None:
    """As `Queue.enqueue_many` does, in a fifth of its time: jobs of as many tries differ in name and path alone."""
    alike = {tries: _job(jobs, tree, settings, tries) for tries in {delivery.tries for delivery in batch}}
    fields = {tries: job.to_dict() for tries, job in alike.items()}
    with jobs.connection.pipeline() as pipeline:
        pipeline.zrem(FailedJobRegistry(queue=jobs).key, *(delivery.job for delivery in batch))
        pipeline.sadd(jobs.redis_queues_keys, jobs.key)
        for delivery in batch:
            path, job = os.fsdecode(delivery.path), alike[delivery.tries]
            job.args = (tree.id, path)
            # RQ stores the description as UTF-8, which a name need not be.
            own = {"data": zlib.compress(job.data), "description": ascii(path)}
            pipeline.hset(Job.key_for(delivery.job), mapping=fields[delivery.tries] | own)
        if back := [delivery.job for delivery in batch if delivery.origin == "scan"]:
            pipeline.rpush(jobs.key, *back)
        if front := [delivery.job for delivery in batch if delivery.origin != "scan"]:
            pipeline.lpush(jobs.key, *reversed(front))  # pushed one after the other, the last would come first
        pipeline.execute()


def _job(jobs: Queue, tree: Tree, settings: Config, tries: int) -> Job:
    intervals = list(settings.retry_intervals[tries:])  # what RQ has lost does not begin to count anew
    is_prose = jobs.name == PROSE_NAME
    job = jobs.create_job(
        PROSE_FUNCTION if is_prose else FUNCTION,
        args=(tree.id, ""),
        # A call, and another where the answer does not fit.
        timeout=settings.job_timeout_seconds + (2 * settings.prose_seconds if is_prose else 0),
        result_ttl=0,
        failure_ttl=FAILURE_TTL_SECONDS,
        description="",
        retry=Retry(max=len(intervals), interval=intervals) if intervals else None,
    )
    job.origin, job.enqueued_at = jobs.name, job.created_at
    return job


def _known_jobs(jobs: Queue) -> set[str]:
    """The jobs that RQ will run by and by: those in the queue, and those it holds until their next try.

    One that a worker has taken is not among them: its row would say so, unless the worker died before it could.
    """
    scheduled: list[str] = ScheduledJobRegistry(queue=jobs).get_job_ids(cleanup=False)
    return {*jobs.get_job_ids(), *scheduled}
