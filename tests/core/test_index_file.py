"""An index of ours, as git itself reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docwatch import git
from docwatch.index_file import IndexFile
from tests.conftest import Repo, until

NAMES = (b"a.py", b"sub/b.py", b"sub/\xff\n.py", b"empty.py", b"x" * 250, b"/".join([b"d" * 250] * 15))


@pytest.fixture(params=["sha1", "sha256"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    if request.param == "sha256":
        repo.git("init", "-q", "--object-format=sha256", str(tmp_path / "other"))
        repo.root = tmp_path / "other"
    return repo


def index_of(repo: Repo, *names: bytes, settled: bool = True) -> IndexFile:
    made = IndexFile(str(repo.root.parent / "index"), repo.git("rev-parse", "--show-object-format").strip())
    entries = {}
    for name in names:
        entry = made.entry(name, os.lstat(os.path.join(os.fsencode(repo.root), name)), settled=settled)
        assert entry is not None
        entries[name] = entry
    made.write(entries, b"a note\0")
    return made


def differing(repo: Repo, index: IndexFile) -> list[bytes]:
    with git.differing_paths(str(repo.root), index.path) as answer:
        return answer()


def test_git_finds_what_has_changed_and_nothing_else(tree: Repo) -> None:
    for name in NAMES:
        tree.write(name, b"" if name == b"empty.py" else b"text\n")
    (tree.root / "link").symlink_to("a.py")
    index = index_of(tree, *NAMES, b"link")
    assert differing(tree, index) == []
    tree.write("a.py", "other text\n")
    tree.write("empty.py", "no longer\n")
    (tree.root / "sub/b.py").chmod(0o755)
    os.unlink(os.path.join(os.fsencode(tree.root), NAMES[2]))
    (tree.root / "link").unlink()
    (tree.root / "link").write_text("a.py")
    assert sorted(differing(tree, index)) == sorted([b"a.py", b"empty.py", b"sub/b.py", NAMES[2], b"link"])


def test_what_is_not_settled_always_differs(tree: Repo) -> None:
    tree.write("a.py")
    tree.write("empty.py", "")
    assert differing(tree, index_of(tree, b"a.py", b"empty.py", settled=False)) == [b"a.py", b"empty.py"]


def test_git_opens_no_file_for_it_and_runs_no_filter(tree: Repo) -> None:
    """Not even of a file that is as young as the index, which git would compare with the staged content."""
    canary = tree.root.parent / "canary"
    tree.git("config", "filter.trap.clean", f"touch {canary}; cat")
    tree.git("config", "core.fsmonitor", f"touch {canary}")
    tree.write(".gitattributes", "* filter=trap\n")
    tree.write("a.py", "one\n")
    index = index_of(tree, b"a.py", b".gitattributes")
    assert differing(tree, index) == []
    tree.write("a.py", "longer\n")
    assert differing(tree, index) == [b"a.py"]
    assert not canary.exists()


def test_settings_of_the_repository_do_not_make_git_look_less_closely(tree: Repo) -> None:
    for setting in ("core.checkStat=minimal", "core.trustCtime=false", "core.fileMode=false"):
        tree.git("config", *setting.split("="))
    path = tree.root / "a.py"
    tree.write("a.py", "one\n")
    tree.write("b.py")
    before = path.stat()
    index = index_of(tree, b"a.py", b"b.py")
    (tree.root / "b.py").chmod(0o755)
    path.write_text("two\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    until(lambda: path.stat().st_ctime_ns // 10**9 > before.st_ctime_ns // 10**9 or path.chmod(0o644))
    assert differing(tree, index) == [b"a.py", b"b.py"]


def test_entries_and_note_come_back_as_they_were_written(tree: Repo) -> None:
    for name in NAMES:
        tree.write(name, b"text\n")
    found = os.lstat(tree.root / "a.py")
    index = index_of(tree, b"a.py")
    entries = {name: index.entry(name, found, settled=True) or b"" for name in NAMES}
    index.write(entries, b"note")
    assert index.read() == (entries, b"note")
    assert index.note() == b"note"
    assert sorted(differing(tree, index)) == sorted(set(NAMES) - {b"a.py"})  # git reads the long names too


@pytest.mark.parametrize("keep", [0, 3, 11, 12, 50, -1, -21])
def test_a_damaged_file_is_a_value_error(tree: Repo, keep: int) -> None:
    tree.write("a.py")
    index = index_of(tree, b"a.py")
    Path(index.path).write_bytes(Path(index.path).read_bytes()[:keep])
    with pytest.raises(ValueError, match="index"):
        index.note()
    with pytest.raises(ValueError, match="index"):
        index.read()


def test_what_git_would_not_look_at_has_no_entry(tree: Repo) -> None:
    os.mkfifo(tree.root / "fifo")
    index = IndexFile("unused", "sha1")
    assert index.entry(b"fifo", os.lstat(tree.root / "fifo"), settled=True) is None
    assert index.entry(b"folder", os.lstat(tree.root), settled=True) is None
    assert index.entry(b"d/" * 2001 + b"a.py", os.lstat(__file__), settled=True) is None
