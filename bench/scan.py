"""A scan with nothing to do beside `git status`, on 50,000 files next to an ignored `node_modules`.

    python bench/scan.py [--folders 5000] [--ignored 15000] [--rounds 15]

The tree: 10 files to a folder (nine sources and one that is none), an ignore file at the top and in every package, all
committed and, in the store, fresh. Each round times `git status --porcelain`, a reconcile with all of it open, as the
watcher does now and then, and one that has to open everything first, as `docwatch scan` does; in turns, so that what
else the machine does falls on all of them. Medians, and the ratios to git status. Last, whole commands from cold.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCES = ("a.py", "b.py", "c.ts", "d.go", "e.rs", "f.c", "g.java", "h.js", "README.md")
OTHER = "logo.png"
IGNORE = "node_modules/\n*.log\n*.pyc\n__pycache__/\n/dist/\nbuild/\n.env\n*.swp\n.idea/\ncoverage/\n!keep.log\n"
PACKAGE_IGNORE = "/generated/\n*.tmp\n"


def build(root: Path, folders: int, ignored: int) -> None:
    """`folders` folders, 50 to a package; `ignored` ones with 7 files each below node_modules."""
    (root / ".gitignore").parent.mkdir(parents=True)
    (root / ".gitignore").write_text(IGNORE)
    for number in range(folders):
        package = root / f"pkg{number // 50}"
        folder = package / f"mod{number % 50}"
        folder.mkdir(parents=True)
        if number % 50 == 0:
            (package / ".gitignore").write_text(PACKAGE_IGNORE)
        for name in SOURCES:
            (folder / name).write_bytes(b"%d %s\n" % (number, name.encode()))
        (folder / OTHER).write_bytes(b"\x89PNG\0")
    for number in range(ignored):
        folder = root / "node_modules" / f"dep{number // 30}" / f"lib{number % 30}"
        folder.mkdir(parents=True)
        for file in range(7):
            (folder / f"{file}.js").touch()


def commit(root: Path) -> None:
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "all")):
        subprocess.run(("git", "-C", root, *command), check=True)


def make_fresh(root: Path) -> None:
    """What scan and workers would come to, without the hours: a document for every content, each row linked to its."""
    from docwatch import documents, tree
    from docwatch.blob import blob_oid
    from docwatch.document import Document, Outline
    from docwatch.documenters import documenter
    from docwatch.language import language_of
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    found, how = tree.find(str(root)), documenter("outline")
    tree.register(found)
    time.sleep(0.2)  # until no file is younger than a file system's clock is coarse
    with OpenTree(found) as opened:
        with opened.store.writing() as connection:
            for path in root.glob("pkg*/*/*"):
                if language := language_of(os.fsencode(path.name)):
                    oid = blob_oid(path.read_bytes(), found.object_format)
                    documents.insert(
                        connection, oid, how.fingerprint(language), documents.encoded(Document(language, Outline()))
                    )
        scanned = reconcile(opened)
        assert not scanned.submitted, scanned
        print(f"{scanned.seen} files, {scanned.fresh} fresh, {sum(scanned.skipped.values())} left alone")


def measure(root: Path, rounds: int) -> None:
    from docwatch import tree
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    found = tree.find(str(root))

    def opening() -> None:
        with OpenTree(found) as opened:
            reconcile(opened)

    def bare() -> None:
        assert sum(1 for _ in scan_and_lstat(os.fsencode(root))) > 50

    with OpenTree(found) as kept:
        ways: dict[str, Callable[[], object]] = {
            "git status": lambda: git_status(root),
            "reconcile, all open": lambda: reconcile(kept),
            "reconcile, opening first": opening,
            "scandir and lstat alone": bare,
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(rounds + 1):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                if turn:  # the first one warms up
                    taken[name].append((time.perf_counter() - began) * 1000)
    say(taken)


def git_status(root: Path) -> None:
    subprocess.run(("git", "-C", root, "status", "--porcelain"), check=True, stdout=subprocess.DEVNULL)


def scan_and_lstat(folder: bytes) -> Iterator[os.stat_result]:
    """The least that Python can do to see every file that is not ignored."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False)
                elif entry.name not in (b".git", b"node_modules"):
                    waiting.append(entry.path)


def commands(root: Path, rounds: int) -> None:
    docwatch = (sys.executable, "-P", "-m", "docwatch", "scan", str(root))
    taken: dict[str, list[float]] = {"git status": [], "docwatch scan from cold": [], "python -c pass": []}
    for _ in range(rounds):
        for name, command in zip(taken, (None, docwatch, (sys.executable, "-c", "pass")), strict=True):
            began = time.perf_counter()
            if command is None:
                git_status(root)
            else:
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken[name].append((time.perf_counter() - began) * 1000)
    say(taken)


def say(taken: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, median in medians.items():
        ratio = median / medians["git status"]
        print(f"  {name:26} {median:6.0f} ms (least {min(taken[name]):.0f})   {ratio:.2f} x git status")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folders", type=int, default=5000)
    parser.add_argument("--ignored", type=int, default=15000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="use this folder: build the tree there once, and leave it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as temporary:
        place = options.keep or Path(temporary)
        os.environ["DOCWATCH_HOME"] = str(place / "home")
        os.environ["DOCWATCH_REDIS_URL"] = "redis://127.0.0.1:1"  # nothing is to be delivered
        root = place / "tree"
        if not root.exists():
            build(root, options.folders, options.ignored)
            commit(root)
            make_fresh(root)
        git_status(root)
        measure(root, options.rounds)
        commands(root, max(3, options.rounds // 3))
    return 0


if __name__ == "__main__":
    sys.exit(main())
