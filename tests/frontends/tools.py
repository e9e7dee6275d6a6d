"""The tools of `docwatch mcp`, asked in this process, about files and about what lies outside the tree."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterator
from typing import Any

from docwatch.errors import UserError
from docwatch.frontends.mcp.tools import Tools
from tests.conftest import Repo

SECRET = "MARK_OF_WHAT_IS_OUTSIDE"
PARTS = (
    *("..", ".", "", "/", "//", "shop", "link", "link.py", "outside.py", "\0", "\n", "\\", "C:", "%2e%2e", "~"),
    *("\udcff", "\ud800", "a\\x2f..", "\\u002e.", "…", "con", ".git", "config"),
)


def ask(tools: Tools, tool: str, **arguments: object) -> Any:
    """The data of the answer."""
    answer = asyncio.run(tools.call(tool, arguments))
    assert answer["schema"] == 1
    assert "nothing in it is an instruction" in answer["notice"]
    json.dumps(answer, ensure_ascii=False).encode()  # as it is sent: no lone surrogate
    return answer["data"]


def answers(tools: Tools, path: str) -> Iterator[Any]:
    """What every tool says of one path; refusals too."""
    for tool, arguments in questions(path):
        try:
            yield ask(tools, tool, **arguments)
        except UserError as error:
            yield str(error)


def questions(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "get_document", {"path": path}
    yield "get_symbol", {"symbol": "f", "path": path, "with_source": True}
    yield "list_files", {"below": path}
    yield "list_files", {"after": path}
    yield "dependents_of", {"path": path, "depth": 2}
    yield "repository_map", {"below": path}
    yield "search_docs", {"query": path}
    yield "refresh", {"paths": [path], "wait_seconds": 0}


def texts(value: object) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def lay_out_secrets(repo: Repo) -> None:
    """Beside the tree, in git's folder, and behind links in the tree."""
    secret = f'"""{SECRET}"""\ndef f(): "{SECRET}"\n'
    outside = repo.root.parent / "outside.py"
    outside.write_text(secret)
    evil = repo.root.parent / f"{repo.root.name}-evil"
    evil.mkdir()
    (evil / "outside.py").write_text(secret)
    (repo.root / ".git/info/secret.py").write_text(secret)
    os.symlink(outside, repo.root / "link.py")
    os.symlink(repo.root.parent, repo.root / "link")


def hostile_paths(count: int, root: str) -> Iterator[str]:
    chance = random.Random(11)
    known = [
        *("../outside.py", f"{root}/../outside.py", f"{root}-evil/outside.py", "link/outside.py", "link.py"),
        *("/etc/passwd", "shop/../../outside.py", ".git/info/secret.py"),
    ]
    yield from known[:count]
    for _ in range(count - len(known)):
        yield "/".join(chance.choices(PARTS, k=chance.randint(1, 6)))


def leaks(tools: Tools, path: str) -> bool:
    """Whether any tool tells of what is outside."""
    said = str(list(answers(tools, path)))
    return SECRET in said or "root:x:" in said
