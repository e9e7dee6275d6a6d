"""`docwatch mcp install`: the files of coding agents get our server, and keep everything else."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo

from .conftest import Run


def place(client: str, repo: Repo, home: Path) -> Path:
    return {
        "claude": home / ".claude.json",
        "cursor": repo.root / ".cursor/mcp.json",
        "vscode": repo.root / ".vscode/mcp.json",
    }[client]


@pytest.mark.parametrize("client", ["claude", "cursor", "vscode"])
def test_what_is_printed_is_what_is_written_and_twice_is_once(client: str, repo: Repo, home: Path, run: Run) -> None:
    path = place(client, repo, home)
    printed = run("mcp", "install", "--client", client, "--print")
    assert (printed.code, printed.err) == (0, f"to stand in {path}\n")
    assert not path.exists()
    assert run("mcp", "install", "--client", client).out.startswith(f"added to {path}")
    assert path.read_text() == printed.out
    assert run("mcp", "install", "--client", client).out.startswith(f"already in {path}")
    found = json.loads(printed.out)
    servers = found["projects"][str(repo.root)] if client == "claude" else found
    [[name, entry]] = servers["servers" if client == "vscode" else "mcpServers"].items()
    assert (name, entry["command"]) == ("docwatch", sys.executable)
    assert entry["args"] == ["-E", "-P", "-m", "docwatch", "-C", str(repo.root), "mcp"]


def test_everything_else_in_the_file_stays(repo: Repo, home: Path, run: Run) -> None:
    path = home / ".claude.json"
    before = {
        "numbers": [1, 1.5, 12345678901234567890123], "é": "\u202e", "null": None, "half": "\ud800",
        "projects": {"/other": {"mcpServers": {"docwatch": {"command": "x"}}}, str(repo.root): {"history": ["a"]}},
        "mcpServers": {"theirs": {"command": "y"}},
    }  # fmt: skip
    path.write_text(json.dumps(before, indent="\t"))
    path.chmod(0o640)
    assert run("mcp", "install", "--client", "claude").code == 0
    text = path.read_text()
    after = json.loads(text)
    del after["projects"][str(repo.root)]["mcpServers"]
    assert after == before
    assert text.startswith('{\n\t"numbers"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [name for name in os.listdir(home) if name.startswith(".claude")] == [".claude.json"]


@pytest.mark.parametrize(
    "text",
    [
        "{ // a comment\n}",
        '{"a": 1, "a": 2}',
        "[]",
        '{"mcpServers": []}',
        '{"a": 1e400}',
        '{"a": 1.10}',
        "\xff",
        "{" * 9_000,
    ],
)
def test_what_cannot_be_kept_whole_is_left_alone(text: str, repo: Repo, run: Run) -> None:
    path = repo.root / ".cursor/mcp.json"
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    done = run("mcp", "install", "--client", "cursor")
    assert (done.code, done.out) == (1, "")
    assert "--print" in done.err
    assert done.err.count("\n") == 1
    assert path.read_bytes() == text.encode("latin-1")


def test_no_link_is_followed(repo: Repo, home: Path, run: Run) -> None:
    """A repository could have its settings lead to any file of the user's."""
    victim = home / "victim.json"
    victim.write_text("{}")
    (repo.root / ".cursor").mkdir()
    (repo.root / ".cursor/mcp.json").symlink_to(victim)
    (repo.root / ".vscode").symlink_to(home)
    for client in ("cursor", "vscode"):
        done = run("mcp", "install", "--client", client)
        assert done.code == 1
        assert "is a symbolic link" in done.err
    assert victim.read_text() == "{}"
    assert not (home / "mcp.json").exists()
