"""How fast is the outline, beside parsing alone and beside universal-ctags, where it is installed?

    python bench/outline_speed.py [FOLDER [LANGUAGE...]]     (default: this Python's standard library, all languages)

A row per language. All are timed by CPU time over the same files, parsing and outline in one process and turn by turn,
the better of two: the ratios hold on a busy machine. Languages read without a parser have no time for it, those that
ctags does not know none for it.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import defaultdict
from collections.abc import Callable

from outline_recall import files_of
from outline_tags import CTAGS
from tree_sitter import Parser

from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.documenters.grammars import can_parse
from docwatch.documenters.languages import LANGUAGES, grammar
from docwatch.documenters.plain import READERS

LARGEST = 1024 * 1024  # bytes of a file, as scope has it by default
MOST = 4_000_000  # bytes of a language: enough for a ratio


def sources(folder: str, wanted: list[str]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = defaultdict(list)
    size: dict[str, int] = defaultdict(int)
    for path, language in files_of(folder, set(wanted or [*LANGUAGES, *READERS, "markdown"])):
        if 0 < os.path.getsize(path) <= LARGEST and size[language] < MOST:
            with open(path, "rb") as file:
                found[language].append(Source(os.fsencode(path), language, file.read()))
            size[language] += len(found[language][-1].content)
    return found


def seconds(work: Callable[[Source], object], source: Source) -> float:
    """CPU time that `work` takes, the better of two tries."""
    times = []
    for _ in range(2):
        start = time.process_time()
        work(source)
        times.append(time.process_time() - start)
    return min(times)


def ctags_seconds(files: list[Source], language: str) -> float:
    """CPU time of one run of ctags over all files."""
    command = ("ctags", f"--language-force={CTAGS[language][0]}", "-f", "-", "-L", "-")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, input=b"\n".join(source.path for source in files), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def row(language: str, files: list[Source]) -> str:
    outline, loaded = documenter("outline"), grammar(language)[0] if can_parse(language) else None
    outline.document(Source(b"first", language, b"x = 1\n"))  # loads what is loaded once
    parsing = outlining = 0.0
    for source in files:
        if loaded is not None:
            parsing += seconds(lambda source: Parser(loaded).parse(source.content), source)
        outlining += seconds(outline.document, source)
    size = sum(len(source.content) for source in files) / 1e6
    told = f"{language:12}{len(files):6}{size:7.1f}{len(files) / outlining:9.0f}{size / outlining:7.1f}"
    told += f"{outlining / parsing:9.2f}" if parsing else " " * 9
    if language not in CTAGS or not shutil.which("ctags"):
        return told
    tagging = ctags_seconds(files, language)
    return f"{told}{len(files) / tagging:10.0f}{size / tagging:7.1f}{outlining / tagging:8.1f}"


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    print(f"{'':25}{'outline':>16}{'times':>9}{'ctags':>17}{'times':>8}")
    print(f"{'':12}{'files':>6}{'MB':>7}{'files/s':>9}{'MB/s':>7}{'parsing':>9}{'files/s':>10}{'MB/s':>7}{'ctags':>8}")
    for language, files in sorted(sources(folder, sys.argv[2:]).items()):
        print(row(language, files), flush=True)


if __name__ == "__main__":
    main()
