"""Hooks in git's configuration: with a git that has them where there is one, else with one that says so of itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docwatch import git
from docwatch.hooks import configured, install
from docwatch.hooks.hook_status import NAMES
from docwatch.hooks.spool import announce

from .conftest import Repo
from .test_install import picture, write

HAS_THEM = git.version() >= configured.SINCE
real = pytest.mark.skipif(not HAS_THEM, reason="this git runs no hooks from its configuration (2.54 does)")


@pytest.fixture
def repo(new_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    """A work tree without our hooks. They would find a watcher, so that what they write stays in the spool."""
    monkeypatch.setattr(configured, "is_possible", lambda: True)
    made = new_repo("repo")
    made.folder.mkdir()
    with announce(str(made.folder)):
        yield made


def states(repo: Repo) -> set[str]:
    return {hook.state for hook in install.status(repo.tree)}


def run_as_git_does(repo: Repo, name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git's run-command makes of a configured hook: a shell, and the arguments behind the command."""
    command = repo.git("config", f"hook.docwatch-{name}.command").stdout.decode().removesuffix("\n")
    line = f'{command} "$@"' if arguments else command
    return subprocess.run(("sh", "-c", line, command, *arguments), cwd=repo.root, capture_output=True, check=False)


def test_nothing_in_the_hooks_folder_is_touched_and_all_of_ours_goes_again(repo: Repo) -> None:
    write(repo.hooks / "post-commit", b"#!/bin/sh\nexit 0\n", 0o700)
    hooks, config = picture(repo.hooks), (repo.root / ".git/config").read_bytes()
    for _ in range(2):
        assert {hook.state for hook in install.install(repo.tree)} == {"installed"}
    assert picture(repo.hooks) == hooks
    assert repo.git("config", "--get-all", "hook.docwatch-post-merge.event").stdout == b"post-merge\n"
    install.uninstall(repo.tree)
    assert (repo.root / ".git/config").read_bytes() == config
    assert picture(repo.hooks) == hooks
    assert os.listdir(repo.folder / "hooks") == []
    assert states(repo) == {"foreign", "missing"}


def test_files_of_an_earlier_install_make_place_for_them_and_come_back_for_an_older_git(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo.hooks / "post-commit", b"#!/bin/sh\nexit 0\n", 0o700)
    before = picture(repo.hooks)
    with monkeypatch.context() as older:
        older.setattr(configured, "is_possible", lambda: False)
        install.install(repo.tree)
        assert picture(repo.hooks) != before
    install.install(repo.tree)
    assert picture(repo.hooks) == before
    monkeypatch.setattr(configured, "is_possible", lambda: False)
    found = install.status(repo.tree)
    assert {hook.state for hook in found} == {"silenced"}
    assert found[0].reason.endswith("from 2.54 on; run 'docwatch hooks install'")
    install.install(repo.tree)
    assert states(repo) == {"installed"}
    assert repo.git("config", "--get-regexp", "^hook", check=False).stdout == b""


@pytest.mark.parametrize("name", NAMES)
def test_each_leaves_its_line_with_its_arguments(repo: Repo, name: str) -> None:
    install.install(repo.tree)
    done = run_as_git_does(repo, name, "a", "b c")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert repo.spool() == [f"{name} a b c\t{repo.root}"]


def test_a_repository_that_was_moved_hears_nothing_of_them_until_they_are_installed_again(
    repo: Repo, tmp_path: Path
) -> None:
    install.install(repo.tree)
    repo.root.rename(tmp_path / "moved 'repo'")
    moved = Repo(tmp_path / "moved 'repo'")
    done = run_as_git_does(moved, "post-checkout", "a", "b", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert states(moved) == {"outdated"}
    install.install(moved.tree)
    assert states(moved) == {"installed"}
    run_as_git_does(moved, "post-commit")
    assert len(moved.spool()) == 1


@pytest.mark.parametrize("key", ["hook.post-commit.enabled", "hook.docwatch-post-commit.enabled"])
def test_what_is_switched_off_is_said_with_the_way_back(repo: Repo, key: str) -> None:
    install.install(repo.tree)
    repo.git("config", key, "no")
    found = next(hook for hook in install.status(repo.tree) if hook.name == "post-commit")
    assert (found.state, found.reason) == ("silenced", f"{key} is false; run 'git config --unset {key}'")


def test_a_script_that_is_gone_or_of_another_interpreter_is_outdated(repo: Repo) -> None:
    install.install(repo.tree, python="/nowhere/python")
    assert {hook.reason for hook in install.status(repo.tree)} == {
        "it starts /nowhere/python, which is gone; run 'docwatch hooks install'"
    }
    install.install(repo.tree)
    (repo.folder / "hooks/post-merge").unlink()
    gone = next(hook for hook in install.status(repo.tree) if hook.name == "post-merge")
    assert gone.state == "outdated"
    assert "is gone; run" in gone.reason


@real
def test_git_runs_them_beside_a_hook_of_the_users_and_in_spite_of_husky(repo: Repo) -> None:
    write(repo.root / ".husky/_/post-commit", b"#!/bin/sh\necho users\n")
    repo.git("config", "core.hooksPath", ".husky/_")
    install.install(repo.tree)
    done = repo.commit()
    assert done.returncode == 0
    assert b"users" in done.stdout + done.stderr
    assert [line.split("\t")[0].strip() for line in repo.spool()] == ["post-commit"]
    shutil.rmtree(repo.folder)
    silent = repo.commit()
    assert (silent.returncode, silent.stderr) == (0, done.stderr)


@real
def test_a_linked_work_tree_has_them_too(repo: Repo, tmp_path: Path) -> None:
    install.install(repo.tree, python=sys.executable)
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.commit()
    assert repo.spool()[-1].endswith(f"\t{linked.root}")
