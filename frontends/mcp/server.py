"""The tools as the Model Context Protocol has them, by the official SDK: over stdio, and over HTTP for `serve`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import ASGIApp

from docwatch import __version__
from docwatch.errors import DocwatchError
from docwatch.frontends.mcp.inert import LINE, inert
from docwatch.frontends.mcp.questions import QUESTIONS, description, schema
from docwatch.frontends.mcp.tools import NOTICE, Tools
from docwatch.tree import Tree

log = logging.getLogger("docwatch.mcp")
LARGEST_REQUEST_BYTES = 256 << 10
INSTRUCTIONS = (
    "docwatch keeps a document for every source file of this repository. Begin with repository_map or search_docs; "
    "read get_document before you open a file; ask dependents_of before you change one; call refresh afterwards. "
    f"Each answer says of every file whether its document is fresh, and of which content (oid) it is. {NOTICE}"
)


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
        "docwatch",
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


async def over_stdio(tree: Tree) -> None:
    """Answer on standard input and output until the other side closes them."""
    with Tools(tree) as tools:
        ours = server(tools)
        async with stdio_server() as (reading, writing), asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(asyncio.to_thread(tools.warm))
            await ours.run(reading, writing, ours.create_initialization_options())


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
