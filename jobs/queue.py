"""RQ's queue as docwatch uses it: its name, what a job may run, how a job is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

NAME = "docwatch"
FUNCTION = "docwatch.jobs.document_file"


class DocumentJob(Job):
    """A job that can run nothing but our function.

    Whoever can write to Redis can name any function, callback or web address in a job, also with JSON; none of that
    is looked up here.
    """

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name != FUNCTION or self.instance is not None:
            raise PermissionError(f"{self.func_name!r} is not a job of docwatch; remove it from the queue")
        from docwatch.jobs.run import document_file

        return document_file

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


def queue(connection: Redis) -> Queue:
    return Queue(NAME, connection=connection, serializer=JSONSerializer, job_class=DocumentJob)


def job_id(tree: str, path: bytes, oid: str | None, documenter: str | None) -> str:
    """The same file, content and documenter give the same id: letters and digits, as RQ wants it."""
    parts = (tree.encode(), path, (oid or "").encode(), (documenter or "").encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
