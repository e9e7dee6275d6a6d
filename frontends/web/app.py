"""The page over HTTP: which address shows what, one thread that reads, and one place where errors become answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from docwatch.errors import DocwatchError, TransientError, UserError
from docwatch.frontends import failed
from docwatch.frontends.mcp.http import AtAddress
from docwatch.frontends.reading import NOTHING_YET, Lasting, Look
from docwatch.frontends.web import live, pages, writing
from docwatch.frontends.web.address import Live, unquoted
from docwatch.frontends.web.guard import Guard, Keys
from docwatch.frontends.web.pages import Page
from docwatch.relations import relations
from docwatch.tree import Tree

log = logging.getLogger("docwatch.web")
STATIC = Path(__file__).with_name("static")
LARGEST_FORM_BYTES = 64 << 10
AS_DATA = "docwatch.as_data"

P = ParamSpec("P")
T = TypeVar("T")
Ask = Callable[[Look, Request], Page]


def site(tree: Tree, keys: Keys, port: int, is_over: Callable[[], bool]) -> ASGIApp:
    """The whole page of one tree, for a server on that port that ends once `is_over`."""
    return Guard(Addresses(_Site(tree, is_over).app()), keys, port)


class Addresses:
    """`.json` at the end of any address gives the same as data: taken off here, and remembered.

    Routes see the path as it was sent, still quoted: names may hold what text, and a route's pattern, cannot.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[AS_DATA] = scope["raw_path"].endswith(b".json")
            scope["raw_path"] = scope["raw_path"].removesuffix(b".json") or b"/"
            scope["path"] = scope["raw_path"].decode("latin-1")
        await self._app(scope, receive, send)


class _Site:
    """Everything is asked of the tree in one thread, which alone has it open."""

    def __init__(self, tree: Tree, is_over: Callable[[], bool]) -> None:
        self._tree, self._is_over = tree, is_over
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="web")
        self._opened = Lasting(tree)
        self._agents = AtAddress(tree)
        self._is_warm = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                self._page("/", _tree),
                self._page("/files", _tree),
                self._page("/files/{path:path}", _tree),
                self._page("/graph", _graph),
                self._page("/graph/{path:path}", _graph),
                self._page("/search", _search),
                self._page("/queue", _queue),
                Route("/retry", self._retry, methods=["POST"]),
                Route("/events", self._events),
                Route("/mcp", self._agents),
                Route("/static/{name}", _static),
                self._page("/{path:path}", _nothing),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await self._agents.close()
        await self._in_reader(self._opened.close)
        self._reader.shutdown()

    def _page(self, path: str, ask: Ask) -> Route:
        async def answer(request: Request) -> Response:
            answered = await self._in_reader(self._answered, ask, request)
            if not self._is_warm:
                self._is_warm = True
                self._reader.submit(self._warm)
            return answered

        return Route(path, answer)

    def _warm(self) -> None:
        """Read what the next page would wait for, once the first is there; what is in the way is said to who asks."""
        with contextlib.suppress(DocwatchError):
            if (opened := self._opened.now()) is not None:
                relations(opened)

    async def _events(self, request: Request) -> Response:
        since = request.query_params.get("since", "")
        return StreamingResponse(live.events(self._tree, since, self._is_over), media_type="text/event-stream")

    async def _retry(self, request: Request) -> Response:
        form = b""
        async for chunk in request.stream():
            form += chunk
            if len(form) > LARGEST_FORM_BYTES:
                return Response("too much\n", 413)
        given = {name: values[0] for name, values in parse_qs(form.decode("latin-1")).items()}
        return await self._in_reader(self._owed_again, request, given)

    async def _in_reader(self, work: Callable[P, T], *arguments: P.args, **_none: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, *arguments)

    def _owed_again(self, request: Request, given: dict[str, str]) -> Response:
        def ask(look: Look, _request: Request) -> Page:
            path = unquoted(given.get("path", "").encode("latin-1"))
            failed.owe_again(look.opened, [path] if path else None, cause=given.get("cause"), every="all" in given)
            return pages.queue(look)

        if given.keys() - {"path", "cause", "all"} or len(given) != 1:
            return self._written(request, pages.message("name one file, one cause, or all", 400))
        answer = self._answered(ask, request)
        return RedirectResponse("/queue", 303) if answer.status_code == 200 else answer

    def _answered(self, ask: Ask, request: Request) -> Response:
        """The one place where whatever goes wrong with a page becomes an answer."""
        try:
            opened = self._opened.now()
            now = "" if opened is None else live.moment(opened.ledger)  # before anything else is asked
            look = None if opened is None else Look(opened)
            page = pages.message(NOTHING_YET, 200) if look is None else ask(look, request)
            return self._written(request, page, now, look)
        except TransientError as error:
            return self._written(request, pages.message(str(error), 503))
        except DocwatchError as error:
            return self._written(request, pages.message(str(error), 400))
        except Exception:
            log.exception("a bug in docwatch, at %a", request.scope["raw_path"])
            return self._written(request, pages.message("a bug in docwatch; please send the end of its log", 500))

    def _written(self, request: Request, page: Page, now: str = "", look: Look | None = None) -> Response:
        if request.scope[AS_DATA]:
            body = json.dumps({"schema": 1, **page.data()})
            return Response(body, page.code, media_type="application/json")
        view, counts = page.view(), {}
        # Where they would cost a survey the page is not kept waiting: it asks for them by itself. Nor is a search at
        # each key, which shows none.
        if look is not None and look.has_looked and "hx-request" not in request.headers:
            counts = look.counts
        text = writing.html(page, view, Live(), counts=counts, root=self._tree.root, now=now)
        return Response(text, page.code, media_type="text/html")


def _path(request: Request, start: bytes) -> bytes:
    """The path of the tree in an address that begins with `start`, from the bytes that were sent."""
    path = unquoted(request.scope["raw_path"].strip(b"/").removeprefix(start))
    if path is None:
        raise UserError("a name in this address holds a slash: follow a link of the page instead")
    return path


def _number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name, "")[:9]
    return int(given) if given.isdecimal() else None


def _tree(look: Look, request: Request) -> Page:
    # As bytes, since a name need not be UTF-8.
    asked = parse_qs(request.scope["query_string"].decode("latin-1"), encoding="latin-1")
    after = asked.get("after", [""])[0].encode("latin-1")
    return pages.at(look, _path(request, b"files"), _number(request, "from") or 0, after)


def _graph(look: Look, request: Request) -> Page:
    depth = _number(request, "depth")
    return pages.graph(look.opened, _path(request, b"graph"), None if depth is None else max(1, depth))


def _search(look: Look, request: Request) -> Page:
    return pages.search(look.opened, request.query_params.get("q", ""))


def _queue(look: Look, _request: Request) -> Page:
    return pages.queue(look)


def _nothing(_look: Look, request: Request) -> Page:
    return pages.missing(request.scope["raw_path"])


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in {one.name for one in STATIC.iterdir()}:
        return Response("there is no such file\n", 404, media_type="text/plain")
    return FileResponse(STATIC / name)
