"""Errors sorted once: for each kind how often it is tried, how long it waits, and where it stands in the end."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import redis.exceptions
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import FailedJobRegistry, ScheduledJobRegistry
from rq.timeouts import JobTimeoutException

import docwatch
from docwatch import documenters, log
from docwatch.document import Source
from docwatch.entries import Row
from docwatch.errors import (
    BlockedError,
    FlakyError,
    PermanentError,
    ThrottledError,
    TransientError,
    UserError,
)
from docwatch.jobs import courier, run, submit
from docwatch.jobs.fate import LONGEST_WAIT_SECONDS, judge, kind_of
from docwatch.jobs.queue import queue
from docwatch.jobs.worker import DocumentWorker
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.jobs.conftest import Stub

MOST_ROUNDS = 5
INTERVALS = (10, 60, 300)


@dataclass(frozen=True)
class End:
    """What is expected: calls of the documenter, waits between them, RQ's registry, the ledger's state and tries."""

    calls: int
    waits: tuple[int, ...]
    registry: str | None
    state: str
    tries: int


RETRIED = End(4, INTERVALS, "failed", "failed", 4)
TWICE = End(2, INTERVALS[:1], "failed", "failed", 2)
ONCE = End(1, (), "failed", "failed", 1)
PARKED = End(1, (), None, "queued", 0)
BACKED_OFF = End(MOST_ROUNDS, (1, 2, 4, 8), "scheduled", "queued", 0)

INJECTED: list[tuple[Exception, End]] = [
    (TransientError("the model is down"), RETRIED),
    (FlakyError("no JSON"), TWICE),
    (JobTimeoutException("too long"), TWICE),
    (TimeoutError("too long"), TWICE),
    (ThrottledError("wait", 3600), PARKED),
    (ThrottledError("overloaded"), PARKED),
    (BlockedError("not logged in"), PARKED),
    (BlockedError("budget", time.time() + 3600), PARKED),
    (UserError("no such model"), PARKED),
    (PermanentError("too odd"), ONCE),
    (PermissionError(errno.EACCES, "no"), ONCE),
    (PermissionError(errno.EPERM, "no"), ONCE),
    (OSError(errno.ELOOP, "links"), ONCE),
    (TypeError("ours"), ONCE),
    (AttributeError("ours"), ONCE),
    (ImportError("ours"), ONCE),
    (NameError("ours"), ONCE),
    (redis.exceptions.ConnectionError("gone"), BACKED_OFF),
    (redis.exceptions.TimeoutError("slow"), BACKED_OFF),
    (redis.exceptions.BusyLoadingError("loading"), BACKED_OFF),
    (redis.exceptions.ReadOnlyError("replica"), BACKED_OFF),
    (redis.exceptions.OutOfMemoryError("full"), BACKED_OFF),
    (redis.exceptions.AuthenticationError("who"), BACKED_OFF),
    (OSError(errno.EMFILE, "files"), BACKED_OFF),
    (OSError(errno.ENFILE, "files"), BACKED_OFF),
    (OSError(errno.ENOMEM, "memory"), BACKED_OFF),
    (OSError(errno.EAGAIN, "later"), BACKED_OFF),
    (ConnectionResetError(errno.ECONNRESET, "reset"), BACKED_OFF),
    (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), BACKED_OFF),
    (OSError(errno.ENETUNREACH, "no network"), BACKED_OFF),
    (socket.gaierror(socket.EAI_AGAIN, "no name"), BACKED_OFF),
    (ssl.SSLEOFError("eof"), BACKED_OFF),
    (MemoryError(), TWICE),
    (RecursionError("deep"), TWICE),
    (ValueError("odd"), TWICE),
    (OSError("odd"), TWICE),
]


PARKING = [one for one in INJECTED if one[1] is PARKED]
OTHERS = [one for one in INJECTED if one[1] is not PARKED]


@dataclass
class Came:
    """What an error came to."""

    calls: int
    waits: list[int]
    registries: list[str]
    row: Row
    tries: int


@pytest.fixture(scope="module")
def come(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Came]]:
    """Each of the errors in a file of its own, all played out at once."""
    stub = Stub()

    def fail(source: Source) -> None:
        raise OTHERS[int(source.content)][0]

    stub.on_call = fail
    with pytest.MonkeyPatch.context() as patch, Redis.from_url(redis_server) as client:
        client.flushall()
        patch.setenv("DOCWATCH_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("DOCWATCH_REDIS_URL", redis_server)
        patch.setenv("DOCWATCH_DOCUMENTER", "stub")
        patch.setitem(documenters.DOCUMENTERS, "stub", lambda: stub)
        patch.chdir("/")
        repo = Repo(tmp_path_factory.mktemp("repo"))
        names = [b"f%d.py" % number for number in range(len(OTHERS))]
        for number, name in enumerate(names):
            repo.write(name, str(number))
        submit(repo.tree(), names, origin="save")
        jobs = queue(client)
        waits = rounds(jobs, lambda: work(client))
        with OpenTree(repo.tree()) as opened:
            rows = [opened.ledger.row(name) for name in names]
            tries = [opened.ledger.begin(name).tries for name in names]
        yield [
            Came(stub.calls[str(number).encode()], waits[name], registries(jobs, row), row, tries[number])
            for number, (name, row) in enumerate(zip(names, rows, strict=True))
            if row is not None
        ]
        run.close()


@pytest.mark.parametrize("number", range(len(OTHERS)), ids=[f"{type(one).__name__} {one}" for one, _ in OTHERS])
def test_what_becomes_of_an_error(number: int, come: list[Came]) -> None:
    (error, end), came = OTHERS[number], come[number]
    assert came.calls == end.calls
    assert_like(came.waits, end.waits, exact=end is not BACKED_OFF)
    assert came.registries == [end.registry]
    assert (came.row.state, came.row.cause, came.tries) == (end.state, type(error).__name__, end.tries)
    assert str(error) in came.row.reason
    assert came.row.job is not None


@pytest.mark.parametrize(("error", "end"), PARKING, ids=[f"{type(one).__name__} {one}" for one, _ in PARKING])
def test_what_stops_a_documenter_leaves_its_files_owed_and_no_job(
    error: Exception, end: End, repo: Repo, stub: Stub, jobs: Queue, redis: Redis
) -> None:
    stub.errors = [error] * 9
    repo.write("a.py")
    repo.write("b.py", "# other\n")
    submit(repo.tree(), [b"a.py", b"b.py"], origin="save")
    work(redis)
    with OpenTree(repo.tree()) as opened:
        for row in opened.ledger.all():
            assert (row.state, row.job, str(error) in row.reason) == (end.state, None, True)
            assert registries(jobs, row) == []
            assert opened.ledger.begin(row.path).tries == end.tries
    assert stub.calls.total() == end.calls, "the other file found the gate closed"
    assert jobs.count == FailedJobRegistry(queue=jobs).count == ScheduledJobRegistry(queue=jobs).count == 0


def work(client: Redis) -> None:
    log.setup("test")
    DocumentWorker([queue(client)], connection=client).work(burst=True, logging_level="CRITICAL")


def rounds(jobs: Queue, work: Callable[[], None]) -> dict[bytes, list[int]]:
    """Work until nothing is left to be tried, or often enough; the seconds that RQ was told to wait, by path.

    RQ's own scheduler would do what this does in no time: bring back each job when its time has come.
    """
    waits: dict[bytes, list[int]] = defaultdict(list)
    scheduled = ScheduledJobRegistry(queue=jobs)
    for number in range(MOST_ROUNDS):
        began = time.time()
        work()
        for name in scheduled.get_job_ids(cleanup=False) if number < MOST_ROUNDS - 1 else []:
            job = Job.fetch(name, jobs.connection, jobs.serializer)
            waits[os.fsencode(job.args[1])].append(round(scheduled.get_scheduled_time(name).timestamp() - began))
            scheduled.remove(name)
            jobs.enqueue_job(job)
    return waits


def registries(jobs: Queue, row: Row) -> list[str]:
    found = {"failed": FailedJobRegistry(queue=jobs), "scheduled": ScheduledJobRegistry(queue=jobs)}
    return [name for name, registry in found.items() if row.job in registry.get_job_ids(cleanup=False)]


def assert_like(waits: list[int], expected: tuple[int, ...], *, exact: bool) -> None:
    """Within the second that RQ's scheduler keeps and the round takes; one that is spread is at least half of it."""
    assert len(waits) == len(expected), waits
    for waited, most in zip(waits, expected, strict=True):
        assert (most if exact else most / 2) - 1.5 <= waited <= most + 5, waits


