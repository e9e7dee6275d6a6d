"""How many calls and tokens does each kind of change cost, through the job itself, beside sending the whole file?

    python bench/prose_job.py CLAUDE [FILE]     (the real program; default: smtplib of the standard library)

Runs `docwatch scan --sync` in a repository of its own after each change. `claude` asks a server on 127.0.0.1 that
answers as a model would; calls are those that the server saw, tokens what the questions hold (characters by four).
"""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))

from bench.prose_tokens import edits  # noqa: E402 - after the path
from tests.documenters.prose.model_server import ModelServer, model_server  # noqa: E402


def run(*command: str, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def docwatch(*arguments: str, folder: Path) -> str:
    return run(sys.executable, "-P", "-m", "docwatch", *arguments, folder=folder)


def tokens(requests: list[dict[str, Any]]) -> int:
    return sum(len(json.dumps([one.get("messages"), one.get("system")])) for one in requests) // 4


def main() -> int:
    text = Path(sys.argv[2] if len(sys.argv) > 2 else smtplib.__file__).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as home, model_server() as server:
        root = Path(home, "repo")
        root.mkdir()
        os.environ |= {"HOME": home, "DOCWATCH_HOME": f"{home}/d", "ANTHROPIC_API_KEY": "none"}
        Path(home, "d").mkdir(mode=0o700)
        Path(home, "d", "config.toml").write_text(
            f'prose = "claude"\nprose_claude = "{sys.argv[1]}"\nprose_url = "{server.url}"\n'
        )
        for command in ("init -q -b main", "config user.name ada", "config user.email a@example.org"):
            run("git", *command.split(), folder=root)
        table(root, server, text)
    return 0


def table(root: Path, server: ModelServer, text: str) -> None:
    file, whole = root / "a.py", 0

    def git(*arguments: str) -> None:
        run("git", *arguments, folder=root)

    def commit(content: str) -> None:
        file.write_text(content)
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", "x")

    def move_and_edit() -> None:
        git("mv", "b.py", "c.py")
        (root / "c.py").write_text(edits((root / "c.py").read_text())["one function"])

    edited = edits(text)
    steps = {
        "the first time": lambda: commit(text),
        "one function": lambda: commit(edited["one function"]),
        "formatting alone": lambda: commit(edited["one function"].replace("\n\n", "\n\n\n")),
        "another branch": lambda: git("checkout", "-q", "-b", "other", "HEAD~2"),
        "and back": lambda: git("checkout", "-q", "main"),
        "renamed": lambda: git("mv", "a.py", "b.py"),
        "renamed and edited": move_and_edit,
        "reverted": lambda: git("reset", "-q", "--hard", "HEAD~1"),
    }
    print(f"{'change':20}{'calls':>6}{'tokens':>9}{'whole file':>12}{'ratio':>8}")
    for name, step in steps.items():
        server.requests.clear()
        step()
        docwatch("scan", "--sync", "--yes", folder=root)
        sent = tokens(server.requests)
        whole = whole or sent
        print(f"{name:20}{len(server.requests):6}{sent:9,}{whole:12,}{sent / whole:8.1%}")
    (path,) = [file.name for file in root.glob("*.py")]
    shown = json.loads(docwatch("show", path, "--json", folder=root))
    print(f"{path}: {shown['state']}, prose {shown['prose_state']['state']}, {len(shown['prose']['symbols'])} texts")


if __name__ == "__main__":
    sys.exit(main())
