"""The tools as the Model Context Protocol has them, by the official SDK: over stdio, and over HTTP for `serve`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.message import SessionMessage
from starlette.types import ASGIApp

from docwatch import __version__
from docwatch.errors import DocwatchError
from docwatch.frontends.mcp.greeting import INSTRUCTIONS, NAME, Opening
from docwatch.frontends.mcp.inert import LINE, inert
from docwatch.frontends.mcp.questions import QUESTIONS, description, schema
from docwatch.frontends.mcp.tools import Tools
from docwatch.tree import Tree

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream

log = logging.getLogger("docwatch.mcp")
LARGEST_REQUEST_BYTES = 256 << 10
_Heard = SessionMessage | Exception


def server(tools: Tools) -> Server:
    """A server of these tools and nothing else."""

    async def list_tools(
        _context: ServerRequestContext, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(name) for name in QUESTIONS])

    async def call_tool(_context: ServerRequestContext, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            answer = await tools.call(params.name, params.arguments or {})
        except DocwatchError as error:
            return _said(inert(str(error), LINE) or "", is_error=True)
        except Exception:
            # The one place of this process where a bug arrives.
            log.exception("a bug in docwatch, in %a", params.name[:80])
            return _said("a bug in docwatch: the user finds it in the end of docwatch's log", is_error=True)
        result = _said(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
        result.structured_content = answer
        return result

    return Server(
        NAME,
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _tool(name: str) -> types.Tool:
    question = QUESTIONS[name]
    hints = types.ToolAnnotations(read_only_hint=name != "refresh", destructive_hint=False, open_world_hint=False)
    return types.Tool(name=name, description=description(question), input_schema=schema(question), annotations=hints)


def _said(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=is_error)


async def over_stdio(tree: Tree, opening: Opening) -> None:
    """Answer on standard input and output until the other side closes them; `opening` has been read there already."""
    with Tools(tree) as tools:
        ours = server(tools)
        async with stdio_server() as (reading, writing), asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(asyncio.to_thread(tools.warm))
            heard, hearing = anyio.create_memory_object_stream[_Heard]()
            saying, said = anyio.create_memory_object_stream[SessionMessage]()
            meanwhile.create_task(_replay(opening.line, reading, heard))
            meanwhile.create_task(_pass_on(said, writing, opening.answered))
            await ours.run(hearing, saying, ours.create_initialization_options())


async def _replay(line: bytes, rest: ReadStream[_Heard], heard: WriteStream[_Heard]) -> None:
    """What was heard already, then what is to come."""
    async with heard:
        try:
            await heard.send(SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False)))
        except ValueError as error:
            await heard.send(error)
        async for message in rest:
            await heard.send(message)


async def _pass_on(
    said: ReadStream[SessionMessage], to: WriteStream[SessionMessage], answered: str | int | None
) -> None:
    """What is said, but for the first answer to a request that was answered already."""
    async with said, to:
        async for message in said:
            if answered is not None and getattr(message.message, "id", None) == answered:
                answered = None
            else:
                await to.send(message)


@contextlib.asynccontextmanager
async def over_http(tree: Tree) -> AsyncIterator[ASGIApp]:
    """The application that answers at one address, while the context is open.

    It keeps no sessions. Who may ask is decided by whoever mounts it, before a request gets here: token, Host, Origin.
    """
    with Tools(tree) as tools:
        manager = StreamableHTTPSessionManager(
            server(tools), json_response=True, stateless=True, max_request_body_size=LARGEST_REQUEST_BYTES
        )
        async with manager.run():
            yield manager.asgi_app
