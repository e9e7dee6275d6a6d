"""A storm of edits under a budget: no more calls than it allows, an outline for every file meanwhile.

    python bench/budget.py [EDITS] [CALLS]

EDITS (5000) edits of 500 files are submitted while four forked workers document with something that pays for each
call; CALLS (50) a day are allowed. Prints how many were made, and what every file has in the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from docwatch import budget, config, documenters, gate, tree
from docwatch.document import Document, Outline, Source
from docwatch.jobs import server, submit
from docwatch.jobs.pool import Pool
from docwatch.opened import OpenTree

FILES, WORKERS, CHUNK = 500, 4, 50


class Paid:
    """A documenter that leaves a line for each call that was paid."""

    name = "paid"

    def __init__(self, calls: str) -> None:
        self._calls = calls

    def fingerprint(self, language: str) -> str:
        return f"paid:1:{language}"

    def document(self, source: Source) -> Document:
        with budget.call(config.load(), self.name, tokens=4_000, usd=0.02) as call:
            descriptor = os.open(self._calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, b"called\n")
            os.close(descriptor)
            call.spent(tokens=1_000, usd=0.005)
        return Document(source.language, Outline(summary="paid"))


def main() -> int:
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    allowed = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with tempfile.TemporaryDirectory(prefix="docwatch-budget-") as place:
        calls = os.path.join(place, "calls")
        documenters.DOCUMENTERS["paid"] = lambda: Paid(calls)
        os.environ |= {"DOCWATCH_HOME": os.path.join(place, "home"), "DOCWATCH_DOCUMENTER": "paid"}
        os.environ |= {"DOCWATCH_CALLS_PER_DAY": str(allowed), "DOCWATCH_CALLS_PER_MINUTE": str(10 * allowed)}
        root = Path(place, "repository")
        root.mkdir()
        subprocess.run(("git", "init", "-q", root), check=True)
        found = tree.find(str(root))
        tree.register(found)
        server.ensure(config.load(), keep=True)
        began = time.monotonic()
        try:
            for first in range(0, edits, CHUNK):
                names = [b"f%d.py" % ((first + number) % FILES) for number in range(CHUNK)]
                for number, name in enumerate(names):
                    (root / os.fsdecode(name)).write_text(f"def f{first + number}(): pass\n")
                submit(found, names, origin="save")
                if first % FILES == 0:
                    Pool(config.load(), WORKERS, burst=True).run()
            Pool(config.load(), WORKERS, burst=True).run()
        finally:
            server.stop(config.load(), even_if_kept=True)
        made = Path(calls).read_bytes().count(b"\n")
        with OpenTree(found) as opened:
            rows = list(opened.ledger.all())
            outlined = sum(row.oid == opened.scope.read(row.path).oid for row in rows)
        closed = gate.of("paid", config.load())
        print(f"{edits} edits in {time.monotonic() - began:.0f} s, {allowed} calls allowed, {made} made")
        print(f"states {dict(Counter(row.state for row in rows))}; {outlined} of {len(rows)} documents are current")
        print(f"gate: {closed.reason if closed else 'open'}")
    return 0 if made == allowed and outlined == len(rows) and closed is not None else 1


if __name__ == "__main__":
    sys.exit(main())
