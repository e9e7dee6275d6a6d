"""`docwatch mcp install`: the files of coding agents get our server, and keep everything else."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from docwatch.frontends.mcp import clients
from tests.conftest import Repo

from .conftest import Run


def parsed(text: str) -> dict[str, Any]:
    """JSON with comments and commas behind last members, one character after the other."""
    text, plain, at = text.removeprefix("\ufeff"), "", 0
    while at < len(text):
        end = at + 1
        if text[at] == '"':
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
        elif text[at : at + 2] == "/*":
            at = text.index("*/", at) + 2
            continue
        elif text[at : at + 2] == "//":
            at = min(found for found in (text.find("\n", at), text.find("\r", at), len(text)) if found >= 0)
            continue
        elif text[at] in "}]" and plain.rstrip().endswith(","):
            plain = plain.rstrip()[:-1]
        plain += text[at:end]
        at = end
    found: dict[str, Any] = json.loads(plain)
    return found


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


@pytest.mark.parametrize(
    "before",
    [
        "{}\n",
        '{ "a" : 1.10,"a":1e400 , "half": "\\ud800"}',
        '{"mcpServers":{"theirs":{"command":"y"}}}',
        '{\n\t"é": [1,   12345678901234567890123],\n\n\t"mcpServers" : {\n\t\t"theirs": {"command": "y"}\n\t}\n}',
        '{\r\n    "mcpServers": {\r\n        "a": {}\r\n    },\r\n    "z": null\r\n}\r\n',
        '{"docwatch": 1, "mcpServers": {"x": {"docwatch": {"command": "z"}}}, "y": "{\\"docwatch\\": 2}"}',
        "{ }",
        "{\n}\n",
        '{"mcpServers": {}}',
        '{\n  "mcpServers": {\n\n  }\n}\n',
        '{"mcpServers": {},}',
        "// ours\n{ // a comment\n}\n",
        "{/* a */ /* b\n*/}",
        '\ufeff{\r\n\t"mcpServers": {\r\n\t\t"a": {}, // "}, \r\n\t\t// b\r\n\t},\r\n}',
        '{"mcpServers": {"a": [1, {"b": 2,}, ], "c": "// no, /* no */ ,}" }} // the end',
        '{\n  "mcpServers": {\n    "a": {} /* one\n two */ // three  \n    ,\n    // "z": {}\n  }\n}\n/* end */',
        '{"x": {} // y\n}',
        '{"x": "\\\\", /* "mcpServers": {}, */ "mcpServers" /**/ : /**/ { /**/ } /**/ , }',
    ],
)
def test_every_other_byte_of_the_file_stays(before: str, repo: Repo, run: Run) -> None:
    path = place("cursor", repo, repo.root)
    path.parent.mkdir()
    path.write_bytes(before.encode())
    path.chmod(0o640)
    assert run("mcp", "install", "--client", "cursor").code == 0
    text = path.read_bytes().decode()
    after = parsed(text)
    theirs = parsed(before)
    assert after.pop("mcpServers") == {**theirs.pop("mcpServers", {}), "docwatch": clients.entry(str(repo.root))}
    assert after == theirs
    assert ("\r\n" in text) == ("\r\n" in before)
    assert "\n" not in text.replace("\r\n", "") or "\r\n" not in before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == ["mcp.json"]
    assert run("mcp", "uninstall", "--client", "cursor").out == f"taken out of {path}\n"
    assert path.read_bytes().decode() == before
    assert run("mcp", "uninstall", "--client", "cursor").out == f"not in {path}: nothing to do\n"


@pytest.mark.parametrize("client", ["claude", "cursor", "vscode"])
def test_uninstall_takes_out_what_install_put_in(client: str, repo: Repo, home: Path, run: Run) -> None:
    path = place(client, repo, home)
    assert run("mcp", "uninstall", "--client", client).code == 0
    assert not path.exists()
    run("mcp", "install", "--client", client)
    assert run("mcp", "uninstall", "--client", client).code == 0
    assert not path.exists() if client != "claude" else path.read_text() == "{}\n"


def test_others_of_the_same_name_stay(repo: Repo, home: Path, run: Run) -> None:
    path = home / ".claude.json"
    theirs = {"mcpServers": {"docwatch": {"command": "x"}}}
    before = {"projects": {"/other": theirs, str(repo.root): {"history": ["a"]}}, **theirs}
    path.write_text(json.dumps(before))
    run("mcp", "uninstall", "--client", "claude")
    assert path.read_text() == json.dumps(before)
    run("mcp", "install", "--client", "claude")
    run("mcp", "uninstall", "--client", "claude")
    assert path.read_text() == json.dumps(before)


def test_a_former_entry_is_replaced_where_it_stands(repo: Repo, run: Run) -> None:
    path = place("vscode", repo, repo.root)
    path.parent.mkdir()
    path.write_text('{"servers": {"docwatch": {"command": "/gone"}, "b": {}}}')
    assert run("mcp", "install", "--client", "vscode").code == 0
    assert list(json.loads(path.read_text())["servers"]) == ["docwatch", "b"]
    run("mcp", "uninstall", "--client", "vscode")
    assert path.read_text() == '{"servers": {"b": {}}}'


@pytest.mark.parametrize(
    "text",
    [
        "{ /* a comment\n}",
        "// a comment",
        "{,}",
        '{"a": [1,,]}',
        '{"a": "\0"}',
        "{a: 1}",
        '{"mcpServers": [], // "mcpServers": {}\n}',
        '{"mcpServers": {}, "mcpServers": {}}',
        '{"mcpServers": {"docwatch": 1, "docwatch": 2}}',
        "[]",
        '{"mcpServers": []}',
        "\xff",
        "{" * 9_000,
    ],
)
def test_what_cannot_be_kept_whole_is_left_alone(text: str, repo: Repo, run: Run) -> None:
    path = repo.root / ".cursor/mcp.json"
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    for what in ("install", "uninstall"):
        done = run("mcp", what, "--client", "cursor")
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
    (home / "mcp.json").write_text('{"servers": {"docwatch": {}}}')
    assert "is a symbolic link" in run("mcp", "uninstall", "--client", "vscode").err
    assert (home / "mcp.json").exists()
