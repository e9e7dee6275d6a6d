"""The walk over a whole tree, and what a watcher may enter."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess

import pytest

from docwatch import walk
from docwatch.errors import TransientError


def walked(scope) -> dict[bytes, str]:
    return {decision.path: decision.reason for decision, _ in scope.walk()}


def test_every_file_is_seen_once_in_order_with_its_decision_and_stat(root, write, open_scope):
    for path in ("b.py", "a/z.py", "a/b/c.py", "a.py", "ab/x.png"):
        write(path)
    (root / "link.py").symlink_to("b.py")
    scope = open_scope()
    seen = list(scope.walk())
    assert [decision.path for decision, _ in seen] == [
        b"a.py",
        b"b.py",
        b"link.py",
        b"a/z.py",
        b"a/b/c.py",
        b"ab/x.png",
    ]
    assert [decision for decision, _ in seen] == [scope.admit(decision.path) for decision, _ in seen]
    assert [found.st_size for _, found in seen] == [
        os.lstat(os.path.join(os.fsencode(root), d.path)).st_size for d, _ in seen
    ]
    assert list(scope.walk()) == seen


def test_ignored_and_excluded_folders_are_never_opened(root, write, open_scope, monkeypatch):
    for path in ("node_modules/a/i.js", "docs/a.py", "src/a.py"):
        write(path)
    write(".gitignore", "node_modules/\n")
    scope = open_scope(exclude=("docs",))
    opened: list[bytes] = []
    really = walk._opened
    monkeypatch.setattr(walk, "_opened", lambda root, path, below: (opened.append(path), really(root, path, below))[1])
    assert walked(scope) == {b".gitignore": "unknown language", b"src/a.py": "python source"}
    assert opened == [b"", b"src"]
    (root / "node_modules/.git").mkdir()  # refused for two reasons by now, and looked up as somebody asks
    scope.refresh()
    assert not scope.admit(b"node_modules/a/i.js").admitted
    walked(scope)
    assert opened == [b"", b"src"] * 2
    assert scope.descends(b"src")
    assert not scope.descends(b"node_modules")
    assert not scope.descends(b"node_modules/a")
    assert not scope.descends(b"docs")
    assert not scope.descends(b".git")
    assert not scope.descends(b"missing")


def test_what_git_tracks_inside_an_ignored_folder_is_found_and_its_neighbours_are_not(root, write, open_scope):
    write(".gitignore", "build/\n")
    for path in ("build/a/keep.py", "build/a/made.py", "build/b/made.py"):
        write(path)
    scope = open_scope()
    assert not scope.descends(b"build")
    subprocess.run(["git", "-C", root, "add", "-f", "build/a/keep.py"], check=True)
    scope.refresh()
    assert walked(scope) == {
        b".gitignore": "unknown language",
        b"build/a/keep.py": "python source",
        b"build/a/made.py": "ignored",
    }
    assert scope.descends(b"build/a")
    assert not scope.descends(b"build/b")
    assert scope.read(b"build/a/keep.py").decision.admitted


def test_a_tree_deeper_than_the_descriptors_kept_open_is_walked_whole(write, open_scope):
    path = b"/".join([b"d"] * 200)
    write(path + b"/deepest.py")
    write("d/d/shallow.py")
    scope = open_scope()
    gc.collect()  # what others left is not to go meanwhile
    before = len(os.listdir("/dev/fd"))
    held: dict[bytes, int] = {}
    for decision, _ in scope.walk():
        held[decision.path] = len(os.listdir("/dev/fd")) - before
    assert list(held) == [b"d/d/shallow.py", path + b"/deepest.py"]
    assert held[path + b"/deepest.py"] < 70
    assert len(os.listdir("/dev/fd")) == before


def test_a_root_that_is_gone_is_an_error_and_not_a_tree_of_missing_files(root, write, open_scope):
    write("a.py")
    scope = open_scope()
    walking = scope.walk()
    assert next(walking)[0].path == b"a.py"
    os.rename(root, root.with_name("moved"))
    with pytest.raises(TransientError, match="out of reach"):
        list(walking)
    with pytest.raises(TransientError, match="out of reach"):
        scope.refresh()
    with pytest.raises(TransientError, match="out of reach"):
        scope.admit(b"b.py")
    root.mkdir()
    with pytest.raises(TransientError, match="replaced"):
        list(scope.walk())
    with pytest.raises(TransientError, match="replaced"):
        scope.read(b"b.py")


def test_a_folder_that_goes_away_during_the_walk_is_left_out(root, write, open_scope):
    write("a.py")
    write("sub/b.py")
    walking = open_scope().walk()
    assert next(walking)[0].path == b"a.py"
    shutil.rmtree(root / "sub")
    assert list(walking) == []
