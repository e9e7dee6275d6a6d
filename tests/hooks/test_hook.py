"""What the hooks do when git runs them, and that git does not notice."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from docwatch import holder
from docwatch.hooks import hook_status, install
from docwatch.hooks.spool import announce
from tests.conftest import until

from .conftest import Recorder, Repo

NAMES = ["plain", "with space", 'it\'s "quoted" $HOME `x`', "new\nline", "-leading", "tab\there", "ünï"]
SHELLS = ["dash", "bash --posix", "busybox sh"]


def test_each_of_the_four_hooks_leaves_its_line(repo: Repo) -> None:
    root = str(repo.root)
    repo.git("checkout", "-q", "-b", "side")
    head = repo.git("rev-parse", "HEAD").stdout.decode().strip()
    repo.commit_file("a", "a")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "side")
    repo.git("commit", "-q", "--amend", "-m", "other")
    side = repo.git("rev-parse", "side").stdout.decode().strip()
    assert repo.spool() == [
        f"post-checkout {head} {head} 1\t{root}",
        f"post-commit \t{root}",
        f"post-checkout {side} {head} 1\t{root}",
        f"post-merge 0\t{root}",
        f"post-commit \t{root}",
        f"post-rewrite amend\t{root}",
    ]


def _make_unwritable(folder: Path) -> None:
    (folder / "spool").mkdir()


def _make_full(folder: Path) -> None:
    (folder / "spool").symlink_to("/dev/full")


def _spoil_pids(folder: Path) -> None:
    for name in ("watcher", "submitter"):
        (folder / name).write_text("$(echo) -1 ;\n\0")


@pytest.mark.parametrize(
    ("python", "spoil"),
    [
        pytest.param("/bin/true", lambda folder: None, id="in order"),
        pytest.param("/nowhere/python", lambda folder: None, id="python missing"),
        pytest.param("/bin/false", lambda folder: None, id="python fails"),
        pytest.param("/bin/true", shutil.rmtree, id="no folder"),
        pytest.param("/bin/true", _make_unwritable, id="spool not writable"),
        pytest.param("/bin/true", _make_full, id="disk full"),
        pytest.param("/bin/true", _spoil_pids, id="pid files spoilt"),
    ],
)
def test_git_prints_and_returns_the_same_as_without_hooks(
    new_repo: Callable[[str], Repo], tmp_path: Path, python: str, spoil: Callable[[Path], None]
) -> None:
    def session(repo: Repo) -> list[tuple[int, bytes, bytes]]:
        done = [
            repo.commit(),
            repo.git("checkout", "-b", "side"),
            repo.commit(),
            repo.git("commit", "--allow-empty", "--amend", "-m", "other"),
            repo.git("checkout", "main"),
            repo.git("checkout", "nowhere", check=False),
            repo.git("merge", "--no-ff", "-m", "merged", "side"),
            repo.git("rebase", "side"),
            repo.git("status"),
        ]
        return [(run.returncode, run.stdout, run.stderr) for run in done]

    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    without, with_hooks = new_repo("1/repo"), new_repo("2/repo")
    install.install(with_hooks.tree, python=python)
    spoil(with_hooks.folder)
    assert session(with_hooks) == session(without)


@pytest.mark.parametrize("shell", SHELLS)
def test_any_posix_shell_runs_the_hooks(repo: Repo, recorder: Recorder, shell: str) -> None:
    if shutil.which(shell.split()[0]) is None:
        pytest.skip(f"{shell} is not on this machine")
    for name in hook_status.NAMES:
        script = repo.hooks / name
        _, rest = script.read_text().split("\n", 1)
        script.write_text(f"#!/usr/bin/env -S {shell}\n{rest}")
    recorder.stay()
    assert repo.commit().stderr == b""
    until(recorder.starts)
    assert repo.commit().stderr == b""  # looks at the pid of the one that runs
    assert repo.spool() == [f"post-commit \t{repo.root}"] * 2
    assert len(recorder.starts()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_work_tree_finds_its_spool(
    new_repo: Callable[[str], Repo], recorder: Recorder, tmp_path: Path, name: str
) -> None:
    repo = new_repo(name)
    install.install(repo.tree, python=str(recorder.path))
    repo.commit()
    assert repo.spool() == ["post-commit \t" + ("" if "\n" in name else str(repo.root))]
    until(recorder.starts)


@pytest.mark.parametrize("name", NAMES)
def test_a_linked_work_tree_writes_to_the_shared_spool(repo: Repo, tmp_path: Path, name: str) -> None:
    linked = Repo(tmp_path / name)
    repo.git("worktree", "add", "-q", "-b", "linked", "--", str(linked.root))
    linked.commit()
    root = "" if "\n" in name else str(linked.root)
    assert [line.split("\t", 1)[1] for line in repo.spool()] == [root, root]
    assert linked.folder == repo.folder


def test_a_submodule_has_a_spool_of_its_own(new_repo: Callable[[str], Repo], repo: Repo, recorder: Recorder) -> None:
    repo.git("submodule", "add", "-q", str(new_repo("library").root), "library")
    submodule = Repo(repo.root / "library")
    install.install(submodule.tree, python=str(recorder.path))
    submodule.commit()
    assert submodule.spool() == [f"post-commit \t{submodule.root}"]
    assert submodule.folder != repo.folder


def test_a_commit_from_a_folder_below_names_the_root(repo: Repo) -> None:
    (repo.root / "below").mkdir()
    repo.git("-C", "below", "commit", "-q", "--allow-empty", "-m", "x")
    assert repo.spool() == [f"post-commit \t{repo.root}"]


def test_git_dir_and_work_tree_given_by_the_user_are_honoured(repo: Repo, tmp_path: Path) -> None:
    elsewhere = Repo(tmp_path)
    elsewhere.git(f"--git-dir={repo.root}/.git", f"--work-tree={repo.root}", "commit", "-q", "--allow-empty", "-m", "x")
    assert repo.spool() == [f"post-commit \t{repo.root}"]


def test_docwatch_skip_silences_ours_and_not_the_hook_before_it(repo: Repo) -> None:
    kept = repo.hooks / "post-commit.docwatch-chained"
    kept.write_text("#!/bin/sh\necho kept\n")
    kept.chmod(0o755)
    assert b"kept" in repo.commit(DOCWATCH_SKIP="1").stderr
    assert (repo.spool(), repo.started()) == ([], False)
    repo.commit(DOCWATCH_SKIP="0")
    assert (len(repo.spool()), repo.started()) == (1, True)


def test_where_a_watcher_runs_no_process_is_started(repo: Repo) -> None:
    with announce(str(repo.folder)):
        repo.commit()
    assert (len(repo.spool()), repo.started()) == (1, False)
    repo.commit()
    assert (len(repo.spool()), repo.started()) == (2, True)


def _dead() -> str:
    process = subprocess.Popen(("true",))
    process.wait()
    return f"{process.pid} 1"


def _another() -> str:
    return f"{os.getpid()} 1"


@pytest.mark.parametrize("stale", [_dead, _another], ids=["gone", "its pid belongs to another"])
def test_a_watcher_that_was_killed_is_not_taken_for_running(repo: Repo, stale: Callable[[], str]) -> None:
    (repo.folder / "watcher").write_text(stale() + "\n")
    repo.commit()
    assert repo.started()


def test_a_zombie_is_not_taken_for_running(repo: Repo) -> None:
    with subprocess.Popen(("sleep", "100")) as process:
        start = holder._start(process.pid)
        (repo.folder / "watcher").write_text(f"{process.pid} {start}\n")
        repo.commit()
        assert not repo.started()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has asked how
        repo.commit()
        assert repo.started()


def test_where_there_is_no_proc_the_pid_alone_tells(repo: Repo) -> None:
    """As on macOS, by looking for /proc where it is not."""
    script = repo.hooks / "post-commit"
    script.write_text(script.read_text().replace("/proc/", "/nowhere/"))
    with announce(str(repo.folder)):
        repo.commit()
        assert not repo.started()
    (repo.folder / "watcher").write_text(_dead())
    repo.commit()
    assert repo.started()
    assert (repo.folder / "submitter").read_text().strip().isdigit()


def test_while_one_process_lives_commits_start_no_second(repo: Repo, recorder: Recorder) -> None:
    recorder.stay()
    for _ in range(5):
        repo.commit()
    until(recorder.starts)
    # The last one started is noted in the file: the only one that ever ran.
    assert (repo.folder / "submitter").read_text().split()[0] == recorder.starts()[0][0]
    assert len(repo.spool()) == 5


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase_of_20_commits_starts_one_process(repo: Repo, recorder: Recorder, backend: str) -> None:
    with announce(str(repo.folder)):
        repo.git("checkout", "-q", "-b", "side")
        for number in range(20):
            repo.commit_file(f"f{number}", "x")
        repo.git("checkout", "-q", "main")
        repo.commit_file("base", "x")
        repo.git("checkout", "-q", "side")
    recorder.stay()
    repo.git("rebase", "-q", backend, "main")
    until(recorder.starts)
    assert (repo.folder / "submitter").read_text().split()[0] == recorder.starts()[0][0]
    assert len(recorder.starts()) == 1


def test_a_commit_in_the_middle_of_a_rebase_starts_nothing_and_its_end_does(repo: Repo) -> None:
    (repo.root / ".git" / "rebase-merge").mkdir()
    repo.commit()
    assert (len(repo.spool()), repo.started()) == (1, False)
    (repo.root / ".git" / "rebase-merge").rmdir()
    repo.commit()
    assert repo.started()


def test_a_pipe_behind_git_ends_while_our_process_lives(repo: Repo, recorder: Recorder) -> None:
    recorder.stay()
    readers = "{ git commit --allow-empty -m x 2>&1 3>&1 9>&1; } | cat"
    done = subprocess.run(("sh", "-c", readers), cwd=repo.root, capture_output=True, check=True, timeout=20)
    assert b"x" in done.stdout
    until(recorder.starts)
    os.kill(int(recorder.starts()[0][0]), 0)  # it lives, and holds nothing of ours


def test_our_process_gets_the_folder_and_nothing_of_gits_variables(repo: Repo, recorder: Recorder) -> None:
    given = ("-c", "some.thing=1", f"--git-dir={repo.root}/.git", f"--work-tree={repo.root}")
    repo.git(*given, "commit", "-q", "--allow-empty", "-m", "x")
    until(recorder.starts)
    assert recorder.starts()[0][1:] == ["-E", "-P", "-m", "docwatch.hooks", str(repo.folder)]
    local = set(repo.git("rev-parse", "--local-env-vars").stdout.decode().split())
    names = {line.partition("=")[0] for line in recorder.log.read_text().splitlines()}
    assert local & names == set()
    assert "PWD=/" in recorder.log.read_text().splitlines()


def test_no_module_of_the_repository_is_imported(repo: Repo, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = f"open({str(sprung)!r}, 'a').write(__file__)\n"
    for name in ("json.py", "logging.py", "sitecustomize.py", "usercustomize.py", "docwatch.py", "redis.py"):
        (repo.root / name).write_text(trap)
    install.install(repo.tree, python=sys.executable)
    repo.commit(PYTHONPATH=".", PYTHONSTARTUP="json.py", PYTHONHOME="")
    until(lambda: not (repo.folder / "submitter").exists())
    assert not sprung.exists()
    log = Path(os.environ["DOCWATCH_HOME"], "log", "docwatch.log")
    assert log.exists(), "the process got as far as its log"


def test_the_interpreters_path_may_hold_anything(repo: Repo, tmp_path: Path) -> None:
    odd = Recorder(tmp_path / 'it\'s $odd `x` "y" \\')
    install.install(repo.tree, python=str(odd.path))
    repo.commit()
    until(odd.starts)


def test_the_detached_process_submits_what_was_committed(repo: Repo, tmp_path: Path) -> None:
    """From `git commit` to the call of submit, in the process that the hook really starts."""
    out = tmp_path / "submitted"
    driver = tmp_path / "driver.py"
    driver.write_text(
        "import sys\nfrom docwatch.hooks import submitter\n"
        "def say(what):\n"
        f"    open({str(out)!r}, 'a').write(what + '\\n')\n"
        "submitter.run(sys.argv[1], lambda tree, paths: say(str(list(paths))), lambda tree: say('compare'))\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -E -P {shlex.quote(str(driver))} "$5"\n')
    python.chmod(0o755)
    install.install(repo.tree, python=str(python))
    repo.commit_file("first", "x")
    until(lambda: out.exists() and not (repo.folder / "submitter").exists())
    repo.commit_file("second", "x")
    until(lambda: len(out.read_text().splitlines()) == 2)
    assert out.read_text().splitlines() == ["compare", "[b'second']"]
