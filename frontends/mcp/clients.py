"""Where coding agents keep the list of servers they start, and how ours gets into it without anything getting lost."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docwatch import config, whole
from docwatch.errors import UserError
from docwatch.tree import Tree

NAME = "docwatch"
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters, which JSON can name and no file can hold
LARGEST_BYTES = 64 << 20  # Claude Code keeps its history in the same file


@dataclass(frozen=True, slots=True)
class Client:
    """`place` gives the file, from the root of a work tree; `keys` lead to the servers in it, also from the root."""

    title: str
    place: Callable[[str], str]
    keys: Callable[[str], tuple[str, ...]]
    is_private: bool = False


def _claude_file(_root: str) -> str:
    folder = config.child_environment().get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~")
    return os.path.join(folder, ".claude.json")


CLIENTS = {
    # For this work tree and user alone: nothing to commit, and nothing that others would have to approve.
    "claude": Client("Claude Code", _claude_file, lambda root: ("projects", root, "mcpServers"), is_private=True),
    "cursor": Client("Cursor", lambda root: os.path.join(root, ".cursor/mcp.json"), lambda _: ("mcpServers",)),
    "vscode": Client("VS Code", lambda root: os.path.join(root, ".vscode/mcp.json"), lambda _: ("servers",)),
}


def entry(root: str) -> dict[str, Any]:
    """How a client starts our server. Nothing is looked up on a PATH, or imported from a repository."""
    moved = config.service_environment().get("DOCWATCH_HOME")
    return {
        "type": "stdio",
        "command": sys.executable,
        "args": ["-E", "-P", "-m", "docwatch", "-C", root, "mcp"],
        **({"env": {"DOCWATCH_HOME": moved}} if moved else {}),
    }


def addition(client: Client, tree: Tree) -> str:
    """What is to stand in the client's file, as its text would be if there were nothing else in it."""
    return _written(_merged({}, client.keys(tree.root), entry(tree.root)), "  ")


def install(client: Client, tree: Tree) -> bool:
    """Add our server to the client's file; False where it is there already. All else in it stays.

    Raises UserError where the file cannot be understood or is not to be written: nothing is changed then.
    """
    path = client.place(tree.root)
    text = _read(path)
    before = _parsed(path, text) if text is not None and text.strip() else {}
    after = _merged(before, client.keys(tree.root), entry(tree.root), path)
    if after == before:
        return False
    indent = re.search(r"^([ \t]+)\"", text or "", re.MULTILINE)
    _write(path, _written(after, indent[1] if indent else "  "), 0o600 if client.is_private else 0o644)
    return True


def _merged(found: dict[str, Any], keys: tuple[str, ...], ours: dict[str, Any], path: str = "") -> dict[str, Any]:
    """A copy with our server at the end of the keys."""
    if not keys:
        return {**found, NAME: ours}
    inner = found.get(keys[0], {})
    if not isinstance(inner, dict):
        raise UserError(f"{path}: {keys[0]!r} is not an object; put that right, or add what --print shows yourself")
    return {**found, keys[0]: _merged(inner, keys[1:], ours, path)}


def _written(found: dict[str, Any], indent: str) -> str:
    text = json.dumps(found, indent=indent, ensure_ascii=False)
    return _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def _parsed(path: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_without_doubles, parse_float=_exact)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not plain JSON ({str(error)[:100]}); nothing was changed: add what --print shows yourself"
        ) from error
    if not isinstance(found, dict):
        raise UserError(f"{path} holds no JSON object; nothing was changed: add what --print shows yourself")
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _exact(digits: str) -> float:
    if repr(float(digits)) != digits:
        raise ValueError(f"the number {digits[:40]} would be written otherwise")
    return float(digits)


def _read(path: str) -> str | None:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UserError(f"{path} is not a regular file; add what --print shows yourself")
            return file.read(LARGEST_BYTES).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = "is a symbolic link" if os.path.islink(path) else getattr(error, "strerror", "is not UTF-8")
        raise UserError(f"{path}: {why}; nothing was changed: add what --print shows yourself") from error


def _write(path: str, text: str, mode: int) -> None:
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise UserError(f"{folder} is a symbolic link; add what --print shows yourself")
    try:
        os.makedirs(folder, exist_ok=True)
        whole.replace(path, text.encode(), mode)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; add what --print shows yourself") from error
