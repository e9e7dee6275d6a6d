"""RQ workers as docwatch runs them: jobs in the worker's own process, modules loaded once, heartbeats by the clock."""

from __future__ import annotations

import importlib
import os
import sys
import time
from typing import Any

from redis.client import Pipeline
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from docwatch import documenters
from docwatch.jobs.queue import DocumentJob

HEARTBEAT_SECONDS = 15.0
SUSPENSION_CHECK_SECONDS = 1.0


class DocumentWorker(SimpleWorker):
    """A worker that runs our jobs and no others, in its own process: an outline takes less time than a fork.

    RQ sends five heartbeats and asks twice for suspension around every job, however short. Here both go by the clock.
    `rq worker --worker-class docwatch.jobs.worker.DocumentWorker` works too.
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

    def execute_job(self, job: Job, queue: Queue) -> None:
        started_job(job.timeout or queue.DEFAULT_TIMEOUT)
        try:
            super().execute_job(job, queue)
        finally:
            ended_job()


def _no_watch(_deadline: float) -> None:
    """Nobody watches a worker that runs outside a pool."""


# A pool's child replaces this, so that the pool sees a job that no signal can end.
_report_deadline = _no_watch


def report_deadlines_to(report: Any) -> None:
    global _report_deadline
    _report_deadline = report


def started_job(timeout: float) -> None:
    _report_deadline(time.monotonic() + timeout)


def ended_job() -> None:
    _report_deadline(0.0)


def preload() -> None:
    """Import all that a job needs, before any fork: it is then paid for once and shared."""
    for module in ("msgspec.json", "docwatch.ignore", "docwatch.jobs.run", "pathspec", "re2"):
        importlib.import_module(module)
    documenters.preload()
