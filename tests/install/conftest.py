"""A bare machine: a copy of the checkout, an empty home, and a PATH with nothing but the tools a test puts there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PACKAGES = ("core", "documenters", "jobs", "watcher", "hooks", "frontends")
PARTS = (*PACKAGES, "pyproject.toml", "README.md", "LICENSE", "install.sh", "requirements.lock")
TOOLS = (
    "cat",
    "cksum",
    "cp",
    "dirname",
    "find",
    "grep",
    "id",
    "ln",
    "mkdir",
    "readlink",
    "rm",
    "rmdir",
    "sed",
    "sleep",
)
PYTHON = os.path.realpath(sys.executable)

# Says what it was called with, in place of the real program: what is tested here is how it is reached.
STAND_IN = """
import os, sys
def main():
    if sys.argv[1:] == ["stop"]:
        open(os.path.expanduser("~/stopped"), "w").close()
    print(os.getcwd(), *sys.argv[1:], sep="|")
if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """`checkout` and `home` have a space in their names; `tools` is the whole PATH."""

    checkout: Path
    home: Path
    tools: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Path:
        return self.home / ".local/share/docwatch/venv"

    @property
    def program(self) -> Path:
        return self.home / ".local/bin/docwatch"

    def tool(self, name: str, script: str) -> None:
        """Puts a program on PATH that runs the lines of `script`, in place of one that is there."""
        (self.tools / name).unlink(missing_ok=True)
        (self.tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.tools / name).chmod(0o755)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Starts install.sh from the machine's home."""
        return subprocess.Popen(
            ["/bin/sh", str(self.checkout / "install.sh"), *arguments],
            env={"HOME": str(self.home), "PATH": str(self.tools), **self.variables, **variables},
            cwd=self.home,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs install.sh to its end."""
        process = self.start(*arguments, **variables)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


def package_settings() -> dict[str, str]:
    """What this machine says about package indexes and caches; only the home is to be bare."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}
    for name, default in (
        ("PIP_CONFIG_FILE", "~/.config/pip/pip.conf"),
        ("UV_CONFIG_FILE", "~/.config/uv/uv.toml"),
        ("PIP_CACHE_DIR", "~/.cache/pip"),
        ("UV_CACHE_DIR", "~/.cache/uv"),
    ):
        if (path := Path(default).expanduser()).exists():
            settings.setdefault(name, str(path))
    return settings


def make_machine(folder: Path) -> Machine:
    machine = Machine(folder / "check out", folder / "ho me", folder / "tools", package_settings())
    for path in (machine.checkout, machine.home, machine.tools):
        path.mkdir()
    for part in PARTS:
        source = CHECKOUT / part
        copy: Callable[..., object] = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, machine.checkout / part)
    (machine.checkout / "core/__main__.py").write_text(STAND_IN)
    for name in (*TOOLS, "sort", "git"):
        machine.tool(name, f'exec "{shutil.which(name)}" "$@"')
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine with git and without Python."""
    return make_machine(tmp_path)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine where `install.sh` has been run once; tests may break it only in ways the next run mends."""
    machine = make_machine(tmp_path_factory.mktemp("installed"))
    machine.tool("python3.13", "exit 127")  # the shim of a version manager for a Python that is not installed
    machine.tool("python3", f'exec "{PYTHON}" "$@"')
    if uv := shutil.which("uv"):
        machine.tool("uv", f'exec "{uv}" "$@"')
    # Nothing of what it brings is run, but for a program that stands in.
    done = machine.run(PIP_NO_COMPILE="1", UV_COMPILE_BYTECODE="0")
    assert done.returncode == 0, done.stderr + (machine.environment.parent / "venv.log").read_text()
    assert done.stdout == ""
    assert f"installed {machine.program}" in done.stderr
    assert "install.sh --uninstall" in done.stderr
    return machine