def test_waits_that_do_not_count_grow_to_five_minutes_and_go_on(repo: Repo) -> None:
    waits = [judge(OSError(errno.EMFILE, "files"), waits=number).wait_seconds or 0 for number in range(40)]
    assert max(waits) <= LONGEST_WAIT_SECONDS
    assert min(waits[20:]) >= LONGEST_WAIT_SECONDS / 2


@pytest.mark.parametrize("error", [TransientError("it changes while it is read"), UserError("no store")])
def test_what_hinders_us_and_not_the_documenter_does_not_count(error: Exception) -> None:
    assert judge(error, tries=3, intervals=INTERVALS).tries == 3
    assert kind_of(error) == "infrastructure"


def test_a_content_keeps_its_tries_when_redis_has_forgotten_them(
    repo: Repo, stub: Stub, jobs: Queue, redis: Redis
) -> None:
    stub.errors = [TransientError("down")] * 9
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    for _ in range(9):
        work(redis)
        jobs.connection.flushall()
        with OpenTree(repo.tree()) as opened:
            opened.ledger.take_back(opened.ledger.awaited(0))
            courier.deliver(opened.tree, opened.ledger, opened.config)
    assert stub.calls.total() == 4
    assert repo.states() == {"a.py": "failed"}


def test_another_content_begins_anew(repo: Repo, stub: Stub, jobs: Queue, redis: Redis) -> None:
    stub.errors = [FlakyError("no JSON")] * 3
    for content in ("one\n", "two\n"):
        repo.write("a.py", content)
        submit(repo.tree(), [b"a.py"], origin="save")
        work(redis)
    assert repo.states() == {"a.py": "queued"}, "the second content has been tried once"


