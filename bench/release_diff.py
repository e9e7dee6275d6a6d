"""Does `docwatch diff` name every public function that was added, removed or changed between real releases?

    python bench/release_diff.py [PACKAGE VERSION VERSION...]      by default three releases of requests

Downloads the releases (wheels where there are, else source archives) with this Python's pip, commits one after the
other in a repository of its own, and compares what `docwatch diff` names with what `ast` finds: every function and
method at module or class level without an underscore whose syntax, decorators and docstring included, differs. Prints
every miss, the counts, and how long each diff took: the first time, when it outlines both sides, and the second.

    python bench/release_diff.py --many 500     a diff over so many changed files instead, beside `git diff --stat`
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.frontends.test_diff import missed

IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def git(root: Path, *arguments: str) -> None:
    subprocess.run(("git", "-C", root, *IDENTITY, *arguments), check=True, capture_output=True)


def docwatch(root: Path, *arguments: str) -> tuple[Any, float]:
    began = time.perf_counter()
    command = (sys.executable, "-P", "-m", "docwatch", "-C", str(root), *arguments, "--json")
    done = subprocess.run(command, check=True, capture_output=True)
    return json.loads(done.stdout), time.perf_counter() - began


def commit_release(root: Path, package: str, version: str) -> dict[str, str]:
    """Replace all there is by the release; its Python sources by path."""
    for entry in root.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    with tempfile.TemporaryDirectory() as place:
        pip = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", place, f"{package}=={version}")
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        [archive] = Path(place).iterdir()
        content = io.BytesIO(archive.read_bytes())
        if archive.suffix == ".whl":
            zipfile.ZipFile(content).extractall(root)
        else:
            with tarfile.open(fileobj=content) as source:
                source.extractall(root, filter="data")
            [top] = [entry for entry in root.iterdir() if entry.name != ".git"]
            for entry in top.iterdir():
                entry.rename(root / entry.name)
            top.rmdir()
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", version)
    git(root, "tag", f"v{version}")
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py")}


def compare_releases(root: Path, package: str, versions: list[str]) -> None:
    sources = {version: commit_release(root, package, version) for version in versions}
    total, lost = 0, 0
    for old, new in itertools.pairwise(versions):
        between = f"v{old}..v{new}"
        found, first = docwatch(root, "diff", between)
        _, again = docwatch(root, "diff", between)
        count, misses = missed(found, sources[old], sources[new])
        for miss in misses:
            print("missed", miss)
        print(
            f"{package} {between}: {len(found['files'])} files, {count} public functions differ by ast, "
            f"{count - len(misses)} named; {first:.2f} s with {found['outlined']} outlines made, {again:.2f} s again"
        )
        total, lost = total + count, lost + len(misses)
    print(f"{total - lost} of {total} named")


def compare_many(root: Path, files: int) -> None:
    """Files of this Python's library, each with one function more in the second commit."""
    sources = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    sources = [path for path in sources if 2_000 < path.stat().st_size < 60_000][:files]
    for number, path in enumerate(sources):
        target = root / f"p{number % 20}" / f"m{number}.py"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    for path in root.rglob("*.py"):
        path.write_bytes(path.read_bytes() + b"\n\ndef one_more(): pass\n")
    git(root, "commit", "-q", "-a", "-m", "two")
    began = time.perf_counter()
    git(root, "diff", "--stat", "HEAD~1", "HEAD")
    plain = time.perf_counter() - began
    found, first = docwatch(root, "diff", "HEAD~1..HEAD")
    _, again = docwatch(root, "diff", "HEAD~1..HEAD")
    size = sum(path.stat().st_size for path in root.rglob("*.py"))
    print(f"{len(found['files'])} changed files of {size / 1e6:.1f} MB, {found['counts']['symbols']['added']} added")
    print(
        f"first {first:.2f} s with {found['outlined']} outlines made, again {again:.2f} s; git's --stat {plain:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("release", nargs="*", default=["requests", "2.28.2", "2.31.0", "2.32.3"])
    parser.add_argument("--many", type=int, metavar="FILES")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ["DOCWATCH_HOME"] = place + "/home"
        root = Path(place) / "repo"
        root.mkdir()
        git(root, "init", "-q")
        if given.many:
            compare_many(root, given.many)
        else:
            package, *versions = given.release
            compare_releases(root, package, versions)


if __name__ == "__main__":
    main()
