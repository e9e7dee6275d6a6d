"""Documents a second, their latency and their memory through the queue, beside stock RQ, Huey on SQLite and no queue.

    pip install huey        # for its row; nothing of docwatch needs it
    python bench/throughput.py [FOLDER] [FILES] [ROUNDS]    (default: this Python's standard library, 1,000 files, 3)

All read and outline the same files with two processes; the rounds take turns, and medians are told:

    plain loop       every second file each, modules loaded: no queue, no retries, no store
    docwatch         `docwatch worker -n 2`, from its start: asks scope and git, hashes, stores document, ledger and
                     search index; "working" leaves out the start
    rq worker-pool   stock, from its start, one round: a fork for each job; outlines and stores nothing
    huey, same job   Huey on SQLite, its consumer with two processes, from its start: docwatch's own job, one by one
    huey, outline    the same, but it only outlines, and stores a number

Latency is of one job with the workers idle, from handing it over until its outcome can be seen.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import first_scan
import job_cost
from first_scan import running, until

BENCH = str(Path(__file__).parent)
JOBS = 40  # whose latency is taken

Files = list[tuple[bytes, str]]


def outline_one(root: str, path: str, language: str) -> int:
    """The least that a job can do."""
    first_scan.outline(Path(root), [(os.fsencode(path), language)])
    return 0


def same_job(tree: str, path: str, _language: str) -> int:
    """What docwatch does for a file, without its queue."""
    from docwatch.jobs.run import document_file

    document_file(tree, path)
    return 0


def main() -> int:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")).resolve()
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start compiles all it imports
    from docwatch import tree

    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        root = first_scan.repository(source, Path(place, "repository"), most)
        files = first_scan.admitted(root)
        seconds: dict[str, list[float]] = {}
        latency: dict[str, list[float]] = {}
        memory: list[float] = []
        for turn in range(rounds):
            seconds.setdefault("plain loop", []).append(first_scan.loop_seconds(root))
            whole, working, used, latencies = docwatch(root, files)
            seconds.setdefault("docwatch", []).append(whole)
            seconds.setdefault("  working", []).append(working)
            latency.setdefault("docwatch", []).extend(latencies)
            memory.extend(used)
            if importlib.util.find_spec("huey"):
                owe_all(root, files)
                spent, latencies = huey(tree.find(str(root)).id, files, place, "same_job")
                seconds.setdefault("huey, same job", []).append(spent)
                latency.setdefault("huey, same job", []).extend(latencies)
                spent, _ = huey(str(root), files, place, "outline_one")
                seconds.setdefault("huey, outline", []).append(spent)
            if turn == 0:
                spent, latencies = stock_rq(root, files)
                seconds["rq worker-pool"], latency["rq worker-pool"] = [spent], latencies
        report(source, len(files), seconds, latency)
        print(f"  memory of a docwatch worker after its share of them: {max(memory):.0f} MB resident")
        job_cost.report(root)
    return 0


def report(source: Path, files: int, seconds: dict[str, list[float]], latency: dict[str, list[float]]) -> None:
    ours = statistics.median(seconds["docwatch"])
    print(f"{files} files of {source}")
    for name, found in seconds.items():
        middle = statistics.median(found)
        line = f"  {name:16} {files / middle:7.0f} files/s; docwatch reaches {middle / ours:6.2f} times that"
        if name in latency:
            line += f"; one job {statistics.median(latency[name]) * 1000:6.1f} ms"
        print(line)
    working = statistics.median(seconds["  working"])
    print(f"  of the plain loop: {statistics.median(seconds['plain loop']) / working:.0%} while working")


def docwatch(root: Path, files: Files) -> tuple[float, float, list[float], list[float]]:
    """(seconds from the start, of them working, megabytes of each worker, latencies)."""
    from docwatch import config, tree
    from docwatch.jobs import server, submit
    from docwatch.opened import OpenTree

    settings = config.load()
    server.ensure(settings, keep=True)
    found = tree.find(str(root))
    tree.register(found)
    with OpenTree(found) as opened:
        job_cost.forget_all(opened)
        submit(opened, [path for path, _ in files], origin="scan")
        began = time.perf_counter()
        with running(first_scan.WORKER, "/") as process:
            left = opened.ledger.under_way
            owed = left()  # not all: some files are alike, or left alone
            until(lambda: left() < owed)
            first, rest = time.perf_counter(), left()
            until(lambda: left() == 0)
            ended = time.perf_counter()
            memory = first_scan.resident_workers(process.pid)

            def edit(number: int) -> None:
                (root / "probe.py").write_text(f"x = {number}\n")
                submit(opened, [b"probe.py"], origin="save")

            latencies = [timed(lambda n=n: edit(n), lambda _: left() == 0) for n in range(JOBS)]
            (root / "probe.py").unlink()
    server.stop(settings, even_if_kept=True)
    return ended - began, (ended - first) * owed / rest, memory, latencies


def stock_rq(root: Path, files: Files) -> tuple[float, list[float]]:
    from rq import Queue

    from docwatch import config
    from docwatch.jobs import connection, server

    settings = config.load()
    server.ensure(settings, keep=True)
    queue = Queue("bench", connection=connection.for_worker(settings))
    arguments = [(str(root), os.fsdecode(path), language) for path, language in files]
    queue.enqueue_many([Queue.prepare_data("throughput.outline_one", args=each, result_ttl=0) for each in arguments])
    began = time.perf_counter()
    command = ("-m", "rq.cli", "worker-pool", "-n", "2", "--quiet", "--url", server.url(settings), "bench")
    with running((sys.executable, *command), BENCH):
        until(lambda: queue.count == 0 and queue.started_job_registry.count == 0)
        seconds = time.perf_counter() - began

        latencies = [
            timed(
                lambda a=each: queue.enqueue("throughput.outline_one", *a), lambda job: job.get_status() == "finished"
            )
            for each in arguments[:10]
        ]
    server.stop(settings, even_if_kept=True)
    return seconds, latencies


HUEY = """
import sys
sys.path.insert(0, {bench!r})
from huey import SqliteHuey
from throughput import outline_one, same_job
queue = SqliteHuey(filename={file!r})
jobs = {{job.__name__: queue.task()(job) for job in (outline_one, same_job)}}
"""


def owe_all(root: Path, files: Files) -> None:
    """As docwatch finds them, but handed to no queue."""
    from docwatch import tree
    from docwatch.jobs import submit
    from docwatch.opened import OpenTree

    with OpenTree(tree.find(str(root))) as opened:
        job_cost.forget_all(opened)
        submit(opened, [path for path, _ in files], origin="scan", deliver=False)


def huey(where: str, files: Files, place: str, name: str) -> tuple[float, list[float]]:
    Path(place, "hueybench.py").write_text(HUEY.format(bench=BENCH, file=os.path.join(place, "huey.db")))
    if place not in sys.path:
        sys.path.insert(0, place)
    import hueybench  # type: ignore[import-not-found]

    job = hueybench.jobs[name]
    arguments = [(where, os.fsdecode(path), language) for path, language in files]
    for each in arguments:
        last = job(*each)
    command = (sys.executable, "-m", "huey.bin.huey_consumer", "hueybench.queue", "-k", "process", "-w", "2")
    began = time.perf_counter()
    with running((*command, "-d", "0.01", "-m", "0.02"), place):
        until(lambda: hueybench.queue.pending_count() == 0 and last.get() is not None)
        seconds = time.perf_counter() - began

        latencies = [
            timed(lambda a=each: job(*a), lambda result: result.get() is not None) for each in arguments[:JOBS]
        ]
    return seconds, latencies


def timed(hand_over: Callable[[], Any], is_done: Callable[[Any], object]) -> float:
    began = time.perf_counter()
    handed = hand_over()
    until(lambda: is_done(handed))
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
