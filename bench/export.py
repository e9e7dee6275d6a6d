"""How long an export of many files takes: the first, and one with nothing to do.

    python bench/export.py [--files 2000]

The files are of this Python's library, documented by `scan --sync`. Beside each: a plain copy of what was written.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path


def seconds(*command: str | Path) -> float:
    began = time.perf_counter()
    subprocess.run((sys.executable, "-P", "-m", "docwatch", *command), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=2_000)
    count = parser.parse_args().files
    library = Path(sysconfig.get_path("stdlib"))
    sources = [path for path in sorted(library.rglob("*.py")) if 0 < path.stat().st_size < 60_000][:count]
    with tempfile.TemporaryDirectory() as place:
        os.environ["DOCWATCH_HOME"] = f"{place}/home"
        tree = Path(place) / "tree"
        for source in sources:
            target = tree / source.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        subprocess.run(("git", "init", "-q", tree), check=True)
        print(f"{len(sources)} files, scanned in {seconds('-C', tree, 'scan', '--sync'):.1f} s")
        for kind in ("html", "markdown", "json"):
            folder = Path(place) / kind
            export = ("-C", tree, "export", folder, "--format", kind)
            first, again = seconds(*export), seconds(*export)
            began = time.perf_counter()
            shutil.copytree(folder, f"{folder}-copy")
            copied = time.perf_counter() - began
            print(f"{kind}: first {first:.2f} s, nothing to do {again:.2f} s; copying the folder {copied:.2f} s")


if __name__ == "__main__":
    main()
