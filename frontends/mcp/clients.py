"""Where coding agents keep the list of servers they start, and how ours gets into it and out, and nothing else."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from docwatch import config, whole
from docwatch.errors import UserError
from docwatch.frontends.mcp.json_text import anew, with_member, without_member
from docwatch.tree import Tree

NAME = "docwatch"
BY_HAND = "do it by hand: 'docwatch mcp install --print' shows what is to stand there"
LARGEST_BYTES = 64 << 20  # Claude Code keeps its history in the same file


@dataclass(frozen=True, slots=True)
class Client:
    """`place` gives the file, from the root of a work tree; `keys` lead to our server in it, also from the root."""

    title: str
    place: Callable[[str], str]
    keys: Callable[[str], tuple[str, ...]]
    is_private: bool = False


def _claude_file(_root: str) -> str:
    folder = config.child_environment().get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~")
    return os.path.join(folder, ".claude.json")


CLIENTS = {
    # For this work tree and user alone: nothing to commit, and nothing that others would have to approve.
    "claude": Client("Claude Code", _claude_file, lambda root: ("projects", root, "mcpServers", NAME), is_private=True),
    "cursor": Client("Cursor", lambda root: os.path.join(root, ".cursor/mcp.json"), lambda _: ("mcpServers", NAME)),
    "vscode": Client("VS Code", lambda root: os.path.join(root, ".vscode/mcp.json"), lambda _: ("servers", NAME)),
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
    return anew(client.keys(tree.root), entry(tree.root))


def install(client: Client, tree: Tree) -> bool:
    """Add our server to the client's file; False where it is there already. All else in it stays as it is.

    Raises UserError where the file cannot be understood or is not to be written: nothing is changed then.
    """
    path = client.place(tree.root)
    before = _read(path)
    if before is None or not before.strip():
        after = addition(client, tree)
    else:
        with _understood(path):
            after = with_member(before, client.keys(tree.root), entry(tree.root))
    if after == before:
        return False
    _write(path, after, 0o600 if client.is_private else 0o644)
    return True


def uninstall(client: Client, tree: Tree) -> bool:
    """Take our server out of the client's file; False where it is not in it. A file that was made for it goes."""
    path = client.place(tree.root)
    before = _read(path)
    if before is None or not before.strip():
        return False
    with _understood(path):
        after = without_member(before, client.keys(tree.root))
    if after == before:
        return False
    _write(path, after or ("{}\n" if client.is_private else None))
    return True


@contextlib.contextmanager
def _understood(path: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, RecursionError) as error:
        why = str(error)[:100]
        raise UserError(f"{path} is not JSON to work with ({why}); nothing was changed: {BY_HAND}") from error


def _read(path: str) -> str | None:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UserError(f"{path} is not a regular file; {BY_HAND}")
            return file.read(LARGEST_BYTES).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = "is a symbolic link" if os.path.islink(path) else getattr(error, "strerror", "is not UTF-8")
        raise UserError(f"{path}: {why}; nothing was changed: {BY_HAND}") from error


def _write(path: str, text: str | None, mode: int = 0o600) -> None:
    """None removes the file."""
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise UserError(f"{folder} is a symbolic link; {BY_HAND}")
    try:
        if text is None:
            os.unlink(path)
            return
        os.makedirs(folder, exist_ok=True)
        whole.replace(path, text.encode(), mode)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; {BY_HAND}") from error
