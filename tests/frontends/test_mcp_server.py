"""The server as its clients meet it: the official SDK's own client over both transports, and the real Claude Code.

The SDK takes a second to import, so only those do who need it, not everybody who looks for tests here.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docwatch import config
from docwatch.frontends.mcp import greeting
from docwatch.frontends.mcp.questions import QUESTIONS
from docwatch.frontends.mcp.tools import Tools
from docwatch.frontends.web.server import serving
from tests.conftest import Repo
from tests.documenters.prose.test_claude import real_claude  # noqa: F401 - a fixture

from .conftest import Run

DOCWATCH = ("-P", "-m", "docwatch")


@pytest.fixture
def documented(repo: Repo) -> Repo:
    repo.write("money.py", '"""Amounts of money."""\ndef toss(): pass\n')
    repo.write("shop.py", "import money\n")
    repo.commit()
    repo.document()
    return repo


async def converse(to: Any) -> None:
    """What any client does: see who answers, list the tools, call some, get one wrong."""
    from mcp import Client

    async with Client(to) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == list(QUESTIONS)
        assert all(tool.description and tool.input_schema["type"] == "object" for tool in listed.tools)
        assert [tool.name for tool in listed.tools if not tool.annotations.read_only_hint] == ["refresh"]  # type: ignore[union-attr]
        said = await client.call_tool("dependents_of", {"path": "money.py"})
        assert not said.is_error
        answer: Any = said.structured_content
        assert json.loads(said.content[0].text) == answer  # type: ignore[union-attr]
        assert "untrusted" in answer["notice"]
        assert [(item["path"], item["state"]) for item in answer["data"]["items"]] == [("shop.py", "fresh")]
        several = await asyncio.gather(*(client.call_tool("search_docs", {"query": "money"}) for _ in range(5)))
        assert all(one.structured_content == several[0].structured_content for one in several)
        wrong = await client.call_tool("get_symbol", {"symbol": "none"})
        assert wrong.is_error
        assert "try search_docs" in wrong.content[0].text  # type: ignore[union-attr]


def test_over_standard_input_and_output(documented: Repo) -> None:
    from mcp.client.stdio import StdioServerParameters

    where = StdioServerParameters(
        command=sys.executable,
        args=[*DOCWATCH, "-C", str(documented.root), "mcp"],
        env=config.child_environment(),
    )
    asyncio.run(converse(where))


def test_over_http_in_serve_under_its_token(documented: Repo) -> None:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async def speak(address: str, token: str) -> None:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
            await converse(streamable_http_client(address, http_client=http))
            ask = {"json": {"jsonrpc": "2.0", "id": 1, "method": "ping"}, "headers": {"Accept": "application/json"}}
            for forged, code in (
                ({"Authorization": "Bearer wrong"}, 403),
                ({"Authorization": ""}, 403),
                ({"Origin": "http://evil.example"}, 403),
                ({"Host": "evil.example"}, 421),
            ):
                refused = await http.post(address, **(ask | {"headers": {**ask["headers"], **forged}}))
                assert refused.status_code == code

    with serving(documented.tree()) as page:
        asyncio.run(speak(f"{page.address}mcp", page.keys.token))


def test_initialize_is_answered_early_as_the_sdk_would_answer_it(repo: Repo) -> None:
    import anyio
    import mcp_types as types
    from mcp.shared.message import SessionMessage
    from mcp_types import version

    from docwatch.frontends.mcp.server import server

    tools = Tools(repo.tree())

    async def by_the_sdk(line: bytes) -> Any:
        heard, hearing = anyio.create_memory_object_stream[Any](2)
        saying, said = anyio.create_memory_object_stream[Any](2)
        ours = server(tools)
        with hearing, saying, said:
            async with heard:
                await heard.send(SessionMessage(types.jsonrpc_message_adapter.validate_json(line)))
            await ours.run(hearing, saying, ours.create_initialization_options())
            return (await said.receive()).message.model_dump(by_alias=True, exclude_unset=True)

    for revision in greeting._REVISIONS:
        line = json.dumps(initialize(revision)).encode()
        assert greeting.answer_to(line) == asyncio.run(by_the_sdk(line))
    assert set(version.HANDSHAKE_PROTOCOL_VERSIONS) == greeting._REVISIONS
    for odd in (b"", b"[]", b"{}", b"\xff", b"[" * 9_999, json.dumps(initialize("2099-01-01")).encode()):
        assert greeting.answer_to(odd) is None


def initialize(revision: str) -> dict[str, Any]:
    client = {"name": "t", "version": "1"}
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": client}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def test_what_else_is_printed_does_not_get_between_the_messages(documented: Repo) -> None:
    """A client that only writes lines gets only lines of the protocol, and the server ends with its input."""
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    lines = [initialize("2025-06-18"), {"jsonrpc": "2.0", "method": "notifications/initialized"}, "not JSON", ping]
    done = subprocess.run(
        (sys.executable, *DOCWATCH, "-C", str(documented.root), "mcp"),
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    first, *rest = [json.loads(line) for line in done.stdout.splitlines()]
    assert first["result"]["serverInfo"]["name"] == "docwatch"
    assert "repository_map" in first["result"]["instructions"]
    assert [one["result"] for one in rest if one.get("id") == 1] == [{}], "initialize is answered once"


def test_without_the_package_it_says_how_to_get_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    done = run("mcp")
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("which is not installed: run './install.sh' again, or pip install 'docwatch[mcp]'\n")


@pytest.mark.network
@pytest.mark.timeout(180)
def test_the_real_claude_code_lists_it_as_connected(
    real_claude: str,  # noqa: F811 - the fixture
    documented: Repo,
    run: Run,
) -> None:
    assert "added to" in run("mcp", "install", "--client", "claude").out
    listed = subprocess.run(
        (real_claude, "mcp", "list"),
        cwd=documented.root, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=True,
    )  # fmt: skip
    [line] = [line for line in listed.stdout.splitlines() if line.startswith("docwatch:")]
    assert line.endswith("Connected"), listed.stdout
    kept = json.loads(Path(os.environ["HOME"], ".claude.json").read_text())
    assert "docwatch" in kept["projects"][str(documented.root)]["mcpServers"]
