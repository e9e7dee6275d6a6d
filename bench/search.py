"""Does search find what people mean, how fast, and whatever is typed?

    python bench/search.py [--folder FOLDER] [--copies 28] [--only quality|random|latency]

By default the folder is this Python's standard library; 28 of it are 50,000 documents.

Queries as people type them stand in search_queries.tsv with the files that they are to find; they were written before
the ranking was. Every third was held out while it was tuned, and is counted apart. Times are of the whole search, files
looked at included, beside plain FTS5 (names and text by bm25, no more) over the same documents. Copies differ: in each
a tenth of the words is missing and some are new.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from subprocess import run

from docwatch import documents, tree
from docwatch.document import Document, Source
from docwatch.documenters import documenter
from docwatch.documents import Encoded
from docwatch.entries import Memo, Owed
from docwatch.opened import OpenTree
from docwatch.search import search

QUERIES = Path(__file__).with_name("search_queries.tsv")
FIRST = 3  # places in which a file is expected
RANDOM = 10_000
SHOWN = 20
TYPED = ("temporary file", "test case")  # many names begin with "test"
RARE = "aardvark"  # is put into one document
ASKED = {"rare word": (RARE,), "two words": ("config parser",), "common word": ("self", "value", "test")}
ASKED |= {"as you type": tuple(words[:end] for words in TYPED for end in range(1, len(words) + 1))}
ASKED |= {"typing error": ("tempfiel", "argparze"), "substring": ("figpars",)}
ALPHABET = "abcdefstz_ .:\"'*()-+^{}\\/\0\n\t\u00e9\u4e2d\U0001f600\udce9\u0301\U00030000"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=sysconfig.get_path("stdlib"))
    parser.add_argument("--copies", type=int, default=28)
    parser.add_argument("--only", choices=("quality", "random", "latency"))
    options = parser.parse_args()
    found = list(outlines(Path(options.folder).resolve()))
    good = True
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        if options.only != "latency":
            with filled(Path(place, "one"), found, 1) as opened:
                good = options.only == "random" or quality(opened)
                if options.only != "quality":
                    whatever(opened)
        if options.only in (None, "latency"):
            with filled(Path(place, "many"), found, options.copies) as opened:
                latency(opened)
    return 0 if good else 1


def outlines(folder: Path, paths: Iterable[Path] | None = None) -> Iterator[tuple[str, Document]]:
    outline = documenter("outline")
    for path in sorted(folder.rglob("*.py")) if paths is None else paths:
        content = path.read_bytes()
        if "site-packages" not in path.parts and len(content) <= 1 << 20:
            name = str(path.relative_to(folder))
            yield name, outline.document(Source(os.fsencode(name), "python", content))


def filled(root: Path, found: list[tuple[str, Document]], copies: int) -> OpenTree:
    """A tree whose store holds the documents, each under so many paths; its files are there, and empty."""
    run(("git", "init", "-q", root), check=True)
    opened = OpenTree(tree.find(str(root)))
    opened.store.connection.execute("CREATE VIRTUAL TABLE temp.plain USING fts5 (names, text, content = '')")
    chance = random.Random(1)
    spent = 0.0
    for copy in range(copies):
        ticket = opened.ledger.ticket()
        reads = []
        encoded = [(path, documents.encoded(document)) for path, document in found]
        with opened.store.writing() as connection:
            for path, one in encoded:
                name = f"copy{copy}/{path}" if copy else path
                one = varied(one, copy, chance) if copy else one
                if copy == copies - 1 and path == "shutil.py":
                    one = one._replace(names=f"{one.names} {RARE}")
                began = time.process_time()
                documents.insert(connection, f"{copy}:{path}", "outline", one)
                spent += time.process_time() - began
                reads.append(read(root, name, f"{copy}:{path}"))
                connection.execute("INSERT INTO plain VALUES (?, ?)", (one.names, one.text))
        opened.ledger.record(ticket, "scan", reads)
    opened.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    count = copies * len(found)
    size = sum(len(document.body) for _, document in encoded) * copies / 1e6
    store = os.stat(opened.store.path).st_size / 1e6
    print(
        f"{count} documents, {size:.0f} MB; the store has {store:.0f} MB, a document took {spent / count * 1e6:.0f} us"
    )
    return opened


def varied(one: Encoded, copy: int, chance: random.Random) -> Encoded:
    def some(text: str) -> str:
        return " ".join(
            f"{word}x{copy}" if chance.random() < 0.02 else word for word in text.split() if chance.random() < 0.9
        )

    return one._replace(names=some(one.names), text=some(one.text))


def read(root: Path, name: str, oid: str) -> Owed:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    found = path.stat()
    memo = Memo(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return Owed(os.fsencode(name), oid, "outline", memo, settled=True)


def quality(opened: OpenTree) -> bool:
    found: dict[bool, list[bool]] = {False: [], True: []}
    for number, line in enumerate(QUERIES.read_text().splitlines()):
        query, _, expected = line.partition("\t")
        first = [os.fsdecode(hit.path) for hit in search(opened, query, FIRST)]
        held_out = number % 3 == 2
        found[held_out].append(bool(set(first) & set(expected.split())))
        if not found[held_out][-1]:
            print(f"  {query!r}: {expected} is not among {', '.join(first) or 'none'}{' (held out)' * held_out}")
    for held_out, hits in found.items():
        kind = "held out" if held_out else "tuned with"
        print(f"expected file among the first {FIRST}, {kind}: {sum(hits)} of {len(hits)}, {sum(hits) / len(hits):.0%}")
    return all(sum(hits) >= 0.9 * len(hits) for hits in found.values())


def whatever(opened: OpenTree) -> None:
    """Random inputs: none may fail; the slowest beside the median."""
    chance = random.Random(2)
    taken = []
    for number in range(RANDOM):
        longest = 10_000 if number % 100 == 0 else 40
        query = "".join(chance.choices(ALPHABET, k=chance.randrange(longest)))
        taken.append((seconds(lambda query=query: search(opened, query, SHOWN)), query))
    slowest, query = max(taken)
    middle = statistics.median(time for time, _ in taken)
    print(
        f"{RANDOM} random inputs: no error; median {middle * 1e3:.2f} ms, "
        f"slowest {slowest * 1e3:.0f} ms: {query[:60]!r}"
    )


def latency(opened: OpenTree) -> None:
    connection = opened.store.connection
    for what, queries in ASKED.items():
        ours, plain = [], []
        for query in queries:
            expression = " AND ".join(f'"{word}"' for word in query.split()) + ("*" if what == "as you type" else "")
            ours += [best(lambda query=query: search(opened, query, SHOWN))]
            plain += [best(lambda expression=expression: by_bm25(connection, expression))]
        mine, other = max(ours) * 1e3, max(plain) * 1e3
        print(
            f"  {what:13} {mine:7.2f} ms, plain FTS5 {other:7.2f} ms: {mine / other:6.2f} x (slowest of {len(queries)})"
        )


def by_bm25(connection: sqlite3.Connection, expression: str) -> list[tuple[int]]:
    return connection.execute(
        "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 10, 1) LIMIT ?", (expression, SHOWN)
    ).fetchall()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object]) -> float:
    return min(seconds(work) for _ in range(3))


if __name__ == "__main__":
    sys.exit(main())
