"""A real repository with our hooks in it, and something in place of the Python that they start."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

from docwatch import git
from docwatch import tree as trees
from docwatch.hooks import install
from docwatch.tree import Tree


class Repo:
    """A work tree to run git in; `folder` is where the spool is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def tree(self) -> Tree:
        return trees.find(str(self.root))

    @property
    def folder(self) -> Path:
        return Path(self.tree.folder)

    @property
    def hooks(self) -> Path:
        return Path(git.hooks_folder(str(self.root)))

    def git(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ("git", *arguments),
            cwd=self.root,
            env=os.environ | environment,
            capture_output=True,
            check=check,
            timeout=20,
        )

    def commit(self, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return self.git("commit", "--allow-empty", "-m", "message", check=False, **environment)

    def commit_file(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)
        self.git("add", "--", name)
        self.git("commit", "-q", "-m", name)

    def spool(self) -> list[str]:
        spool = self.folder / "spool"
        return spool.read_text().split("\n")[:-1] if spool.exists() else []

    def started(self) -> bool:
        """Whether a hook has started a process: it notes that before it ends, so this needs no waiting."""
        return (self.folder / "submitter").exists()


class Recorder:
    """Stands for Python: notes its pid, arguments and environment, then waits for `release` if it is to stay."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path, self.log, self.release = folder / "python", folder / "log", folder / "release"
        self._write("")

    def stay(self) -> None:
        os.mkfifo(self.release)
        self._write(f"read -r _ <{shlex.quote(str(self.release))}")

    def let_go(self) -> None:
        """End the processes that stay, those included that have not come so far as to wait."""
        waiting = os.open(self.release, os.O_RDWR)
        os.write(waiting, b"\n" * 100)
        self.release.unlink()
        os.close(waiting)

    def starts(self) -> list[list[str]]:
        """For each process that was started: its pid, then its arguments."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix("started ").split(" ") for line in lines if line.startswith("started ")]

    def _write(self, then: str) -> None:
        log = shlex.quote(str(self.log))
        self.path.write_text(f'#!/bin/sh\nenv >>{log}\necho "started $$ $*" >>{log}\n{then}\n')
        self.path.chmod(0o755)


@pytest.fixture(autouse=True)
def own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine cannot leak in by git's system configuration either, and a commit is the same each time."""
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    with (home / ".gitconfig").open("a") as settings:
        settings.write('[protocol "file"]\nallow = always\n[advice]\ndetachedHead = false\n')
    return home


@pytest.fixture(autouse=True)
def hooks_are_files(hooks_as_files: None) -> None:
    """Those in git's configuration have tests of their own."""


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[[str], Repo]:
    def make(name: str) -> Repo:
        root = tmp_path / name
        root.mkdir()
        repo = Repo(root)
        repo.git("init", "-q")
        repo.commit_file("file", "text\n")
        return repo

    return make


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(tmp_path / "recorder")
    yield made
    if made.release.exists():
        made.let_go()


@pytest.fixture
def repo(new_repo: Callable[[str], Repo], recorder: Recorder) -> Repo:
    """A registered work tree with our hooks, which start the recorder."""
    made = new_repo("repo")
    trees.register(made.tree)
    install.install(made.tree, python=str(recorder.path))
    return made
