"""Who starts docwatch when its user logs in: systemd's user manager or launchd; what it is told, how it is asked."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from docwatch import config
from docwatch.errors import UserError

NAME = "docwatch"
BACKS_OFF = 254  # systemd from this version on waits longer after each failure
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class State:
    """Whether the supervisor will start it, and has; `pid` while it runs."""

    enabled: bool
    pid: int | None


class Supervisor(Protocol):
    """`path` is the file it is told by. Its methods raise UserError, with the command's own words, if that fails."""

    name: str
    path: str

    def text(self, command: Sequence[str], environment: Mapping[str, str]) -> bytes: ...

    def start(self) -> None:
        """Take the file as it is now, run what it says, and do so at each login."""

    def stop(self) -> None:
        """End it and never start it again."""

    def forget(self) -> None:
        """The file is gone."""

    def state(self) -> State: ...


class Systemd:
    """A unit of systemd's user manager."""

    name = "systemd"

    def __init__(self) -> None:
        from platformdirs import user_config_path

        self.path = os.path.join(user_config_path(), "systemd", "user", f"{NAME}.service")

    def text(self, command: Sequence[str], environment: Mapping[str, str]) -> bytes:
        found = re.search(r"systemd (\d+)", _output(("systemctl", "--version")))
        lines = (
            "[Unit]",
            "Description=docwatch: keeps a document for every source file of your work trees",
            "StartLimitIntervalSec=0",
            "",
            "[Service]",
            "ExecStart=" + " ".join(_quoted(word).replace("$", "$$") for word in command),
            *(f"Environment={_quoted(f'{name}={value}')}" for name, value in environment.items()),
            "WorkingDirectory=/",
            "Restart=on-failure",
            "RestartSec=5",
            *(("RestartSteps=6", "RestartMaxDelaySec=300") if found and int(found[1]) >= BACKS_OFF else ()),
            "KillMode=mixed",  # it ends its own children; what is left after that is killed
            "TimeoutStopSec=30",
            "NoNewPrivileges=yes",
            "UMask=0077",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        )
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    def start(self) -> None:
        self._ask("daemon-reload")
        self._ask("enable", "--quiet", f"{NAME}.service")
        self._ask("restart", f"{NAME}.service")

    def stop(self) -> None:
        self._ask("disable", "--now", "--quiet", f"{NAME}.service")

    def forget(self) -> None:
        self._ask("daemon-reload")

    def state(self) -> State:
        told = _output(("systemctl", "--user", "show", f"{NAME}.service", "--property=UnitFileState,MainPID"))
        said = dict(line.partition("=")[::2] for line in told.splitlines())
        return State(said.get("UnitFileState") == "enabled", int(said.get("MainPID") or 0) or None)

    def _ask(self, *words: str) -> None:
        _run(("systemctl", "--user", *words))


class Launchd:
    """A launch agent of macOS."""

    name = "launchd"

    def __init__(self) -> None:
        self.path = os.path.expanduser(f"~/Library/LaunchAgents/{NAME}.plist")
        self._domain = f"gui/{os.getuid()}"

    def text(self, command: Sequence[str], environment: Mapping[str, str]) -> bytes:
        return plistlib.dumps(
            {
                "Label": NAME,
                "ProgramArguments": list(command),
                "EnvironmentVariables": dict(environment),
                "WorkingDirectory": "/",
                "RunAtLoad": True,
                "KeepAlive": {"SuccessfulExit": False},
                "ThrottleInterval": 30,  # launchd knows no longer and longer pauses
                "ExitTimeOut": 30,
                "ProcessType": "Background",
                "Umask": 0o077,
            }
        )

    def start(self) -> None:
        if self.state().enabled:
            _run(("launchctl", "bootout", f"{self._domain}/{NAME}"))
        _run(("launchctl", "bootstrap", self._domain, self.path))

    def stop(self) -> None:
        if self.state().enabled:
            _run(("launchctl", "bootout", f"{self._domain}/{NAME}"))

    def forget(self) -> None:
        """It has been told by `bootout`."""

    def state(self) -> State:
        told = _output(("launchctl", "print", f"{self._domain}/{NAME}"))  # fails where it does not know the name
        pid = re.search(r"^\s*pid = (\d+)", told, re.MULTILINE)
        return State(bool(told), int(pid[1]) if pid else None)


def usual() -> Supervisor:
    """The one of this kind of machine, whether or not it is there."""
    if sys.platform == "win32":
        raise UserError("Windows has no supervisor that docwatch knows: run it in WSL 2")
    return Launchd() if sys.platform == "darwin" else Systemd()


def supervisor() -> Supervisor:
    """The same, if it answers. Raises UserError, with what to do instead, where there is none."""
    found = usual()
    if found.name == "systemd":
        if shutil.which("systemctl") is None:
            raise UserError(
                "there is no systemd here: let what starts this machine or container run 'docwatch up', "
                "or run 'docwatch start' yourself"
            )
        done = _quietly(("systemctl", "--user", "show-environment"))
        if done.returncode:
            raise UserError(
                f"systemd does not answer for you ({_last_line(done.stderr)}): log in to a session of your own, "
                "or run 'docwatch start' yourself"
            )
    return found


def _quoted(word: str) -> str:
    """The word as systemd reads it back: in quotes, without its specifiers."""
    escapes = {"\\": "\\\\", '"': '\\"', "%": "%%", "\n": "\\n"}
    return '"' + "".join(escapes.get(character, character) for character in word) + '"'


def _run(command: tuple[str, ...]) -> None:
    done = _quietly(command)
    if done.returncode:
        said = _last_line(done.stderr) or f"exit code {done.returncode}"
        raise UserError(f"'{' '.join(command)}' failed: {said}; put that right and try again")


def _output(command: tuple[str, ...]) -> str:
    """What it says; empty where it fails."""
    done = _quietly(command)
    return "" if done.returncode else done.stdout.decode(errors="replace")


def _quietly(command: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            env=config.child_environment(),
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, b"", str(error).encode())


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
