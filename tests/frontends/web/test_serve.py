"""`docwatch serve` as a process: what it prints, opens, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Repo, until
from tests.frontends.conftest import Run


def started(repo: Repo, *arguments: str) -> subprocess.Popen[str]:
    command = (sys.executable, "-P", "-m", "docwatch", "-C", str(repo.root), *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    return process.returncode, said


def test_scripts_get_the_link_as_json(repo: Repo) -> None:
    repo.write("a.py", '"""Sheep."""\n')
    repo.document()
    process = started(repo, "serve", "--json")
    assert process.stdout is not None
    found = json.loads(process.stdout.readline())
    assert (found["schema"], found["tree"]) == (1, str(repo.root))
    assert found["link"] == f"{found['address']}?token={found['token']}"
    asked = urllib.request.Request(found["address"] + ".json", headers={"Authorization": f"Bearer {found['token']}"})
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["files"][0]["path"] == "a.py"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(found["address"])
    assert ended(process) == (0, "")


def test_the_browser_gets_a_link_that_is_worth_nothing_afterwards(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others on the machine can read the arguments of a process."""
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    process = started(repo, "serve")
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    until(opened.exists)
    ticket = opened.read_text()
    assert ticket.partition("=")[0] == link.partition("=")[0]
    assert ticket != link
    assert urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(ticket).status == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(ticket)
    assert ended(process) == (0, "")


def test_it_listens_on_loopback_alone_and_a_port_that_is_taken_is_said(repo: Repo, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = run("serve", "--no-open", "--port", str(port))
    assert (found.code, found.out) == (1, "")
    assert f"port {port} cannot be had: Address already in use; name another with --port" in found.err


def test_up_serves_as_well(repo: Repo, redis_url: str) -> None:
    repo.write("a.py")
    process = started(repo, "up", "--web", "--no-hooks", "-n", "1")
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def state() -> str | None:
        with browser.open(link.partition("?")[0] + ".json") as answer:
            return next((one["state"] for one in json.load(answer)["files"]), None)

    browser.open(link)
    assert until(lambda: state() == "fresh")
    assert ended(process)[0] == 0
    assert not os.path.exists(repo.root / ".git" / "hooks" / "post-commit")
