"""From notices to submit: each tree once, none forgotten when the process ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from docwatch import tree as trees
from docwatch.errors import TransientError
from docwatch.hooks import submitter
from docwatch.hooks.spool import Spool
from docwatch.opened import OpenTree
from docwatch.tree import Tree

from .conftest import Repo


class Submitted:
    """Stands for jobs.submit and for the comparison of a whole tree."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, list[bytes]]] = []
        self.then: Callable[[], None] = lambda: None

    def submit(self, tree: Tree, paths: Iterable[bytes]) -> None:
        self.calls.append((Path(tree.root).name, "commit", list(paths)))
        self.then()

    def compare(self, tree: Tree) -> None:
        self.calls.append((Path(tree.root).name, "compare", []))
        self.then()


@pytest.fixture
def submitted() -> Submitted:
    return Submitted()


@pytest.fixture
def repo(new_repo: Callable[[str], Repo]) -> Repo:
    made = new_repo("repo")
    trees.register(made.tree)
    return made


def notice(repo: Repo, root: Path | str | None = None, hook: str = "post-commit ") -> None:
    with open(repo.folder / "spool", "a") as file:
        file.write(f"{hook}\t{repo.root if root is None else root}\n")


def test_many_commits_are_submitted_once(repo: Repo, submitted: Submitted) -> None:
    notice(repo)
    assert submitter.drain(str(repo.folder), submitted.submit, submitted.compare) == 1
    for name in ("a", "b", "c"):
        repo.commit_file(name, "x")
        notice(repo)
    assert submitter.drain(str(repo.folder), submitted.submit, submitted.compare) == 3
    assert submitter.drain(str(repo.folder), submitted.submit, submitted.compare) == 0
    assert submitted.calls == [("repo", "compare", []), ("repo", "commit", [b"a", b"b", b"c"])]


def test_a_checkout_that_nobody_watches_is_looked_at_beyond_the_two_commits(repo: Repo, submitted: Submitted) -> None:
    notice(repo)
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    for watched in (True, False):
        notice(repo, hook="post-checkout a b 1")
        submitter.drain(str(repo.folder), submitted.submit, submitted.compare, watched=watched)
    assert submitted.calls == [("repo", "compare", [])] * 2


def test_a_commit_without_changes_submits_nothing(repo: Repo, submitted: Submitted) -> None:
    notice(repo)
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    repo.commit()
    notice(repo)
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    assert len(submitted.calls) == 1


def test_only_registered_trees_of_this_repository_are_submitted(
    repo: Repo, new_repo: Callable[[str], Repo], submitted: Submitted, tmp_path: Path
) -> None:
    other = new_repo("other")
    trees.register(other.tree)
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    for root in (other.root, tmp_path / "linked", "/", "/nowhere", f"{repo.root}/../other"):
        notice(repo, root)
    assert submitter.drain(str(repo.folder), submitted.submit, submitted.compare) == 5
    assert submitted.calls == []
    trees.register(Repo(tmp_path / "linked").tree)
    notice(repo, f"{tmp_path}/../{tmp_path.name}/linked")
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    assert [name for name, *_ in submitted.calls] == ["linked"]


def test_a_notice_without_a_root_concerns_every_tree(repo: Repo, submitted: Submitted, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    trees.register(Repo(tmp_path / "linked").tree)
    notice(repo, "")
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    assert [name for name, *_ in submitted.calls] == ["linked", "repo"]


def test_a_tree_that_fails_stops_no_other_and_is_told_again(
    repo: Repo, submitted: Submitted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    trees.register(Repo(tmp_path / "linked").tree)

    def fail_once() -> None:
        submitted.then = lambda: None
        raise TransientError("the store is busy")

    submitted.then = fail_once
    notice(repo, "")
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    assert [name for name, *_ in submitted.calls] == ["linked", "repo"]
    assert "the store is busy; run 'docwatch scan'" in caplog.text
    notice(repo, "")
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    assert [name for name, *_ in submitted.calls] == ["linked", "repo", "linked"]


def test_a_tree_that_is_gone_is_logged(
    repo: Repo, submitted: Submitted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    trees.register(Repo(tmp_path / "linked").tree)
    repo.git("worktree", "remove", str(tmp_path / "linked"))
    notice(repo, "")

    def compare(tree: Tree) -> None:
        with OpenTree(tree):
            submitted.compare(tree)

    submitter.drain(str(repo.folder), submitted.submit, compare)
    assert [name for name, *_ in submitted.calls] == ["repo"]
    assert str(tmp_path / "linked") in caplog.text


def test_a_process_takes_what_was_written_while_it_worked_and_leaves_no_name(repo: Repo, submitted: Submitted) -> None:
    names: list[bool] = []

    def commit_again() -> None:
        names.append((repo.folder / "submitter").exists())
        if len(names) == 1:
            repo.commit_file("later", "x")
            notice(repo)

    submitted.then = commit_again
    notice(repo)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert submitted.calls == [("repo", "compare", []), ("repo", "commit", [b"later"])]
    assert names == [True, True]
    assert not (repo.folder / "submitter").exists()


def test_commits_in_a_row_are_waited_for_but_not_for_ever(
    repo: Repo, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice(repo)
    submitter.drain(str(repo.folder), submitted.submit, submitted.compare)
    submitted.calls.clear()
    written, looks = Spool.written, 0

    def and_another(spool: Spool) -> int:
        nonlocal looks
        looks += 1
        found = written(spool)
        if looks <= 3:
            repo.commit_file(f"f{looks}", "x")
            notice(repo)
        return found

    monkeypatch.setattr(submitter, "QUIET_SECONDS", 0.01)  # longer than a file system's clock stands still
    monkeypatch.setattr(Spool, "written", and_another)
    notice(repo)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert submitted.calls == [("repo", "commit", [b"f1", b"f2", b"f3"])]
    assert looks == 5

    looks = 10
    monkeypatch.setattr(submitter, "QUIET_WAIT_SECONDS", 0.0)
    notice(repo)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert looks == 11


def test_a_line_written_just_before_the_name_is_taken_away_is_not_left_lying(
    repo: Repo, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook has seen a live process and starts none: that process has to look once more."""
    drain = submitter.drain
    drains: list[int] = []

    def drain_then_line(*arguments: Any, **options: Any) -> int:
        drains.append(drain(*arguments, **options))
        if len(drains) == 1:
            notice(repo)
        return drains[-1]

    monkeypatch.setattr(submitter, "drain", drain_then_line)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert drains == [0, 1]


def test_a_rebase_is_submitted_when_it_has_ended(
    repo: Repo, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = repo.root / ".git" / "rebase-merge"
    state.mkdir()
    notice(repo)
    waits: list[int] = []

    def rebase_ends(_seconds: float) -> None:
        waits.append(len(submitted.calls))
        if len(waits) == 4:  # the first is for quiet
            state.rmdir()

    monkeypatch.setattr(submitter.time, "sleep", rebase_ends)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert waits == [0, 0, 0, 0]
    assert len(submitted.calls) == 1


def test_a_rebase_that_stopped_for_its_user_is_not_waited_for_for_ever(
    repo: Repo, submitted: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.root / ".git" / "rebase-apply").mkdir()
    notice(repo)
    monkeypatch.setattr(submitter, "REBASE_WAIT_SECONDS", 0.0)
    submitter.run(str(repo.folder), submitted.submit, submitted.compare)
    assert len(submitted.calls) == 1
