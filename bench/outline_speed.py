"""How fast is the outline, beside parsing alone and beside universal-ctags, where it is installed?

    python bench/outline_speed.py [FOLDER] [LANGUAGE] [SUFFIX...]     (default: this Python's standard library)

All are timed by CPU time over the same files, the first two in one process and turn by turn: the ratio holds on a busy
machine. Languages that are read without a parser have no line for it.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable

from tree_sitter import Parser

from docwatch.document import Source
from docwatch.documenters import documenter, preload
from docwatch.documenters.grammars import can_parse
from docwatch.documenters.languages import grammar


def sources(folder: str, language: str, suffixes: tuple[str, ...]) -> list[Source]:
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"site-packages", "__pycache__", "node_modules"})
        for name in sorted(names):
            if name.endswith(suffixes):
                with open(os.path.join(path, name), "rb") as file:
                    found.append(Source(os.fsencode(os.path.join(path, name)), language, file.read()))
    return found


def seconds(work: Callable[[Source], object], source: Source) -> float:
    start = time.process_time()
    work(source)
    return time.process_time() - start


def ctags_seconds(files: list[Source]) -> float:
    """CPU time of one run of ctags over all files."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    paths = b"\n".join(source.path for source in files)
    subprocess.run(("ctags", "-f", "-", "-L", "-"), input=paths, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    language = sys.argv[2] if len(sys.argv) > 2 else "python"
    files = sources(folder, language, tuple(sys.argv[3:]) or (".py",))
    preload()
    outline, loaded = documenter("outline"), grammar(language)[0] if can_parse(language) else None
    parse_time = outline_time = 0.0
    symbols = 0
    slowest = (0.0, b"")
    for source in files:
        if loaded is not None:
            parse_time += seconds(lambda source: Parser(loaded).parse(source.content), source)
        taken = seconds(outline.document, source)
        outline_time += taken
        slowest = max(slowest, (taken, source.path))
        symbols += len(outline.document(source).outline.symbols)
    size = sum(len(source.content) for source in files) / 1e6
    print(f"{len(files)} files, {size:.1f} MB, {symbols} symbols")
    timed = {
        "parse": parse_time,
        "outline": outline_time,
        "ctags": ctags_seconds(files) if shutil.which("ctags") else 0,
    }
    for what, taken in timed.items():
        if taken:
            rates = f"{len(files) / taken:6.0f} files/s  {size / taken:5.1f} MB/s"
            print(f"{what:8} {taken:6.2f} s  {rates}  the outline takes {outline_time / taken:.2f} times as long")
    print(f"slowest {slowest[0]:.3f} s {os.fsdecode(slowest[1])}")


if __name__ == "__main__":
    main()
