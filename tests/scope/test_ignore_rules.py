"""What git ignores is ignored: the same verdict by the same rule, whatever the ignore files hold."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from docwatch.ignore import Rule, compile_rules
from docwatch.wildmatch import as_text

BENCH = Path(__file__).parents[2] / "bench"


def ignored(rules: bytes, path: bytes, *, fold: bool = False) -> bool:
    compiled = compile_rules(rules, ".gitignore", fold=fold)
    if compiled is None:
        return False
    text = as_text(path.removesuffix(b"/"), is_folder=path.endswith(b"/"))
    match = compiled.match(text)
    return match is not None and match.ignores


def test_random_ignore_files_decide_as_git_check_ignore_does(tmp_path):
    command = [sys.executable, BENCH / "ignore_differential.py", "--files", "80", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    assert counted["decisions"] == 3600
    assert counted["ignored"] > 1000


# Every line was tried with git 2.39: patterns, a path they ignore, a path they do not.
@pytest.mark.parametrize(
    ("rules", "yes", "no"),
    [
        (b"foo", b"a/foo", b"foo/x"),  # what is below is the folder's business
        (b"foo/", b"a/foo/", b"a/foo"),
        (b"/foo", b"foo", b"a/foo"),
        (b"a/b", b"a/b", b"x/a/b"),
        (b"*.py\n!keep.py", b"x.py", b"keep.py"),
        (b"a**/b", b"ab", b"a/c"),  # git's quirk: two stars right behind plain text stand at a slash
        (b"a/**", b"a/b/c", b"a/"),
        (b"a/**/b", b"a/b", b"a/xb"),
        (b"**/a/", b"x/y/a/", b"a"),
        (b"b\n!a**", b"a/b", b"ab"),  # a pattern without a slash is of names, and stars in it cross none
        (b"a?b", b"a\xe9b", b"a\xc3\xa9b"),  # bytes, not characters
        (b"[[:digit:]]x", b"1x", b"ax"),
        (b"[a\\]b]", b"]", b"\\"),
        (b"[!a]", b"b", b"a"),
        (b"[,-9]x", b"5x", b"a/x"),
        (b"foo ", b"foo", b"foo "),
        (b"foo\\ ", b"foo ", b"foo"),
        (b"foo\t", b"foo\t", b"foo"),
        (b"foo\r\n", b"foo", b"foo\r"),
        (b"\xef\xbb\xbffoo", b"foo", b"\xef\xbb\xbffoo"),
        (b"\\#a\n\\!b", b"#a", b"\\#a"),
        (b"a\0b", b"a", b"a\0b"),
        (b"a\nb", b"b", b"a\nb"),
        (b"a*", b"a\nb", b"b"),
    ],
)
def test_the_corners_of_the_pattern_language(rules, yes, no):
    assert ignored(rules, yes)
    assert not ignored(rules, no)


def test_case_is_folded_for_ascii_alone_and_as_oddly_as_git_does():
    assert ignored(b"*.LOG\n/Build/", b"a.log", fold=True)
    assert ignored(b"*.log", b"A.LOG", fold=True)
    assert not ignored(b"*.log", b"A.LOG")
    assert not ignored(b"\xe9", b"\xc9", fold=True)
    assert ignored(b"[A-C]", b"b", fold=True)
    assert not ignored(b"[B]", b"b", fold=True)


@pytest.mark.parametrize(
    "line", [b"[z-a]", b"foo\\", b"!", b"foo\\  ", b"[", b"[[:nope:]]", b"/", b"//", b"", b"#", b" "]
)
def test_a_bad_line_is_skipped_and_the_others_hold(line):
    assert ignored(line + b"\nx.py\n", b"x.py")
    assert not ignored(line + b"\nx.py\n", b"y.py")


def test_hostile_patterns_take_no_longer_than_others():
    lines = [b"*a" * 40 + b"b", b"**/" * 200 + b"b", b"?" * 1000, b"[a-z]*" * 300, b"*" * 50_000 + b"b"]
    rules = compile_rules(b"\n".join(lines), ".gitignore")
    assert rules is not None
    started = time.process_time()
    assert rules.match("a" * 255) is None
    assert rules.match("a/" * 2000 + "a") is None
    assert time.process_time() - started < 1.0


def test_a_file_of_many_rules_keeps_its_order():
    rules = compile_rules(b"".join(b"dir%d/*.x\n" % n for n in range(3000)) + b"!dir7/y.x\n", "many")
    assert rules is not None
    found = rules.match("dir7/z.x")
    assert found is not None
    assert found.rule == Rule("many", 8, "dir7/*.x")
    taken_back = rules.match("dir7/y.x")
    assert taken_back is not None
    assert not taken_back.ignores
    assert rules.match("dir2999/z.x") is not None


@pytest.mark.parametrize("line", [b"?" * 100_000, b"a" * 100_000, b"**/" * 20_000 + b"b", b"[ab]*" * 30_000])
def test_a_pattern_too_large_for_the_engine_ignores_everything_rather_than_nothing(line, capfd):
    rules = compile_rules(b"*.py\n!a.py\n" + line + b"\n", "large")
    assert rules is not None
    found = rules.match("a.py")
    assert found is not None
    assert (found.ignores, found.rule.line) == (True, 3)
    assert capfd.readouterr() == ("", "")


def test_a_set_on_which_the_engine_gives_up_is_noticed(monkeypatch):
    monkeypatch.setattr("docwatch.ignore._LONGEST_SET", 10_000_000)
    rules = compile_rules(b"a.py\n" + b"?" * 100_000 + b"\n", "large")
    assert rules is not None
    found = rules.match("b.py")
    assert found is not None
    assert found.ignores


def test_an_ignore_file_too_large_to_read_admits_nothing_in_its_folder(write, open_scope):
    write("sub/.gitignore", b"# nothing\n" * 200_000)
    write("sub/a.py")
    write("b.py")
    scope = open_scope()
    assert scope.admit(b"sub/a.py").rule == Rule("sub/.gitignore", 0, "too large")
    assert not scope.descends(b"sub")
    assert scope.admit(b"b.py").admitted


def test_rules_stand_as_git_ranks_them(root, write, open_scope, home):
    write("sub/.gitignore", "!back.py\n")
    write(".gitignore", "back.py\nsub/deep/\n")
    (root / ".git/info/exclude").write_text("info.py\n!users.py\n")
    users = home / ".config/git/ignore"
    users.parent.mkdir(parents=True)
    users.write_text("users.py\nonly_users.py\n")
    for path in ("sub/back.py", "back.py", "sub/deep/x.py", "info.py", "users.py", "only_users.py"):
        write(path)
    write("sub/deep/.gitignore", "!x.py\n")
    scope = open_scope()
    verdicts = {path: scope.admit(path).reason == "ignored" for path, _ in ((d.path, s) for d, s in scope.walk())}
    verdicts[b"sub/deep/x.py"] = scope.admit(b"sub/deep/x.py").reason == "ignored"
    assert {path for path, is_ignored in verdicts.items() if is_ignored} == {
        b"back.py",
        b"sub/deep/x.py",
        b"info.py",
        b"only_users.py",
    }
    assert scope.admit(b"info.py").rule == Rule(".git/info/exclude", 1, "info.py")
    assert scope.admit(b"only_users.py").rule == Rule(str(users), 2, "only_users.py")


def test_the_users_own_excludes_file_and_ignore_case_are_taken_from_gits_configuration(
    root, write, open_scope, tmp_path
):
    (tmp_path / "mine").write_text("*.LOG.py\n")
    write("a.log.py")
    scope = open_scope()
    assert scope.admit(b"a.log.py").admitted
    subprocess.run(["git", "-C", root, "config", "core.excludesFile", tmp_path / "mine"], check=True)
    subprocess.run(["git", "-C", root, "config", "core.ignoreCase", "true"], check=True)
    scope.refresh()
    assert scope.admit(b"a.log.py").reason == "ignored"


def test_our_own_rules_narrow_and_cannot_take_back_in(write, open_scope):
    write(".gitignore", "git.py\n")
    write(".docwatchignore", "own.py\nfolder/\n!git.py\n!configured.py\n")
    for path in ("git.py", "own.py", "configured.py", "folder/x.py", "stays.py"):
        write(path)
    scope = open_scope(exclude=("configured.py",))
    reasons = {path: scope.admit(path).reason for path in (b"git.py", b"own.py", b"configured.py", b"folder/x.py")}
    assert reasons == {
        b"git.py": "ignored",
        b"own.py": "excluded",
        b"configured.py": "excluded",
        b"folder/x.py": "excluded",
    }
    assert scope.admit(b"stays.py").admitted


def test_changed_rules_hold_after_a_refresh(root, write, open_scope):
    write("sub/a.py")
    scope = open_scope()
    assert scope.read(b"sub/a.py").decision.admitted
    for file, rule in ((".gitignore", "a.py"), ("sub/.gitignore", "a.py"), (".git/info/exclude", "a.py")):
        write(file, rule + "\n")
        scope.refresh()
        assert scope.admit(b"sub/a.py").reason == "ignored", file
        write(file, "")
        scope.refresh()
        assert scope.read(b"sub/a.py").decision.admitted, file


def test_a_file_that_is_tracked_from_now_on_is_ignored_no_longer(root, write, open_scope):
    write(".gitignore", "a.py\n")
    write("a.py")
    scope = open_scope()
    assert scope.read(b"a.py").decision.reason == "ignored"
    subprocess.run(["git", "-C", root, "add", "-f", "a.py"], check=True)
    scope.refresh()
    assert scope.read(b"a.py").decision.admitted


def test_git_is_asked_before_a_file_is_read_so_that_rules_changed_since_hold_at_once(write, open_scope):
    write("a.py")
    scope = open_scope()
    assert scope.admit(b"a.py").admitted
    write(".gitignore", "a.py\n")
    assert scope.read(b"a.py").decision.reason == "ignored"


def test_where_the_two_disagree_git_wins_and_it_is_logged_once(write, open_scope, monkeypatch, caplog):
    write(".gitignore", "\x1b.py\n")
    write("\x1b.py")
    scope = open_scope()
    monkeypatch.setattr("docwatch.folders.compile_rules", lambda *_, **__: None)
    with caplog.at_level(logging.WARNING, "docwatch.scope"):
        for _ in range(3):
            reading = scope.read(b"\x1b.py")
            assert (reading.decision.reason, reading.content) == ("ignored", b"")
            assert reading.decision.rule == Rule(".gitignore", 1, "\x1b.py")
    assert [re.sub(r"\s+", " ", record.getMessage()) for record in caplog.records] == [
        "git ignores b'\\x1b.py' by .gitignore:1 '\\x1b.py', docwatch would not"
    ]


def test_ignore_files_that_hold_no_rules_for_git_hold_none_here(root, write, open_scope, tmp_path):
    (tmp_path / "rules").write_text("*.py\n")
    (root / ".gitignore").symlink_to(tmp_path / "rules")
    (root / "sub").mkdir()
    (root / "sub/.gitignore").mkdir()
    write("a.py")
    write("sub/a.py")
    scope = open_scope()
    assert scope.read(b"a.py").decision.admitted
    assert scope.read(b"sub/a.py").decision.admitted


def test_an_ignore_file_that_git_would_wait_for_admits_nothing_in_its_folder_and_stops_nothing_else(
    root, write, open_scope
):
    write("sub/a.py")
    write("b.py")
    os.mkfifo(root / "sub/.gitignore")
    scope = open_scope()
    decision = scope.read(b"sub/a.py").decision
    assert (decision.admitted, decision.reason) == (False, "unreadable")
    assert decision.rule == Rule("sub/.gitignore", 0, "not a regular file")
    assert scope.read(b"b.py").decision.admitted
    assert [found.path for found, _ in scope.walk()] == [b"b.py"]


def test_a_folder_that_comes_and_goes_as_a_repository_is_seen_after_a_refresh(root, write, open_scope):
    write("lib/sub/a.py")
    scope = open_scope()
    assert scope.admit(b"lib/sub/a.py").admitted
    write("lib/.git", "gitdir: elsewhere\n")
    scope.refresh()
    assert scope.admit(b"lib/sub/a.py").reason == "another repository"
    (root / "lib/.git").unlink()
    scope.refresh()
    assert scope.admit(b"lib/sub/a.py").admitted


def test_an_excludes_file_behind_a_link_is_read_again_when_it_changes(write, open_scope, home, tmp_path):
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").symlink_to(tmp_path / "dotfiles")
    (tmp_path / "dotfiles").write_text("")
    write("a.py")
    scope = open_scope()
    assert scope.admit(b"a.py").admitted
    (tmp_path / "dotfiles").write_text("a.py\n")
    scope.refresh()
    assert scope.admit(b"a.py").reason == "ignored"


def test_a_linked_work_tree_has_the_repositorys_rules_and_its_own_index(root, repo, write, open_scope, tmp_path):
    write("a.py")
    write("b.py")
    repo.commit()
    linked = tmp_path / "linked"
    subprocess.run(["git", "-C", root, "worktree", "add", "-q", "--detach", linked], check=True)
    write(".git/info/exclude", "*.py\n")
    (linked / "new.py").write_text("x")
    scope = open_scope(linked)
    assert {decision.path: decision.reason for decision, _ in scope.walk()} == {
        b"a.py": "python source",
        b"b.py": "python source",
        b"new.py": "ignored",
    }
    assert scope.read(b"a.py").decision.admitted
    assert open_scope(root).read(b"a.py").decision.admitted


def test_what_docwatch_keeps_in_a_folder_without_git_is_not_documented(tmp_path, open_scope):
    plain = tmp_path / "plain"
    (plain / ".docwatch").mkdir(parents=True)
    (plain / ".docwatch/.gitignore").write_text("*\n")
    (plain / ".docwatch/notes.py").write_text("x")
    (plain / "a.py").write_text("x")
    scope = open_scope(plain, without_git=True)
    assert scope.admit(b".docwatch/notes.py").reason == "ignored"
    assert [decision.path for decision, _ in scope.walk() if decision.admitted] == [b"a.py"]
