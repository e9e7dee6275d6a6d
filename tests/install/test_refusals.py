"""What is missing is said in one line that names what to install, and nothing is left behind."""

from __future__ import annotations

import subprocess

import pytest

from .conftest import PYTHON, Machine


def line_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line a refusal prints."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith("install.sh: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("install.sh: ").rstrip("\n")


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get install python3 python3-venv"),
        ("dnf", "sudo dnf install python3"),
        ("brew", "brew install python@3.13"),
        (None, "install python@3.13 with this system's package manager"),
    ],
)
def test_no_python_names_the_package_of_this_system(machine: Machine, manager: str | None, command: str) -> None:
    if manager:
        machine.tool(manager, "exit 9")
    line = line_of(machine.run())
    assert line == f"Python 3.11 or newer is missing: {command}, then run this again"
    assert list(machine.home.iterdir()) == []


def test_an_old_python_is_told_from_none(machine: Machine) -> None:
    machine.tool("python3", "exit 1")
    assert line_of(machine.run("up")).startswith("this Python is older than 3.11: ")


def test_a_python_without_venv_names_the_package_of_its_version(machine: Machine) -> None:
    machine.tool("python3", f'case "$*" in *ensurepip*) exit 1 ;; esac; exec "{PYTHON}" "$@"')
    machine.tool("apt-get", "exit 9")
    version = subprocess.check_output([PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True)
    command = f"sudo apt-get install python{version.strip()}-venv"
    assert line_of(machine.run()) == f"python3 has no venv module: {command}, then run this again"


def test_a_wrong_choice_of_python_is_not_replaced_by_another(machine: Machine) -> None:
    machine.tool("python3", f'exec "{PYTHON}" "$@"')
    assert line_of(machine.run(PYTHON="/no/such/python")).startswith("PYTHON=/no/such/python is not Python 3.11")


def test_no_git_names_the_package(machine: Machine) -> None:
    machine.tool("git", "exit 1")  # what macOS has in its place
    machine.tool("brew", "exit 9")
    assert line_of(machine.run("up")) == "git is missing: brew install git, then run this again"


def test_no_network_says_so_and_names_the_log(machine: Machine) -> None:
    machine.tool("python3", f'exec "{PYTHON}" "$@"')
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_CONFIG_FILE": "/dev/null", "PIP_RETRIES": "0"}
    nowhere |= {"PIP_NO_CACHE_DIR": "1", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}
    done = machine.run(**nowhere)
    progress, line = done.stderr.splitlines()
    assert progress.startswith("install.sh: making the environment ")
    assert line.startswith("install.sh: the packages could not be downloaded: check the network")
    assert line.endswith(f"then run this again (log: {machine.environment}.log)")
    assert (done.returncode, machine.program.exists()) == (1, False)


def test_a_file_of_somebody_else_is_not_replaced(machine: Machine) -> None:
    machine.program.parent.mkdir(parents=True)
    machine.program.write_text("mine")
    assert line_of(machine.run()).startswith(f"{machine.program} is not from install.sh: move it away")
    assert machine.run("--uninstall").returncode == 0
    assert machine.program.read_text() == "mine"


def test_a_home_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.tool("python3", f'exec "{PYTHON}" "$@"')
    assert line_of(machine.run(HOME="/dev/null")).startswith("/dev/null/.local/share/docwatch cannot be written: ")


def test_without_home_and_without_a_user_it_asks_for_home(machine: Machine) -> None:
    machine.tool("id", "echo no-such-user")
    assert line_of(machine.run(HOME="")) == "HOME is not set: export HOME=/your/folder, then run this again"


def test_away_from_its_checkout_it_does_nothing(machine: Machine) -> None:
    (machine.checkout / "requirements.lock").unlink()
    assert line_of(machine.run()).startswith("this is not a checkout of docwatch: ")


def test_help_needs_nothing_and_does_nothing(machine: Machine) -> None:
    machine.tool("git", "exit 1")
    done = machine.run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "./install.sh --uninstall" in done.stdout
    assert list(machine.home.iterdir()) == []
