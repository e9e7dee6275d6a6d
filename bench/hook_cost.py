"""What our hook adds to `git commit`: without hooks, with a watcher running, and where it starts its own process.

    python bench/hook_cost.py [COMMITS] [FILES]

All ways take turns, commit by commit, so that whatever else the machine does hits all of them alike. "alone" waits for
the started process before the next turn; "in a row" does not, as in a script that commits many times. Where pre-commit
and lefthook are on PATH (both are on PyPI) they take part, with a post-commit hook that runs `true`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from docwatch import tree as trees
from docwatch.hooks import install
from docwatch.hooks.spool import announce


def repository(root: Path, files: int) -> Path:
    root.mkdir()
    for number in range(files):
        folder = root / str(number % 50)
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.py").write_text(f"def f{number}():\n    return {number}\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def git(root: Path, *arguments: str) -> None:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(("git", *arguments), cwd=root, check=True, **quiet)


def commit_ms(root: Path, turn: int) -> float:
    (root / "0" / "0.py").write_text(f"turn = {turn}\n")
    git(root, "add", "0/0.py")
    begin = time.perf_counter()
    git(root, "commit", "-q", "-m", "x")
    return (time.perf_counter() - begin) * 1000


def use_pre_commit(root: Path) -> None:
    hook = "{id: t, name: t, entry: 'true', language: system, always_run: true, pass_filenames: false}"
    config = f"repos: [{{repo: local, hooks: [{hook[:-1]}, stages: [post-commit]}}]}}]\n"
    (root / ".pre-commit-config.yaml").write_text(config)
    subprocess.run(("pre-commit", "install", "-t", "post-commit"), cwd=root, check=True, stdout=subprocess.DEVNULL)


def use_lefthook(root: Path) -> None:
    (root / "lefthook.yml").write_text("output: false\npost-commit:\n  jobs:\n  - run: 'true'\n")
    subprocess.run(("lefthook", "install"), cwd=root, check=True, stdout=subprocess.DEVNULL)


OTHERS: dict[str, Callable[[Path], None]] = {"pre-commit": use_pre_commit, "lefthook": use_lefthook}


def wait_for_the_started(root: Path) -> None:
    while (root / ".git" / "docwatch" / "submitter").exists():
        time.sleep(0.01)


def report(name: str, times: list[float], base: list[float]) -> None:
    def p95(values: list[float]) -> float:
        return statistics.quantiles(values, n=20)[-1]

    median, more95 = statistics.median(times), p95(times) - p95(base)
    more = statistics.median(one - other for one, other in zip(times, base, strict=True))
    print(
        f"{name:24} median {median:6.2f} ms, {median / statistics.median(base):.2f} x; turn by turn {more:+5.2f} ms;"
        f" p95 {p95(times):6.2f} ms ({more95:+5.2f})"
    )


def main(commits: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        os.environ.update(HOME=scratch, DOCWATCH_HOME=f"{scratch}/state")
        (home / ".gitconfig").write_text("[user]\nname = A\nemail = a@example.org\n[gc]\nauto = 0\n")
        ours = ("ours, a watcher runs", "ours, alone", "ours, in a row")
        others = tuple(name for name in OTHERS if shutil.which(name))
        names = ("no hooks", "a hook of `exit 0`", *others, *ours)
        roots = {name: repository(home / str(number), files) for number, name in enumerate(names)}
        empty = roots["a hook of `exit 0`"] / ".git" / "hooks" / "post-commit"
        empty.write_text("#!/bin/sh\nexit 0\n")
        empty.chmod(0o755)
        for name in others:
            OTHERS[name](roots[name])
        for name in ours:
            tree = trees.find(str(roots[name]))
            trees.register(tree)
            install.install(tree)
        after: dict[str, Callable[[Path], None]] = {"ours, alone": wait_for_the_started}
        times: dict[str, list[float]] = {name: [] for name in names}
        with announce(trees.find(str(roots["ours, a watcher runs"])).folder):
            for turn in range(commits + 3):
                first = turn % (len(names) - 1)  # each as often as the others
                for name in names[first:-1] + names[:first]:
                    took = commit_ms(roots[name], turn)
                    after.get(name, lambda _root: None)(roots[name])
                    times[name].append(took)
        for turn in range(commits + 3):
            times["ours, in a row"].append(commit_ms(roots["ours, in a row"], turn))
        wait_for_the_started(roots["ours, in a row"])
        print(f"git commit, {commits} commits each, {files} files, {os.cpu_count()} cores")
        for name in names:
            report(name, times[name][3:], times["no hooks"][3:])


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [60, 1000][len(given) :]))
