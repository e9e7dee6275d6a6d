"""Who may ask: this machine's user, through a link that only they were given, from no page but ours.

Every request is looked at before anything else sees it: Host (against DNS rebinding), Origin and Sec-Fetch-Site
(against other pages, also those of other servers on this machine, which share our cookies), then the token.
"""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing is loaded from elsewhere, no script or style stands in a page, and no other page may frame or post to it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = ("GET", "HEAD")


class Keys:
    """The token of one server, and tickets: each lets one browser in, once."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._tickets: set[str] = set()

    def ticket(self) -> str:
        """For a link that others may see, as the arguments of a process: worth nothing once it was followed."""
        made = secrets.token_urlsafe(32)
        self._tickets.add(made)
        return made

    def opens(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def admits(self, given: str) -> bool:
        if given in self._tickets:
            self._tickets.remove(given)
            return True
        return self.opens(given)


class Guard:
    """ASGI around ASGI: refuses, or lets in and sees to it that every answer carries `HEADERS`."""

    def __init__(self, app: ASGIApp, keys: Keys, port: int) -> None:
        self._app, self._keys = app, keys
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._cookie = f"docwatch-{port}"  # cookies do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await (self._answer(scope) or self._app)(scope, receive, guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """What a request gets that is not passed on."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return _refused("this address is not one of ours", 421)
        if scope["method"] not in (*_SAFE, "POST"):
            return _refused("only GET, HEAD and POST are answered", 405)
        if any(not _is_ours(origin, hosts[0].lower(), headers) for origin in headers.getlist("origin")):
            return _refused("another page asks")
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if scope["method"] in _SAFE and (given := [value for name, value in query if name == "token"]):
            if len(given) != 1 or not self._keys.admits(given[0]):
                return _refused("this link is not valid any more")
            return self._let_in(scope, [pair for pair in query if pair[0] != "token"])
        if headers.get("authorization", "").startswith("Bearer "):
            is_known = self._keys.opens(headers["authorization"].removeprefix("Bearer "))
            return None if is_known else _refused("this token is not valid")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return _refused("another page asks")
        if not self._keys.opens(_cookie(headers, self._cookie)):
            return _refused("no token")
        if scope["method"] == "POST" and "origin" not in headers:
            return _refused("nobody says which page asks")
        return None

    def _let_in(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        place = scope["raw_path"].decode("ascii", "replace")
        # Two slashes would begin another host's address.
        place = "/" + place.lstrip("/\\") + (f"?{urlencode(query)}" if query else "")
        answer = RedirectResponse(place, status_code=303)
        answer.set_cookie(self._cookie, self._keys.token, httponly=True, samesite="strict", path="/")
        return answer


def _is_ours(origin: str, host: str, headers: Headers) -> bool:
    # From a page with `no-referrer` browsers post with the origin "null", and say by the other header whose page it is.
    return origin == f"http://{host}" or (origin == "null" and headers.get("sec-fetch-site") == "same-origin")


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _refused(why: str, code: int = 403) -> Response:
    return PlainTextResponse(f"{why}: open the link that 'docwatch serve' printed\n", code)
