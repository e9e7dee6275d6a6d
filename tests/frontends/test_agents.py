"""`docwatch agents`: the lines for coding agents go in once, and come out without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Repo

from .conftest import Run

CONTENTS = [
    b"",
    b"\n",
    b"# Ours",
    b"# Ours\n",
    b"a\r\nb\r\n",
    b"a\r\nb",
    b"a\r",
    b"a\n\r\n",
    b"\xff\xfe\n",
    b"<!-- other -->\n\n\n",
]


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_is_afterwards_as_it_was_byte_for_byte(content: bytes, repo: Repo, run: Run) -> None:
    path = repo.root / "CLAUDE.md"
    path.write_bytes(content)
    path.chmod(0o600)
    assert run("agents", "install").out == "CLAUDE.md: written\n"
    once = path.read_bytes()
    assert once.startswith(content)
    assert b"docwatch search WORDS" in once
    assert run("agents", "install").out == "CLAUDE.md: nothing to do\n"
    assert path.read_bytes() == once
    path.write_bytes(once + b"written below since\n")
    assert run("agents", "uninstall").out == "CLAUDE.md: written\n"
    assert path.read_bytes() == content + b"written below since\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_file_one_is_made_and_removed(repo: Repo, run: Run) -> None:
    assert run("agents", "install").out == "AGENTS.md: written\n"
    assert run("agents", "uninstall").out == "AGENTS.md: removed\n"
    assert not (repo.root / "AGENTS.md").exists()
    run("agents", "install")
    with (repo.root / "AGENTS.md").open("a") as file:
        file.write("mine\n")
    run("agents", "uninstall")
    assert (repo.root / "AGENTS.md").read_text() == "mine\n"


def test_lines_of_another_version_are_replaced_where_they_stand(repo: Repo, run: Run) -> None:
    path = repo.root / "AGENTS.md"
    path.write_text("above\n")
    run("agents", "install")
    now = path.read_text() + "below\n"
    path.write_text(now.replace("Find things", "Former words"))
    run("agents", "install")
    assert path.read_text() == now


def test_a_link_is_never_followed(repo: Repo, home: Path, run: Run) -> None:
    victim = home / "victim.md"
    victim.write_text("theirs\n")
    (repo.root / "CLAUDE.md").symlink_to(victim)
    done = run("agents", "install")
    assert (done.out, done.err) == ("AGENTS.md: written\n", "docwatch: CLAUDE.md is a symbolic link and left alone\n")
    done = run("agents", "install", "CLAUDE.md")
    assert done.code == 1
    assert "CLAUDE.md cannot be used (a symbolic link)" in done.err
    assert victim.read_text() == "theirs\n"


def test_marks_that_somebody_has_spoiled_are_left_to_them(repo: Repo, run: Run) -> None:
    path = repo.root / "AGENTS.md"
    run("agents", "install")
    written = path.read_text()
    for spoiled in (written.replace("docwatch: end", "end"), written * 2, written.replace("docwatch: begin", "begin")):
        path.write_text(spoiled)
        for command in ("install", "uninstall"):
            done = run("agents", command)
            assert done.code == 1
            assert "take its lines out by hand" in done.err
        assert path.read_text() == spoiled
