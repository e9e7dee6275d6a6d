"""What git knows of revisions, as it is, whatever they are called."""

from __future__ import annotations

import os

import pytest

from docwatch import revisions, tree
from docwatch.blobs import Blobs
from docwatch.errors import UserError
from docwatch.revisions import Blob, Change
from tests.conftest import Repo


@pytest.fixture
def root(repo: Repo) -> str:
    return str(repo.root)


@pytest.mark.parametrize(
    "revision", ["", "-x", "--output=x", "nothing", "HEAD:", "HEAD:a.py", "a\0b", "\ud800", "HEAD^@", "^HEAD", "a b\n"]
)
def test_what_is_no_commit_is_an_error_of_one_line_and_nothing_else(
    repo: Repo, root: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py")
    repo.commit()
    monkeypatch.chdir(repo.root)
    before = sorted(os.listdir(repo.root))
    with pytest.raises(UserError, match=r"(?s)no revision.*; (see|name) "):
        revisions.commit_of(root, revision)
    assert sorted(os.listdir(repo.root)) == before


def test_a_name_that_could_be_several_is_not_guessed(repo: Repo, root: str) -> None:
    first = repo.commit()
    second = repo.commit()
    repo.git("tag", "v1", first)
    repo.git("branch", "v1")
    with pytest.raises(UserError, match="say refs/heads/v1 or refs/tags/v1"):
        revisions.commit_of(root, "v1")
    assert revisions.commit_of(root, "refs/tags/v1") == first
    assert revisions.commit_of(root, second[:12]) == second


def test_a_range_is_of_two_commits_of_their_parting_or_of_the_work_tree(repo: Repo, root: str) -> None:
    base = repo.commit("base")
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit("side")
    repo.git("checkout", "-q", "main")
    main = repo.commit("main")
    assert revisions.range_of(root, "side..main")[:2] == (side, main)
    assert revisions.range_of(root, "side...main")[:2] == (base, main)
    assert revisions.range_of(root, "side..")[:2] == (side, main)
    assert revisions.range_of(root, "..side")[:2] == (main, side)
    assert revisions.range_of(root, "side") == (side, None, ("side", "the work tree"))
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit("alone")
    with pytest.raises(UserError, match="no commit in common"):
        revisions.range_of(root, "main...alone")


def test_changes_are_files_with_their_renames_and_no_links_or_submodules(repo: Repo, root: str) -> None:
    odd = b"new\nline \xff\t.py"
    repo.write("kept.py", "a = 1\n" * 20)
    repo.write("gone.py")
    repo.write("becomes_link.py")
    old = repo.commit()
    oid = {name: repo.oid(name) for name in ("kept.py", "gone.py", "becomes_link.py")}
    repo.git("mv", "kept.py", "moved.py")
    repo.git("rm", "-q", "gone.py", "becomes_link.py")
    os.symlink("moved.py", repo.root / "becomes_link.py")
    os.symlink("moved.py", repo.root / "link.py")
    repo.write(odd, "b = 2\n")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{old},module")
    repo.git("add", "-A", ":!module")
    repo.git("commit", "-q", "-m", "all")
    new = revisions.commit_of(root, "HEAD")
    found = dict.fromkeys(revisions.changes(root, old, new))
    assert list(found) == [
        Change(Blob(b"becomes_link.py", oid["becomes_link.py"]), None),
        Change(Blob(b"gone.py", oid["gone.py"]), None),
        Change(Blob(b"kept.py", oid["kept.py"]), Blob(b"moved.py", oid["kept.py"])),
        Change(None, Blob(odd, repo.oid(os.fsdecode(odd)))),
    ]
    assert set(revisions.files(root, new)) == {b"moved.py", odd}
    assert revisions.changes(root, old, new, [b"gone.py"]) == [Change(Blob(b"gone.py", oid["gone.py"]), None)]
    assert revisions.changes(root, old, new, [b":(glob)*"]) == []


def test_the_commits_of_a_file_go_on_through_its_renames(repo: Repo, root: str) -> None:
    repo.write("a.py", "a = 1\n" * 20)
    first = repo.commit("first\x01 \x1b[31m")
    repo.write("other.py")
    repo.commit("other")
    repo.git("mv", "a.py", "b.py")
    second = repo.commit("moved")
    found = list(revisions.commits_of(root, b"b.py", 10))
    assert [commit.oid for commit in found] == [second, first]
    assert [change and change.path for change in found[0].change] == [b"a.py", b"b.py"]
    assert (found[1].author, found[1].change.before) == ("Ada", None)
    assert list(revisions.commits_of(root, b"b.py", 1)) == found[:1]
    assert [*revisions.commits_of(root, b"nothing.py", 5), *revisions.commits_of(root, b"", 5)] == []
    assert revisions.renames_since(root, first) == {b"a.py": b"b.py"}
    repo.git("mv", "b.py", "c.py")
    repo.commit()
    assert revisions.renames_since(root, first) == {b"a.py": b"c.py"}
    assert revisions.renames_since(root, "0" * 40) == {}


def test_a_blob_is_read_as_it_is_stored_and_a_replaced_or_lost_one_not_at_all(repo: Repo, root: str) -> None:
    repo.write("a.py", b"one\r\n\xff")
    repo.write("b.py", b"two")
    repo.write("empty.py", b"")
    repo.write(".gitattributes", "*.py text eol=lf\n")
    repo.git("-c", "core.autocrlf=false", "add", "b.py", "empty.py")
    repo.git("hash-object", "-w", "--no-filters", "a.py")
    one, two, empty = repo.oid("a.py"), repo.oid("b.py"), repo.oid("empty.py")
    with Blobs(tree.find(root)) as blobs:
        assert [blobs.read(oid) for oid in (one, empty, two)] == [b"one\r\n\xff", b"", b"two"]
        assert (blobs.size(one), blobs.size("0" * 40)) == (6, None)
        assert blobs.read("0" * 40) is None
        with pytest.raises(ValueError, match="is no OID"):
            blobs.read("HEAD:a.py")
    repo.git("replace", two, one)
    with Blobs(tree.find(root)) as blobs:
        assert blobs.read(two) is None
