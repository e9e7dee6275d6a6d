"""The tools at an address of `docwatch serve`: whoever mounts this decides before who may ask (token, Host, Origin)."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from docwatch.frontends.mcp import HOW_TO_GET_IT, is_installed
from docwatch.tree import Tree

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class AtAddress:
    """An ASGI application, to be closed at the end. The SDK, which takes a second, is loaded with the first request."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._answering: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_installed():
            from starlette.responses import PlainTextResponse

            await PlainTextResponse(f"coding agents are served with the package 'mcp': {HOW_TO_GET_IT}\n", 501)(
                scope, receive, send
            )
            return
        app = await self._app()
        await app(scope, receive, send)

    async def close(self) -> None:
        self._over.set()
        if self._answering is not None:
            await self._answering

    async def _app(self) -> ASGIApp:
        server = await asyncio.to_thread(importlib.import_module, "docwatch.frontends.mcp.server")
        if self._answering is None:
            self._ready: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
            self._answering = asyncio.create_task(self._answer(server.over_http))
        return await asyncio.shield(self._ready)

    async def _answer(self, over_http: Callable[[Tree], AbstractAsyncContextManager[ASGIApp]]) -> None:
        """From the first request to the end, in one task: what the SDK opens has to be closed where it was opened."""
        async with over_http(self._tree) as app:
            self._ready.set_result(app)
            await self._over.wait()
