"""The whole installation, from the package index to the link in the user's bin folder, done once, then looked at."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PACKAGES, Machine

pytestmark = [pytest.mark.network, pytest.mark.timeout(180)]  # half a minute of work, on a machine that does much else


def test_arguments_reach_the_program_in_the_folder_it_was_called_from(installed: Machine) -> None:
    done = installed.run("up", "a b", "", "*")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{installed.home}|up|a b||*\n"


def test_the_link_runs_the_installed_program_without_the_checkout(installed: Machine) -> None:
    moved = installed.checkout.rename(installed.checkout.with_name("moved"))
    try:
        out = subprocess.check_output([installed.program, "--version"], cwd="/", text=True)
    finally:
        moved.rename(installed.checkout)
    assert out == "/|--version\n"


def test_nothing_in_the_current_folder_is_run_whatever_pythonpath_says(installed: Machine, tmp_path: Path) -> None:
    """An empty entry in PYTHONPATH is the current folder; naive use of Python would run what lies there."""
    (tmp_path / "sitecustomize.py").write_text("open('sprung', 'w').close()\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep}
    subprocess.check_call([installed.environment / "bin/python", "-c", ""], cwd=tmp_path, env=environment)
    assert (tmp_path / "sprung").exists(), "the trap works"
    (tmp_path / "sprung").unlink()
    subprocess.check_call([installed.program, "--version"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    assert not (tmp_path / "sprung").exists()


def test_every_file_of_the_packages_is_installed(installed: Machine) -> None:
    """A new folder or data file that pyproject.toml does not know of would be missing from the wheel alone."""
    (package,) = installed.environment.glob("lib/python*/site-packages/docwatch")
    for folder in PACKAGES:
        room = package if folder == "core" else package / folder
        files = [path.relative_to(installed.checkout / folder) for path in (installed.checkout / folder).rglob("*.*")]
        missing = [str(path) for path in files if path.suffix != ".pyc" and not (room / path).exists()]
        assert (folder, missing) == (folder, [])


def test_nothing_is_written_into_the_checkout(installed: Machine) -> None:
    found = {path.name for path in installed.checkout.rglob("*")}
    assert not {name for name in found if name == "build" or name.endswith((".egg-info", ".whl", ".log"))}


def test_the_environment_is_for_its_user_only_and_without_test_tools(installed: Machine) -> None:
    assert installed.environment.stat().st_mode & 0o077 == 0
    assert (installed.environment / "bin/rq").exists()
    assert not (installed.environment / "bin/pytest").exists()


def test_a_changed_source_is_installed_by_the_next_run(installed: Machine) -> None:
    (installed.checkout / "core/added.py").write_text("")
    try:
        done = installed.run("x")
        assert "installing docwatch" in done.stderr
        assert "docwatch restart" in done.stderr
        assert "making the environment" not in done.stderr
        assert list(installed.environment.glob("lib/*/site-packages/docwatch/added.py"))
    finally:
        (installed.checkout / "core/added.py").unlink()
    installed.run("x")
    assert not list(installed.environment.glob("lib/*/site-packages/docwatch/added.py"))


def test_two_at_once_install_once_and_a_dead_owner_holds_nobody_up(installed: Machine) -> None:
    """Both need the lock that a killed run has left; one does the work, the other finds it done."""
    (installed.environment / ".sources").unlink()
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    lock = installed.environment.with_name("venv.lock")
    lock.symlink_to(f"pid-{dead.pid}")
    errors = []
    for process in [installed.start("x"), installed.start("x")]:
        out, error = process.communicate()
        errors.append(error)
        assert (process.returncode, out) == (0, f"{installed.home}|x\n"), error
    assert "".join(errors).count("installing docwatch") == 1
    assert not lock.is_symlink()


def test_uninstall_stops_and_removes_what_was_made_and_nothing_else(installed: Machine) -> None:
    away = installed.home / "elsewhere"
    shutil.copytree(installed.environment, away / "docwatch/venv", symlinks=True)
    (away / "bin").mkdir()
    (away / "bin/docwatch").symlink_to(away / "docwatch/venv/bin/docwatch")
    (away / "docwatch/mine").write_text("")
    done = installed.run("--uninstall", XDG_DATA_HOME=str(away), XDG_BIN_HOME=str(away / "bin"))
    assert done.returncode == 0
    assert "kept your configuration and, in each repository, the documents" in done.stderr
    assert (installed.home / "stopped").exists()
    assert sorted(os.listdir(away)) == ["bin", "docwatch"]
    assert (os.listdir(away / "bin"), os.listdir(away / "docwatch")) == ([], ["mine"])
    assert installed.program.exists()
