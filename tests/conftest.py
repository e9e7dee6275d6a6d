"""What every test stands on: a home of its own, real git repositories, and a real Redis that is nobody else's."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from docwatch import log, tree
from docwatch.jobs import document_file, run, server
from docwatch.opened import OpenTree
from docwatch.tree import Tree
from docwatch.watcher.reconcile import Scanned, reconcile

T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that the processors have work to the end."""
    items.sort(key=lambda item: item.path.parent.name not in ("e2e", "install"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git fills a new repository with: folders, without the examples that take longer than all the rest."""
    made = tmp_path_factory.mktemp("template")
    for name in ("hooks", "info"):
        (made / name).mkdir()
    return made


@pytest.fixture(scope="session")
def homes() -> Iterator[Callable[[], Path]]:
    """Makes folders with short paths, as that of a real home, which has a socket in it.

    They are removed in the end, together: ext4 takes long to make files while others have just been removed.
    """
    with tempfile.TemporaryDirectory(prefix="home-") as place:
        numbers = itertools.count()

        def make() -> Path:
            folder = Path(place, str(next(numbers)))
            folder.mkdir(mode=0o700)
            return folder

        yield make


@pytest.fixture(autouse=True)
def home(homes: Callable[[], Path], template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME of its own, with no Redis and no configuration; nothing of this machine leaks in."""
    for name in list(os.environ):
        if name.startswith(("DOCWATCH_", "XDG_", "GIT_", "RQ_")):
            monkeypatch.delenv(name)
    folder = homes()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("DOCWATCH_HOME", str(folder / "docwatch"))
    monkeypatch.setenv("NO_COLOR", "1")
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.org\n"
        f"[init]\n\tdefaultBranch = main\n\ttemplateDir = {template}\n"
        "[maintenance]\n\tauto = false\n"  # a process for each commit, to find nothing to do
    )
    return folder


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """What a worker keeps open for its jobs, and the log, do not outlive the test: the next is another process."""
    yield
    run.close()
    log.tear_down()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One private server for the whole run, started as docwatch starts its own."""
    from docwatch import config

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCWATCH_HOME", str(tmp_path_factory.mktemp("redis")))
        patch.delenv("DOCWATCH_REDIS_URL", raising=False)
        settings = config.load()
        server.ensure(settings, keep=True)
        url = server.url(settings)
        yield url
        assert server.stop(settings, even_if_kept=True)


@pytest.fixture
def redis_url(redis_server: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The run's Redis, empty, configured for this test."""
    from redis import Redis

    with Redis.from_url(redis_server) as client:
        client.flushall()
    monkeypatch.setenv("DOCWATCH_REDIS_URL", redis_server)
    return redis_server


class Repo:
    """A git repository in tmp, and what the tests do with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._found: Tree | None = None
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q")

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(("git", "-C", self.root, *arguments), check=check, capture_output=True, text=True)
        return done.stdout

    def write(self, path: str | bytes, content: str | bytes = "def f(): pass\n") -> None:
        name = os.path.join(os.fsencode(self.root), os.fsencode(path))
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def oid(self, path: str) -> str:
        return self.git("hash-object", "--no-filters", "--", path).strip()

    def tree(self) -> Tree:
        """Registered. What git says of it is asked once: it stays where it was made."""
        if self._found is None:
            self._found = tree.find(str(self.root))
        tree.register(self._found)
        return self._found

    def scan(self, *, full: bool = False) -> Scanned:
        """Owe what is to be documented; no worker runs."""
        with OpenTree(self.tree()) as opened:
            return reconcile(opened, full=full)

    def document(self) -> Scanned:
        """Scan, and run every job that is owed in this process, without Redis."""
        with OpenTree(self.tree()) as opened:
            scanned = reconcile(opened)
            owed = [row.path for row in opened.ledger.rows("state = 'queued'")]
        for path in owed:
            document_file(self.tree().id, os.fsdecode(path))
        return scanned

    def states(self) -> dict[str, str]:
        """What the ledger says of each path."""
        with OpenTree(self.tree()) as opened:
            return {os.fsdecode(row.path): row.state for row in opened.ledger.all()}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


@pytest.fixture
def hooks_as_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with any git before 2.54, also where the one that is installed is later."""
    from docwatch.hooks import configured

    monkeypatch.setattr(configured, "is_possible", lambda: False)


def until(ask: Callable[[], T], seconds: float = 20.0) -> T:
    """Ask until the answer is true, and give it; fails with the last answer when it takes too long."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        pause.wait(0.03)
    return answer
