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
from functools import partial
from typing import Any
from uuid import uuid4

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
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
from docwatch.jobs.taken import GRACE_SECONDS, Taken, Taking

HEARTBEAT_SECONDS = 15.0
SUSPENSION_CHECK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0  # before a Redis that is away is asked again
MOMENT_SECONDS = 0.2  # what a saved file may have to wait behind


class DocumentWorker(SimpleWorker):
    """A worker that runs our jobs and no others, in its own process: an outline takes less time than a fork.

    RQ spends 63 commands in 27 round trips on an empty job, for heartbeats, results and dependents that a job of 5 ms
    does not have. Here short jobs are taken and ended many at once, in two round trips for all of them, and RQ's
    registries, counters and `rq info` say the same as ever; one that fails goes RQ's own way. None of it needs to be
    atomic: what a crash leaves half-said is found by the courier, and a job may run twice.
    `rq worker --worker-class docwatch.jobs.worker.DocumentWorker` works too.
    """

    job_class = DocumentJob
    queue_class = DocumentQueue
    log_result_lifespan = False
    max_connection_wait_time = LONGEST_PAUSE_SECONDS
    largest_batch = 64
    # Set by who starts another when this one ends: a full disk is left to the next, which is told of it.
    retires_at = math.inf  # bytes of memory
    has_retired = lacks_room = False

    def __init__(self, queues: Iterable[Queue], **options: Any) -> None:
        ours = [queue(one.connection, one.name) for one in queues]  # `rq worker` hands over queues of its own class
        options |= {"job_class": DocumentJob, "queue_class": DocumentQueue, "serializer": JSONSerializer}
        super().__init__(ours, **options | {"log_job_description": False})
        self._next_heartbeat = 0.0
        self._next_suspension_check = 0.0
        self._batch: list[Taken] = []
        self._batch_size = 1
        self._taking: Taking | None = None
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
            self._batch = self._take(queue, self._batch_size)
            if self._batch:
                return self._batch[0].job or DocumentJob(self._batch[0].id, self.connection, self.serializer), queue
            self.set_state(WorkerStatus.IDLE)
        if self._stop_requested:  # asked while it still counted as busy; once idle, the signal itself ends the wait
            raise StopRequested
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def _take(self, queue: Queue, most: int) -> list[Taken]:
        """Jobs that wait. One alone may take long: it is moved into the intermediate queue and begun as RQ does it."""
        if most == 1:
            name = self.connection.lmove(queue.key, queue.intermediate_queue_key)
            job = None if name is None else self._fetch(queue, as_text(name))
            return [] if job is None else [self._begin(job, queue)]
        self._taking = self._taking or Taking(self.connection, queue, self.name, partial(self._fetch, queue))
        taken = list(self._taking.take(most))
        if taken and self.get_state() != WorkerStatus.BUSY:
            self.set_state(WorkerStatus.BUSY)
        return taken

    def _fetch(self, queue: Queue, name: str) -> Job | None:
        """None for one that has been run under the same id, and is gone, or that cannot be read, and is set aside."""
        fetched = DocumentQueue._fetch_dequeued_job(
            self.connection, queue.key, name, job_class=DocumentJob, serializer=self.serializer
        )
        if fetched is None:
            self.connection.lrem(queue.intermediate_queue_key, 1, name)
            return None
        return fetched[0]

    def execute_job(self, job: Job, queue: Queue) -> None:
        jobs, self._batch = self._batch or [self._begin(job, queue)], []
        began = time.monotonic()
        fates = self._run(jobs)
        seconds = time.monotonic() - began
        self._end([one for one in jobs if one.id not in fates], queue, seconds)
        for one in jobs:
            if (fate := fates.get(one.id)) is not None:
                self._fail(one, fate, queue)
        # As many as these let expect to be done in a moment: one, where each takes long.
        in_a_moment = int(MOMENT_SECONDS * len(jobs) / max(seconds, 1e-6))
        self._batch_size = max(1, min(self.largest_batch, 4 * self._batch_size, in_a_moment))
        if most_memory() > self.retires_at:
            self.has_retired = self._stop_requested = True

    def _run(self, jobs: list[Taken]) -> dict[str, Fate]:
        """What went wrong, by job."""
        fates: dict[str, Fate] = {}
        tasks: dict[str, Task] = {}
        for job in jobs:
            try:
                tasks[job.id] = Task(*job.tree_and_path(run.document_file))
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
    def _limit(self, job: Taken) -> Iterator[None]:
        """The job's own time, watched by RQ's alarm and, for code that no signal reaches, by the pool."""
        _report_deadline(time.monotonic() + job.timeout)
        try:
            with self.death_penalty_class(job.timeout, JobTimeoutException, job_id=job.id):
                yield
        finally:
            _report_deadline(0.0)

    def _begin(self, job: Job, queue: Queue) -> Taken:
        """The job is ours: in the started registry, out of the intermediate queue; in one round trip."""
        timeout = int(job.timeout or Queue.DEFAULT_TIMEOUT)
        longest = timeout + GRACE_SECONDS
        execution = Execution(uuid4().hex, job.id, self.connection, self.name)
        self.executions[execution.id] = execution
        with self.connection.pipeline(transaction=False) as pipeline:
            self.set_state(WorkerStatus.BUSY, pipeline=pipeline)
            execution.save(longest, pipeline)
            job.execution_registry.add(execution, longest, pipeline)
            job.prepare_for_execution(self.name, pipeline)
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.zadd(queue.started_job_registry.key, {execution.composite_key: time.time() + longest})
            pipeline.sadd(self.executions_key, execution.composite_key)
            pipeline.expire(self.executions_key, longest + GRACE_SECONDS)
            pipeline.execute()
        return Taken(job.id, execution, timeout, job)

    def _end(self, jobs: list[Taken], queue: Queue, seconds: float) -> None:
        """The jobs are done and leave nothing behind, as `result_ttl=0` asks; in one round trip."""
        if not jobs:
            return
        with self.connection.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(self.key, "successful_job_count", len(jobs))
            pipeline.hincrbyfloat(self.key, "total_working_time", seconds)
            pipeline.zrem(queue.started_job_registry.key, *(one.execution.composite_key for one in jobs))
            if alone := [one for one in jobs if self.executions.pop(one.execution.id, None)]:
                pipeline.srem(self.executions_key, *(one.execution.composite_key for one in alone))
            pipeline.delete(*(key for one in jobs for key in one.keys))
            pipeline.execute()

    def _fail(self, taken: Taken, fate: Fate, queue: Queue) -> None:
        """RQ's way with a job that raised: registries, retries."""
        job = taken.job or self._fetch(queue, taken.id)
        if job is None:
            self.connection.zrem(queue.started_job_registry.key, taken.execution.composite_key)
            return
        follow(job, fate)
        job.started_at = taken.execution.created_at
        error = fate.error
        self._finalize_failure(job, queue, taken.execution, (type(error), error, error.__traceback__))


class ProseWorker(DocumentWorker):
    """A worker on the queue of prose: a job there waits for a model, so it takes one at a time."""

    largest_batch = 1

    def _run(self, jobs: list[Taken]) -> dict[str, Fate]:
        fates: dict[str, Fate] = {}
        for job in jobs:
            try:
                tree, path = job.tree_and_path(prose.write_prose)
            except Exception as error:  # noqa: BLE001 - as in DocumentWorker
                fates[job.id] = Fate("refusal", error)
                continue
            fate = prose.write(tree, path, self._limit(job))
            if fate is not None and not fate.parks:
                fates[job.id] = fate
        return fates


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
