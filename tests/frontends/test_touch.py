"""`docwatch touch`: word is left as git's hooks leave it, and somebody takes it."""

from __future__ import annotations

import pytest

from docwatch import holder
from docwatch.hooks import spool, submitter
from docwatch.tree import Tree
from tests.conftest import Repo, until

from .conftest import Run

NAMES = ["a b.py", "new\nline.py", "tab\tand%20.py", "-é.py"]


def test_the_named_files_are_submitted_whatever_they_are_called(repo: Repo, run: Run) -> None:
    for name in NAMES:
        repo.write(name)
    repo.tree()
    told: list[tuple[Tree, list[bytes]]] = []
    with spool.announce(repo.tree().folder):  # as a watcher does
        done = run("touch", "--", *NAMES, str(repo.root / NAMES[0]))
        assert (done.code, done.out, done.err) == (0, "", "")
    taken = submitter.drain(repo.tree().folder, lambda tree, paths: told.append((tree, list(paths))), pytest.fail)
    assert taken == 1
    assert told == [(repo.tree(), [name.encode() for name in (*NAMES, NAMES[0])])]


def test_where_nobody_watches_a_process_of_its_own_submits_them(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    repo.commit()
    repo.document()
    repo.write("a.py", "x = 1\n")
    assert run("touch", "a.py").code == 0
    until(lambda: repo.states() == {"a.py": "queued"})
    until(lambda: not spool.is_claimed(f"{repo.tree().folder}/submitter"))
    assert spool.Spool(repo.tree().folder).is_empty()


def test_who_is_alive_is_told_from_who_was(repo: Repo, run: Run) -> None:
    folder = repo.tree().folder
    assert not spool.is_claimed(f"{folder}/watcher")
    with spool.announce(folder):
        assert spool.is_claimed(f"{folder}/watcher")
        pid, start = holder.this_process().rsplit(":", 2)[1:]
        with open(f"{folder}/watcher", "w") as file:
            file.write(f"{pid} {int(start) - 1}\n")
        assert not spool.is_claimed(f"{folder}/watcher"), "another process had its number"


def test_what_is_no_file_of_the_tree_is_refused(repo: Repo, run: Run) -> None:
    done = run("touch", "a.py")
    assert (done.code, "is not registered; run 'docwatch init' there" in done.err) == (1, True)
    repo.tree()
    for outside in ("../x.py", "/etc/passwd", "."):
        done = run("touch", outside)
        assert (done.code, "is no file inside" in done.err) == (1, True)
