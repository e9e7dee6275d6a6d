"""A pool of workers: forks them, restarts what dies, runs RQ's scheduler, and gives back what dead workers held."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from redis.exceptions import RedisError
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from docwatch import disk, reindex, tree
from docwatch.config import Config
from docwatch.errors import DocwatchError, UserError
from docwatch.jobs import child, connection, courier, server
from docwatch.jobs.child import SIGNALS, Child
from docwatch.jobs.glance import ALARM
from docwatch.jobs.queue import NAME, PROSE_NAME, queue
from docwatch.jobs.worker import preload, preload_prose
from docwatch.ledger import Ledger
from docwatch.prose_ledger import ProseLedger
from docwatch.store import Store
from docwatch.tree import Tree

logger = logging.getLogger("docwatch.pool")
STOP_SECONDS = 8.0  # what a job under way is given to end before it is killed and given back
TICK_SECONDS = 1.0
AUDIT_SECONDS = 4.0  # how long a job may wait unseen before we ask whether RQ still has it
DOUBT_SECONDS = 60.0  # how long a tree counts as at rest by its store's mtime alone, which can be too coarse
LONGEST_PAUSE_SECONDS = 4.0  # before a worker that keeps dying is started again
LIVED_SECONDS = 30.0  # a worker that dies sooner keeps dying
REVIVE_SECONDS = 30.0  # before a private server that could not be started is tried again
MANY_DEATHS = 4  # of workers that did, one after the other: something is wrong with all of them


@dataclass(slots=True)
class Pool:
    """`size` workers until told to stop, or with `burst` until there is nothing left to do.

    Beside them as many that have prose written as are configured, once a tree wants it; with `prose` False never.
    `lifeline` is a descriptor that ends when whoever started the pool does: then the pool stops too.
    """

    config: Config
    size: int
    burst: bool = False
    lifeline: int | None = None
    prose: bool = True
    _prose_size: int = 0
    _children: dict[int, Child] = field(default_factory=dict)
    _stopping: bool = False
    _deaths: int = 0
    _restart_at: float = 0.0
    _revive_at: float = 0.0
    _last_doubt: float = field(default_factory=time.monotonic)
    _last_audit: float = field(default_factory=time.monotonic)
    _scheduler: RQScheduler | None = None
    _is_redis_away: bool = False
    _trees: list[Tree] = field(default_factory=list)
    _full: dict[str, str] = field(default_factory=dict)  # trees in whose folder there was no room
    _no_prose: dict[str, str] = field(default_factory=dict)  # why, by tree
    # Trees in which nothing was under way when their store had last been written at this moment.
    _at_rest: dict[str, int | None] = field(default_factory=dict)

    def run(self) -> None:
        """Blocks. Raises UserError when there is no Redis to be had."""
        preload()
        with server.using(self.config), _wakeups() as wakeup, _pipe() as life:
            self._fork_missing(life)
            self._recover_all(audit_after=0.0)
            self._fork_missing(life)
            while self._children or not (self._stopping or self._done()):
                self._wait(wakeup)
                self._reap()
                if self._stopping:
                    self._stop_children()
                    return
                self._tick()
                if not self.burst or self._more_to_do():
                    self._fork_missing(life)

    def _wait(self, wakeup: int) -> None:
        watched = [wakeup] if self.lifeline is None else [wakeup, self.lifeline]
        for ready in select.select(watched, (), (), TICK_SECONDS)[0]:
            content = os.read(ready, 4096)
            told = any(number in (signal.SIGTERM, signal.SIGINT) for number in content)
            if (ready == wakeup and told) or (ready == self.lifeline and not content):
                self._stopping = True

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended = self._children.pop(pid, None)
            code = os.waitstatus_to_exitcode(status)
            if code == child.NO_ROOM:
                self._full = {one.id: one.folder for one in self._trees if disk.no_room(one.folder)}
                continue
            if ended is None or self._stopping or code == child.RETIRED or (self.burst and code == 0):
                continue
            lived = time.monotonic() - ended.started
            self._deaths = self._deaths + 1 if lived < LIVED_SECONDS else 0
            pause = min(LONGEST_PAUSE_SECONDS, 0.1 * 2**self._deaths) if self._deaths else 0.0
            self._restart_at = time.monotonic() + pause
            logger.error("worker %d ended (%s); another starts in %.1f s", pid, child.ending(code), pause)
            if self._deaths >= MANY_DEATHS:
                self._alarm(f"{self._deaths} workers ended one after the other, the last {child.ending(code)}")
            self._recover_all(audit_after=0.0, blamed=[ended.name])

    def _tick(self) -> None:
        now = time.monotonic()
        for one in self._children.values():
            if one.is_stuck(now):
                logger.error("worker %d does not end its job; killed", one.pid)
                os.kill(one.pid, signal.SIGKILL)
        audit = now - self._last_audit > AUDIT_SECONDS
        if audit:
            self._last_audit = now
        if now - self._last_doubt > DOUBT_SECONDS:
            self._last_doubt = now
            self._at_rest.clear()
        self._recover_all(audit_after=AUDIT_SECONDS if audit else None)
        self._schedule()

    def _revive_server(self) -> None:
        now = time.monotonic()
        if now >= self._revive_at:
            try:
                server.revive(self.config)
            except UserError as error:
                logger.error("%s", error)
                self._revive_at = now + REVIVE_SECONDS

    def _schedule(self) -> None:
        """RQ's scheduler, one step: puts the retries whose time has come back into the queue."""
        try:
            if self._scheduler is None:
                client = connection.for_producer(self.config)  # waiting for Redis is our own affair
                self._scheduler = RQScheduler(
                    [NAME, PROSE_NAME], client, serializer=JSONSerializer, logging_level="WARNING"
                )
                self._scheduler.register_birth()
            if self._scheduler.should_reacquire_locks:
                self._scheduler.acquire_locks()
            self._scheduler.heartbeat()
            self._scheduler.enqueue_scheduled_jobs()
            self._is_redis_away = False
        except RedisError as error:
            if not self._is_redis_away:  # once, not every second for as long as it lasts
                logger.warning("Redis does not answer the scheduler (%s); it will be asked again", error)
            self._is_redis_away, self._scheduler = True, None
            self._revive_server()

    def _recover_all(self, audit_after: float | None = None, blamed: Collection[str] = ()) -> None:
        """Whatever is owed in any registered tree and has no live job gets one.

        With `audit_after`, RQ is asked for each job handed over at least that many seconds ago whether it still has it.
        """
        if audit_after is not None:
            self._trees = tree.registered()
        client = None
        for known in self._trees:
            written = _last_written(known.store_path)
            if written is None or self._at_rest.get(known.id) == written:
                continue
            client = client or connection.for_producer(self.config)
            try:
                with Store(known.store_path) as store:
                    ledger, prose = Ledger(store, known.id), ProseLedger(store, known.id)
                    for rows in (ledger, prose):
                        if rows is ledger or self._wants_prose(known, prose):
                            courier.recover(
                                known, rows, self.config, client, audit_after_seconds=audit_after, blamed=blamed
                            )
                    reindex.step(store)
                    if ledger.under_way() == 0 and prose.is_at_rest():
                        self._at_rest[known.id] = written
            except (DocwatchError, RedisError) as error:
                logger.warning("%s: cannot recover now: %s", known.root, error)

    def _wants_prose(self, known: Tree, ledger: ProseLedger) -> bool:
        """Whether prose is to be written in this tree; then what has become fresh is owed some, and there is a worker.

        Outlines go on where it cannot be had.
        """
        if not self.prose:
            return False
        is_wanted, problem = False, ""
        try:
            is_wanted = courier.look_for_prose(known, ledger)
        except UserError as error:
            problem = str(error)
            if problem != self._no_prose.get(known.id):  # once, not every second for as long as it lasts
                logger.error("%s: no prose: %s", known.root, problem)
        self._no_prose[known.id] = problem
        if is_wanted and not self._prose_size:
            preload_prose(self.config)  # it takes 2 s, so once, and not before outlines are on their way
            self._prose_size = self.config.prose_workers
        return is_wanted

    def _alarm(self, text: str) -> None:
        """For `docwatch status`, until workers have lived for a while."""
        with contextlib.suppress(RedisError):  # without Redis the status says that
            connection.for_producer(self.config).set(ALARM, text, ex=int(2 * LIVED_SECONDS))

    def _more_to_do(self) -> bool:
        """In burst mode: whether jobs wait although all workers have gone."""
        return not self._children and not self._done()

    def _done(self) -> bool:
        if not self.burst:
            return False
        try:
            client = connection.for_worker(self.config)
            return not any(queue(client, name).count for name in ((NAME, PROSE_NAME) if self.prose else (NAME,)))
        except RedisError as error:
            logger.warning("Redis has gone (%s); what is owed stays owed", error)
            return True

    def _fork_missing(self, life: tuple[int, int]) -> None:
        for name, size in ((NAME, self.size), (PROSE_NAME, self._prose_size)):
            there = sum(one.queue == name for one in self._children.values())
            for _ in range(size - there if time.monotonic() >= self._restart_at else 0):
                self._fork(life, name)

    def _fork(self, life: tuple[int, int], name: str) -> None:
        started = child.fork(self.config, name, life, self._full, burst=self.burst)
        self._children[started.pid] = started

    def _stop_children(self) -> None:
        """Let what runs end, kill what does not in time: it is given back to the ledger."""
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while self._children and time.monotonic() < until:
            self._reap()
            time.sleep(0.01)
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        while self._children:
            self._children.pop(os.waitpid(-1, 0)[0], None)
        self._recover_all()
        if self._scheduler is not None:
            with contextlib.suppress(RedisError):
                self._scheduler.stop()


def _last_written(store: str) -> int | None:
    for path in (store + "-wal", store):
        with contextlib.suppress(FileNotFoundError):
            return os.stat(path).st_mtime_ns
    return None


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """(read end, write end), both closed at the end."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(writing)
        os.close(reading)


@contextlib.contextmanager
def _wakeups() -> Iterator[int]:
    """A descriptor that becomes readable when a signal has come, with the signals' numbers as its bytes."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = [(number, signal.signal(number, lambda *_: None)) for number in SIGNALS]
    previous = signal.set_wakeup_fd(writing)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(previous)
        for number, handler in before:
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
