"""Git's own word, from a process that may die, hang or be shared by mistake."""

from __future__ import annotations

import os
import signal
import subprocess
import threading

import pytest

from docwatch import check_ignore, git
from docwatch.check_ignore import CheckIgnore
from docwatch.errors import TransientError
from docwatch.ignore import Rule

PYCACHE = Rule(".gitignore", 1, "*.pyc")


@pytest.fixture
def asked(root, write):
    write(".gitignore", "*.pyc\n!keep.pyc\n")
    with CheckIgnore(str(root)) as asked:
        yield asked


def test_it_names_the_rule_that_ignores_and_none_for_what_is_taken_back_in(asked):
    assert asked.rule(b"sub/a.pyc") == PYCACHE
    assert asked.rule(b"keep.pyc") is None
    assert asked.rule(b":(glob)*.pyc") == PYCACHE
    assert asked.rule(b"a.py\n.pyc") == PYCACHE
    assert asked.rule(b"\xff.py") is None


def test_many_are_answered_for_at_once_whatever_git_has_to_say_of_each(asked, write):
    pattern = f"[{'a' * 5_000}]*.txt"  # with each answer: more than a pipe holds
    write(".gitignore", f"{pattern}\n")
    paths = [b"%s%d.txt" % (name, number) for number in range(300) for name in (b"a", b"b")]
    rules = asked.rules(paths)
    assert [rule is not None for rule in rules] == [True, False] * 300
    assert {rule.pattern for rule in rules if rule} == {pattern}
    assert asked.rules([]) == []


def test_a_process_that_died_is_started_again(asked):
    assert asked.rule(b"a.pyc") == PYCACHE
    os.kill(asked._process.pid, signal.SIGKILL)
    assert asked.rule(b"a.pyc") == PYCACHE


def test_a_git_that_ends_each_time_is_an_error_and_never_a_yes(root, asked, monkeypatch):
    monkeypatch.setattr(git, "coprocess", lambda *_: subprocess.Popen(["true"], stdin=-1, stdout=-1))
    with pytest.raises(TransientError, match="does not answer"):
        asked.rule(b"a.py")


def test_a_git_that_hangs_is_ended(root, asked, monkeypatch):
    os.unlink(root / ".gitignore")
    os.mkfifo(root / ".gitignore")
    monkeypatch.setattr(check_ignore, "_ANSWER_SECONDS", 0.1)
    with pytest.raises(TransientError, match="does not answer"):
        asked.rule(b"a.py")


def test_a_changed_file_is_read_after_a_restart(asked, write):
    assert asked.rule(b"a.txt") is None
    write(".gitignore", "*.txt\n")
    asked.restart()
    assert asked.rule(b"a.txt") == Rule(".gitignore", 1, "*.txt")


def test_a_forked_child_asks_a_process_of_its_own_and_leaves_the_parents_alone(asked):
    assert asked.rule(b"a.pyc") == PYCACHE
    process = asked._process
    child = os.fork()
    if not child:
        os._exit(0 if asked.rule(b"a.pyc") == PYCACHE and asked._process.pid != process.pid else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert asked.rule(b"a.pyc") == PYCACHE
    assert asked._process is process


def test_threads_get_each_their_own_answer(asked):
    wrong: list[bytes] = []

    def ask(suffix: bytes) -> None:
        answers = [asked.rule(b"%d" % number + suffix) for number in range(50)]
        wrong.extend(suffix for rule in answers if (rule is not None) != (suffix == b".pyc"))

    threads = [threading.Thread(target=ask, args=(suffix,)) for suffix in (b".pyc", b".py") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
