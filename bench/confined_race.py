"""Can a read be made to leave the root by swapping folders and files for links while it runs?

    python bench/confined_race.py --tries 1000000

A second process exchanges a folder with a link to a folder outside, and a file with a link to a file outside, as fast
as renameat2(RENAME_EXCHANGE) goes, while this one reads. Prints one JSON object; exits 1 if a byte from outside was
read, or if the race was not close enough to prove anything. Linux only.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter

from docwatch.confined import RefusedError, Root
from docwatch.errors import TransientError

INSIDE, OUTSIDE = b"inside", b"OUTSIDE"
READS = (b"folder/file.py", b"leaf.py", b"deep/a/b/folder/file.py")
SWAPS = ((b"folder", b"to_folder"), (b"leaf.py", b"to_leaf"), (b"deep/a", b"deep/to_a"))
RENAME_EXCHANGE, AT_FDCWD = 2, -100


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tries", type=int, default=1_000_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make(folder)
        racer = multiprocessing.get_context("spawn").Process(target=swap, args=(root,), daemon=True)
        racer.start()
        started = time.perf_counter()
        try:
            count = read(root, given.tries)
        finally:
            racer.kill()
            racer.join()
    print(json.dumps({**count, "us_per_read": round((time.perf_counter() - started) / given.tries * 1e6, 1)}))
    return 1 if count["escapes"] or not (count["inside"] and count["symbolic link"]) else 0


def make(folder: str) -> str:
    root, outside = os.path.join(folder, "root"), os.path.join(folder, "outside")
    for path, content in (
        (f"{root}/folder/file.py", INSIDE),
        (f"{root}/leaf.py", INSIDE),
        (f"{root}/deep/a/b/folder/file.py", INSIDE),
        (f"{outside}/file.py", OUTSIDE),
        (f"{outside}/b/folder/file.py", OUTSIDE),
    ):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    os.symlink(outside, f"{root}/to_folder")
    os.symlink(f"{outside}/file.py", f"{root}/to_leaf")
    os.symlink(outside, f"{root}/deep/to_a")
    return root


def swap(root: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    pairs = [tuple(os.path.join(os.fsencode(root), name) for name in pair) for pair in SWAPS]
    while True:
        for one, other in pairs:
            libc.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE)


def read(root: str, tries: int) -> Counter[str]:
    """How often the reads gave what is inside, were refused for which reason, or escaped."""
    count: Counter[str] = Counter(tries=tries, escapes=0)
    with Root(root) as confined:
        for number in range(tries):
            try:
                content, _ = confined.read(READS[number % len(READS)], 1000)
            except RefusedError as refused:
                count[refused.reason] += 1
                continue
            except TransientError:
                count["try again"] += 1
                continue
            count["inside" if content == INSIDE else "escapes"] += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
