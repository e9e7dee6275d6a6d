"""What an open page is told while files change."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from docwatch import notes
from docwatch.frontends.web import live
from docwatch.frontends.web.server import Serving
from docwatch.opened import OpenTree
from tests.conftest import Repo


@pytest.fixture
def lines(repo: Repo, server: Serving) -> Iterator[Iterator[bytes]]:
    repo.write("a.py")
    repo.document()
    with OpenTree(repo.tree()) as opened:
        since = live.moment(opened.ledger)
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as line:
        line.request("GET", f"/events?since={since}", headers={"Authorization": f"Bearer {server.keys.token}"})
        answer = line.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.readline().startswith(b"retry:")
        yield iter(answer.readline, b"")


def told(lines: Iterator[bytes]) -> object:
    """The paths of the next event."""
    return next(json.loads(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: "))["paths"]


def test_a_change_is_told_with_the_address_of_its_file(repo: Repo, lines: Iterator[bytes]) -> None:
    repo.write(b"caf\xe9.py")
    repo.document()
    assert told(lines) == ["caf%E9.py"]


def test_a_removal_and_a_flood_are_told_as_anything(repo: Repo, lines: Iterator[bytes]) -> None:
    (repo.root / "a.py").unlink()
    repo.scan()
    assert told(lines) is None
    for number in range(300):
        repo.write(f"many/{number}.py")
    repo.scan()
    assert told(lines) is None


def test_a_note_is_told_as_anything(repo: Repo, lines: Iterator[bytes]) -> None:
    with OpenTree(repo.tree()) as opened:
        notes.add(opened.store, b"a.py", None, "Beware of wolves.")
    assert told(lines) is None


def test_a_server_ends_at_once_though_somebody_listens(server: Serving, lines: Iterator[bytes]) -> None:
    """The fixtures end it: the listener has its connection closed, and nobody waits for the other."""
    assert server.thread.is_alive()


def test_what_changed_before_anybody_listened_is_told_as_anything(repo: Repo, server: Serving) -> None:
    """A page that was made a moment before its browser begins to listen."""
    repo.write("a.py")
    repo.document()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as line:
        line.request("GET", "/events?since=1-2-3", headers={"Authorization": f"Bearer {server.keys.token}"})
        assert told(iter(line.getresponse().readline, b"")) is None
