"""What it takes to owe 50,000 files at once: seconds to hand them over, and the Redis that they fill.

    python bench/enqueue.py [FILES]

A tree of so many small files is scanned for the first time while no worker runs, beside stock RQ enqueueing as many
jobs in the same run, by `enqueue_many` in the same chunks. docwatch reads, asks git, hashes and writes its ledger and
the words of paths before; what it takes to hand the rows over is told apart. In use at most some 20,000 jobs are in
Redis at once, here all of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import scan

CHUNK = 500


def main() -> int:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        root = Path(place, "tree")
        scan.build(root, -(-files // len(scan.SOURCES)), 0)
        scan.commit(root)
        report(root)
    return 0


class Clock:
    """The wall-clock seconds that a function takes in all."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, owner: Any, name: str) -> Any:
        function = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - began

        return mock.patch.object(owner, name, timed)


def report(root: Path) -> None:
    from docwatch import config, tree
    from docwatch.jobs import connection, courier, server
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    settings, clock = config.load(), Clock()
    courier.MOST_QUEUED = sys.maxsize
    server.ensure(settings, keep=True)
    try:
        client = connection.for_worker(settings)
        empty = client.info("memory")["used_memory"]
        found = tree.find(str(root))
        tree.register(found)
        with OpenTree(found) as opened, clock.around(courier, "deliver"):
            began, cpu = time.perf_counter(), time.process_time()
            scanned = reconcile(opened)
            ours, spent = time.perf_counter() - began, time.process_time() - cpu
            handed = opened.ledger.delivered()
        filled = client.info("memory")["used_memory"] - empty
        client.flushall()
        theirs, stock = stock_rq(client, found.id, root, scanned.submitted, empty)
    finally:
        server.stop(settings, even_if_kept=True)
    count = scanned.submitted
    print(
        f"{count} files owed in {ours:.2f} s: {ours / count * 1e6:.0f} us each, {spent / count * 1e6:.0f} of processor"
    )
    print(f"  of it, handing {handed} rows over: {clock.seconds:.2f} s; in Redis they take {filled / 1e6:.0f} MB")
    ratio = clock.seconds / theirs
    print(f"  stock RQ: {count} jobs in {theirs:.2f} s, {stock / 1e6:.0f} MB; we take {ratio:.2f} times that")


def stock_rq(client: object, tree: str, root: Path, count: int, empty: int) -> tuple[float, int]:
    """(seconds, bytes)."""
    from rq import Queue, Retry

    queue = Queue("bench", connection=client)
    paths = [str(path.relative_to(root)) for path in root.glob("pkg*/*/*")]
    began = time.perf_counter()
    for first in range(0, count, CHUNK):
        chunk = paths[first : min(first + CHUNK, count)]
        queue.enqueue_many(
            [Queue.prepare_data("bench.job", args=(tree, path), retry=Retry(3, [10, 60, 300])) for path in chunk]
        )
    return time.perf_counter() - began, client.info("memory")["used_memory"] - empty  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
