"""What the repository promises about itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import docwatch
from docwatch.frontends.cli import COMMANDS

HOUSE = Path(__file__).parents[2]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
RUNTIME_LOCK, TESTS_LOCK = (HOUSE / "requirements.lock").read_text().split("# == tests")

TOP = """core documenters jobs watcher hooks frontends tests bench docs install.sh requirements.lock pyproject.toml
README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE .ci .github .gitignore .pre-commit-hooks.yaml""".split()

# Package indexes, and folders of the machines this was written on. The brackets keep this line from being found.
LEAKS = re.compile(rb"pypi[.]org|pythonhosted[.]org|index-url[ =]+\S*:/[/]|/wor[k]/(?:main|shared)|/tmp/brie[f]")


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("this checkout is not in git, so nothing tells its files from what was left lying around")
    return [name for name in listing.stdout.split("\0") if (HOUSE / name).is_file()]


def pins(lock: str) -> dict[str, Version]:
    found = [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if "==" in line and line[0].isalnum()]
    return {pin.name: Version(str(pin.specifier).removeprefix("==")) for pin in found}


def unmet(requirements: list[str], lock: str) -> list[str]:
    """The requirements that the lock does not pin, or pins to a version they exclude."""
    locked = pins(lock)
    asked = [Requirement(text) for text in requirements]
    return [str(each) for each in asked if each.name not in locked or locked[each.name] not in each.specifier]


def test_the_top_of_the_house_holds_what_the_design_names_and_no_more() -> None:
    """Above all no folder `docwatch`, which would hide the installed package from whoever runs in the checkout."""
    assert {name.partition("/")[0] for name in tracked()} <= set(TOP)


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    assert [name for name in tracked() if LEAKS.search((HOUSE / name).read_bytes())] == []


def test_the_lock_pins_what_the_project_asks_for() -> None:
    """A user's environment is made from the first part alone: the dependencies, `mcp`, and what builds the project."""
    extras = PROJECT["project"]["optional-dependencies"]
    runtime = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"] + extras["mcp"]
    assert unmet(runtime, RUNTIME_LOCK) == [], "run .ci/lock"
    assert unmet(extras["test"], RUNTIME_LOCK + TESTS_LOCK) == [], "run .ci/lock"
    assert not pins(RUNTIME_LOCK).keys() & pins(TESTS_LOCK).keys()


def test_the_lock_has_a_hash_for_every_pin_and_no_address() -> None:
    lock = RUNTIME_LOCK + TESTS_LOCK
    assert "://" not in lock
    entries = re.split(r"\n(?=\w)", lock)[1:]
    assert len(entries) == len(pins(lock))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert docwatch.__version__ == version
    assert f"\n## [{version}]" in (HOUSE / "CHANGELOG.md").read_text()


def test_every_declared_python_is_one_the_project_accepts() -> None:
    declared = [text.rpartition(" ")[2] for text in PROJECT["project"]["classifiers"] if "Python :: 3." in text]
    assert declared == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == f">={declared[0]}"


def test_the_readme_opens_with_the_two_commands() -> None:
    readme = (HOUSE / "README.md").read_text()
    assert "./install.sh up" in readme
    assert "./install.sh test" in readme


def test_the_readme_has_every_command() -> None:
    readme = (HOUSE / "README.md").read_text()
    assert [name for name in COMMANDS if not re.search(rf"`(docwatch )?{name}\b", readme)] == []


def test_the_offered_pre_commit_hook_runs_a_command_there_is() -> None:
    lines = (HOUSE / ".pre-commit-hooks.yaml").read_text().splitlines()[1:]
    hook = dict(re.fullmatch(r"(?:- |  )(\w+): (.+)", line).groups() for line in lines)  # type: ignore[union-attr]
    program, command = hook["entry"].split()
    assert (program in PROJECT["project"]["scripts"], command in COMMANDS) == (True, True)
    # What it says does not depend on the names of changed files, so it has to run whatever they are.
    assert (hook["id"], hook["pass_filenames"], hook["always_run"]) == ("docwatch-check", "false", "true")
    assert hook["id"] in (HOUSE / "docs/running.md").read_text()


def test_pre_commit_itself_accepts_the_offered_hook() -> None:
    if not shutil.which("pre-commit"):
        pytest.skip("pre-commit is not installed")
    subprocess.run(["pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"], cwd=HOUSE, check=True)


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_install_sh_is_plain_sh(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not on this machine")
    command = [shell, *(["sh"] if shell == "busybox" else []), "-n", "install.sh"]
    subprocess.run(command, cwd=HOUSE, check=True)
