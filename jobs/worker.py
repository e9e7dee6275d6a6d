"""RQ workers as docwatch runs them: jobs in the worker's own process, modules loaded once, heartbeats by the clock."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException
from rq.worker import WorkerStatus

from docwatch import documenters
from docwatch.jobs.queue import DocumentJob

HEARTBEAT_SECONDS = 15.0
SUSPENSION_CHECK_SECONDS = 1.0


class DocumentWorker(SimpleWorker):
    """A worker that runs our jobs and no others, in its own process: an outline takes less time than a fork.

    RQ spends 63 commands in 27 round trips on an empty job, for heartbeats, results and dependents that a job of 5 ms
    does not have. Here a job that succeeds costs four round trips, and RQ's registries, counters and `rq info` say the
    same as ever; one that fails goes RQ's own way. None of it needs to be atomic: what a crash leaves half-said is
    found by the courier, and a job may run twice. `rq worker --worker-class docwatch.jobs.worker.DocumentWorker`
    works too.
    """

    job_class = DocumentJob
    log_result_lifespan = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options |= {"job_class": DocumentJob, "serializer": JSONSerializer, "log_job_description": False}
        super().__init__(*arguments, **options)
        self._next_heartbeat = 0.0
        self._next_suspension_check = 0.0

    def work(self, *arguments: Any, **options: Any) -> bool:
        # `rq worker` puts the current folder, maybe somebody's repository, on sys.path.
        os.chdir(os.sep)
        sys.path[:] = [entry for entry in sys.path if entry not in ("", ".")]
        return bool(super().work(*arguments, **options))

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
        """A worker with more to do does not say between two jobs that it is idle."""
        with contextlib.suppress(RedisConnectionError):  # RQ's own way waits for Redis to come back
            self.heartbeat()
            (waiting,) = self.queues
            found = Queue.dequeue_any(
                [waiting], None, connection=self.connection, job_class=DocumentJob, serializer=self.serializer
            )
            if found is not None:
                return found
            self.set_state(WorkerStatus.IDLE)
        if self._stop_requested:  # asked while it still counted as busy; once idle, the signal itself ends the wait
            raise StopRequested
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def execute_job(self, job: Job, queue: Queue) -> None:
        timeout = job.timeout or queue.DEFAULT_TIMEOUT
        execution = self._begin(job, queue, int(timeout))
        _report_deadline(time.monotonic() + timeout)
        try:
            with self.death_penalty_class(timeout, JobTimeoutException, job_id=job.id):
                job.perform()
            self._end(job, execution)
        except:  # noqa: E722 - RQ's way with whatever a job raises: registries, retries, and a shutdown raised again
            self._finalize_failure(job, queue, execution, sys.exc_info())
        finally:
            _report_deadline(0.0)

    def _begin(self, job: Job, queue: Queue, timeout: int) -> Execution:
        """The job is ours: in the started registry, out of the intermediate queue; in one round trip."""
        with self.connection.pipeline(transaction=False) as pipeline:
            execution = Execution.create(job, timeout + 60, pipeline=pipeline, worker_name=self.name)
            self.executions[execution.id] = execution
            self.set_state(WorkerStatus.BUSY, pipeline=pipeline)
            job.prepare_for_execution(self.name, pipeline=pipeline)
            pipeline.persist(job.key)
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.execute()
        return execution

    def _end(self, job: Job, execution: Execution) -> None:
        """The job is done and leaves nothing behind, as `result_ttl=0` asks; in one round trip."""
        job.ended_at = datetime.now(UTC)
        with self.connection.pipeline(transaction=False) as pipeline:
            self.increment_successful_job_count(pipeline=pipeline)
            if job.started_at is not None:
                self.increment_total_working_time(job.ended_at - job.started_at, pipeline)
            self.cleanup_execution(job, pipeline=pipeline, execution=execution)
            pipeline.delete(job.key, job.dependents_key, job.dependencies_key, job.execution_registry.key)
            pipeline.execute()


def _no_watch(_deadline: float) -> None:
    """Nobody watches a worker that runs outside a pool."""


# A pool's child replaces this, so that the pool sees a job that no signal can end.
_report_deadline: Callable[[float], None] = _no_watch


def report_deadlines_to(report: Callable[[float], None]) -> None:
    """Tell `report`, when a job begins, by what monotonic time it must be over; 0 when it is."""
    global _report_deadline
    _report_deadline = report


def preload() -> None:
    """Import all that a job needs, before any fork: it is then paid for once and shared."""
    for module in ("msgspec.json", "docwatch.ignore", "docwatch.jobs.run", "pathspec", "re2"):
        importlib.import_module(module)
    documenters.preload()
