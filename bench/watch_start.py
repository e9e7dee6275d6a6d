"""How long the observer takes to start, what it holds, and how soon it notices a save.

One run builds two trees of 5,000 source folders (50,000 files), one of them with an ignored `node_modules` of 15,000
folders beside them, and prints JSON: medians and the ratio between the trees, and save-to-notice times beside those
of bare inotify. Times depend on the machine, the ratios little.

    python bench/watch_start.py [--folders 5000] [--ignored 15000] [--rounds 5] [--saves 200]
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from docwatch.watcher.notices import Changed, Lost
from docwatch.watcher.observer import TreeObserver

FILES_PER_FOLDER = 10


def build(root: Path, folders: int, ignored: int, source: str = "") -> None:
    for number in range(folders):
        folder = root / f"pkg{number // 50}" / f"mod{number % 50}"
        folder.mkdir(parents=True)
        for file in range(FILES_PER_FOLDER):
            (folder / f"f{file}.py").write_text(source)
    for number in range(ignored):
        (root / "node_modules" / f"dep{number // 30}" / f"lib{number % 30}").mkdir(parents=True)


def descends(folder: bytes) -> bool:
    return not folder.endswith(b"node_modules")


def start(root: str, spool: str) -> dict[str, float]:
    """Seconds to start and stop, watches and resident memory, in this fresh process."""
    before = time.perf_counter()
    with TreeObserver(root, descends, extra_folders=[spool]) as observer:
        started = time.perf_counter()
        measured = {"start_ms": 1000 * (started - before), "watches": observer.watches(), "rss_mb": resident_mb()}
        stopping = time.perf_counter()
    return measured | {"stop_ms": 1000 * (time.perf_counter() - stopping)}


def resident_mb(pid: int | str = "self") -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def start_in_fresh_process(root: Path, spool: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--start", root, spool], capture_output=True, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def medians(measurements: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(each[key] for each in measurements), 1) for key in measurements[0]}


def save_to_notice(root: Path, spool: Path, saves: int) -> dict[str, float]:
    with TreeObserver(str(root), descends, extra_folders=[str(spool)]) as observer:

        def noticed(name: bytes) -> None:
            while observer.notices.get(timeout=10) != Changed(name):
                pass

        return timed_saves(root, saves, noticed)


def save_to_bare_inotify(root: Path, saves: int) -> dict[str, float]:
    """The floor: one watch on one folder, read in the thread that saves."""
    libc = ctypes.CDLL(None)
    inotify = libc.inotify_init1(os.O_CLOEXEC)
    created, closed = 0x100, 0x8
    libc.inotify_add_watch(inotify, bytes(root), created | closed)

    def noticed(name: bytes) -> None:
        while name not in os.read(inotify, 65536):
            pass

    try:
        return timed_saves(root, saves, noticed)
    finally:
        os.close(inotify)


def timed_saves(root: Path, saves: int, noticed: Callable[[bytes], None]) -> dict[str, float]:
    milliseconds = []
    for number in range(saves):
        name = f"saved{number}.py"
        before = time.perf_counter()
        (root / name).write_text("x = 1\n")
        noticed(name.encode())
        milliseconds.append(1000 * (time.perf_counter() - before))
        (root / name).unlink()
    milliseconds.sort()
    return {"p50_ms": round(milliseconds[saves // 2], 2), "p99_ms": round(milliseconds[saves * 99 // 100], 2)}


def seen_of_checkout(root: Path, spool: Path, files: int) -> dict[str, float]:
    """How many of `files` files that another process writes at once are noticed, and the CPU that takes."""
    script = (
        "import os,sys\nfor n in range(int(sys.argv[1])):\n"
        " f=os.open(f'out{n%100}/c{n}.py',os.O_CREAT|os.O_WRONLY); os.write(f,b'x'); os.close(f)"
    )
    for number in range(100):
        (root / f"out{number}").mkdir()
    with TreeObserver(str(root), descends, extra_folders=[str(spool)]) as observer:
        cpu = time.process_time()
        subprocess.run([sys.executable, "-c", script, str(files)], cwd=root, check=True)
        caught_up = observer.sync(60)
        cpu = time.process_time() - cpu
        notices = [observer.notices.get() for _ in range(observer.notices.qsize())]
        names = {notice.path for notice in notices if isinstance(notice, Changed)}
        lost = any(isinstance(notice, Lost) for notice in notices)  # then a reconcile finds what was not seen
        return {"files": files, "seen": len(names), "lost": lost, "caught_up": caught_up, "cpu_s": round(cpu, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders", type=int, default=5000)
    parser.add_argument("--ignored", type=int, default=15000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--saves", type=int, default=200)
    parser.add_argument("--start", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.start:
        print(json.dumps(start(*options.start)))
        return
    with tempfile.TemporaryDirectory() as folder:
        plain, full, spool = (Path(folder, name) for name in ("plain", "full", "spool"))
        build(plain, options.folders, 0)
        build(full, options.folders, options.ignored)
        spool.mkdir()
        pairs = [
            (start_in_fresh_process(plain, spool), start_in_fresh_process(full, spool)) for _ in range(options.rounds)
        ]
        without, beside = medians([pair[0] for pair in pairs]), medians([pair[1] for pair in pairs])
        result = {
            "without_ignored": without,
            "beside_ignored": beside,
            "start_ratio": round(beside["start_ms"] / without["start_ms"], 2),
            "save_to_notice": save_to_notice(full, spool, options.saves),
            "save_to_bare_inotify": save_to_bare_inotify(full, options.saves),
            "checkout": seen_of_checkout(full, spool, 20_000),
        }
        print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
