"""RQ workers as docwatch runs them: jobs in the worker's own process, modules loaded once, heartbeats by the clock."""

from __future__ import annotations

import contextlib
import gc
import importlib
import math
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.utils import as_text
from rq.worker import WorkerStatus

from docwatch.config import Config
from docwatch.documenters import prose as writers
from docwatch.errors import UserError
from docwatch.jobs import prose, run
from docwatch.jobs.batch import Task
from docwatch.jobs.fate import Fate, follow
from docwatch.jobs.queue import DocumentJob, DocumentQueue, queue

HEARTBEAT_SECONDS = 15.0
SUSPENSION_CHECK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0  # before a Redis that is away is asked again
MOMENT_SECONDS = 0.2  # what a saved file may have to wait behind


class DocumentWorker(SimpleWorker):
    """A worker that runs our jobs and no others, in its own process: an outline takes less time than a fork.

    RQ spends 63 commands in 27 round trips on an empty job, for heartbeats, results and dependents that a job of 5 ms
    does not have. Here short jobs are taken, begun and ended many at once, in five round trips for all of them and
    some five commands for each, and RQ's registries, counters and `rq info` say the same as ever; one that fails goes
    RQ's own way. None of it needs to be atomic: what a crash leaves half-said is found by the courier, and a job may
    run twice.
    `rq worker --worker-class docwatch.jobs.worker.DocumentWorker` works too.
    """

    job_class = DocumentJob
    queue_class = DocumentQueue
    log_result_lifespan = False
    max_connection_wait_time = LONGEST_PAUSE_SECONDS
    largest_batch = 32
    # Set by who starts another when this one ends: a full disk is left to the next, which is told of it.
    retires_at = math.inf  # bytes of memory
    has_retired = lacks_room = False

    def __init__(self, queues: Iterable[Queue], **options: Any) -> None:
        ours = [queue(one.connection, one.name) for one in queues]  # `rq worker` hands over queues of its own class
        options |= {"job_class": DocumentJob, "queue_class": DocumentQueue, "serializer": JSONSerializer}
        super().__init__(ours, **options | {"log_job_description": False})
        self._next_heartbeat = 0.0
        self._next_suspension_check = 0.0
        self._batch: list[Job] = []
        self._batch_size = 1
        self.room = run.Room()

    def work(self, *arguments: Any, **options: Any) -> bool:
        # `rq worker` puts the current folder, maybe somebody's repository, on sys.path.
        os.chdir(os.sep)
        sys.path[:] = [entry for entry in sys.path if entry not in ("", ".")]
        return bool(super().work(*arguments, **options))

    def subscribe(self) -> None:
        """Never: whoever can write to Redis could stop this worker, or its job, by a message."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        now = time.monotonic()
        if now >= self._next_heartbeat or (timeout is not None and timeout > self.worker_ttl):
            self._next_heartbeat = now + HEARTBEAT_SECONDS
            super().heartbeat(max(timeout or 0, self.worker_ttl + 60), pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        now = time.monotonic()
        if now >= self._next_suspension_check:
            self._next_suspension_check = now + SUSPENSION_CHECK_SECONDS
            super().check_for_suspension(burst)

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next job, and into `_batch` as many more as can be done in a moment.

        A worker with more to do does not say between two jobs that it is idle.
        """
        (queue,) = self.queues
        with contextlib.suppress(RedisConnectionError):  # RQ's own way waits for Redis to come back
            self.heartbeat()
            # Half of what waits at most: the other workers are to end at the same time as we.
            self._batch = self._take(queue, min(self._batch_size, 1 + queue.count // 2))
            if self._batch:
                return self._batch[0], queue
            self.set_state(WorkerStatus.IDLE)
        if self._stop_requested:  # asked while it still counted as busy; once idle, the signal itself ends the wait
            raise StopRequested
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def _take(self, queue: Queue, count: int) -> list[Job]:
        """Up to `count` jobs, moved into the intermediate queue as RQ does with one."""
        with self.connection.pipeline(transaction=False) as pipeline:
            for _ in range(count):
                pipeline.lmove(queue.key, queue.intermediate_queue_key)
            names = [as_text(name) for name in pipeline.execute() if name is not None]
        if not names:
            return []
        try:
            found = DocumentJob.fetch_many(names, connection=self.connection, serializer=self.serializer)
        except RedisError:
            raise
        except Exception:  # noqa: BLE001 - one of them cannot be read: it is found, and set aside, one by one
            return [job for name in names if (job := self._fetch(queue, name)) is not None]
        for name, job in zip(names, found, strict=True):
            if job is None:  # run already under the same id, and deleted
                self.connection.lrem(queue.intermediate_queue_key, 1, name)
        return [job for job in found if job is not None]

    def _fetch(self, queue: Queue, name: str) -> Job | None:
        fetched = DocumentQueue._fetch_dequeued_job(
            self.connection, queue.key, name, job_class=DocumentJob, serializer=self.serializer
        )
        if fetched is None:
            self.connection.lrem(queue.intermediate_queue_key, 1, name)
            return None
        return fetched[0]

    def execute_job(self, job: Job, queue: Queue) -> None:
        jobs, self._batch = self._batch or [job], []
        began = time.monotonic()
        executions = self._begin(jobs, queue)
        fates = self._run(jobs)
        done = [one for one in jobs if one.id not in fates]
        self._end(done, executions, queue)
        for failed in (one for one in jobs if one.id in fates):
            # RQ's way with a job that raised: registries, retries.
            follow(failed, fates[failed.id])
            error = fates[failed.id].error
            self._finalize_failure(failed, queue, executions[failed.id], (type(error), error, error.__traceback__))
        # As many as these let expect to be done in a moment: one, where each takes long.
        in_a_moment = int(MOMENT_SECONDS * len(jobs) / max(time.monotonic() - began, 1e-6))
        self._batch_size = max(1, min(self.largest_batch, 4 * self._batch_size, in_a_moment))
        if most_memory() > self.retires_at:
            self.has_retired = self._stop_requested = True

    def _run(self, jobs: list[Job]) -> dict[str, Fate]:
        """What went wrong, by job."""
        fates: dict[str, Fate] = {}
        tasks: dict[str, Task] = {}
        for job in jobs:
            try:
                tasks[job.id] = Task(*_asked(job, run.document_file))
            except Exception as error:  # noqa: BLE001 - whatever a forged or foreign job holds, the others go on
                fates[job.id] = Fate("refusal", error)
        limits = {task: job for job in jobs if (task := tasks.get(job.id)) is not None}
        run.document(list(tasks.values()), lambda task: self._limit(limits[task]), self.room)
        if any(
            task.fate is not None and task.fate.kind == "host"
            for task in tasks.values()
            if task.tree not in self.room.full
        ):
            # What it could not write down, that it gives these files back, the ledger sees by its death.
            self.lacks_room = self._stop_requested = True
        return fates | {
            name: task.fate for name, task in tasks.items() if task.fate is not None and not task.fate.parks
        }

    @contextlib.contextmanager
    def _limit(self, job: Job) -> Iterator[None]:
        """The job's own time, watched by RQ's alarm and, for code that no signal reaches, by the pool."""
        timeout = job.timeout or Queue.DEFAULT_TIMEOUT
        _report_deadline(time.monotonic() + timeout)
        try:
            with self.death_penalty_class(timeout, JobTimeoutException, job_id=job.id):
                yield
        finally:
            _report_deadline(0.0)

    def _begin(self, jobs: list[Job], queue: Queue) -> dict[str, Execution]:
        """The jobs are ours: in the started registry, out of the intermediate queue; in one round trip."""
        executions = {job.id: Execution(uuid4().hex, job.id, self.connection, self.name) for job in jobs}
        self.executions |= {one.id: one for one in executions.values()}
        ends = {job.id: time.time() + _longest(job) for job in jobs}
        with self.connection.pipeline(transaction=False) as pipeline:
            self.set_state(WorkerStatus.BUSY, pipeline=pipeline)
            for job in jobs:
                if len(jobs) == 1:  # else it is over before anybody can look up when it began
                    executions[job.id].save(_longest(job), pipeline)
                    job.execution_registry.add(executions[job.id], _longest(job), pipeline)
                job.prepare_for_execution(self.name, pipeline)
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            keys = {executions[name].composite_key: end for name, end in ends.items()}
            pipeline.zadd(queue.started_job_registry.key, keys)
            pipeline.sadd(self.executions_key, *keys)
            pipeline.expire(self.executions_key, max(map(_longest, jobs)) + 60)
            pipeline.execute()
        return executions

    def _end(self, jobs: list[Job], executions: dict[str, Execution], queue: Queue) -> None:
        """The jobs are done and leave nothing behind, as `result_ttl=0` asks; in one round trip."""
        if not jobs:
            return
        ended = [executions[job.id] for job in jobs]
        now = datetime.now(UTC)
        seconds = sum((now - job.started_at).total_seconds() for job in jobs if job.started_at is not None)
        keys = [one.composite_key for one in ended]
        with self.connection.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(self.key, "successful_job_count", len(jobs))
            pipeline.hincrbyfloat(self.key, "total_working_time", seconds)
            pipeline.zrem(queue.started_job_registry.key, *keys)
            pipeline.srem(self.executions_key, *keys)
            for job, execution in zip(jobs, ended, strict=True):
                left = (job.key, job.dependents_key, job.dependencies_key, job.execution_registry.key, execution.key)
                pipeline.delete(*left)
                self.executions.pop(execution.id, None)
            pipeline.execute()


def _longest(job: Job) -> int:
    """The seconds after which the job's worker must be dead, if it has not said otherwise."""
    return int(job.timeout or Queue.DEFAULT_TIMEOUT) + 60


class ProseWorker(DocumentWorker):
    """A worker on the queue of prose: a job there waits for a model, so it takes one at a time."""

    largest_batch = 1

    def _run(self, jobs: list[Job]) -> dict[str, Fate]:
        fates: dict[str, Fate] = {}
        for job in jobs:
            try:
                tree, path = _asked(job, prose.write_prose)
            except Exception as error:  # noqa: BLE001 - as in DocumentWorker
                fates[job.id] = Fate("refusal", error)
                continue
            fate = prose.write(tree, path, self._limit(job))
            if fate is not None and not fate.parks:
                fates[job.id] = fate
        return fates


def _asked(job: Job, function: Callable[[str, str], None]) -> tuple[str, bytes]:
    """The tree and the path. Raises whatever is wrong with a job that is not ours, or not for this worker."""
    if job.func is not function:
        raise PermissionError(f"{job.func_name!r} is not a job of this queue; remove it from the queue")
    tree, path = job.args
    return str(tree), os.fsencode(path)


def most_memory() -> int:
    """Bytes that this process has had at most."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _no_watch(_deadline: float) -> None:
    """Nobody watches a worker that runs outside a pool."""


# A pool's child replaces this, so that the pool sees a job that no signal can end.
_report_deadline: Callable[[float], None] = _no_watch


def report_deadlines_to(report: Callable[[float], None]) -> None:
    """Tell `report`, when a job begins, by what monotonic time it must be over; 0 when it is."""
    global _report_deadline
    _report_deadline = report


def preload() -> None:
    """Import what every job needs, before any fork: it is then paid for once and shared.

    Grammars are not among it: loading all of them takes a second, and a worker loads one when it meets the language.
    """
    for module in ("msgspec.json", "docwatch.documenters.syntax", "docwatch.ignore", "pathspec", "re2"):
        importlib.import_module(module)
    gc.freeze()  # what is loaded by now is shared with the workers and never collected


def preload_prose(settings: Config) -> None:
    """The same for who writes prose."""
    with contextlib.suppress(UserError):  # a tree that was trusted may have another that can be had
        if writers.prose_documenter(settings) is not None:
            writers.preload(settings)
            gc.freeze()
