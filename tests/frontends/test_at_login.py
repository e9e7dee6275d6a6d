"""`docwatch service`: what systemd and launchd are told, by stand-ins on PATH that write down what they are asked."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from docwatch.frontends import at_login, supervisors
from docwatch.frontends.supervisors import Launchd, Systemd
from tests.conftest import Repo, until
from tests.frontends.conftest import Run

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> {folder}/asked
[ "$1" != --version ] || echo "systemd {version} ({version}.1)"
case "$*" in *{fails}*) echo "no bus" >&2; exit 1;; *" show "*|print*) cat {folder}/state;; esac
"""
UP = (sys.executable, "-E", "-P", "-m", "docwatch", "up", "--service")


@dataclass
class StandIn:
    """Programs called systemctl and launchctl."""

    folder: Path
    version: int = 255

    def write(self, fails: str = "nothing") -> None:
        for name in ("systemctl", "launchctl"):
            program = self.folder / name
            program.write_text(STAND_IN.format(folder=self.folder, version=self.version, fails=fails))
            program.chmod(0o755)
        (self.folder / "state").write_text("UnitFileState=enabled\nMainPID=4711\n\tpid = 4711\n")

    @property
    def asked(self) -> list[str]:
        said = (self.folder / "asked").read_text().splitlines() if (self.folder / "asked").exists() else []
        return [line for line in said if not re.search("--version|show|print", line)]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(at_login, "_is_root", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    made = StandIn(folder)
    made.write()
    return made


@pytest.fixture
def unit(home: Path) -> Path:
    return home / ".config" / "systemd" / "user" / "docwatch.service"


def test_install_writes_a_unit_and_starts_it(repo: Repo, run: Run, stand_in: StandIn, unit: Path) -> None:
    repo.tree()
    assert run("service", "install").code == 0
    text = unit.read_text()
    assert "ExecStart=" + " ".join(f'"{word}"' for word in UP) in text
    assert stand_in.asked == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --quiet docwatch.service",
        "systemctl --user restart docwatch.service",
    ]
    assert run("service", "status", "--json").json == {
        "supervisor": "systemd",
        "path": str(unit),
        "installed": True,
        "current": True,
        "enabled": True,
        "pid": 4711,
        "problem": None,
    }


def test_install_again_changes_nothing(repo: Repo, run: Run, stand_in: StandIn, unit: Path) -> None:
    repo.tree()
    run("service", "install")
    before = unit.read_bytes()
    assert run("service", "install").code == 0
    assert (unit.read_bytes(), os.listdir(unit.parent)) == (before, [unit.name])


def test_uninstall_leaves_nothing(repo: Repo, run: Run, stand_in: StandIn, unit: Path, home: Path) -> None:
    repo.tree()
    before = set(home.rglob("*"))
    run("service", "install")
    assert run("service", "uninstall").code == 0
    assert set(home.rglob("*")) - before <= {home / ".config"} | set((home / "docwatch").rglob("*"))
    assert stand_in.asked[-2:] == [
        "systemctl --user disable --now --quiet docwatch.service",
        "systemctl --user daemon-reload",
    ]
    assert run("service", "uninstall").out == "not installed\n"
    assert not run("service", "status", "--json").json["installed"]


