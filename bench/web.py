"""Does the web page keep what it promises of hostile trees, and how fast is it?

    python bench/web.py [--paths 10000] [--texts 500] [--documents 50000]

Sends hostile paths through every route, and hostile names and texts out in every way there is; then asks for each kind
of page of a watched tree of many documents. Prints one JSON object; exits 1 if anything leaked or broke out.
"""

from __future__ import annotations

import json
import statistics
import sys
import sysconfig
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import itertools

from begin import begun
from search import filled, outlines

from docwatch.documenters import documenter
from docwatch.frontends import show
from docwatch.watcher import presence
from tests.conftest import Repo
from tests.frontends import hostile
from tests.frontends.web.conftest import asked

DISTINCT = 99  # sources; the rest are copies
TIMES = 10
PAGES = (b"/", b"/files/copy1/", b"/files/ast.py/", b"/search?q=parse", b"/graph/", b"/graph/copy1/", b"/graph/ast.py/")
PAGES += (b"/queue", b"/.json", b"/files/ast.py.json", b"/search.json?q=parse", b"/graph/.json", b"/queue.json")


def main() -> int:
    with begun(__doc__, paths=10_000, texts=500, documents=50_000) as (place, given):
        leaks = hostile.leaks(Repo(place / "paths" / "repo"), given.paths)
        outbreaks = hostile.outbreaks(Repo(place / "texts"), place / "out", given.texts)
        found = {
            "paths": {"tried": given.paths, "routes": len(hostile.ROUTES), "leaks": [ascii(one) for one in leaks[:20]]},
            "texts": {"tried": given.texts, "outbreaks": {way: ascii(those[:20]) for way, those in outbreaks.items()}},
            **speed(place / "many", given.documents),
        }
    print(json.dumps(found, indent=1))
    return int(bool(leaks) or any(outbreaks.values()))


def speed(place: Path, count: int) -> dict[str, object]:
    """Milliseconds of each kind of page, beside reading one document out of the same store."""
    library = Path(sysconfig.get_path("stdlib"))
    sources = [*sorted(library.glob("*.py"))[:DISTINCT], library / "ast.py"]
    with filled(place, list(outlines(library, sources)), count // DISTINCT) as opened:
        with opened.store.writing() as connection:  # as if they had been found so by a scan
            connection.execute("UPDATE ledger SET documenter = ?", (documenter("outline").fingerprint("python"),))
        Repo(place).git("add", "-A")
        with presence.announced(opened.tree) as watcher:
            watcher.say("events", None)
            took = {address.decode(): milliseconds(Repo(place), address) for address in PAGES}
        unwatched = {address.decode(): milliseconds(Repo(place), address) for address in PAGES}
        times = [time.perf_counter()]
        for _ in range(TIMES):
            show.now(opened, b"ast.py", "ast.py")
            times.append(time.perf_counter())
    read = 1000 * statistics.median(after - before for before, after in itertools.pairwise(times))
    return {
        "documents": count // DISTINCT * len(sources),
        "milliseconds to read one": round(read, 2),
        "milliseconds a page, the first; usually; beside reading one": {
            address: (round(first, 1), round(usual, 1), round(usual / read)) for address, (first, usual) in took.items()
        },
        "the same without a watcher": {
            address: (round(first, 1), round(usual, 1), round(usual / read))
            for address, (first, usual) in unwatched.items()
        },
    }


def milliseconds(repo: Repo, address: bytes) -> tuple[float, float]:
    """Of the first, for which the tree is opened, and of one that follows."""
    times = [time.perf_counter()]
    for _, answer in asked(repo, [address] * TIMES):
        assert answer.code == 200, address
        times.append(time.perf_counter())
    first, *others = (1000 * (after - before) for before, after in itertools.pairwise(times))
    return first, statistics.median(others)


if __name__ == "__main__":
    sys.exit(main())
