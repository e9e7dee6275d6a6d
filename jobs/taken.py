"""Jobs that a worker has taken from the queue: many at once, if they are short, in one command for all of them.

Here a script pops them and puts them into the started registry, in one step: no job is ever in neither. What RQ keeps
of a job's progress in hashes nobody could read before it is over, so for these it is left out.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from redis import Redis
from rq import Queue
from rq.executions import Execution
from rq.job import Job

from docwatch.jobs.queue import FUNCTION, LARGEST_NUMBER

GRACE_SECONDS = 60  # beyond its time limit: then its worker must be dead, if it has not said otherwise
MOST_BYTES = 64 << 10  # of what a job says; ours says two names

# KEYS: the queue, its started registry. ARGV: what a job's key begins with, the time, what to add to a time limit, the
# limit of a job that has none, the longest there may be, and ids for as many executions as jobs are wanted at most. Of
# what waits half at most, and one: the other workers are to end at the same time.
# A hash may hold anything and be of any type: who asked reads its fields.
_TAKE = """
local most = math.min(#ARGV - 5, 1 + math.floor(redis.call('LLEN', KEYS[1]) / 2))
local taken = {}
for number = 1, most do
    local name, execution = redis.call('LPOP', KEYS[1]), ARGV[5 + number]
    if not name then break end
    local fields = redis.pcall('HMGET', ARGV[1] .. name, 'data', 'timeout')
    if fields.err then fields = {'', ''} end
    local seconds = tonumber(fields[2] or '')
    if not (seconds and seconds >= 0 and seconds <= tonumber(ARGV[5])) then seconds = tonumber(ARGV[4]) end
    redis.call('ZADD', KEYS[2], ARGV[2] + seconds + ARGV[3], name .. ':' .. execution)
    taken[#taken + 1] = {name, execution, fields[1], fields[2]}
end
return taken
"""


@dataclass(slots=True)
class Taken:
    """A job in this worker's hands.

    `asked` is what it is to do, (tree, path); the whole job where its hash says anything else, or it was begun alone.
    """

    id: str
    execution: Execution
    timeout: int  # seconds
    asked: tuple[str, bytes] | Job

    @property
    def job(self) -> Job | None:
        return self.asked if isinstance(self.asked, Job) else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Where Redis has something of it."""
        if (job := self.job) is None:
            return Job.key_for(self.id), Job.dependents_key_for(self.id)
        return job.key, job.dependents_key, job.dependencies_key, job.execution_registry.key, self.execution.key

    def tree_and_path(self, function: Callable[[str, str], None]) -> tuple[str, bytes]:
        """Raises whatever is wrong with a job that is not ours, or not one that runs `function`."""
        if not isinstance(self.asked, Job):
            return self.asked
        if self.asked.func is not function:
            raise PermissionError(f"{self.asked.func_name!r} is not a job of this queue; remove it from the queue")
        tree, path = self.asked.args
        return str(tree), os.fsencode(path)


class Taking:
    """Takes jobs from one queue for the worker of that name; what is not as docwatch writes it, by `fetch`."""

    def __init__(self, connection: Redis, queue: Queue, worker: str, fetch: Callable[[str], Job | None]) -> None:
        self._script = connection.register_script(_TAKE)
        self._connection, self._worker, self._fetch = connection, worker, fetch
        self._queue, self._running = queue.key, queue.started_job_registry.key

    def take(self, most: int) -> Iterator[Taken]:
        """In one round trip, in the order in which they stand in the queue."""
        limit = Queue.DEFAULT_TIMEOUT
        executions = [uuid4().hex for _ in range(most)]
        how = (str(Job.key_for("")), time.time(), GRACE_SECONDS, limit, LARGEST_NUMBER)
        for name, number, data, timeout in self._script((self._queue, self._running), (*how, *executions)):
            job = name.decode(errors="replace")
            execution = Execution(number.decode(), job, self._connection, self._worker)
            seconds = _seconds(timeout, limit)
            asked = (None if seconds is None else _asked(data)) or self._fetch(job)
            if asked is None:
                self._connection.zrem(self._running, execution.composite_key)
            else:
                yield Taken(job, execution, seconds or limit, asked)


def _seconds(timeout: bytes | None, otherwise: int) -> int | None:
    """The time limit; None where that is no number that a job of docwatch has."""
    if timeout is None:
        return otherwise
    return int(timeout) if timeout.isdigit() and 0 < int(timeout[:20]) <= LARGEST_NUMBER else None


def _asked(data: bytes | None) -> tuple[str, bytes] | None:
    """The tree and the path, if this is word for word what docwatch writes."""
    try:
        match json.loads(zlib.decompressobj().decompress(data or b"", MOST_BYTES)):
            case [function, None, [str(tree), str(path)], {**more}] if function == FUNCTION and not more:
                return tree, os.fsencode(path)
    except (zlib.error, ValueError, RecursionError):
        pass
    return None
