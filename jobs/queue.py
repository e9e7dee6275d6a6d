"""RQ's queue as docwatch uses it: its name, what a job may run, how a job is named."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

log = logging.getLogger("docwatch.jobs")
NAME = "docwatch"
PROSE_NAME = "docwatch-prose"
UNREADABLE = "docwatch:unreadable:"
FUNCTION = "docwatch.jobs.document_file"
PROSE_FUNCTION = "docwatch.jobs.write_prose"
LARGEST_NUMBER = 10**9


class DocumentJob(Job):
    """A job that can run nothing but our functions.

    Whoever can write to Redis can name any function, callback or web address in a job, also with JSON; none of that
    is looked up here.
    """

    def restore(self, raw_data: Any) -> None:
        """Raises whatever is wrong with the hash. A number that Redis or a timer would refuse stops workers later."""
        super().restore(raw_data)
        numbers = [self.timeout, self.result_ttl, self.failure_ttl, self.ttl, self.retries_left]
        for number in (*numbers, *(self.retry_intervals or ())):
            if number is not None and not (isinstance(number, int) and -1 <= number <= LARGEST_NUMBER):
                raise ValueError(f"{number!a:.40} is no number that a job of docwatch has")
        if self.timeout is not None and self.timeout < 1:
            raise ValueError("a job of docwatch has a time limit")
        self.repeats_left = None  # ours do not repeat

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in (FUNCTION, PROSE_FUNCTION) or self.instance is not None:
            raise PermissionError(f"{self.func_name!r} is not a job of docwatch; remove it from the queue")
        from docwatch import jobs

        return jobs.document_file if self.func_name == FUNCTION else jobs.write_prose

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, status: str | JobStatus, *, exc_string: str | None = None) -> None:
        """Never."""


class DocumentQueue(Queue):
    """The queue as a worker takes jobs from it: one that cannot be read does not stop the worker."""

    @classmethod
    def _fetch_dequeued_job(
        cls, connection: Redis, queue_key: str, job_id: str, *arguments: Any, **options: Any
    ) -> tuple[Job, Queue] | None:
        try:
            return super()._fetch_dequeued_job(connection, queue_key, job_id, *arguments, **options)
        except Exception as error:  # a hash may hold anything, or be none; RQ's worker would end over it
            if isinstance(error, RedisError) and "WRONGTYPE" not in str(error):
                raise
            set_aside(connection, queue_key, job_id, error)
            return None


def set_aside(connection: Redis, queue_key: str, job_id: str, error: Exception) -> None:
    """Move a job's unreadable hash out of RQ's way, where it can be looked at."""
    log.error("job %s in Redis cannot be read (%s); set aside as %s%s", job_id, error, UNREADABLE, job_id)
    with connection.pipeline() as pipeline:
        pipeline.lrem(Queue.from_queue_key(queue_key, connection=connection).intermediate_queue_key, 0, job_id)
        pipeline.copy(Job.key_for(job_id), UNREADABLE + job_id, replace=True)
        pipeline.delete(Job.key_for(job_id))
        pipeline.execute()


def queue(connection: Redis, name: str = NAME) -> Queue:
    return DocumentQueue(name, connection=connection, serializer=JSONSerializer, job_class=DocumentJob)


def job_id(tree: str, path: bytes, oid: str | None, documenter: str | None) -> str:
    """The same file, content and documenter give the same id: letters and digits, as RQ wants it."""
    parts = (tree.encode(), path, (oid or "").encode(), (documenter or "").encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
