"""Documents a second through the queue, beside stock RQ, Huey on SQLite, and a plain loop; two processes each.

    python bench/throughput.py [FOLDER] [FILES]     (default: this Python's standard library, 1,000 of its files)

All read and outline the same files. Stock RQ is `rq worker-pool -n 2`, forking for each job; Huey, if installed, runs
its consumer with two processes. Neither of them stores what it made, docwatch does. Times run from starting the workers
to the last job's end; starting costs each about a second.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import first_scan

BENCH = str(Path(__file__).parent)


def outline_one(root: str, path: str, language: str) -> int:
    """The job of the others."""
    first_scan.outline(Path(root), [(os.fsencode(path), language)])
    return 0


def main() -> int:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")).resolve()
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        root = first_scan.repository(source, Path(place, "repository"), most)
        files = first_scan.admitted(root)
        loop = first_scan.loop_seconds(root)
        _, _, submitted, whole = first_scan.documented(root)
        rows = {"plain loop": loop, "docwatch": whole - submitted, "rq worker-pool": stock_rq(root, files)}
        if importlib.util.find_spec("huey"):
            rows["huey on sqlite"] = huey(root, files, place)
    ours = rows["docwatch"]
    print(f"{len(files)} files of {source}")
    for name, seconds in rows.items():
        print(f"{name:16} {len(files) / seconds:7.0f} files/s   docwatch is {seconds / ours:5.2f} times as fast")
    return 0


def stock_rq(root: Path, files: list[tuple[bytes, str]]) -> float:
    from rq import Queue

    from docwatch import config
    from docwatch.jobs import connection, server

    settings = config.load()
    server.ensure(settings, keep=True)
    queue = Queue("bench", connection=connection.for_worker(settings))
    queue.enqueue_many(
        [
            Queue.prepare_data("throughput.outline_one", args=(str(root), os.fsdecode(path), language), result_ttl=0)
            for path, language in files
        ]
    )
    began = time.perf_counter()
    command = ("-m", "rq.cli", "worker-pool", "-n", "2", "--burst", "--quiet", "--url", server.url(settings), "bench")
    subprocess.run(
        (sys.executable, *command), cwd=BENCH, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - began
    assert queue.count == 0
    server.stop(settings, even_if_kept=True)
    return seconds


HUEY = """
import sys
sys.path.insert(0, {bench!r})
from huey import SqliteHuey
from throughput import outline_one
queue = SqliteHuey(filename={file!r})
job = queue.task()(outline_one)
"""


def huey(root: Path, files: list[tuple[bytes, str]], place: str) -> float:
    Path(place, "hueybench.py").write_text(HUEY.format(bench=BENCH, file=os.path.join(place, "huey.db")))
    sys.path.insert(0, place)
    import hueybench  # type: ignore[import-not-found]

    for path, language in files:
        hueybench.job(str(root), os.fsdecode(path), language)
    command = (
        sys.executable,
        "-m",
        "huey.bin.huey_consumer",
        "hueybench.queue",
        "-k",
        "process",
        "-w",
        "2",
        "-d",
        "0.01",
    )
    began = time.perf_counter()
    with subprocess.Popen((*command, "-m", "0.02"), cwd=place, stderr=subprocess.DEVNULL) as consumer:
        while hueybench.queue.pending_count():
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        consumer.terminate()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
