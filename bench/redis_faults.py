"""A Redis that fails in every way it can, under a running pool of workers while files change.

    python bench/redis_faults.py [SECONDS [FAULT...]]

Each fault is made at a real server, lasts SECONDS (2), and is mended; files are edited before, meanwhile and after.
Then every file must be documented as it is, nothing may have failed or been counted as a try, the workers must have
come back without being started by hand, and Redis must not have been hammered: connections made a second are counted.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from docwatch import log, tree
from docwatch.jobs import server, submit
from docwatch.opened import OpenTree

DOCWATCH = (sys.executable, "-P", "-m", "docwatch")
# New connections of the pool, two workers and our own edits: at once, and then a second.
FIRST_CONNECTIONS, MORE_CONNECTIONS = 25, 8
BACK_SECONDS = 40.0


class Server:
    """A Redis of our own that is nobody's child but ours, at `path`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, str(folder / "redis.sock")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = (server._binary(), "--port", "0", "--unixsocket", self.path, "--dir", str(self.folder), "--save", "")
        self.process = subprocess.Popen((*command, "--appendonly", "no"), stdout=subprocess.DEVNULL)
        wait_until(self.answers, "the server does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(self, *words: object) -> object:
        with Redis(unix_socket_path=self.path, socket_timeout=20, password=self._password) as client:
            return client.execute_command(*words)

    def answers(self) -> bool:
        with contextlib.suppress(RedisError):
            return bool(self.ask("PING"))
        return False

    def connections(self) -> int | None:
        """How many were ever made; None where it cannot be asked."""
        with (
            contextlib.suppress(RedisError),
            Redis(unix_socket_path=self.path, socket_timeout=0.5, password=self._password) as client,
        ):
            return int(client.info("stats")["total_connections_received"])
        return None

    _password: str | None = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Killed; what it held is gone too."""
        self.stop()
        yield
        self.start()

    @contextlib.contextmanager
    def emptied(self) -> Iterator[None]:
        self.ask("FLUSHALL")
        yield

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        self.ask("CONFIG", "SET", "maxmemory", "1")
        yield
        self.ask("CONFIG", "SET", "maxmemory", "0")

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        self.ask("REPLICAOF", "127.0.0.1", "1")
        yield
        self.ask("REPLICAOF", "NO", "ONE")

    @contextlib.contextmanager
    def slow(self) -> Iterator[None]:
        self.ask("CLIENT", "PAUSE", "1500", "ALL")
        yield

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Another password than the one that is configured; whoever is connected has to show it again."""
        self.ask("CONFIG", "SET", "requirepass", "other")
        self._password = "other"
        self.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        yield
        self.ask("CONFIG", "SET", "requirepass", "")
        self._password = None

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """In its place somebody who says that the data is still being loaded."""
        self.stop()
        os.unlink(self.path)
        with says(self.path, b"-LOADING Redis is loading the dataset in memory\r\n"):
            yield
        os.unlink(self.path)
        self.start()


@contextlib.contextmanager
def says(path: str, reply: bytes) -> Iterator[None]:
    import socketserver

    class Same(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                while self.rfile.readline():
                    self.wfile.write(reply)

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True
        block_on_close = False

    with Server(path, Same) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield
        made.shutdown()


class Scene:
    """A repository, its edits, and a pool of workers."""

    def __init__(self, root: Path) -> None:
        self.root, self.edits = root, 0
        root.mkdir()
        subprocess.run(("git", "init", "-q", root), check=True)
        self.tree = tree.find(str(root))
        tree.register(self.tree)

    def edit(self) -> None:
        """Save a file and have it submitted, as a watcher would."""
        self.edits += 1
        name = f"f{self.edits % 20}.py"
        (self.root / name).write_text(f"def f{self.edits}(): pass\n")
        submit(self.tree, [name.encode()], origin="save")

    def wrong(self) -> list[str]:
        """Files whose document is not of what they hold, and rows that have failed or been counted as tried."""
        with OpenTree(self.tree) as opened:
            rows = {row.path: row for row in opened.ledger.all()}
            found = [name for name in sorted(os.listdir(self.root)) if name.endswith(".py")]
            bad = [
                f"{name}: {row.state} {row.reason}" if (row := rows.get(name.encode())) else f"{name}: lost"
                for name in found
                if (row := rows.get(name.encode())) is None
                or row.state != "fresh"
                or row.oid != opened.scope.read(row.path).oid
            ]
            query = "SELECT count(*) FROM ledger WHERE tries > 0 OR state = 'failed'"
            (counted,) = opened.store.connection.execute(query).fetchone()
        return bad + [f"{counted} rows were counted as tried"] * bool(counted)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    with tempfile.TemporaryDirectory(prefix="docwatch-redis-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        redis = Server(Path(place))
        os.environ["DOCWATCH_REDIS_URL"] = f"unix://{redis.path}"
        log.setup("bench")
        scene = Scene(Path(place, "repository"))
        with open(os.path.join(place, "said"), "wb") as said:
            workers = subprocess.Popen((*DOCWATCH, "worker", "-n", "2"), cwd=place, stderr=said)
        try:
            scene.edit()
            wait_until(lambda: not scene.wrong(), "the first file is not documented")
            faults = [redis.away, redis.emptied, redis.full, redis.read_only, redis.slow, redis.locked, redis.loading]
            faults = [fault for fault in faults if fault.__name__ in (sys.argv[2:] or fault.__name__)]
            bad = [line for fault in faults for line in play(redis, scene, fault, seconds)]
            bad += ["the pool has ended"] * (workers.poll() is not None)
            bad += stopped_without_redis(redis, workers)
        finally:
            workers.kill()
            workers.wait()
            redis.stop()
        if bad:
            print(*bad, *log.tail(40), sep="\n")
        print(f"faults {len(faults) + 1}, wrong {len(bad)}")
    return 1 if bad else 0


def play(
    redis: Server, scene: Scene, fault: Callable[[], contextlib.AbstractContextManager[None]], seconds: float
) -> list[str]:
    for _ in range(5):
        scene.edit()
    made, began = redis.connections() or 0, time.monotonic()
    with fault():
        while time.monotonic() < began + seconds:
            scene.edit()
            time.sleep(0.2)
        seen = redis.connections()
    scene.edit()
    lasted, mended = time.monotonic() - began, time.monotonic()
    try:
        wait_until(lambda: not scene.wrong(), "")
    except TimeoutError:
        return [f"{fault.__name__}: {line}" for line in scene.wrong()]
    more = None if seen is None or seen < made else seen - made
    print(
        f"{fault.__name__:10} {lasted:5.1f} s; all true {time.monotonic() - mended:4.1f} s after; "
        f"connections {'not asked' if more is None else more}",
        flush=True,
    )
    is_hammered = more is not None and more > FIRST_CONNECTIONS + MORE_CONNECTIONS * lasted
    return [f"{fault.__name__}: {more} connections in {lasted:.1f} s"] if is_hammered else []


def stopped_without_redis(redis: Server, workers: subprocess.Popen[bytes]) -> list[str]:
    """Gone for good: the pool ends when it is told to."""
    redis.stop()
    time.sleep(1.0)
    began = time.monotonic()
    workers.terminate()
    try:
        workers.wait(15)
    except subprocess.TimeoutExpired:
        return ["without Redis the pool does not stop"]
    print(f"gone       the pool stopped in {time.monotonic() - began:.1f} s, code {workers.returncode}", flush=True)
    return []


def wait_until(done: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + BACK_SECONDS
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
