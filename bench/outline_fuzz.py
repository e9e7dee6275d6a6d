"""Does any file, however broken, crash the outline, or cost more than its bounds?

    python bench/outline_fuzz.py [CASES] [FOLDER...]      (default: 50 a language, from the golden files of the tests)

Each case is a real file of a language that was cut, repeated, spliced or had bytes flipped, or a file made to be
costly: 100,000 lines, 50,000 brackets deep, one line of a megabyte, any encoding, zeros. Each outline is made in a
process of its own with a limit on its memory, as a worker's is. Prints per language the cases, the slowest, the most
memory that one took, and what went wrong: an error that has no name, a process that died, too much time.
"""

from __future__ import annotations

import os
import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.documenters.languages import LANGUAGES
from docwatch.documenters.plain import READERS
from docwatch.errors import DocwatchError
from docwatch.language import language_of

GOLDEN = Path(__file__).parents[1] / "tests" / "documenters" / "golden"
LARGEST = 200_000  # bytes of a real file
MUCH = 8_000_000  # bytes of a file that is made of many copies of one
MOST = 30  # real files of a language
SECONDS = 25  # of processor time for one outline: ten for a parse, and what is read again
MEMORY = 3 * 1024**3  # bytes of address space for a process
ENCODINGS = ("utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "shift_jis", "utf-16-be")


def mutations(content: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Endlessly, what may become of a file, and how."""
    while True:
        at, end = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
        yield "cut", content[:at]
        yield "without its beginning", content[at:]
        yield "without a part", content[:at] + content[end:]
        yield "a part twice", content[:end] + content[at:]
        flipped = bytearray(content)
        for _ in range(chance.choice((1, 3, 30))):
            if flipped:
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        yield "flipped bits", bytes(flipped)
        noise = bytes(chance.choices(b"(){}[]<>\"'`;:,.=#/*\\\n\r\0 ", k=chance.choice((1, 5, 50))))
        yield "marks", content[:at] + noise + content[at:]
        lines = content.split(b"\n")
        chance.shuffle(lines)
        yield "lines in another order", b"\n".join(lines)
        ends = (b"\n", b"\r\n", b"\r")
        yield "mixed line ends", b"".join(line + chance.choice(ends) for line in content.split(b"\n"))
        text = content.decode(errors="replace")
        yield "another encoding", text.encode(chance.choice(ENCODINGS), errors="replace")


def costly(content: bytes) -> Iterator[tuple[str, bytes]]:
    lines = content.count(b"\n") + 1
    yield "100,000 lines", (content + b"\n") * min(100_000 // lines + 1, MUCH // len(content) + 1)
    yield "100,000 short lines", b"x = 1\n" * 100_000
    for opening in (b"(", b"{", b"[", b"if (a) {", b"a=>", b"class A {", b"!", b"<"):
        yield f"50,000 times {opening.decode()}", opening * 50_000
    yield "50,000 brackets closed", b"(" * 50_000 + b")" * 50_000
    yield "one line of a megabyte", content.replace(b"\n", b" ") * (1_000_000 // (len(content) + 1) + 1)
    yield "zeros", b"\0" * 1_000_000
    yield "zeros in between", b"\0".join(content[at : at + 1] for at in range(min(len(content), 20_000)))


def contents(language: str, folders: list[str]) -> list[bytes]:
    found: list[bytes] = []
    for folder in folders:
        for path, below, names in os.walk(folder):
            below.sort()
            for name in sorted(names):
                full = os.path.join(path, name)
                if language_of(os.fsencode(name)) == language and 0 < os.path.getsize(full) <= LARGEST:
                    found.append(Path(full).read_bytes())
                if len(found) == MOST:
                    return found
    return found


def cases(language: str, count: int, folders: list[str]) -> Iterator[tuple[str, bytes]]:
    real = contents(language, folders)
    if not real:
        return
    chance = random.Random(language)
    each = [mutations(content, chance) for content in real]
    for number in range(count):
        yield next(each[number % len(each)])
    yield from costly(max(real, key=len))


def outlined(source: Source) -> tuple[str | None, float, int]:
    """What went wrong with the outline of `source`, made in a process of its own; its seconds and its bytes at most."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            documenter("outline").document(source)
        except DocwatchError:
            pass  # said so, as it should
        except BaseException as error:  # noqa: BLE001 - whatever comes is what is looked for
            print(f"  {error!r}", flush=True)
            os._exit(1)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    wrong = f"ended with {code}" if code else f"{seconds:.0f} s" if seconds > SECONDS else None
    return wrong, seconds, used.ru_maxrss * 1024


def fuzz(language: str, count: int, folders: list[str]) -> int:
    """Go through one language's cases; how many went wrong."""
    documenter("outline").document(Source(b"first", language, b"x = 1\n"))  # loads what every child needs
    went_wrong = number = 0
    slowest, largest = (0.0, "", 0), (0, "", 0)
    for number, (how, content) in enumerate(cases(language, count, folders), 1):
        wrong, seconds, memory = outlined(Source(b"fuzz", language, content))
        if wrong:
            went_wrong += 1
            print(f"  {language}, case {number}, {how}, {len(content):,} bytes: {wrong}", flush=True)
        slowest = max(slowest, (seconds, how, len(content)))
        largest = max(largest, (memory, how, len(content)))
    print(
        f"{language:12} {number:5} cases, {went_wrong} went wrong; slowest {slowest[0]:.2f} s ({slowest[1]}, "
        f"{slowest[2]:,} bytes); most memory {largest[0] // 2**20} MiB ({largest[1]}, {largest[2]:,} bytes)",
        flush=True,
    )
    return went_wrong


def main() -> int:
    count, folders = int(sys.argv[1]) if len(sys.argv) > 1 else 50, sys.argv[2:] or [str(GOLDEN)]
    return 1 if sum(fuzz(language, count, folders) for language in [*LANGUAGES, *READERS, "markdown"]) else 0


if __name__ == "__main__":
    sys.exit(main())
