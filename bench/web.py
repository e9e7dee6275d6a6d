"""Does the web page keep what it promises of hostile trees, and how fast is it?

    python bench/web.py [--paths 10000] [--texts 500] [--files 2000]

Sends hostile paths through every route, lays hostile names and texts on every kind of page, and exports a tree of
modules of the standard library, beside merely reading and hashing the same files. Prints one JSON object; exits 1 if
anything leaked or broke out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import itertools

from docwatch.blob import blob_oid
from tests.conftest import Repo
from tests.frontends import hostile
from tests.frontends.web.conftest import asked


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--paths", type=int, default=10_000)
    arguments.add_argument("--texts", type=int, default=500)
    arguments.add_argument("--files", type=int, default=2_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"DOCWATCH_HOME": f"{place}/home", "HOME": place, "GIT_CONFIG_GLOBAL": os.devnull}
        leaks = hostile.leaks(Repo(Path(place) / "paths" / "repo"), given.paths)
        outbreaks = hostile.outbreaks(Repo(Path(place) / "texts"), Path(place) / "out", given.texts)
        found = {
            "paths": {"tried": given.paths, "routes": len(hostile.ROUTES), "leaks": [ascii(one) for one in leaks[:20]]},
            "texts": {"tried": given.texts, "outbreaks": {way: ascii(those[:20]) for way, those in outbreaks.items()}},
            **speed(Repo(Path(place) / "speed"), given.files, f"{place}/site"),
        }
    print(json.dumps(found, indent=1))
    return int(bool(leaks) or any(outbreaks.values()))


def speed(repo: Repo, count: int, folder: str) -> dict[str, object]:
    library = sysconfig.get_paths()["stdlib"]
    sources = [path for path in sorted(Path(library).rglob("*.py")) if path.stat().st_size < 500_000]
    for path in sources[:count]:
        repo.write(str(path.relative_to(library)), path.read_bytes())
    repo.tree()
    docwatch(repo, "scan", "--sync")
    began = time.perf_counter()
    megabytes = (
        sum(len(blob_oid(path.read_bytes(), "sha1") and path.read_bytes()) for path in repo.root.rglob("*.py")) / 1e6
    )
    read = time.perf_counter() - began
    exports = [docwatch(repo, "export", folder, "--format", "html") for _ in range(2)]
    pages = {}
    for address in (b"/", b"/files/ast.py/", b"/search?q=parse", b"/graph/", b"/queue"):
        times = []
        for _, answer in asked(repo, [address] * 10):
            assert answer.code in (200, 404), address
            times.append(time.perf_counter())
        pages[address.decode()] = round(1000 * min(after - before for before, after in itertools.pairwise(times)), 1)
    return {
        "files": count,
        "megabytes": round(megabytes, 1),
        "seconds": {"read": round(read, 2), "export": round(exports[0], 2), "export again": round(exports[1], 2)},
        "export / read": round(exports[0] / read, 1),
        "milliseconds a page": pages,
    }


def docwatch(repo: Repo, *arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        (sys.executable, "-P", "-m", "docwatch", "-C", str(repo.root), *arguments), check=True, capture_output=True
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
