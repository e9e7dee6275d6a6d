"""A look at the queue and its workers, without the 100 ms that importing a client library takes."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from docwatch import holder
from docwatch.config import Config
from docwatch.jobs import server

PATIENCE_SECONDS = 0.5
ALARM = "docwatch:alarm"  # a key that a pool sets while its workers keep dying; what it says is for people
QUEUE, PROSE_QUEUE = "docwatch", "docwatch-prose"  # as docwatch.jobs.queue has it, which cannot be imported without RQ

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worker:
    """An RQ worker on our queue; `state` is RQ's own word, such as idle or busy."""

    name: str
    pid: int
    state: str


@dataclass(frozen=True, slots=True)
class Glance:
    """What Redis says at one moment; `ok` is False when nobody answers."""

    ok: bool
    queued: int = 0
    workers: tuple[Worker, ...] = ()
    alarm: str | None = None
    prose_queued: int = 0


def glance(settings: Config) -> Glance:
    """The jobs that wait and the workers that live, asked without waiting long. Never starts a server."""
    lengths = [("LLEN", f"rq:queue:{name}") for name in (QUEUE, PROSE_QUEUE)]
    answers = _ask(settings, [*lengths, ("SMEMBERS", f"rq:workers:{QUEUE}"), ("GET", ALARM)])
    if answers is None:
        return Glance(False)
    queued, prose_queued, keys, alarm = answers
    names = sorted(os.fsdecode(key) for key in keys) if isinstance(keys, (list, set)) else []
    found = _ask(settings, [("HMGET", name, "pid", "state", "hostname") for name in names]) if names else []
    return Glance(
        True,
        queued if isinstance(queued, int) else 0,  # an error while the server still loads its data
        tuple(worker for name, fields in zip(names, found or [], strict=False) if (worker := _worker(name, fields))),
        os.fsdecode(alarm) if isinstance(alarm, (bytes, str)) else None,
        prose_queued if isinstance(prose_queued, int) else 0,
    )


def workers(settings: Config) -> tuple[Worker, ...]:
    """The workers that live and listen on our queue."""
    return glance(settings).workers


def _worker(key: str, fields: object) -> Worker | None:
    """None for one that is gone: its hash has expired, or nothing runs under its number any more."""
    if not isinstance(fields, list) or not fields[0]:
        return None
    pid, state, host = (os.fsdecode(field or b"") for field in fields)
    if host == socket.gethostname() and not holder.is_alive(holder.name_of(int(pid))):
        return None  # killed; RQ itself takes minutes to notice
    return Worker(key.removeprefix("rq:worker:"), int(pid), state or "?")


def _ask(settings: Config, commands: Sequence[Command]) -> list[object] | None:
    """What Redis replies to each command (bytes, int, list; None for an error); None when nobody answers."""
    address = server.url(settings)
    if server.is_embedded(settings):
        return _say(address.removeprefix("unix://"), commands)
    from redis.exceptions import RedisError

    from docwatch.jobs.connection import for_producer

    try:
        with for_producer(settings) as client, client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            return [None if isinstance(one, RedisError) else one for one in pipeline.execute(raise_on_error=False)]
    except RedisError:
        return None


def _say(path: str, commands: Sequence[Command]) -> list[object] | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_SECONDS)
        try:
            line.connect(path)
            line.sendall(b"".join(_encoded(command) for command in commands))
            with line.makefile("rb") as replies:
                return [_reply(replies) for _ in commands]
        except OSError:
            return None


def _encoded(command: Command) -> bytes:
    words = [os.fsencode(word) for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _reply(replies: BinaryIO) -> object:
    """One reply in RESP 2; None for an error or nothing there."""
    line = replies.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server ended in the middle of a reply")
    kind, rest = line[:1], line[1:-2]
    match kind:
        case b":":
            return int(rest)
        case b"$":
            return replies.read(int(rest) + 2)[:-2] if rest != b"-1" else None
        case b"*":
            return [_reply(replies) for _ in range(int(rest))]
    return rest if kind == b"+" else None
