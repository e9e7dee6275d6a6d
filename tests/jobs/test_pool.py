"""A pool forked from this process, so that what its workers run can be made to misbehave."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from docwatch import config, disk, log, reindex
from docwatch.document import Source
from docwatch.errors import HostError
from docwatch.jobs import child, memory, pool, submit
from docwatch.jobs.glance import glance
from docwatch.jobs.pool import Pool
from docwatch.opened import OpenTree
from docwatch.schema import MIGRATIONS
from docwatch.store import Store
from tests.conftest import Repo, until
from tests.jobs.conftest import Stub, Writer


def burst() -> None:
    Pool(config.load(), 1, burst=True).run()


def test_a_file_that_kills_its_worker_twice_is_set_aside_and_the_rest_goes_on(
    repo: Repo, redis: Redis, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MANY_DEATHS", 2)

    def kill(source: Source) -> None:
        if b"poison" in source.content:
            os.kill(os.getpid(), signal.SIGKILL)

    stub.on_call = kill
    for name in ("a", "poison", "z"):
        repo.write(f"{name}.py", f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"poison.py", b"z.py"], origin="scan")
    burst()
    assert repo.states() == {"a.py": "fresh", "poison.py": "failed", "z.py": "fresh"}
    with OpenTree(repo.tree()) as opened:
        row = opened.ledger.row(b"poison.py")
    assert row is not None
    assert (row.reason, row.cause) == ("killed its worker 2 times", "WorkerDeath")
    alarm = glance(config.load()).alarm
    assert alarm == "2 workers ended one after the other, the last killed by SIGKILL", "status tells it"


def test_an_index_that_an_older_docwatch_made_is_made_anew_beside_the_work(repo: Repo, redis: Redis) -> None:
    with Store(repo.tree().store_path, MIGRATIONS[:5]) as store, store.writing() as connection:
        connection.execute("INSERT INTO documents VALUES (7, 'A', 'outline', 'no document', 0)")
    repo.write("a.py", "")
    submit(repo.tree(), [b"a.py"], origin="scan")
    with OpenTree(repo.tree()) as opened:
        assert reindex.left(opened.store.connection) == 7
        burst()
        assert reindex.left(opened.store.connection) is None
    assert repo.states() == {"a.py": "fresh"}


@pytest.mark.timeout(120)
def test_a_full_disk_holds_up_only_the_trees_on_it(
    repo: Repo, tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, full, writing = Repo(tmp_path / "other"), tmp_path / "full", Store.writing

    def problem(path: str) -> str | None:
        return "full" if full.exists() and path.startswith(str(repo.root)) else None

    @contextlib.contextmanager
    def until_full(store: Store) -> Iterator[sqlite3.Connection]:
        if problem(store.path):
            raise HostError("full")
        with writing(store) as connection:
            yield connection

    monkeypatch.setattr(child, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(Store, "writing", until_full)
    monkeypatch.setattr(disk, "no_room", problem)
    names = [f"{number}.py" for number in range(40)]  # more than a worker takes at once
    for tree in (repo, other):
        for name in names:
            tree.write(name, f"# {name}\n")
        submit(tree.tree(), map(os.fsencode, names), origin="scan")
    full.touch()
    with running_pool():
        until(lambda: set(other.states().values()) == {"fresh"}, 40)
        assert set(repo.states().values()) == {"queued"}
        full.unlink()
        until(lambda: set(repo.states().values()) == {"fresh"}, 40)


@contextlib.contextmanager
def running_pool() -> Iterator[None]:
    """A pool of one worker, in a process that shares what has been patched here."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        Pool(config.load(), 1, lifeline=reading).run()
        os._exit(0)
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        assert os.waitpid(pid, 0)[1] == 0


def test_only_the_file_that_killed_its_worker_is_blamed(repo: Repo, redis: Redis, stub: Stub) -> None:
    """Workers run short jobs in batches: what was in one with it is tried again, alone."""

    def kill(source: Source) -> None:
        if b"poison" in source.content:
            os.kill(os.getpid(), signal.SIGKILL)

    stub.on_call = kill
    names = [f"{number}.py" for number in range(10, 24)]
    for name in names:
        repo.write(name, "# poison\n" if name == "17.py" else f"# {name}\n")
    submit(repo.tree(), map(os.fsencode, names), origin="scan")
    burst()
    assert repo.states() == {name: "failed" if name == "17.py" else "fresh" for name in names}


def test_a_worker_that_has_grown_makes_room_for_another(
    repo: Repo, redis: Redis, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "RETIRING_BYTES", 1)  # each after its first job
    for name in "abc":
        repo.write(f"{name}.py", f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"b.py", b"c.py"], origin="scan")
    burst()
    assert set(repo.states().values()) == {"fresh"}
    said = log.tail(50)
    workers = {line.split("worker[")[1].split("]")[0] for line in said if "documented as" in line}
    assert len(workers) == 3
    assert not [line for line in said if "ended" in line], "nor does that count as a death"


def test_a_job_beyond_its_time_is_ended(repo: Repo, redis: Redis, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_JOB_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("DOCWATCH_RETRY_INTERVALS", "")
    stub.on_call = lambda _: signal.pause()
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="scan")
    burst()
    assert repo.states() == {"a.py": "failed"}


def test_a_job_that_no_signal_reaches_is_killed_with_its_worker(
    repo: Repo, redis: Redis, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(source: Source) -> None:
        if b"deaf" in source.content:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.pause()

    monkeypatch.setenv("DOCWATCH_JOB_TIMEOUT_SECONDS", "1")
    monkeypatch.setattr(child, "GRACE_SECONDS", 0.2)
    stub.on_call = deaf
    repo.write("a.py", "# deaf\n")
    repo.write("b.py")
    submit(repo.tree(), [b"a.py", b"b.py"], origin="scan")
    burst()
    assert repo.states() == {"a.py": "failed", "b.py": "fresh"}


def test_a_worker_cannot_take_all_of_the_machines_memory(repo: Repo, redis: Redis, stub: Stub) -> None:
    def greedy(source: Source) -> None:
        if b"greedy" in source.content:
            bytearray(memory.MOST_BYTES)

    stub.on_call = greedy
    repo.write("a.py", "# greedy\n")
    repo.write("b.py")
    submit(repo.tree(), [b"a.py", b"b.py"], origin="scan")
    burst()
    with OpenTree(repo.tree()) as opened:
        row = opened.ledger.row(b"a.py")
    assert row is not None
    assert row.reason == "MemoryError"
    assert repo.states()["b.py"] == "fresh"


def test_what_a_writer_imports_is_loaded_once_and_before_its_workers_are_forked(
    repo: Repo, redis: Redis, writer: Writer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded: list[int] = []
    monkeypatch.setattr("docwatch.documenters.prose.preload", lambda _: loaded.append(os.getpid()))
    monkeypatch.setattr("docwatch.jobs.consent.is_given", lambda *_: True)
    here = os.getpid()

    def tell() -> None:
        with (tmp_path / "seen").open("a") as seen:
            seen.write(f"{loaded == [here] and os.getpid() != here}\n")

    writer.on_call = tell
    for name in "ab":
        repo.write(f"{name}.py", f"def {name}(): pass\n")
    repo.scan()
    burst()
    assert (tmp_path / "seen").read_text() == "True\nTrue\n"
