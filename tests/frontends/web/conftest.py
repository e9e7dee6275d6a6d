"""The page of a repository, asked over a real socket, or many times over without one."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.types import Message

from docwatch.frontends.web.app import site
from docwatch.frontends.web.guard import Keys
from docwatch.frontends.web.server import Serving, serving
from tests.conftest import Repo

PORT = 4747  # of a server that is never bound


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    code: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        found = json.loads(self.text)
        assert found.pop("schema") == 1
        return found


Fetch = Callable[..., Answer]


@pytest.fixture
def server(repo: Repo) -> Iterator[Serving]:
    with serving(repo.tree()) as running:
        yield running


@pytest.fixture
def fetch(server: Serving) -> Fetch:
    """Asks the running page as a script with the token does; `headers` are added, or left out where None."""

    def fetched(address: str, method: str = "GET", body: str = "", **headers: str | None) -> Answer:
        given = {"Host": f"127.0.0.1:{server.port}", "Authorization": f"Bearer {server.keys.token}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as line:
            line.putrequest(method, address, skip_host=True)
            for name, value in given.items():
                if value is not None:
                    line.putheader(name, value)
            line.putheader("Content-Length", str(len(body)))
            line.endheaders(body.encode())
            answer = line.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())

    return fetched


def asked(repo: Repo, addresses: Iterable[bytes]) -> Iterator[tuple[bytes, Answer]]:
    """Each address asked of the page itself, without a socket: some 1,000 a second."""
    keys = Keys()
    app = site(repo.tree(), keys, PORT, lambda: False)
    headers = [(b"host", b"127.0.0.1:%d" % PORT), (b"authorization", b"Bearer " + keys.token.encode())]

    async def ask(address: bytes) -> Answer:
        path, _, query = address.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "root_path": "",
            "path": path.decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
        }
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in said[1:])
        return Answer(said[0]["status"], {k.decode(): v.decode() for k, v in said[0]["headers"]}, body.decode())

    async def end() -> None:
        """As a server tells its application that it ends."""
        told = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

        async def receive() -> Message:
            return next(told)

        async def send(message: Message) -> None:
            assert message["type"].endswith("complete")

        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    with asyncio.Runner() as runner:
        for address in addresses:
            yield address, runner.run(ask(address))
        runner.run(end())
