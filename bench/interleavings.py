"""Edits that come at any moment of slow jobs: in the end each document is of what its file holds, and paid for once.

    python bench/interleavings.py [COUNT] [SEED]

Two forked workers run a documenter that takes up to 40 ms and writes down each content it is asked for. Each of COUNT
(1000) interleavings edits one of three files up to five times meanwhile, now and then with a content that was there
before, and waits until the ledger says it is fresh.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from docwatch import config, documenters, log, tree
from docwatch.blob import blob_oid
from docwatch.document import Document, Outline, Source
from docwatch.jobs import server, submit
from docwatch.jobs.pool import Pool
from docwatch.opened import OpenTree

FILES = (b"a.py", b"b.py", b"c.py")
SLOWEST_SECONDS = 0.04
PAUSES_SECONDS = (0.01, 0.1, 0.3)  # at most so long between two edits
PATIENCE_SECONDS = 30.0


class Slow:
    """A documenter that leaves a line for each call."""

    name = "slow"

    def __init__(self, calls: str) -> None:
        self._calls = calls

    def fingerprint(self, language: str) -> str:
        return f"slow:1:{language}"

    def document(self, source: Source) -> Document:
        descriptor = os.open(self._calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, blob_oid(source.content, "sha1").encode() + b"\n")
        os.close(descriptor)
        time.sleep(random.random() * SLOWEST_SECONDS)
        return Document(source.language, Outline(summary=source.content.decode()))


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{count} interleavings, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="docwatch-inter-") as place:
        calls = os.path.join(place, "calls")
        documenters.DOCUMENTERS["slow"] = lambda: Slow(calls)
        os.environ |= {"DOCWATCH_HOME": os.path.join(place, "home"), "DOCWATCH_DOCUMENTER": "slow"}
        root = Path(place, "repository")
        root.mkdir()
        subprocess.run(("git", "init", "-q", root), check=True)
        found = tree.find(str(root))
        tree.register(found)
        server.ensure(config.load(), keep=True)
        workers = fork_pool()
        try:
            wrong = sum(not interleave(found, random.Random(seed + number), number) for number in range(count))
        finally:
            os.kill(workers, signal.SIGTERM)
            os.waitpid(workers, 0)
            server.stop(config.load(), even_if_kept=True)
        made = Counter(Path(calls).read_text().split())
    print(f"wrong {wrong}, calls per content {made.total() / len(made):.2f} ({made.total()} calls)")
    return 1 if wrong or made.total() != len(made) else 0


def fork_pool() -> int:
    pid = os.fork()
    if pid == 0:
        log.setup("pool")
        Pool(config.load(), 2).run()
        os._exit(0)
    return pid


def interleave(found: tree.Tree, chance: random.Random, number: int) -> bool:
    """Whether the file's document is of its last content."""
    path = chance.choice(FILES)
    with OpenTree(found) as opened:
        for edit in range(chance.randint(1, 5)):
            content = f"# {chance.choice([chance.randrange(9), f'{number}.{edit}'])}\n"
            beside = os.path.join(found.root, ".new~")
            Path(beside).write_text(content)
            os.replace(beside, os.path.join(found.root, os.fsdecode(path)))
            submit(opened, [path], origin="save")
            time.sleep(chance.random() * chance.choice(PAUSES_SECONDS))
        until, wanted = time.monotonic() + PATIENCE_SECONDS, blob_oid(content.encode(), found.object_format)
        while time.monotonic() < until:
            row = opened.ledger.row(path)
            if row is not None and row.state == "fresh":
                return row.oid == wanted
            time.sleep(0.002)
    print(f"{path!a} is not fresh: {row}")
    return False


if __name__ == "__main__":
    sys.exit(main())
