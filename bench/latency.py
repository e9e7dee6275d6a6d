"""How long until a save, or a commit of 20 files, is a fresh document; and what a branch there and back costs.

    python bench/latency.py [SAVES]

Runs `docwatch start` on a new repository and asks the store every millisecond, as `docwatch show` does. The quiet time
that closes a batch is part of the figures and printed beside them. `show` itself is timed from cold beside Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DOCWATCH = (sys.executable, "-P", "-m", "docwatch")


def main() -> int:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        root = Path(place, "repository")
        root.mkdir()
        git(root, "init", "-q", "-b", "main")
        for number in range(200):
            (root / f"f{number}.py").write_text(f"def f{number}(): pass\n")
        commit(root)
        subprocess.run((*DOCWATCH, "start"), cwd=root, check=True, stdout=subprocess.DEVNULL)
        try:
            measure(root, saves)
        finally:
            subprocess.run((*DOCWATCH, "stop"), cwd=root, check=True, stdout=subprocess.DEVNULL)
    return 0


def measure(root: Path, saves: int) -> None:
    from docwatch import config, tree
    from docwatch.opened import OpenTree

    with OpenTree(tree.find(str(root))) as opened:

        def fresh(name: str) -> bool:
            row = opened.ledger.row(name.encode())
            return row is not None and row.state == "fresh" and row.oid == oid(root / name)

        wait(lambda: all(fresh(f"f{number}.py") for number in range(200)))
        quiet = config.load().quiet_ms
        print(f"quiet time {quiet} ms")
        say(
            "save to fresh",
            [timed(lambda turn=turn: save(root, turn), lambda: fresh("f0.py")) for turn in range(saves)],
        )
        names = [f"f{number}.py" for number in range(20)]
        say(
            "commit of 20 files to all fresh",
            [timed(lambda turn=turn: commit20(root, turn), lambda: all(map(fresh, names))) for turn in range(5)],
        )
        say("docwatch show --json from cold", [run_ms((*DOCWATCH, "show", "f0.py", "--json"), root) for _ in range(15)])
        say("python -c pass", [run_ms((sys.executable, "-c", "pass"), root) for _ in range(15)])
        branches(root, lambda: all(map(fresh, names)))


def branches(root: Path, all_fresh: Callable[[], bool]) -> None:
    """Jobs that ran a documenter, by the log: each leaves a line that says so."""
    git(root, "switch", "-q", "-c", "other")
    commit20(root, 99)
    wait(all_fresh)
    time.sleep(0.5)  # a job's line is written after its document
    before = documented()
    for branch in ("main", "other", "main"):
        git(root, "switch", "-q", branch)
        wait(all_fresh)
    time.sleep(0.5)
    print(f"branch there and back, twice: {documented() - before} documenter runs")


def documented() -> int:
    from docwatch import log

    return sum("documented as" in line for line in log.tail(100_000))


def save(root: Path, turn: int) -> None:
    (root / "f0.py").write_text(f"def saved(): return {turn}\n")


def commit20(root: Path, turn: int) -> None:
    for number in range(20):
        (root / f"f{number}.py").write_text(f"def committed{number}(): return {turn}\n")
    commit(root)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-q", "-m", "bench")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(("git", "-C", root, *arguments), check=True)


def oid(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def timed(act: Callable[[], None], done: Callable[[], bool]) -> float:
    act()
    began = time.perf_counter()
    wait(done)
    return (time.perf_counter() - began) * 1000


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, json.dumps("not fresh within a minute")
        time.sleep(0.001)


def run_ms(command: tuple[str, ...], root: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def say(what: str, milliseconds: list[float]) -> None:
    ordered = sorted(milliseconds)
    worst = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    print(f"{what}: p50 {statistics.median(ordered):.0f} ms, p99 {worst:.0f} ms ({len(ordered)} times)")


if __name__ == "__main__":
    sys.exit(main())
