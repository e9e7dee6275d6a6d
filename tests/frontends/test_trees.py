"""`init`, `forget` and `hooks`: what docwatch knows of, and leaving no trace."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from docwatch import tree
from docwatch.hooks.hook_status import NAMES
from docwatch.watcher import presence
from tests.conftest import Repo
from tests.frontends.conftest import Run


def test_init_registers_and_installs_hooks_and_is_repeatable(repo: Repo, run: Run) -> None:
    for _ in range(2):
        assert run("init").code == 0
    assert [found.root for found in tree.registered()] == [str(repo.root)]
    assert all((repo.root / ".git/hooks" / name).exists() for name in NAMES)
    assert repo.git("status", "--porcelain") == ""


def test_init_can_leave_hooks_alone(repo: Repo, run: Run) -> None:
    run("init", "--no-hooks")
    assert not (repo.root / ".git/hooks/post-commit").exists()


def test_a_folder_without_git_is_documented_once_it_was_asked_for(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "plain"
    (plain / "deep").mkdir(parents=True)
    (plain / "a.py").write_text("def f(): pass\n")
    monkeypatch.chdir(plain / "deep")
    refused = run("scan")
    assert (refused.code, "docwatch init" in refused.err) == (1, True)
    assert run("init", "..").code == 0
    assert run("scan", "--dry-run", "--json").json["admitted"] == 1
    assert (plain / ".docwatch/.gitignore").read_text() == "*\n"


def test_forget_takes_hooks_and_rows_and_keeps_documents(repo: Repo, run: Run) -> None:
    run("init")
    repo.write("a.py")
    repo.document()
    done = run("forget")
    assert "documents are kept" in done.out
    assert tree.registered() == []
    assert not (repo.root / ".git/hooks/post-commit").exists()
    scanned = repo.scan()
    assert (scanned.fresh, scanned.submitted) == (1, 0)  # linked to the document that was kept


def test_forget_with_delete_leaves_nothing(repo: Repo, run: Run) -> None:
    run("init")
    repo.write("a.py")
    repo.document()
    assert run("forget", "--delete").code == 0
    assert not (repo.root / ".git/docwatch").exists()


def test_forgetting_one_linked_work_tree_leaves_the_others_documents_and_hooks(
    repo: Repo, run: Run, tmp_path: Path
) -> None:
    repo.write("a.py")
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    run("init")
    run("init", str(tmp_path / "linked"))
    repo.document()
    assert "kept for" in run("forget", str(tmp_path / "linked"), "--delete").out
    assert repo.states() == {"a.py": "fresh"}
    assert (repo.root / ".git/hooks/post-commit").exists()


def test_what_is_watched_is_not_forgotten(repo: Repo, run: Run) -> None:
    run("init")
    with presence.announced(repo.tree()):
        done = run("forget")
    assert (done.code, "stop it first" in done.err) == (1, True)


def test_forgetting_what_is_not_registered_says_so(repo: Repo, run: Run) -> None:
    done = run("forget")
    assert (done.code, "is not registered" in done.err) == (1, True)


def test_hooks_of_others_come_back_byte_for_byte(repo: Repo, run: Run) -> None:
    theirs = repo.root / ".git/hooks/post-commit"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_bytes(b"#!/bin/sh\necho theirs\n")
    theirs.chmod(0o751)
    installed = run("hooks", "install").out
    assert "post-commit" in installed
    states = {hook["name"]: hook["state"] for hook in run("hooks", "status", "--json").json["hooks"]}
    assert states == dict.fromkeys(NAMES, "installed")
    run("hooks", "uninstall")
    assert theirs.read_bytes() == b"#!/bin/sh\necho theirs\n"
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o751
