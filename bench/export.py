"""How long an export of many files takes: the first, and one with nothing to do.

    python bench/export.py [--files 2000]

The files are of this Python's library, documented by `scan --sync`. Beside each: a plain copy of what was written.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from begin import begun


def seconds(*command: str | Path) -> float:
    began = time.perf_counter()
    subprocess.run((sys.executable, "-P", "-m", "docwatch", *command), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    library = Path(sysconfig.get_path("stdlib"))
    with begun(__doc__, files=2_000) as (place, given):
        sources = [path for path in sorted(library.rglob("*.py")) if 0 < path.stat().st_size < 60_000][: given.files]
        tree = place / "tree"
        for source in sources:
            target = tree / source.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        subprocess.run(("git", "init", "-q", tree), check=True)
        print(f"{len(sources)} files, scanned in {seconds('-C', tree, 'scan', '--sync'):.1f} s")
        for kind in ("html", "markdown", "json"):
            folder = place / kind
            export = ("-C", tree, "export", folder, "--format", kind)
            first, again = seconds(*export), seconds(*export)
            began = time.perf_counter()
            shutil.copytree(folder, f"{folder}-copy")
            copied = time.perf_counter() - began
            print(f"{kind}: first {first:.2f} s, nothing to do {again:.2f} s; copying the folder {copied:.2f} s")


if __name__ == "__main__":
    main()
