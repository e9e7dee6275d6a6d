"""What other programs read: the JSON of the reading commands, key for key as it is promised."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest

from docwatch import log, tree
from tests.conftest import Repo
from tests.frontends.conftest import Run

COUNT = int
TEXT = str
MAYBE = (str, type(None))

SYMBOL = {
    "name": TEXT,
    "kind": TEXT,
    "signature": TEXT,
    "line": COUNT,
    "end_line": COUNT,
    "parent": MAYBE,
    "doc": MAYBE,
}
OUTLINE = {"summary": TEXT, "symbols": [SYMBOL], "imports": [TEXT], "exports": [TEXT], "dependencies": [TEXT]}
SHAPES: dict[tuple[str, ...], dict[str, Any]] = {
    ("status",): {
        "schema": COUNT,
        "tree": TEXT,
        "files": dict.fromkeys(("fresh", "stale", "queued", "running", "failed", "skipped"), COUNT),
        "workers": [{"name": TEXT, "pid": COUNT, "state": TEXT}],
        "queues": {"docwatch": COUNT},
        "redis": {"ok": bool, "url": TEXT, "embedded": bool},
        "watcher": {"ok": bool, "mode": TEXT},
    },
    ("show", "a.py"): {
        "schema": COUNT,
        "path": TEXT,
        "oid": TEXT,
        "state": TEXT,
        "language": TEXT,
        "documenter": TEXT,
        "outline": OUTLINE,
        "prose": type(None),
    },
    ("files",): {"schema": COUNT, "files": [{"path": TEXT, "state": TEXT, "oid": MAYBE, "reason": TEXT}]},
    ("check",): {"schema": COUNT, "files": [{"path": TEXT, "state": TEXT, "oid": MAYBE, "reason": TEXT}]},
    ("why", "a.py"): {
        "schema": COUNT,
        "path": TEXT,
        "admitted": bool,
        "reason": TEXT,
        "rule": type(None),
    },
    ("why", "ignored.py"): {
        "schema": COUNT,
        "path": TEXT,
        "admitted": bool,
        "reason": TEXT,
        "rule": {"file": TEXT, "line": COUNT, "pattern": TEXT},
    },
    ("search", "sheep"): {
        "schema": COUNT,
        "query": TEXT,
        "hits": [
            {
                "path": TEXT,
                "oid": TEXT,
                "state": TEXT,
                "name": MAYBE,
                "line": (int, type(None)),
                "snippet": TEXT,
                "kind": MAYBE,
                "language": TEXT,
                "matches": [[COUNT]],
                "instead": MAYBE,
            }
        ],
    },
    ("failed",): {"schema": COUNT, "causes": [{"reason": TEXT, "count": COUNT, "paths": [TEXT], "cause": TEXT}]},
    ("log",): {"schema": COUNT, "lines": [TEXT]},
}


def differences(found: Any, shape: Any, at: str = "") -> list[str]:
    """Where what was found is not of the shape; key order counts too, as people read it."""
    match shape:
        case dict():
            if not isinstance(found, dict) or list(found) != list(shape):
                return [f"{at}: keys {list(found) if isinstance(found, dict) else found!r}, not {list(shape)}"]
            return [line for key in shape for line in differences(found[key], shape[key], f"{at}.{key}")]
        case [one]:
            if not isinstance(found, list) or not found:
                return [f"{at}: {found!r} is not a list of at least one"]
            return [line for number, each in enumerate(found) for line in differences(each, one, f"{at}[{number}]")]
    # A bool is an int to Python, and to nobody else.
    if not isinstance(found, shape) or (isinstance(found, bool) and shape is not bool):
        return [f"{at}: {found!r} is not {shape}"]
    return []


@pytest.fixture
def documented(repo: Repo, redis_url: str) -> Repo:
    """A repository in which every list of every answer has an entry."""
    from redis import Redis

    from docwatch.entries import Setback
    from docwatch.opened import OpenTree

    log.setup("test")
    logging.getLogger("docwatch.test").info("said")
    repo.write(".gitignore", "ignored.py\n")
    repo.write("a.py", '"""Sheep."""\nimport os, numpy\n\nclass Flock:\n    """Many."""\n    def count(self): pass\n')
    repo.document()
    repo.write("wolf.py", "a = 1\n")
    repo.write("ignored.py")
    repo.scan()
    with OpenTree(repo.tree()) as opened:
        ticket = opened.ledger.begin(b"wolf.py").ticket
        opened.ledger.give_back(ticket, b"wolf.py", repo.oid("wolf.py"), Setback("teeth", "Wolves", final=True))
    with Redis.from_url(redis_url) as client:
        client.sadd("rq:workers:docwatch", "rq:worker:one")
        client.hset("rq:worker:one", mapping={"pid": 1, "hostname": "elsewhere", "state": "busy"})
    return repo


@pytest.mark.parametrize("arguments", SHAPES, ids=" ".join)
def test_every_answer_has_exactly_the_promised_keys(documented: Repo, run: Run, arguments: tuple[str, ...]) -> None:
    out = run(*arguments, "--json").out
    assert out.count("\n") == 1
    assert differences(json.loads(out), SHAPES[arguments]) == []


def test_a_shape_that_differs_is_told_apart() -> None:
    assert differences({"a": 1, "b": []}, {"a": int, "b": [str]}) == [".b: [] is not a list of at least one"]
    assert differences({"a": True}, {"a": int}) != []
    assert differences({"b": 1, "a": 1}, {"a": int, "b": int}) != []


@pytest.mark.parametrize("arguments", [*SHAPES, ("show", "caf\udce9.py")], ids=ascii)
def test_names_that_are_not_utf8_never_break_an_answer(repo: Repo, run: Run, arguments: tuple[str, ...]) -> None:
    repo.write("a.py", '"""Sheep."""\n')
    repo.write(b"caf\xe9.py", '"""Sheep."""\n')
    repo.document()
    repo.write(b"caf\xe9.py", "a = 1\n")
    found = run(*arguments, "--json")
    assert found.out.isascii()
    assert found.code == (1 if arguments == ("check",) else 0)
    for one in [*found.json.get("files", ()), *found.json.get("hits", ())] if "tree" not in found.json else ():
        assert os.path.lexists(repo.root / one["path"])


def test_standard_output_holds_the_object_and_nothing_else(repo: Repo) -> None:
    """As another program sees it: remarks and complaints are on standard error."""
    repo.write("a.py")
    repo.scan()
    for arguments, code in ((["show", "a.py"], 1), (["check"], 1), (["status"], 0), (["files"], 0), (["failed"], 0)):
        command = (sys.executable, "-P", "-m", "docwatch", "-C", str(repo.root), *arguments, "--json")
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, json.loads(done.stdout)["schema"]) == (code, 1)
        assert len(done.stderr.splitlines()) == code


def test_reading_registers_nothing(repo: Repo, run: Run) -> None:
    repo.write("a.py", '"""Sheep."""\n')
    repo.document()
    tree.forget(repo.tree())
    found = tree.find(str(repo.root))
    tree.forget(found)
    for arguments in SHAPES:
        run(*arguments, "--json")
    assert run("show", "a.py").code == 0
    assert not tree.is_registered(found)


def test_a_folder_that_no_repository_holds_is_the_users_problem(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    for arguments in SHAPES:
        found = run(*arguments)
        if arguments != ("log",):
            assert (found.code, found.out) == (1, "")
            assert "run 'git init' there" in found.err
