"""Submits, runs, errors, deaths and edits in every order: in the end the ledger says what the disk does."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from docwatch import documents, holder
from docwatch.document import Document, Outline
from docwatch.entries import Gone, Memo, Origin, Owed, Setback, Skipped
from docwatch.ledger import Ledger
from docwatch.store import Store

PATHS = (b"a", b"b", b"\xff")
CONTENTS = ("1", "2", "3", "4")  # few, so that contents come back and documents are found again
TOO_LARGE = "too large"
HOW = "outline"
ORIGINS: tuple[Origin, ...] = ("save", "commit", "scan")


class World:
    """A disk, its ledger, and what is under way: each a generator that stops wherever something may come between."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.ledger, self.chance = Ledger(store, "tree"), chance
        self.disk: dict[bytes, str] = {}
        self.under_way: list[Iterator[None]] = []
        self.jobs: list[bytes] = []  # what Redis holds
        self.workers = 0
        self.errors = 0.15  # how probable one is
        self.me = ""

    def edit(self, path: bytes) -> None:
        """Every edit is followed by an event, and so by a submit that begins after it."""
        content = self.chance.choice((*CONTENTS, TOO_LARGE, None))
        if content is None:
            self.disk.pop(path, None)
        else:
            self.disk[path] = content
        self.under_way.append(self.submit(self.chance.choice(ORIGINS), path))

    def read(self, path: bytes) -> Owed | Skipped | Gone:
        content = self.disk.get(path)
        if content is None:
            return Gone(path)
        if content == TOO_LARGE:
            return Skipped(path, TOO_LARGE)
        return Owed(path, content, HOW, Memo(1, 1, 1, 1), True)

    def submit(self, origin: Origin, path: bytes) -> Iterator[None]:
        ticket = self.ledger.ticket()
        yield
        read = self.read(path)
        yield
        self.ledger.record(ticket, origin, [read])

    def job(self, path: bytes, worker: str) -> Iterator[None]:
        while True:
            self.me = worker
            ticket, origin, *_ = self.ledger.begin(path)
            yield
            read = self.read(path)
            yield
            if not isinstance(read, Owed):
                self.ledger.record(ticket, origin, [read])
                return
            if self.chance.random() < self.errors:
                final = self.chance.random() < 0.5
                self.ledger.give_back(ticket, path, read.oid, Setback("no luck", "Wolves", final=final))
                if not final:
                    self.jobs.append(path)  # RQ tries again
                return
            with self.ledger.store.writing() as connection:
                documents.insert(connection, read.oid, HOW, documents.encoded(Document("x", Outline(summary=read.oid))))
                done = self.ledger.finish(ticket, read, origin)
            if done:
                return
            yield

    def deliver(self) -> None:
        self.jobs += [one.path for one in self.ledger.take_for_delivery(10, lambda *row: repr(row))]

    def start(self) -> None:
        if self.jobs:
            self.workers += 1
            path = self.jobs.pop(self.chance.randrange(len(self.jobs)))
            self.under_way.append(self.job(path, str(self.workers)))

    def step(self) -> None:
        if self.under_way:
            at = self.chance.randrange(len(self.under_way))
            if next(self.under_way[at], True):
                del self.under_way[at]

    def kill(self) -> None:
        """One worker ends in the middle, and Redis has lost its job."""
        workers = [one for one in self.under_way if worker_of(one)]
        if workers:
            self.under_way.remove(self.chance.choice(workers))

    def lose_a_job(self) -> None:
        if self.jobs:
            path = self.jobs.pop()
            row = self.ledger.row(path)
            self.ledger.take_back([(path, row.job)] if row is not None and row.job is not None else [])

    def scan(self) -> None:
        known = {row.path for row in self.ledger.all()}
        self.under_way += [self.submit("scan", path) for path in known | self.disk.keys()]

    def settle(self) -> None:
        """Nothing is edited or goes wrong any more. No scan: it would mend what the ledger got wrong."""
        self.errors = 0
        while self.under_way or self.jobs or self.ledger.under_way() or self.ledger.retry():
            self.ledger.take_back_from_the_dead()
            self.ledger.take_back([(path, job) for path, job in self.ledger.awaited(0) if path not in self.jobs])
            self.deliver()
            self.start()
            self.step()


def worker_of(under_way: Iterator[None]) -> str | None:
    frame = getattr(under_way, "gi_frame", None)
    return None if frame is None else frame.f_locals.get("worker")


@pytest.mark.parametrize("round_", range(3))
def test_whatever_comes_between_the_ledger_ends_as_the_disk(
    round_: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(10**9))) + round_
    print(f"SEED={seed - round_}, round {round_}")
    world = World(store, random.Random(seed))
    monkeypatch.setattr(holder, "this_process", lambda: world.me)
    monkeypatch.setattr(holder, "is_alive", lambda who: who in map(worker_of, world.under_way))
    acts = {
        lambda: world.edit(world.chance.choice(PATHS)): 6,
        world.step: 18,
        world.deliver: 4,
        world.start: 4,
        world.kill: 1,
        world.lose_a_job: 1,
        world.scan: 1,
        world.ledger.take_back_from_the_dead: 1,
        world.ledger.retry: 1,
    }
    for _ in range(60):  # few steps until all is quiet, since a later edit may mend what went wrong
        for act in world.chance.choices(list(acts), list(acts.values()), k=40):
            act()
        world.settle()
        assert {row.path: row.oid or row.reason for row in world.ledger.all()} == world.disk
        assert {row.state for row in world.ledger.all()} <= {"fresh", "skipped"}
