"""Storms under a running watcher: a checkout, a rebase, an unpacked archive; and what they cost.

    python bench/storm.py [--files 20000] [--commits 20] [--only checkout]

Each storm runs beside a `Watch` in a process of its own, without workers or Redis, so that what is owed stays in the
ledger. Printed: batches, paths given to `submit`, jobs owed beside the distinct files that changed, seconds from the
storm's end until the ledger equals the disk, the process's peak memory and CPU seconds. The last line is a verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docwatch.opened import OpenTree

DEADLINE_SECONDS = 300.0


@dataclass(slots=True)
class Storm:
    """What one storm came to."""

    name: str
    changed: int = 0  # distinct files that differ after it
    batches: int = 0
    submitted: int = 0  # paths given to submit, by the batches and by reconciles
    owed: int = 0  # jobs: rows that are owed afterwards and were not before
    storm_s: float = 0.0
    settled_s: float = 0.0
    peak_mb: float = 0.0
    cpu_s: float = 0.0
    right: bool = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--only", nargs="+", default=STORMS, choices=STORMS)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(run(options.one[0], Path(options.one[1]), options.files, options.commits))))
        return 0
    fine = True
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
            size = ("--files", str(options.files), "--commits", str(options.commits))
            command = (sys.executable, __file__, *size, "--one", name, place)
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            found = Storm(**json.loads(done.stdout))
            fine = fine and found.right and found.owed == found.changed
            print(json.dumps(asdict(found)))
    print("every job is a changed file, every changed file a job" if fine else "WRONG")
    return 0 if fine else 1


def run(name: str, place: Path, files: int, commits: int) -> Storm:
    os.environ["DOCWATCH_HOME"] = str(place / "home")
    os.environ["DOCWATCH_REDIS_URL"] = "redis://127.0.0.1:1"
    root = place / "tree"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    prepare, storm = STORMS[name]
    prepare(root, files, commits)
    found = Storm(name)
    watched(root, found, lambda: storm(root))
    found.peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def watched(root: Path, found: Storm, storm: Callable[[], object]) -> None:
    """Run the storm under a watcher and fill in what it came to."""
    from docwatch import tree
    from docwatch.opened import OpenTree
    from docwatch.watcher import presence, reconcile, watch

    known = tree.find(str(root))
    tree.register(known)
    counted(found, watch, reconcile)
    stop = threading.Event()
    with (
        OpenTree(known) as reading,
        presence.announced(known) as announcement,
        OpenTree(known) as opened,
        watch.Watch(opened, announcement, lambda: None) as watching,
    ):
        before = on_disk(root)
        document(opened, set(before.values()))
        watching.reconcile()
        assert not opened.ledger.under_way()
        cpu = time.process_time()
        found.batches = found.submitted = 0
        thread = threading.Thread(target=watching.run, args=(stop,))
        thread.start()
        began = time.monotonic()
        storm()
        ended = time.monotonic()
        after = on_disk(root)

        def agrees() -> bool:
            return {row.path: row.wanted for row in reading.ledger.all()} == after

        while not agrees() and time.monotonic() < ended + DEADLINE_SECONDS:
            time.sleep(0.1)
        found.settled_s = round(time.monotonic() - ended, 1)
        found.storm_s = round(ended - began, 1)
        while watching._debounce.due_at() is not None:  # nothing is still under way
            time.sleep(0.1)
        stop.set()
        watching.wake()
        thread.join()
        found.right = agrees()
        found.changed = sum(before.get(path) != oid for path, oid in after.items())
        found.owed = reading.ledger.under_way()
        found.cpu_s = round(time.process_time() - cpu, 1)


def document(opened: OpenTree, oids: set[str]) -> None:
    """As if workers had documented these contents."""
    from docwatch import documents
    from docwatch.document import Document, Outline
    from docwatch.documenters import documenter

    how = documenter(opened.config.documenter).fingerprint("python")
    with opened.store.writing() as connection:
        for oid in oids:
            documents.insert(connection, oid, how, documents.encoded(Document("python", Outline())))


def counted(found: Storm, *modules: object) -> None:
    """Count what goes through `submit`, in the modules that call it."""
    from docwatch.jobs import submit

    def counting(opened: object, paths: list[bytes], **options: object) -> object:
        found.batches += bool(paths)
        found.submitted += len(paths)
        return submit(opened, paths, **options)  # type: ignore[arg-type]

    for module in modules:
        module.submit = counting  # type: ignore[attr-defined]


def on_disk(root: Path) -> dict[bytes, str]:
    """The OID of every source file, by path."""
    from docwatch.blob import blob_oid

    return {
        os.fsencode(file.relative_to(root)): blob_oid(file.read_bytes(), "sha1")
        for file in root.rglob("*.py")
        if ".git" not in file.parts
    }


def write(root: Path, files: int, mark: str) -> None:
    for number in range(files):
        path = root / f"d{number // 20}" / f"f{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{mark} = {number}\n")


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
    subprocess.run(("git", "-C", root, *identity, *arguments), check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "bench")


def two_branches(root: Path, files: int, _: int) -> None:
    write(root, files, "main")
    commit(root)
    git(root, "switch", "-q", "-c", "other")
    write(root, files, "other")
    commit(root)
    git(root, "switch", "-q", "main")


def a_branch_to_rebase(root: Path, files: int, commits: int) -> None:
    """`commits` commits that each change the same hundred files, on a main that has gone on elsewhere."""
    write(root, files // 10, "main")
    commit(root)
    git(root, "switch", "-q", "-c", "topic")
    for number in range(commits):
        for file in range(100):
            (root / f"t{file}.py").write_text(f"topic{file} = {number}\n")
        commit(root)
    git(root, "switch", "-q", "main")
    for file in range(100):
        (root / f"m{file}.py").write_text(f"main{file} = 1\n")
    commit(root)
    git(root, "switch", "-q", "topic")


def an_archive(root: Path, files: int, _: int) -> None:
    write(root, 20, "before")
    commit(root)
    inside = root.with_name("inside")
    inside.mkdir()
    write(inside, files, "unpacked")
    with tarfile.open(root.with_name("archive.tar"), "w") as archive:
        archive.add(inside, "unpacked")


def unpack(root: Path) -> None:
    subprocess.run(("tar", "-xf", root.with_name("archive.tar"), "-C", root), check=True)


STORMS: dict[str, tuple[Callable[[Path, int, int], None], Callable[[Path], None]]] = {
    "checkout": (two_branches, lambda root: git(root, "switch", "-q", "other")),
    "rebase": (a_branch_to_rebase, lambda root: git(root, "rebase", "main")),
    "archive": (an_archive, unpack),
}


if __name__ == "__main__":
    sys.exit(main())
