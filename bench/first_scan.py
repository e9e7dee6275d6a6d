"""From nothing to all fresh, beside a plain loop over the same files without queue and store.

    python bench/first_scan.py [FOLDER]     (default: this Python's standard library)

Copies FOLDER (without site-packages and node_modules) into a new git repository and does what `docwatch up` does: with
a Redis of its own, `docwatch worker -n 2` is started and the tree scanned meanwhile. The time runs from the start of
both until all is documented. The loop is two processes that read and outline every second file each, modules loaded.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WORKERS = 2
WORKER = (sys.executable, "-E", "-P", "-m", "docwatch", "worker", "-n", str(WORKERS))
LONGEST_SECONDS = 600


def main() -> int:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")).resolve()
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start compiles all it imports
        root = repository(source, Path(place, "repository"))
        report(source, *documented(root), loop_seconds(root))
    return 0


def repository(source: Path, root: Path, most: int | None = None) -> Path:
    """A copy of the folder, of at most so many of its Python files if a number is given, committed."""
    if most is None:
        leave = shutil.ignore_patterns("site-packages", "node_modules", "__pycache__", ".git")
        shutil.copytree(source, root, ignore=leave, symlinks=True)
    else:
        root.mkdir()
        found = (path for path in sorted(source.rglob("*.py")) if "site-packages" not in path.parts)
        for number, path in enumerate(itertools.islice(found, most)):
            shutil.copy(path, root / f"{number}_{path.name}")
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "all")):
        subprocess.run(("git", "-C", root, *command), check=True)
    return root


def documented(root: Path) -> tuple[object, dict[str, int], float, float, list[float]]:
    """(what the scan saw, files by state, seconds to submit, seconds to the end, megabytes of each worker)."""
    from docwatch import config, tree
    from docwatch.jobs import server
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    settings = config.load()
    server.ensure(settings, keep=True)
    found = tree.find(str(root))
    tree.register(found)
    began = time.perf_counter()
    with running(WORKER, "/") as process, OpenTree(found) as opened:
        scanned = reconcile(opened)
        submitted = time.perf_counter()
        until(lambda: opened.ledger.under_way() == 0)
        ended = time.perf_counter()
        memory = resident_workers(process.pid)
        counts = opened.ledger.counts()
    server.stop(settings, even_if_kept=True)
    return scanned, counts, submitted - began, ended - began, memory


@contextlib.contextmanager
def running(command: tuple[str, ...], folder: str) -> Iterator[subprocess.Popen[bytes]]:
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=silent, stderr=silent) as process:
        try:
            yield process
        finally:
            process.terminate()


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("it does not come to an end; are the workers running?")
        time.sleep(0.01)


def resident_workers(pool: int) -> list[float]:
    """Megabytes of each worker of a pool."""
    pids = Path(f"/proc/{pool}/task/{pool}/children").read_text().split()
    statuses = (Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return [int(found[1]) / 1024 for status in statuses if (found := re.search(r"VmRSS:\s+(\d+)", status))]


def loop_seconds(root: Path) -> float:
    """Two processes, every second file each: the least that reading and outlining costs."""
    from docwatch.documenters import preload

    preload()
    files = admitted(root)
    began = time.perf_counter()
    children = []
    for part in range(WORKERS):
        child = os.fork()
        if child == 0:
            outline(root, files[part::WORKERS])
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return time.perf_counter() - began


def admitted(root: Path) -> list[tuple[bytes, str]]:
    """Path and language of every file that would be documented."""
    from docwatch import config, tree
    from docwatch.scope import Scope

    with Scope(tree.find(str(root)), config.load(str(root))) as scope:
        return [(one.path, one.language) for one, _ in scope.walk() if one.admitted and one.language]


def outline(root: Path, files: list[tuple[bytes, str]]) -> None:
    from docwatch.document import Source
    from docwatch.documenters import documenter

    how = documenter("outline")
    for path, language in files:
        with open(os.path.join(os.fsencode(root), path), "rb") as file:
            how.document(Source(path, language, file.read()))


def report(
    source: Path, scanned: Any, counts: dict[str, int], submit: float, whole: float, memory: list[float], loop: float
) -> None:
    print(source)
    print(f"  seen {scanned.seen}, admitted {scanned.admitted}, {counts}")
    print(f"  left alone: {scanned.skipped}")
    print(f"  submitted in {submit:.2f} s, all fresh in {whole:.2f} s: {scanned.admitted / whole:.0f} files/s")
    print(f"  plain loop in {WORKERS} processes {loop:.2f} s: docwatch reaches {loop / whole:.0%} of its files/s")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory: {own:.0f} MB scanning, {', '.join(f'{size:.0f}' for size in memory)} MB in the workers")


if __name__ == "__main__":
    sys.exit(main())
