"""What prose may cost is agreed to before, and what it did cost is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.documenters.prose.conftest import Scripted
from tests.frontends.conftest import Run

FILE = "import os\n\n\ndef alpha(x):\n    return x\n\n\ndef beta(y):\n    return alpha(y)\n"


def test_nobody_pays_who_has_not_agreed(repo: Repo, run: Run, scripted: Scripted) -> None:
    repo.write("a.py", FILE)
    dry = run("scan", "--dry-run", "--json").json["prose"]
    assert (dry["documenter"], dry["model"], dry["files"], dry["usd"]) == ("scripted", "small", 1, None)
    assert 100 < dry["tokens"] < 2_000
    refused = run("scan", "--sync")
    assert refused.code == 1
    assert re.search(r"prose about 1 file, about \d+ tokens by scripted .*'docwatch scan --yes'", refused.err)
    status = run("status", "--json").json
    assert status["files"]["fresh"] == 1
    assert "not agreed to" in status["no_prose"]
    assert run("show", "a.py", "--json").json["prose"] is None
    agreed = run("scan", "--sync", "--yes")
    assert (agreed.code, "prose written about 1 file" in agreed.err) == (0, True)
    assert run("show", "a.py", "--json").json["prose"] is not None
    assert "no_prose" not in run("status", "--json").json
    repo.write("b.py", FILE + "# other\n")
    assert run("scan", "--sync").code == 0, "that was agreed to"


def test_a_large_backlog_is_agreed_to_again(
    repo: Repo, run: Run, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_PROSE_ASK_TOKENS", "3000")
    repo.write("a.py", FILE)
    assert run("scan", "--sync", "--yes").code == 0
    for number in range(9):
        repo.write(f"f{number}.py", f"def f{number}(): pass\n")
    refused = run("scan", "--sync")
    assert refused.code == 1
    assert "prose about 9 files" in refused.err


def test_whose_prices_it_is_by_is_said(
    repo: Repo, run: Run, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "model", "sonnet")
    repo.write("a.py", FILE)
    assert "by list price" in run("scan", "--dry-run").out
    assert run("scan", "--sync", "--yes").code == 0
    assert "list prices, which nobody checks" in run("cost").out
    repo.write("a.py", FILE.replace("return x", "return x + 1"))
    monkeypatch.setenv("DOCWATCH_PROSE_PRICES", "sonnet 1000 1000")
    dry = run("scan", "--dry-run", "--json").json["prose"]
    assert (dry["files"], dry["prices"]) == (1, "own"), "what was saved since is to be paid too"
    assert dry["usd"] == dry["tokens"] / 1_000
    assert run("scan", "--sync").code == 0
    assert run("cost", "--json").json["by_day"][0]["usd"] > 0.2
    assert "about nothing" in run("scan", "--dry-run").out
    monkeypatch.setenv("DOCWATCH_PROSE_PRICES", "sonnet 1000")
    assert run("scan").code == 2


def test_cost_tells_days_models_and_paths(repo: Repo, run: Run, scripted: Scripted) -> None:
    assert "nothing was spent" in run("cost").out
    repo.write("a.py", FILE)
    repo.write("b/c.py", "def f(): pass\n")
    run("scan", "--sync", "--yes")
    found = run("cost", "--json").json
    assert [one["calls"] for one in found["by_day"]] == [2]
    assert [(one["name"], one["calls"], one["usd"]) for one in found["by_model"]] == [("small", 2, 0.002)]
    assert [one["name"] for one in found["by_path"]] == ["a.py", "b/c.py"]
    assert sum(one["tokens_out"] for one in found["by_path"]) == 150
    assert "b/c.py" in run("cost").out
    spend = run("status", "--json").json["spend"]
    assert spend["usd_per_repository"] == {"spent": 0.002, "limit": 50.0}


@pytest.mark.parametrize("answer", ["y", "n"])
def test_in_a_terminal_it_is_asked(
    answer: str, repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Run
) -> None:
    writer = tmp_path / "writer.py"
    writer.write_text(
        "import json, sys\n"
        "texts = dict.fromkeys(json.load(sys.stdin)['names'], 'S.')\n"
        "print(json.dumps({'overview': 'O.', 'symbols': texts, 'notes': []}))\n"
    )
    monkeypatch.setenv("DOCWATCH_PROSE", "command")
    monkeypatch.setenv("DOCWATCH_PROSE_COMMAND", f"{sys.executable},-S,{writer}")
    repo.write("a.py", FILE)
    terminal, theirs = os.openpty()
    command = (sys.executable, "-P", "-m", "docwatch", "scan", "--sync")
    with subprocess.Popen(command, cwd=repo.root, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE) as scan:
        os.close(theirs)
        said = b""
        while b"? [y/N]" not in said:
            said += os.read(terminal, 1000)
        assert b"Have prose written about 1 file, about" in said
        os.write(terminal, answer.encode() + b"\n")
        assert scan.wait(20) == (0 if answer == "y" else 1)
    os.close(terminal)
    assert (run("show", "a.py", "--json").json["prose"] is not None) == (answer == "y")