def test_nothing_of_the_shell_gets_into_the_unit(
    repo: Repo, run: Run, stand_in: StandIn, unit: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tree()
    for name in ("PYTHONPATH", "GIT_DIR", "VIRTUAL_ENV", "DOCWATCH_WORKERS", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "12")
    monkeypatch.setenv("PATH", f".::{stand_in.folder}:node_modules/.bin:/usr/bin")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://:passwrd@127.0.0.1:1/")
    run("service", "install")
    set_there = [line.split('"')[1] for line in unit.read_text().splitlines() if line.startswith("Environment=")]
    assert [text.partition("=")[0] for text in set_there] == ["PATH", "DOCWATCH_HOME"]
    assert set_there[0] == f"PATH={stand_in.folder}:/usr/bin", "an entry that is not absolute leads into any repository"
    assert "passwrd" not in unit.read_text()


def test_print_only_shows_what_would_be_written(run: Run, stand_in: StandIn, unit: Path) -> None:
    stand_in.write(fails="show-environment")
    shown = run("service", "install", "--print")
    assert "[Service]\nExecStart=" in shown.out
    assert (stand_in.asked, unit.exists()) == ([], False)


def test_a_failure_is_told_in_systemds_own_words(repo: Repo, run: Run, stand_in: StandIn) -> None:
    repo.tree()
    stand_in.write(fails="restart")
    told = run("service", "install")
    assert (told.code, told.err.count("\n")) == (1, 1)
    assert "'systemctl --user restart docwatch.service' failed: no bus" in told.err


def test_where_there_is_no_supervisor_it_says_what_to_do(
    repo: Repo, run: Run, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.write(fails="show-environment")
    assert "'docwatch start'" in run("service", "install").err
    problem = run("service", "status", "--json").json
    assert (problem["supervisor"], "no bus" in problem["problem"]) == (None, True)
    monkeypatch.setattr(supervisors.shutil, "which", lambda _: None)
    assert "container" in run("service", "install").err
    monkeypatch.setattr(sys, "platform", "win32")
    assert "WSL" in run("service", "install").err


def test_it_is_refused_to_root_without_trees_and_over_somebody_elses_unit(
    repo: Repo, run: Run, stand_in: StandIn, unit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "'docwatch init DIR'" in run("service", "install").err
    repo.tree()
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert "not of docwatch's making" in run("service", "install").err
    assert "not of docwatch's making" in run("service", "uninstall").err
    monkeypatch.setattr(at_login, "_is_root", lambda: True)
    assert "not run as root" in run("service", "install").err
    assert stand_in.asked == []


@pytest.mark.parametrize("version", [252, 255])
def test_systemd_itself_accepts_the_unit(version: int, stand_in: StandIn, tmp_path: Path) -> None:
    """An older one, which knows no longer and longer pauses, is not told of them."""
    stand_in.version = version
    stand_in.write()
    odd = tmp_path / 'a "place" 100% of $HOME'
    odd.mkdir()
    text = Systemd().text(("/bin/true", str(odd)), {"DOCWATCH_HOME": str(odd)})
    assert (b"RestartSteps" in text) == (version > 254)
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    written = tmp_path / "docwatch.service"
    written.write_bytes(text.replace(b"RestartSteps=6\nRestartMaxDelaySec=300\n", b""))
    done = subprocess.run(("systemd-analyze", "verify", written), capture_output=True, text=True, check=False)
    assert "docwatch.service" not in done.stderr


def test_launchd_is_told_the_same(
    repo: Repo, run: Run, stand_in: StandIn, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_login, "supervisor", Launchd)
    repo.tree()
    assert run("service", "install").code == 0
    agent = home / "Library" / "LaunchAgents" / "docwatch.plist"
    told = plistlib.loads(agent.read_bytes())
    assert (told["ProgramArguments"], told["KeepAlive"]) == (list(UP), {"SuccessfulExit": False})
    assert set(told["EnvironmentVariables"]) == {"PATH", "DOCWATCH_HOME"}
    domain = f"gui/{os.getuid()}"
    bootstrap = f"launchctl bootstrap {domain} {agent}"
    assert stand_in.asked == [
        f"launchctl bootout {domain}/docwatch",
        bootstrap,
    ]
    run("service", "uninstall")
    assert not agent.exists()


def test_what_the_unit_runs_watches_the_registered_trees_that_are_there(repo: Repo, tmp_path: Path, run: Run) -> None:
    """One that is away does not stop the others, and `docwatch stop` ends it without an error to restart it for."""
    repo.write("a.py")
    repo.tree()
    gone = Repo(tmp_path / "gone")
    gone.tree()
    shutil.rmtree(gone.root)
    with subprocess.Popen(UP, cwd="/") as process:
        try:
            until(lambda: repo.states() == {"a.py": "fresh"})
            assert f"process {process.pid}" in run("start").out
            assert run("stop").code == 0
            assert process.wait(20) == 0
        finally:
            process.kill()
