"""The GitHub Action: its steps' own shell lines, run as the runner runs them, in a clone as a runner has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo

HOUSE = Path(__file__).parents[2]
ACTION = HOUSE / ".github/actions/docwatch/action.yml"


def steps() -> dict[str, str]:
    """The program of each step that has one, by its name."""
    text = ACTION.read_text()
    blocks = re.split(r"^    - name: ", text, flags=re.MULTILINE)[1:]
    found = {}
    for block in blocks:
        if "      run: |\n" in block:
            lines = block.split("      run: |\n")[1].splitlines()
            found[block.splitlines()[0]] = "\n".join(line[8:] for line in lines if line.startswith("        ")) + "\n"
    return found


@pytest.fixture
def workspace(repo: Repo, tmp_path: Path) -> Path:
    repo.write("sheep.py", "def count(flock): pass\n")
    repo.commit("base")
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("sheep.py", "def count(flock, lambs): pass\n")
    repo.commit("topic")
    subprocess.run(("git", "clone", "-q", repo.root, tmp_path / "workspace"), check=True)
    return tmp_path / "workspace"


def runs(name: str, workspace: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """One step, as the runner starts it: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions"""
    script = workspace.parent / "step.sh"
    script.write_text(steps()[name])
    runner = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # as the set-up leaves it
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(workspace.parent / "summary"),
        "TREE": ".",
        "FORMAT": "markdown",
        "OUTPUT": "documents",
    }
    return subprocess.run(
        ("bash", "--noprofile", "--norc", "-eo", "pipefail", script),
        cwd=workspace,
        env=os.environ | runner | environment,
        capture_output=True,
        text=True,
        timeout=50,
    )


def test_the_steps_scan_check_and_publish(workspace: Path) -> None:
    for name in ("Scan", "Check", "Say what a pull request changes", "Export"):
        done = runs(name, workspace)
        assert done.returncode == 0, (name, done)
    assert (workspace / "documents/files/sheep.py.md").is_file()
    summary = (workspace.parent / "summary").read_text()
    assert "- changed `count`: `def count(flock)` is now `def count(flock, lambs)` (signature)" in summary


def test_what_is_not_documented_fails_the_check(workspace: Path) -> None:
    assert runs("Scan", workspace).returncode == 0
    (workspace / "sheep.py").write_text("def other(): pass\n")
    assert runs("Check", workspace).returncode == 1


def test_a_shallow_clone_is_told_what_it_lacks_and_a_push_says_nothing(workspace: Path) -> None:
    name = "Say what a pull request changes"
    done = runs(name, workspace, GITHUB_BASE_REF="not_fetched")
    assert (done.returncode, "fetch-depth: 0" in done.stdout) == (0, True)
    done = runs(name, workspace, GITHUB_BASE_REF="")
    assert (done.returncode, done.stdout) == (0, "")
    assert not (workspace.parent / "summary").exists()


def test_no_input_is_part_of_a_program(workspace: Path) -> None:
    assert len(steps()) == 5
    assert "${{" not in "".join(steps().values())
    hostile = '"; touch sprung; $(touch sprung) `touch sprung` #'
    for name in steps().keys() - {"Set up docwatch"}:
        runs(name, workspace, TREE=hostile, FORMAT=hostile, OUTPUT=hostile, GITHUB_BASE_REF=hostile)
    assert not list(workspace.parent.rglob("sprung"))


def test_the_set_up_installs_this_house() -> None:
    [where] = re.findall(r'install --quiet "\$GITHUB_ACTION_PATH/(.+)"', steps()["Set up docwatch"])
    assert (ACTION.parent / where).resolve() == HOUSE
    assert (HOUSE / "pyproject.toml").is_file()
