"""Our observer beside watchman, watchfiles and plain watchdog: start, watches held, memory, save to event.

    python bench/watch_others.py [--folders 5000] [--ignored 15000] [--rounds 3] [--saves 20]

One repository of 5,000 source folders (50,000 small files), and beside them an ignored `node_modules` of 15,000 empty
folders, for a watcher counts folders. The contenders take turns, in random order, each in a fresh process. `start` runs
from "watch this tree" until the event of a first save is there. Loading modules and starting watchman's server is not
part of it; watchman's look at every file is, which docwatch does afterwards, when it compares the tree with the store.
Memory is of the process that watches, Python included. In the end `docwatch start` documents the tree, and saves are
timed until the store has a fresh document. Linux only: watches are counted in /proc. Times depend on the machine, the
ratios little.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.util
import json
import os
import queue
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import latency
from watch_start import build, resident_mb

if TYPE_CHECKING:
    from docwatch.opened import OpenTree

WAIT_SECONDS = 15
TURN_SECONDS = 40
DOCUMENTED_SECONDS = 60

Seen = Callable[[str], None]  # returns once a save of the path, relative to the root, is reported
Start = Callable[[], Seen]
Contender = Callable[[str], AbstractContextManager[tuple[int, Start]]]  # the process that watches, and how to begin


@contextlib.contextmanager
def docwatch(root: str) -> Iterator[tuple[int, Start]]:
    """With the scope that decides for the real watcher: to find the tree and read its rules is part of the start."""
    from docwatch import config, tree
    from docwatch.scope import Scope
    from docwatch.watcher.notices import Changed
    from docwatch.watcher.observer import TreeObserver

    with ExitStack() as undo:

        def start() -> Seen:
            scope = undo.enter_context(Scope(tree.find(root), config.load(root)))
            observer = undo.enter_context(TreeObserver(root, scope.descends))

            def seen(path: str) -> None:
                while observer.notices.get(timeout=WAIT_SECONDS) != Changed(path.encode()):
                    pass

            return seen

        yield os.getpid(), start


@contextlib.contextmanager
def watchman(root: str, *, settle_ms: int) -> Iterator[tuple[int, Start]]:
    """A server of its own, spoken to as its clients do, with `ignore_dirs` in the tree's .watchmanconfig."""
    settings = {"ignore_dirs": ["node_modules"], "settle": settle_ms}
    Path(root, ".watchmanconfig").write_text(json.dumps(settings))
    with tempfile.TemporaryDirectory() as state, watchman_server(Path(state)) as (pid, ask, reports):

        def start() -> Seen:
            ask("watch", root)
            clock = ask("clock", root, {"sync_timeout": 1000 * WAIT_SECONDS})["clock"]
            ask("subscribe", root, "bench", {"fields": ["name"], "since": clock, "expression": ["type", "f"]})

            def seen(path: str) -> None:
                while path not in json.loads(reports()).get("files", ()):
                    pass

            return seen

        yield pid, start


