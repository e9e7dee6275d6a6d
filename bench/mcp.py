"""10,000 hostile paths through every tool of `docwatch mcp`: how many bytes from outside the root get out; wanted is 0.

    python bench/mcp_paths.py [PATHS]

Then how long each tool takes in the same tree of 1,000 files, beside reading one document out of its store.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from docwatch import documents
from docwatch.opened import OpenTree
from docwatch.tree import Tree

SECRET = "MARK_OF_WHAT_IS_OUTSIDE"
PARTS = "..|.||/|//|shop|link|link.py|outside.py|\0|\n|\\|C:|%2e%2e|~|\udcff|\ud800|a\\x2f..|\\u002e.|…|con|.git|config"


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        os.environ.update(HOME=place, DOCWATCH_HOME=f"{place}/home")
        os.environ.pop("DOCWATCH_REDIS_URL", None)
        root = f"{place}/repo"
        make(place, root)
        subprocess.run((sys.executable, "-P", "-m", "docwatch", "-C", root, "scan", "--sync"), check=True)
        return asyncio.run(measure(root, count))


def make(place: str, root: str) -> None:
    subprocess.run(("git", "init", "-q", root), check=True)
    write(f"{place}/outside.py", f'"""{SECRET}"""\ndef f(): "{SECRET}"\n')
    write(f"{place}/repo-evil/outside.py", f'"""{SECRET}"""\n')
    write(f"{root}/.git/info/secret.py", f'"""{SECRET}"""\n')
    for number in range(1_000):
        imports = f"from .m{number // 3} import f{number // 3}\n"
        write(f"{root}/shop/m{number}.py", f'{imports}def f{number}(a: int) -> str:\n    """Says {number}."""\n')
    os.symlink(f"{place}/outside.py", f"{root}/link.py")
    os.symlink(place, f"{root}/link")


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


async def measure(root: str, count: int) -> int:
    from docwatch import tree
    from docwatch.frontends.mcp.tools import Tools

    with Tools(tree.find(root)) as tools:
        tools.warm()
        escapes = asked = 0
        for path in hostile(count, root):
            for name, arguments in questions(path):
                said = await answer(tools, name, arguments)
                asked += 1
                escapes += SECRET in said or "root:x:" in said
        print(f"{count} hostile paths, {asked} calls: {escapes} escapes")
        base = reading_one(tree.find(root))
        print(f"reading one document out of the store: {base:.2f} ms")
        for name, arguments in (*questions("shop/m7.py"), ("docs_status", {})):
            took = await timed(tools, name, arguments)
            print(f"{name:<16} {took:6.2f} ms  {took / base:6.1f} x")
    return int(escapes > 0)


def questions(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "get_document", {"path": path}
    yield "get_symbol", {"symbol": "f7", "path": path, "with_source": True}
    yield "list_files", {"below": path}
    yield "dependents_of", {"path": path, "depth": 2}
    yield "repository_map", {"below": path}
    yield "search_docs", {"query": path}
    yield "refresh", {"paths": [path], "wait_seconds": 0}


def hostile(count: int, root: str) -> Iterator[str]:
    chance = random.Random(11)
    known = [
        "../outside.py",
        f"{root}/../outside.py",
        "link/outside.py",
        "link.py",
        "/etc/passwd",
        ".git/info/secret.py",
    ]
    yield from known[:count]
    for _ in range(count - len(known)):
        yield "/".join(chance.choices(PARTS.split("|"), k=chance.randint(1, 6)))


async def answer(tools: Any, name: str, arguments: dict[str, Any]) -> str:
    from docwatch.errors import DocwatchError

    try:
        return str(await tools.call(name, arguments))
    except DocwatchError as error:
        return str(error)


def reading_one(found: Tree) -> float:
    """The median of 30, in milliseconds."""
    took = []
    with OpenTree(found) as opened:
        for _ in range(30):
            began = time.perf_counter()
            row = opened.ledger.row(b"shop/m7.py")
            assert row is not None
            documents.body(opened.store.connection, row.document or 0)
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


async def timed(tools: Any, name: str, arguments: dict[str, Any]) -> float:
    """The median of 30 calls, in milliseconds."""
    took = []
    for _ in range(30):
        began = time.perf_counter()
        await answer(tools, name, arguments)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
