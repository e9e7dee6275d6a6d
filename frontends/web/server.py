"""The server of the page: on this machine's loopback alone, in a thread of its own or in the foreground."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import uvicorn

from docwatch.errors import UserError
from docwatch.frontends.web.app import site
from docwatch.frontends.web.guard import Keys
from docwatch.tree import Tree

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that answers. `link` lets whoever has it in; `ticket()` makes a link that does so once."""

    port: int
    keys: Keys
    thread: threading.Thread

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def link(self) -> str:
        return f"{self.address}?token={self.keys.token}"

    def ticket(self) -> str:
        return f"{self.address}?token={self.keys.ticket()}"


@contextlib.contextmanager
def serving(tree: Tree, port: int = 0) -> Iterator[Serving]:
    """The tree's page on that port, or any free one, while the context lasts. Raises UserError where that is taken."""
    with _bound(port) as listener:
        port = listener.getsockname()[1]
        keys = Keys()
        server: uvicorn.Server
        app = site(tree, keys, port, lambda: server.should_exit)
        settings = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, args=([listener],), name=f"serve {tree.root}")
        thread.start()
        try:
            yield Serving(port, keys, thread)
        finally:
            server.should_exit = True
            thread.join()


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UserError(f"port {port} cannot be had: {error.strerror}; name another with --port, or none") from error
    listener.listen(128)
    return listener
