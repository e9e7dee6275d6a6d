"""How fast is the outline, beside parsing alone?

    python bench/outline_speed.py [FOLDER] [LANGUAGE] [SUFFIX...]     (default: this Python's standard library)

Both are timed in one process, turn by turn over the same files, by CPU time: the ratio holds on a busy machine.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from collections.abc import Callable

from tree_sitter import Parser

from docwatch.document import Source
from docwatch.documenters import documenter, preload
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


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    language = sys.argv[2] if len(sys.argv) > 2 else "python"
    files = sources(folder, language, tuple(sys.argv[3:]) or (".py",))
    preload()
    outline, loaded = documenter("outline"), grammar(language)[0]
    parse_time = outline_time = symbols = 0
    slowest = (0.0, b"")
    for source in files:
        parse_time += seconds(lambda source: Parser(loaded).parse(source.content), source)
        taken = seconds(outline.document, source)
        outline_time += taken
        slowest = max(slowest, (taken, source.path))
        symbols += len(outline.document(source).outline.symbols)
    size = sum(len(source.content) for source in files) / 1e6
    print(f"{len(files)} files, {size:.1f} MB, {symbols} symbols")
    for what, taken in (("parse", parse_time), ("outline", outline_time)):
        print(f"{what:8} {taken:6.2f} s  {len(files) / taken:6.0f} files/s  {size / taken:5.1f} MB/s")
    print(f"ratio {outline_time / parse_time:.2f}; slowest {slowest[0]:.3f} s {os.fsdecode(slowest[1])}")


if __name__ == "__main__":
    main()
