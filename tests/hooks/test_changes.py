"""What changed since the last time, by git's own comparison of commits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from docwatch.errors import TransientError
from docwatch.hooks.changes import changed_since_last
from docwatch.hooks.spool import ANYTHING, Notice

from .conftest import Repo


@pytest.fixture
def repo(new_repo: Callable[[str], Repo]) -> Repo:
    made = new_repo("repo")
    made.folder.mkdir()
    return made


def changed(repo: Repo, *notices: Notice) -> list[bytes] | None:
    with changed_since_last(repo.tree, notices) as paths:
        return paths


def test_the_first_time_nothing_is_known(repo: Repo) -> None:
    assert changed(repo) is None
    assert changed(repo) == []


def test_added_changed_deleted_and_moved_paths_are_named(repo: Repo) -> None:
    repo.commit_file("gone", "x")
    repo.commit_file("moved", "a long enough text to be taken for the same\n")
    changed(repo)
    repo.commit_file("file", "other\n")
    repo.commit_file("new\nline", "x")
    repo.git("rm", "-q", "gone")
    repo.git("mv", "moved", "here")
    repo.git("commit", "-q", "-m", "x")
    assert changed(repo) == [b"file", b"gone", b"here", b"moved", b"new\nline"]


def test_changes_are_told_again_when_they_could_not_be_submitted(repo: Repo) -> None:
    changed(repo)
    repo.commit_file("a", "x")
    with contextlib.suppress(TransientError), changed_since_last(repo.tree) as paths:
        assert paths == [b"a"]
        raise TransientError("the store is busy")
    assert changed(repo) == [b"a"]
    assert changed(repo) == []


def test_a_commit_while_submitting_is_told_the_next_time(repo: Repo) -> None:
    changed(repo)
    with changed_since_last(repo.tree):
        repo.commit_file("a", "x")
    assert changed(repo) == [b"a"]


def test_a_checkout_of_files_leaves_head_and_so_tells_nothing(repo: Repo) -> None:
    changed(repo)
    assert changed(repo, Notice("post-checkout", "/", ("a", "a", "1"))) == []
    assert changed(repo, Notice("post-commit", "/"), Notice("post-checkout", "/", ("a", "a", "0"))) is None
    assert changed(repo, ANYTHING) is None


def test_an_unborn_branch_and_a_pruned_commit_tell_nothing(repo: Repo) -> None:
    changed(repo)
    repo.git("checkout", "-q", "--orphan", "fresh")
    assert changed(repo) is None
    repo.git("commit", "-q", "-m", "x")
    assert changed(repo) is None
    assert changed(repo) == []
    memory = next((repo.folder / "heads").iterdir())
    memory.write_text("0123456789012345678901234567890123456789\n")
    assert changed(repo) is None


def test_linked_work_trees_are_remembered_each_for_itself(repo: Repo) -> None:
    changed(repo)
    repo.git("worktree", "add", "-q", "-b", "linked", "../linked")
    linked = Repo(repo.root.parent / "linked")
    assert changed(linked) is None
    linked.commit_file("a", "x")
    assert changed(linked) == [b"a"]
    assert changed(repo) == []
