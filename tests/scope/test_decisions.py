"""What scope says of each kind of file, and why."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from docwatch.blob import blob_oid
from docwatch.ignore import Rule
from docwatch.scope import Scope


def reason(scope: Scope, path: str | bytes) -> str:
    """The reason of `admit`, after making sure that `read` agrees where both can know."""
    path = os.fsencode(path)
    decision = scope.admit(path)
    assert decision.path == path
    if not decision.admitted:
        assert scope.read(path).decision == decision
    return decision.reason


def test_a_source_file_is_admitted_and_read_with_the_oid_git_gives_it(root, write, open_scope):
    write("src/a.py", "print(1)\r\n")
    reading = open_scope().read(b"src/a.py")
    oid = subprocess.check_output(["git", "-C", root, "hash-object", "--no-filters", "src/a.py"], text=True).strip()
    assert reading.decision.admitted
    assert (reading.decision.reason, reading.decision.language) == ("python source", "python")
    assert (reading.content, reading.oid) == (b"print(1)\r\n", oid)
    found = (root / "src/a.py").stat()
    assert reading.stat is not None
    assert (reading.stat.size, reading.stat.mtime_ns) == (10, found.st_mtime_ns)
    assert (reading.stat.ctime_ns, reading.stat.inode) == (found.st_ctime_ns, found.st_ino)


def test_the_oid_follows_the_repositorys_object_format(tmp_path, open_scope):
    root = tmp_path / "sha256"
    subprocess.run(["git", "init", "-q", "--object-format=sha256", root], check=True)
    (root / "a.py").write_bytes(b"x")
    oid = subprocess.check_output(["git", "-C", root, "hash-object", "a.py"], text=True).strip()
    assert open_scope(root).read(b"a.py").oid == oid == blob_oid(b"x", "sha256")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"", "outside the root"),
        (b"/etc/passwd", "outside the root"),
        (b"../x.py", "outside the root"),
        (b"a/../x.py", "outside the root"),
        (b"a//x.py", "outside the root"),
        (b"./x.py", "outside the root"),
        (b"x.py/", "outside the root"),
        (b"x.py\0", "outside the root"),
        (b".git/config", "git folder"),
        (b"a/.GIT/x.py", "git folder"),
        (b"missing.py", "gone"),
        (b"missing/x.py", "gone"),
        (b"here.py/x.py", "gone"),
        (b"n" * 300 + b".py", "gone"),
        (b"C:\\x.py", "gone"),
    ],
)
def test_paths_that_are_refused_as_they_stand(write, open_scope, path, expected):
    write("here.py")
    assert reason(open_scope(), path) == expected


def test_what_is_no_regular_file_is_refused_and_never_waited_for(root, write, open_scope, monkeypatch):
    write("folder/x.py")
    os.mkfifo(root / "fifo.py")
    monkeypatch.chdir(root)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.py")
    scope = open_scope()
    for path in ("fifo.py", "socket.py", "folder"):
        assert reason(scope, path) == "not a regular file"


def test_links_are_refused_wherever_they_stand_and_lead(root, tmp_path, write, open_scope):
    write("real/x.py")
    (tmp_path / "repo-evil").mkdir()
    (tmp_path / "repo-evil/x.py").write_text("secret")
    (root / "inside.py").symlink_to("real/x.py")
    (root / "dangling.py").symlink_to("nowhere")
    (root / "loop.py").symlink_to("loop.py")
    (root / "absolute.py").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("real")
    (root / "outside").symlink_to(tmp_path / "repo-evil")
    scope = open_scope()
    for path in ("inside.py", "dangling.py", "loop.py", "absolute.py", "folder", "folder/x.py", "outside/x.py"):
        assert reason(scope, path) == "symbolic link"
    assert not scope.descends(b"folder")
    assert not scope.descends(b"outside")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's file")
def test_a_hard_link_to_somebody_elses_file_is_refused_and_an_own_one_is_not(root, write, open_scope, tmp_path):
    write("mine.py")
    os.link(root / "mine.py", root / "also_mine.py")
    (tmp_path / "theirs").write_text("secret")
    os.chown(tmp_path / "theirs", 12345, 12345)
    os.link(tmp_path / "theirs", root / "theirs.py")
    scope = open_scope()
    assert scope.read(b"also_mine.py").decision.admitted
    assert reason(scope, "theirs.py") == "foreign owner"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(root, write, open_scope):
    write("closed.py")
    (root / "closed.py").chmod(0)
    assert open_scope().read(b"closed.py").decision.reason == "unreadable"


def test_another_repository_inside_is_left_to_itself(root, write, open_scope):
    write("vendor/lib/a.py")
    write("vendor/lib/deep/b.py")
    subprocess.run(["git", "init", "-q", root / "vendor/lib"], check=True)
    write("worktree/a.py")
    write("worktree/.git", "gitdir: elsewhere\n")
    scope = open_scope()
    assert reason(scope, "vendor/lib/a.py") == "another repository"
    assert reason(scope, "vendor/lib/deep/b.py") == "another repository"
    assert reason(scope, "worktree/a.py") == "another repository"
    assert scope.descends(b"vendor")
    assert not scope.descends(b"vendor/lib")
    assert not scope.descends(b"vendor/lib/deep")


def test_another_file_system_is_not_entered(write, open_scope, monkeypatch):
    write("mounted/a.py")
    scope = open_scope()
    # A mount needs rights that tests have not: to scope one is a folder of another device.
    monkeypatch.setattr(scope._root, "device", scope._root.device + 1)
    assert reason(scope, "mounted/a.py") == "another file system"
    assert not scope.descends(b"mounted")


def test_size_is_capped_before_and_while_reading(root, write, open_scope):
    write("small.py", b"x" * 100)
    write("large.py", b"x" * 101)
    with open(root / "sparse.py", "wb") as file:
        file.truncate(10 << 30)
    scope = open_scope(max_file_bytes=100)
    assert scope.read(b"small.py").content == b"x" * 100
    assert reason(scope, "large.py") == "too large"
    assert reason(scope, "sparse.py") == "too large"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.png", "unknown language"),
        ("LICENSE", "unknown language"),
        (".env", "secret"),
        (".env.local", "secret"),
        ("deploy/prod.ENV", "secret"),
        ("server.pem", "secret"),
        ("id_rsa", "secret"),
        (".npmrc", "secret"),
        ("credentials.json", "secret"),
        ("secrets.yaml", "secret"),
        ("Cargo.lock", "generated"),
        ("package-lock.json", "generated"),
        ("api_pb2.py", "generated"),
        ("jquery.min.js", "minified"),
    ],
)
def test_files_that_their_name_alone_refuses(write, open_scope, name, expected):
    write(name)
    assert reason(open_scope(), name) == expected


def test_source_code_about_secrets_is_none(write, open_scope):
    write("env.py")
    write("secretary.py")
    write("secrets.py")
    scope = open_scope()
    assert scope.admit(b"secrets.py").admitted
    assert scope.admit(b"env.py").admitted
    assert scope.admit(b"secretary.py").admitted


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"x\0y", "binary"),
        (b"# Code generated by protoc. DO NOT EDIT.\n", "generated"),
        (b"# @generated\n", "generated"),
        (b"# This file was automatically generated.\n#\n# Please do not edit it by hand.\n", "generated"),
    ],
)
def test_content_that_is_not_worth_a_document_still_has_an_oid_so_that_nobody_reads_it_again(
    write, open_scope, content, expected
):
    write("a.py", content)
    scope = open_scope()
    assert scope.admit(b"a.py").admitted
    reading = scope.read(b"a.py")
    assert (reading.decision.admitted, reading.decision.reason, reading.content) == (False, expected, b"")
    assert reading.oid == blob_oid(content, "sha1")
    assert reading.stat is not None


def test_an_executable_without_an_extension_is_judged_by_its_first_line(root, write, open_scope):
    write("tool", "#!/usr/bin/env -S python3.11 -u\n")
    write("program", "\x7fELF")
    write("notes", "#!/bin/sh\n")
    (root / "tool").chmod(0o755)
    (root / "program").chmod(0o755)
    scope = open_scope()
    assert scope.admit(b"tool").admitted
    assert scope.read(b"tool").decision.language == "python"
    assert scope.read(b"program").decision.reason == "unknown language"
    assert scope.read(b"program").oid is not None
    assert reason(scope, "notes") == "unknown language"


def test_the_rule_that_decided_is_named_with_file_and_line(write, open_scope):
    write(".gitignore", "# logs\n\n*.log.py\n")
    write("sub/.gitignore", "/x.py\n")
    write("sub/.docwatchignore", "\ny*\n")
    for path in ("a.log.py", "sub/x.py", "sub/y.py", "z.py"):
        write(path)
    scope = open_scope(exclude=("z.*",))
    assert scope.admit(b"a.log.py").rule == Rule(".gitignore", 3, "*.log.py")
    assert scope.admit(b"sub/x.py").rule == Rule("sub/.gitignore", 1, "/x.py")
    assert (scope.admit(b"sub/y.py").reason, scope.admit(b"sub/y.py").rule) == (
        "excluded",
        Rule("sub/.docwatchignore", 2, "y*"),
    )
    assert scope.admit(b"z.py").rule == Rule("the setting 'exclude'", 1, "z.*")


def test_names_of_any_bytes_are_read_as_they_are(write, open_scope):
    names = [
        b"\xff\xfe.py",
        b"a\nb.py",
        b"-rf.py",
        b"\x1b[31m.py",
        b":(glob)x.py",
        b"caf\xc3\xa9.py",
        b" .py",
        b"*.py",
        b"\\.py",
    ]
    for name in names:
        write(b"odd/" + name, name)
    scope = open_scope()
    assert sorted(decision.path for decision, _ in scope.walk()) == sorted(b"odd/" + name for name in names)
    for name in names:
        assert scope.read(b"odd/" + name).content == name


def test_rules_files_are_known_by_name(open_scope):
    scope = open_scope()
    for path in (b".gitignore", b"a/b/.gitignore", b"a/.docwatchignore", b"docwatch.toml", b"pyproject.toml"):
        assert scope.is_rules_file(path)
    for path in (b"a.py", b"a/pyproject.toml", b"gitignore"):
        assert not scope.is_rules_file(path)


def test_a_folder_without_git_has_its_gitignore_files_alone(tmp_path: Path, open_scope):
    plain = tmp_path / "plain"
    (plain / "sub").mkdir(parents=True)
    (plain / ".gitignore").write_text("*.log\nout/\n")
    (plain / "sub/a.py").write_text("x")
    (plain / "sub/b.log").write_text("x")
    scope = open_scope(plain, without_git=True)
    assert scope.read(b"sub/a.py").oid == blob_oid(b"x", "sha1")
    assert scope.admit(b"sub/b.log").reason == "ignored"
