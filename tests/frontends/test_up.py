"""`up`, `watch`, `start` and `stop` as a user runs them: real processes, real signals, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from docwatch import tree
from docwatch.frontends.up import MOST_SAID
from docwatch.watcher import presence
from tests.conftest import Repo, until

DOCWATCH = (sys.executable, "-P", "-m", "docwatch")


def run(repo: Repo, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run((*DOCWATCH, *arguments), cwd=repo.root, capture_output=True, text=True, timeout=50)
    assert done.returncode == code, done
    return done


def answer(repo: Repo, *arguments: str) -> Any:
    """The JSON that a command prints, whatever its exit code."""
    done = subprocess.run((*DOCWATCH, *arguments, "--json"), cwd=repo.root, capture_output=True, timeout=50)
    return json.loads(done.stdout)


@contextmanager
def up(repo: Repo, *arguments: str, command: str = "up") -> Iterator[subprocess.Popen[str]]:
    """`docwatch up` until the end of the block; ready when it watches and all is documented."""
    process = subprocess.Popen(
        (*DOCWATCH, command, *arguments), cwd=repo.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "watching, ^C stops" in line:
                break
        assert process.poll() is None, said
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def is_fresh(repo: Repo, path: str) -> bool:
    found = answer(repo, "show", path)
    return bool(found["state"] == "fresh" and found["oid"] == repo.oid(path))


def processes(repo: Repo) -> list[str]:
    """The command lines of all processes of this test's docwatch."""
    home = os.environ["DOCWATCH_HOME"].encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if home in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has just ended, or belongs to somebody else
    return found


def test_up_documents_what_is_there_what_is_saved_and_what_is_committed(repo: Repo) -> None:
    repo.write("a.py")
    repo.commit()
    with up(repo):
        assert is_fresh(repo, "a.py")
        repo.write("a.py", "def saved(): pass\n")
        until(lambda: is_fresh(repo, "a.py"))
        repo.write("b.py", "def committed(): pass\n")
        repo.commit()
        until(lambda: is_fresh(repo, "b.py"))


def test_of_many_files_up_names_a_few_and_counts_the_rest(repo: Repo) -> None:
    for number in range(MOST_SAID + 5):
        repo.write(f"{number}.py")
    with subprocess.Popen((*DOCWATCH, "up"), cwd=repo.root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        while not lines or "watching" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], "it has ended"
        process.send_signal(signal.SIGINT)
    assert sum("fresh" in line and "(scan)" in line for line in lines) == MOST_SAID
    assert lines[-1].startswith(f"{MOST_SAID + 5} files fresh, 0 failed")


def test_up_says_for_each_file_why_it_was_documented(repo: Repo) -> None:
    repo.write("a.py")
    with up(repo) as process:
        repo.write("b.py", "b = 1\n")
        assert process.stdout is not None
        assert process.stdout.readline().rstrip().endswith("fresh  b.py (save)")


def test_interrupting_up_leaves_no_process_behind(repo: Repo) -> None:
    with up(repo) as process:
        assert len(processes(repo)) > 1
        assert answer(repo, "status")["redis"]["ok"]
    assert process.returncode == 130
    until(lambda: not processes(repo))
    assert not answer(repo, "status")["redis"]["ok"]


def test_killing_up_leaves_workers_to_end_by_themselves(repo: Repo) -> None:
    with up(repo) as process:
        process.kill()
        process.wait()
        until(lambda: not [line for line in processes(repo) if "worker" in line])
    run(repo, "stop")  # Redis, which `up` had no time to end


def test_a_second_up_on_a_tree_is_refused_and_disturbs_nothing(repo: Repo) -> None:
    repo.write("a.py")
    with up(repo) as process:
        done = run(repo, "up", code=1)
        assert f"already watched by process {process.pid}" in done.stderr
        repo.write("b.py", "b = 1\n")
        until(lambda: is_fresh(repo, "b.py"))


def test_up_on_two_trees_watches_both(tmp_path: Path) -> None:
    one, two = Repo(tmp_path / "one"), Repo(tmp_path / "two")
    one.write("a.py")
    two.write("b.py", "b = 1\n")
    with up(one, str(one.root), str(two.root)):
        until(lambda: is_fresh(one, "a.py") and is_fresh(two, "b.py"))


def test_a_rebase_ends_with_documents_of_what_is_checked_out(repo: Repo) -> None:
    repo.write("base.py", "base = 1\n")
    repo.commit()
    repo.git("switch", "-q", "-c", "side")
    for number in range(3):
        repo.write(f"side{number}.py", f"x = {number}\n")
        repo.commit()
    repo.git("switch", "-q", "main")
    repo.write("main.py", "main = 1\n")
    repo.commit()
    with up(repo):
        repo.git("switch", "-q", "side")
        repo.git("rebase", "-q", "main")
        for path in ("base.py", "side0.py", "side1.py", "side2.py", "main.py"):
            until(lambda path=path: is_fresh(repo, path))  # type: ignore[misc]


def test_watch_alone_owes_and_workers_alone_document(repo: Repo) -> None:
    run(repo, "init")
    with up(repo, command="watch"):
        repo.write("a.py")
        until(lambda: repo.states().get("a.py") == "queued")
        run(repo, "worker", "--burst")
        assert is_fresh(repo, "a.py")
    run(repo, "stop")


def test_start_status_and_stop(repo: Repo) -> None:
    repo.write("a.py")
    try:
        run(repo, "start")
        until(lambda: is_fresh(repo, "a.py"))
        status = answer(repo, "status")
        assert status["watcher"] == {"ok": True, "mode": "events"}
        assert len(status["workers"]) == 2
        assert status["redis"]["ok"]
        assert "already running" in run(repo, "start").stdout
    finally:
        run(repo, "stop")
    until(lambda: not processes(repo))
    assert presence.of(tree.find(str(repo.root))).mode == "off"
    assert "nothing was running" in run(repo, "stop").stdout


def test_start_in_a_second_tree_serves_both_and_restart_keeps_them(tmp_path: Path) -> None:
    one, two = Repo(tmp_path / "one"), Repo(tmp_path / "two")
    try:
        run(one, "start")
        run(two, "start")
        run(two, "restart")
        for repo in (one, two):
            assert answer(repo, "status")["watcher"]["ok"]
        one.write("a.py")
        until(lambda: is_fresh(one, "a.py"))
    finally:
        run(one, "stop")


def test_a_commit_with_nothing_running_is_owed_and_said_so(repo: Repo) -> None:
    run(repo, "init")
    repo.write("a.py")
    repo.commit()
    until(lambda: answer(repo, "status")["files"]["queued"] == 1)
    assert "no worker" in run(repo, "status").stdout
    run(repo, "worker", "--burst")
    assert is_fresh(repo, "a.py")
    run(repo, "stop")


@pytest.mark.parametrize("command", ["up", "scan", "start", "status", "watch"])
def test_outside_a_repository_one_line_says_what_to_do(command: str, tmp_path: Path) -> None:
    done = subprocess.run((*DOCWATCH, command), cwd=tmp_path, capture_output=True, text=True, timeout=50)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "is not a git repository; run 'git init'" in done.stderr