def test_what_failed_by_a_bug_is_tried_again_by_another_version(
    repo: Repo, stub: Stub, jobs: Queue, redis: Redis
) -> None:
    stub.errors = [TypeError("ours"), PermanentError("theirs")]
    for name in ("a.py", "b.py"):
        repo.write(name, f"# {name}\n")
        submit(repo.tree(), [name.encode()], origin="save")
        work(redis)
    assert repo.states() == {"a.py": "failed", "b.py": "failed"}
    with OpenTree(repo.tree()) as opened:
        assert opened.ledger.retry_bugs(docwatch.__version__) == 0
        assert opened.ledger.retry_bugs("99") == 1
    assert repo.states() == {"a.py": "queued", "b.py": "failed"}


def test_a_store_that_is_busy_is_waited_for(repo: Repo) -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    with OpenTree(repo.tree()) as opened, pytest.raises(TransientError) as caught, opened.store.writing():
        raise error
    assert kind_of(caught.value) == "infrastructure"


def test_a_job_of_a_tree_that_cannot_be_opened_comes_back_later(repo: Repo, jobs: Queue, redis: Redis) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    repo.write("docwatch.toml", "exclude = 'not a list'\n")
    work(redis)
    (name,) = ScheduledJobRegistry(queue=jobs).get_job_ids(cleanup=False)
    os.unlink(repo.root / "docwatch.toml")
    jobs.enqueue_job(Job.fetch(name, redis, jobs.serializer))
    work(redis)
    assert repo.states()["a.py"] == "fresh"


def test_a_full_disk_is_waited_for_and_the_document_not_made_twice(
    repo: Repo, stub: Stub, jobs: Queue, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py", "# " + "x" * 20_000 + "\n")
    submit(repo.tree(), [b"a.py"], origin="save")
    opened = run.opened(repo.tree().id)
    assert opened is not None
    connection = opened.store.connection

    def no_more_pages(_: Source) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    pauses = []

    def somebody_frees_space(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            connection.execute("PRAGMA max_page_count = 1000000")

    stub.on_call = no_more_pages
    monkeypatch.setattr("docwatch.jobs.room.time.sleep", somebody_frees_space)
    work(redis)
    assert pauses == [0.5, 1.0, 2.0]
    assert repo.states() == {"a.py": "fresh"}
    assert stub.calls.total() == 1
    told = [line for line in log.tail(20) if "waits for room" in line or "goes on" in line]
    assert ["database or disk is full" in told[0], "goes on" in told[1]] == [True, True]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_documenter_that_finds_no_room_is_tried_again_and_nothing_is_counted(
    number: int, repo: Repo, stub: Stub, jobs: Queue, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.errors = [OSError(number, os.strerror(number))]
    monkeypatch.setattr("docwatch.jobs.room.time.sleep", lambda _: None)
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work(redis)
    assert repo.states() == {"a.py": "fresh"}
    assert stub.calls.total() == 2