@contextlib.contextmanager
def watchman_server(state: Path) -> Iterator[tuple[int, Callable[..., dict[str, Any]], Callable[[], bytes]]]:
    """Its process, how to ask it and how to read the next line it sends. It ends with the context."""
    names = ("sockname", "logfile", "statefile", "pidfile")
    command = ["watchman", "--foreground", *(f"--{name}={state / name}" for name in names)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            with connected(server, state / "sockname") as connection, connection.makefile("rwb") as stream:

                def ask(*command: object) -> dict[str, Any]:
                    stream.write(json.dumps(command).encode() + b"\n")
                    stream.flush()
                    answer: dict[str, Any] = json.loads(stream.readline())
                    if "error" in answer:
                        raise RuntimeError(f"watchman: {answer['error']}")
                    return answer

                yield server.pid, ask, stream.readline
        finally:
            server.terminate()


def connected(server: subprocess.Popen[bytes], path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(WAIT_SECONDS)
    deadline = time.monotonic() + WAIT_SECONDS
    while connection.connect_ex(str(path)) != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("watchman did not start; try 'watchman --foreground' by hand")
        time.sleep(0.01)
    return connection


@contextlib.contextmanager
def watchfiles(root: str, *, step_ms: int) -> Iterator[tuple[int, Start]]:
    """The object behind `watchfiles.watch`, which alone says when it has started, and the filter of `watch`."""
    from watchfiles import Change, DefaultFilter
    from watchfiles._rust_notify import RustNotify

    with ExitStack() as undo:

        def start() -> Seen:
            watcher = undo.enter_context(RustNotify([root], False, False, 300, True, False))
            admits = DefaultFilter()

            def seen(path: str) -> None:
                wanted = os.path.join(root, path)
                while True:
                    changes = watcher.watch(1600, step_ms, 1000 * WAIT_SECONDS, None)
                    if isinstance(changes, str):
                        raise TimeoutError(f"watchfiles answered {changes}")
                    if wanted in {name for change, name in changes if admits(Change(change), name)}:
                        return

            return seen

        yield os.getpid(), start


@contextlib.contextmanager
def watchdog(root: str) -> Iterator[tuple[int, Start]]:
    """The whole tree, without events of files that are only read: with those it drowns in what it does itself."""
    from watchdog.events import FileClosedEvent, FileModifiedEvent, FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer

    events: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            events.put(os.fsdecode(event.src_path))

    observer = Observer()

    def start() -> Seen:
        observer.schedule(Handler(), root, recursive=True, event_filter=[FileModifiedEvent, FileClosedEvent])
        observer.start()

        def seen(path: str) -> None:
            while events.get(timeout=WAIT_SECONDS) != os.path.join(root, path):
                pass

        return seen

    try:
        yield os.getpid(), start
    finally:
        observer.stop()
        observer.join()


CONTENDERS: dict[str, Contender] = {
    "docwatch": docwatch,
    "watchman, settle 20 ms (default)": functools.partial(watchman, settle_ms=20),
    "watchman, settle 1 ms": functools.partial(watchman, settle_ms=1),
    "watchfiles, step 50 ms (default)": functools.partial(watchfiles, step_ms=50),
    "watchfiles, step 1 ms": functools.partial(watchfiles, step_ms=1),
    "watchdog, everything": watchdog,
}


def missing(name: str) -> str | None:
    """How to get a contender that is not there."""
    if name.startswith("watchman") and shutil.which("watchman") is None:
        return "apt-get install watchman"
    if name.startswith("watchfiles") and importlib.util.find_spec("watchfiles") is None:
        return "pip install watchfiles"
    return None


def turn(name: str, root: str, folders: int, saves: int) -> dict[str, Any]:
    """One start of one contender in this fresh process, and its saves."""
    with CONTENDERS[name](root) as (pid, start):
        began = time.perf_counter()
        seen = start()
        save(root, f"{folder(folders - 1)}/f2.py", seen)
        start_ms = 1000 * (time.perf_counter() - began)
        saves_ms = [
            save(root, f"{folder(number * folders // saves)}/f1.py", seen, pause=True) for number in range(saves)
        ]
        return {"start_ms": start_ms, "watches": watches(pid), "rss_mb": resident_mb(pid), "saves_ms": saves_ms}


def save(root: str, path: str, seen: Seen, *, pause: bool = False) -> float:
    """Milliseconds until it is seen. The pause keeps saves from falling in step with somebody's timer."""
    time.sleep(random.uniform(0.02, 0.08) if pause else 0)
    began = time.perf_counter()
    Path(root, path).write_text(f"x = {began}\n")
    seen(path)
    return 1000 * (time.perf_counter() - began)


def folder(number: int) -> str:
    """The folder that `build` makes at this turn."""
    return f"pkg{number // 50}/mod{number % 50}"


def watches(pid: int) -> int:
    count = 0
    for descriptor in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(FileNotFoundError):  # the one that listed them is closed by now
            count += Path(f"/proc/{pid}/fdinfo", descriptor).read_text().count("inotify wd:")
    return count


def turn_in_fresh_process(name: str, root: Path, folders: int, saves: int) -> dict[str, Any]:
    command = (sys.executable, __file__, "--turn", name, root, str(folders), str(saves))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name} failed: {done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def summary(turns: list[dict[str, Any]]) -> dict[str, float]:
    saves = [each for one in turns for each in one["saves_ms"]]
    figures = {key: statistics.median(one[key] for one in turns) for key in ("start_ms", "watches", "rss_mb")}
    return figures | {"p50_ms": statistics.median(saves), "p99_ms": percentile_99(saves)}


def percentile_99(figures: list[float]) -> float:
    return sorted(figures)[round(0.99 * (len(figures) - 1))]


def print_table(results: dict[str, dict[str, float]]) -> None:
    """Every figure with its ratio to the first row's, ours."""
    ours = next(iter(results.values()))
    titles = ("start ms", "watches", "RSS MB", "save p50 ms", "save p99 ms")
    print(f"{'':34}" + "".join(f"{title:>18}" for title in titles))
    for name, figures in results.items():
        cells = (f"{figure:,.{figure < 100:d}f} ({figure / ours[key]:.1f} x)" for key, figure in figures.items())
        print(f"{name:34}" + "".join(f"{cell:>18}" for cell in cells))


def whole_way(root: Path, folders: int, saves: int) -> None:
    """From a save to its fresh document in the store, through a running docwatch that has documented the tree."""
    from docwatch import config, tree
    from docwatch.opened import OpenTree

    began = time.perf_counter()
    subprocess.run((*latency.DOCWATCH, "start"), cwd=root, check=True, stdout=subprocess.DEVNULL)
    try:
        with OpenTree(tree.find(str(root))) as opened:

            def fresh(path: str) -> bool:
                row = opened.ledger.row(path.encode())
                return row is not None and row.state == "fresh" and row.oid == latency.oid(root / path)

            def seen(path: str) -> None:
                latency.wait(lambda: fresh(path))

            wait_until_documented(opened, folders * 10)
            print(
                f"docwatch start to all documented: {time.perf_counter() - began:.0f} s (the files are alike: linked)"
            )
            names = [f"{folder(number * folders // saves)}/f3.py" for number in range(saves)]
            took = [save(str(root), name, seen, pause=True) - config.load().quiet_ms for name in names]
            p50, p99 = statistics.median(took), percentile_99(took)
            print(f"save to fresh document beyond the quiet time: p50 {p50:.0f} ms, p99 {p99:.0f} ms ({saves} saves)")
    finally:
        subprocess.run((*latency.DOCWATCH, "stop"), cwd=root, check=True, stdout=subprocess.DEVNULL)


def wait_until_documented(opened: OpenTree, files: int) -> None:
    deadline = time.monotonic() + DOCUMENTED_SECONDS
    while (documented := opened.ledger.counts().get("fresh", 0)) < files:
        if time.monotonic() > deadline:
            raise SystemExit(f"{documented} of {files} files documented in {DOCUMENTED_SECONDS} s; try --folders 1000")
        time.sleep(0.1)


def make_repository(root: Path, folders: int, ignored: int) -> None:
    build(root, folders, ignored, source="x = 1\n")
    (root / ".gitignore").write_text("node_modules/\n.watchmanconfig\n")
    latency.git(root, "init", "-q", "-b", "main")
    latency.commit(root)


def take_turns(root: Path, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for name in CONTENDERS:
        if (remedy := missing(name)) is not None:
            print(f"{name} is left out; to have it: {remedy}")
            del turns[name]
    for _ in range(options.rounds):
        for name, measured in random.sample(list(turns.items()), len(turns)):
            measured.append(turn_in_fresh_process(name, root, options.folders, options.saves))
    return {name: summary(measured) for name, measured in turns.items()}


def end_turn(*_: object) -> None:
    raise TimeoutError(f"not done in {TURN_SECONDS} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders", type=int, default=5000)
    parser.add_argument("--ignored", type=int, default=15000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--saves", type=int, default=20, help="in each turn (default: 20)")
    parser.add_argument("--turn", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        signal.signal(signal.SIGALRM, end_turn)  # raised, so that watchman's server is ended too
        signal.alarm(TURN_SECONDS)
        name, tree, folders, saves = options.turn
        print(json.dumps(turn(name, tree, int(folders), int(saves))))
        return
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        root = Path(place, "repository")
        make_repository(root, options.folders, options.ignored)
        print(
            f"{options.folders} folders beside {options.ignored} ignored; {options.rounds * options.saves} saves each"
        )
        print_table(take_turns(root, options))
        whole_way(root, options.folders, 50)


if __name__ == "__main__":
    main()
