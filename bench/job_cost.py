"""Where the time of a job goes: one worker in this process, a clock around each part of what it does.

    python bench/job_cost.py [FOLDER] [FILES]     (default: this Python's standard library, 500 of its files)

Processor time, beside that of reading the outline itself, which is what the work is about: the two are measured in the
same moments, so their ratio holds also on a busy machine.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

import first_scan

WORK = "the outline itself"


def main() -> int:
    source = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")).resolve()
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        report(first_scan.repository(source, Path(place, "repository"), int((*sys.argv[2:], 500)[0])))
    return 0


class Clock:
    """Adds up the processor time of functions, each without what it spends in others of them."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner = [0.0]

    def around(self, owner: Any, name: str, part: str) -> Any:
        function = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                spent = time.process_time() - began
                self.seconds[part] += spent - self._inner.pop()
                self._inner[-1] += spent

        return mock.patch.object(owner, name, timed)


def report(root: Path) -> None:
    from docwatch import config, documents, log, tree
    from docwatch.documenters.outline import OutlineDocumenter
    from docwatch.jobs import batch, connection, courier, producer, server
    from docwatch.jobs.queue import queue
    from docwatch.jobs.worker import DocumentWorker
    from docwatch.ledger import Ledger
    from docwatch.opened import OpenTree
    from docwatch.scope import Scope

    clock = Clock()
    parts = (
        (OutlineDocumenter, "document", WORK),
        (DocumentWorker, "work", "the worker's loop"),
        (DocumentWorker, "_take", "Redis"),
        (DocumentWorker, "_begin", "Redis"),
        (DocumentWorker, "_end", "Redis"),
        (DocumentWorker, "_run", "steps, time limits"),
        (batch.Batch, "_begin", "ledger: begin, claims"),
        (batch.Batch, "_claim", "ledger: begin, claims"),
        (batch.Batch, "_read", "scope, git, reading, hashing"),
        (batch.Batch, "_store", "document, ledger, commit"),
        (documents, "_indexed", "search: words"),
        (log.SharedFile, "emit", "log"),
        (producer, "submit", "ledger, the rest"),
        *((Scope, name, "scope, git, reading, hashing") for name in ("admit", "_ignored_by_git", "_reading")),
        (Ledger, "record", "ledger, the rest"),
        (courier, "deliver", "ledger, the rest"),
        (courier, "_enqueue", "Redis"),
    )
    settings = config.load()
    server.ensure(settings, keep=True)
    found = tree.find(str(root))
    tree.register(found)
    with OpenTree(found) as opened:
        forget_all(opened)
        paths = [path for path, _ in first_scan.admitted(root)]
        patches = [clock.around(*part) for part in parts]
        for patch in patches:
            patch.start()
        producer.submit(opened, paths, origin="scan")
        submitting, clock.seconds = clock.seconds, Counter()
        log.setup("bench")
        client = connection.for_worker(settings)
        before = os.getcwd()
        DocumentWorker([queue(client)], connection=client).work(burst=True, logging_level="WARNING")
        os.chdir(before)
        for patch in patches:
            patch.stop()
    server.stop(settings, even_if_kept=True)
    work = clock.seconds.pop(WORK)
    table("submitting a file", submitting, work, len(paths))
    table("its job, beside the outline", clock.seconds, work, len(paths))


def forget_all(opened: Any) -> None:
    """As if nothing had been documented yet."""
    opened.ledger.forget()
    with opened.store.writing() as connection:
        connection.execute("DELETE FROM documents")
        connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
        connection.execute("DELETE FROM lexicon")


def table(title: str, seconds: Counter[str], work: float, files: int) -> None:
    print(f"  {title}: {seconds.total() / files * 1e6:.0f} us, {seconds.total() / work:.0%} of the outline's time")
    for part, spent in seconds.most_common():
        print(f"    {spent / work:6.1%}  {spent / files * 1e6:6.0f} us  {part}")


if __name__ == "__main__":
    sys.exit(main())
