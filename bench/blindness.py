"""How soon a watcher that has gone blind says so, and how soon after that nothing is missing any more.

    python bench/blindness.py [--files 20000]

Four ways to go blind, each with a watcher of its own: its process is stopped while so many files are written (the queue
overflows; counted from its being let go), the thread that reads inotify is ended, the root is renamed and put back, the
root is removed and made again. Shown: from the deed until `status` has a problem to tell. Healed: from when it can be
healed until the ledger wants what is on disk and `status` says that all is well.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from docwatch import tree as trees
from docwatch.opened import OpenTree
from docwatch.watcher import presence
from docwatch.watcher.watch import Watch

PATIENCE_SECONDS = 120.0


class Watched:
    """A work tree of which somebody says how it is watched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        make(root)
        self.tree = trees.find(str(root))
        trees.register(self.tree)

    @property
    def problem(self) -> str | None:
        return presence.of_id(self.tree.id).problem

    @property
    def is_well(self) -> bool:
        now = presence.of_id(self.tree.id)
        return now.mode == "events" and now.problem is None

    def missed(self) -> int:
        """How many files the ledger does not want as they are on disk."""
        with OpenTree(trees.find(str(self.root))) as opened:
            wanted = {(row.path, row.wanted) for row in opened.ledger.all()}
        return len(
            wanted ^ {(os.fsencode(path.relative_to(self.root)), oid(path)) for path in self.root.glob("*/*.py")}
        )


def make(root: Path) -> None:
    subprocess.run(("git", "init", "-q", root), check=True)
    write(root, range(200), "first")


def write(root: Path, numbers: range, text: str) -> None:
    for number in numbers:
        path = root / f"d{number % 100}" / f"f{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text} = {number}\n")


def oid(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def seconds_until(true: Callable[[], object], since: float) -> float:
    while not true():
        if time.monotonic() - since > PATIENCE_SECONDS:
            return float("inf")
        time.sleep(0.005)
    return time.monotonic() - since


@contextlib.contextmanager
def in_a_process(tree: Watched) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "-P", "-m", "docwatch", "watch", str(tree.root))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        seconds_until(lambda: tree.is_well and not tree.missed(), time.monotonic())
        yield process
        process.terminate()


@contextlib.contextmanager
def in_a_thread(tree: Watched) -> Iterator[Watch]:
    stop = threading.Event()
    with (
        presence.announced(tree.tree) as announcement,
        OpenTree(tree.tree) as opened,
        Watch(opened, announcement, lambda: None) as watch,
    ):
        watch.reconcile()
        thread = threading.Thread(target=watch.run, args=(stop,))
        thread.start()
        yield watch
        stop.set()
        watch.wake()
        thread.join()


def overflow(tree: Watched, files: int) -> tuple[float, float]:
    with in_a_process(tree) as process:
        process.send_signal(signal.SIGSTOP)
        write(tree.root, range(files), "second")
        began = time.monotonic()
        process.send_signal(signal.SIGCONT)
        shown = seconds_until(lambda: tree.problem, began)
        return shown, seconds_until(lambda: tree.is_well and not tree.missed(), began)


def thread_ended(tree: Watched) -> tuple[float, float]:
    with in_a_thread(tree) as watch:
        inotify = watch._observer._pruned._inotify_fd  # type: ignore[union-attr]
        inotify.handle_event = lambda _: sys.exit()
        began = time.monotonic()
        write(tree.root, range(100), "second")
        shown = seconds_until(lambda: tree.problem, began)
        return shown, seconds_until(lambda: tree.is_well and not tree.missed(), began)


def renamed(tree: Watched) -> tuple[float, float]:
    away = tree.root.with_name("away")
    with in_a_process(tree):
        began = time.monotonic()
        tree.root.rename(away)
        shown = seconds_until(lambda: tree.problem, began)
        write(away, range(100), "second")
        began = time.monotonic()
        away.rename(tree.root)
        return shown, seconds_until(lambda: tree.is_well and not tree.missed(), began)


def made_again(tree: Watched) -> tuple[float, float]:
    with in_a_process(tree):
        began = time.monotonic()
        shutil.rmtree(tree.root)
        shown = seconds_until(lambda: tree.problem, began)
        make(tree.root)
        began = time.monotonic()
        return shown, seconds_until(lambda: tree.is_well and not tree.missed(), began)


def ways(files: int) -> dict[str, Callable[[Watched], tuple[float, float]]]:
    return {
        "queue overflow": lambda tree: overflow(tree, files),
        "thread ended": thread_ended,
        "root renamed and back": renamed,
        "root removed and made again": made_again,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    threading.excepthook = lambda _: None  # a thread is ended on purpose
    for name, inflict in ways(options.files).items():
        with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
            os.environ |= {"DOCWATCH_HOME": f"{place}/home", "DOCWATCH_REDIS_URL": "redis://127.0.0.1:1"}
            tree = Watched(Path(place) / "tree")
            shown, healed = inflict(tree)
            print(f"{name:28} shown after {shown:5.2f} s, healed after {healed:6.2f} s, missed {tree.missed()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
