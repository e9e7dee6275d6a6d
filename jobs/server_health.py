"""Whether the Redis behind the queue is one that keeps what it is given, and keeps strangers out. Starts nothing."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from docwatch.config import Config
from docwatch.errors import UserError
from docwatch.jobs import glance, server

_ASKED = ("maxmemory-policy", "maxmemory", "appendonly")


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """`binary` is what the private server is or would be started from, None where there is none or it is not ours.

    `evicts` and `forgets`: it drops keys when memory gets short; it loses all when it restarts. Both are False where
    it may not be asked. `open_folder` is the folder of the private server's socket if others may enter it.
    """

    answers: bool
    binary: str | None
    evicts: bool = False
    forgets: bool = False
    open_folder: str | None = None


def look(settings: Config) -> ServerHealth:
    """Raises UserError when the private server's folder is not the user's own."""
    embedded = server.is_embedded(settings)
    told = glance._ask(settings, [("CONFIG", "GET", name) for name in _ASKED])
    policy, memory, kept = map(_value, told or [None] * len(_ASKED))
    return ServerHealth(
        answers=told is not None,
        binary=_binary() if embedded else None,
        evicts=policy not in ("", "noeviction") and memory not in ("", "0"),
        forgets=kept == "no",
        open_folder=_open_folder(settings) if embedded else None,
    )


def _value(reply: object) -> str:
    """The value in a reply to CONFIG GET, a list or, newer, a map; empty for none, or an error."""
    parts = list(reply.values()) if isinstance(reply, dict) else reply
    return os.fsdecode(parts[-1]) if isinstance(parts, list) and parts else ""


def _binary() -> str | None:
    try:
        return server._binary()
    except UserError:
        return None


def _open_folder(settings: Config) -> str | None:
    folder = os.path.dirname(server.url(settings).removeprefix("unix://"))
    found = os.lstat(folder)
    is_private = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return None if is_private else folder
