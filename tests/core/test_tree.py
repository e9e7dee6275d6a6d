"""Work trees: found from anywhere inside them, and remembered so that a job can carry an id."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import pytest

from docwatch import tree
from docwatch.errors import UserError
from tests.conftest import Repo


def entry_of(found: tree.Tree, home: Path) -> Path:
    return home / "docwatch/trees" / f"{found.id}.json"


def test_a_tree_is_the_same_from_its_root_from_below_and_through_a_link(repo: Repo, tmp_path: Path) -> None:
    repo.write("a/b/c.py")
    (tmp_path / "link").symlink_to(repo.root)
    found = tree.find(str(repo.root))
    assert found == tree.find(str(repo.root / "a/b")) == tree.find(str(tmp_path / "link/a"))
    assert found.root == str(repo.root)
    assert found.folder == str(repo.root / ".git/docwatch")
    assert found.store_path == str(repo.root / ".git/docwatch/docs.db")
    assert found.id.isalnum()


def test_linked_work_trees_share_the_folder_but_not_the_id(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    one, other = tree.find(str(repo.root)), tree.find(str(tmp_path / "linked"))
    assert one.folder == other.folder
    assert one.id != other.id


def test_finding_writes_nothing_into_the_repository(repo: Repo) -> None:
    tree.find(str(repo.root))
    assert not (repo.root / ".git/docwatch").exists()


def test_a_folder_without_git_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a git repository; run 'git init' there, or 'docwatch init"):
        tree.find(str(tmp_path))


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder_is_refused_with_the_next_step(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is not a folder; name a folder"):
        tree.find(str(tmp_path / name))


def test_a_folder_without_git_is_found_from_below_once_it_is_registered(tmp_path: Path) -> None:
    (tmp_path / "plain/sub").mkdir(parents=True)
    plain = tree.find(str(tmp_path / "plain"), without_git=True)
    assert plain.git_dir is None
    with pytest.raises(UserError):
        tree.find(str(tmp_path / "plain/sub"))
    tree.register(plain)
    (tmp_path / "link").symlink_to("plain")
    assert tree.find(str(tmp_path / "plain/sub")) == tree.find(str(tmp_path / "link/sub")) == plain
    assert (tmp_path / "plain/.docwatch/.gitignore").read_text() == "*\n"
    tree.forget(plain)
    with pytest.raises(UserError):
        tree.find(str(tmp_path / "plain/sub"))


def test_a_repository_that_has_lost_its_git_folder_is_not_a_folder_without_git(repo: Repo, tmp_path: Path) -> None:
    repo.tree()
    (repo.root / ".git").rename(tmp_path / "lost")
    with pytest.raises(UserError, match="not a git repository"):
        tree.find(str(repo.root))


def test_a_registered_tree_is_known_by_its_id_until_it_is_forgotten(repo: Repo, home: Path) -> None:
    found = tree.find(str(repo.root))
    assert not tree.is_registered(found)
    tree.register(found)
    tree.register(found)
    assert tree.is_registered(found)
    assert tree.by_id(found.id) == found
    assert tree.registered() == [found]
    assert stat.S_IMODE(os.stat(found.folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(entry_of(found, home)).st_mode) == 0o600
    tree.forget(found)
    tree.forget(found)
    assert tree.registered() == []
    with pytest.raises(UserError, match="run 'docwatch init' in it"):
        tree.by_id(found.id)


def test_trees_are_listed_by_root_and_names_that_are_not_utf8_come_back(tmp_path: Path) -> None:
    names = ("b", "a", os.fsdecode(b"\xff"))
    trees = [Repo(tmp_path / name).tree() for name in names]
    assert [found.root for found in tree.registered()] == sorted(found.root for found in trees)


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "a/b", "", "a.b", "nul\0"])
def test_an_id_that_is_none_never_becomes_a_path(identifier: str) -> None:
    with pytest.raises(UserError, match="is not the id of a work tree"):
        tree.by_id(identifier)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'{"schema": 1}', b"\xff\xfe", b'{"id": "x"}'])
def test_a_damaged_entry_is_one_clear_error_and_does_not_hide_the_others(
    content: bytes, tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = Repo(tmp_path / "good").tree(), Repo(tmp_path / "bad").tree()
    entry_of(bad, home).write_bytes(content)
    with pytest.raises(UserError, match="is damaged; remove it and run 'docwatch init'"):
        tree.by_id(bad.id)
    with caplog.at_level(logging.WARNING, "docwatch"):
        assert tree.registered() == [good]
    assert str(entry_of(bad, home)) in caplog.text
    tree.register(bad)
    assert tree.by_id(bad.id) == bad


def test_what_else_lies_among_the_entries_is_let_be(repo: Repo, home: Path) -> None:
    found = repo.tree()
    (home / "docwatch/trees/tmpabc").write_text("half of")
    (home / "docwatch/trees/a b.json").write_text("{")
    assert tree.registered() == [found]


def test_an_entry_of_a_later_version_with_more_in_it_is_read(repo: Repo, home: Path) -> None:
    found = repo.tree()
    entry = entry_of(found, home)
    entry.write_text(entry.read_text().replace("{", '{"colour": "blue", ', 1))
    assert tree.by_id(found.id) == found


def test_a_planted_link_is_not_written_through(tmp_path: Path) -> None:
    """An unpacked archive may hold .docwatch as a link into somebody's home."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "victim").mkdir()
    (tmp_path / "plain/.docwatch").symlink_to(tmp_path / "victim")
    with pytest.raises(UserError, match=r"is a symbolic link, .* remove it"):
        tree.register(tree.find(str(tmp_path / "plain"), without_git=True))
    assert os.listdir(tmp_path / "victim") == []


def test_a_folder_that_cannot_be_made_says_what_to_do(repo: Repo) -> None:
    (repo.root / ".git/docwatch").write_text("a file in the way")
    with pytest.raises(UserError, match="make it writable for you"):
        tree.register(tree.find(str(repo.root)))
