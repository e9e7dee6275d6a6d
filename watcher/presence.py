"""Says to every other process whether a tree is being watched: a file whose lock lasts as long as the watcher lives."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Literal

from docwatch import config
from docwatch.errors import UserError
from docwatch.tree import Tree

Mode = Literal["events", "polling", "off"]


@dataclass(frozen=True, slots=True)
class Presence:
    """The watcher of a tree. `problem` says why it is blind or degraded and what to do; None when all is well."""

    pid: int | None = None
    mode: Mode = "off"
    problem: str | None = None


class Announcement:
    """Held by the one watcher of a tree."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._said: Presence | None = None

    def say(self, mode: Mode, problem: str | None) -> None:
        presence = Presence(os.getpid(), mode, problem)
        if presence != self._said:
            self._said = presence
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps(asdict(presence)))
            self._file.flush()


@contextlib.contextmanager
def announced(tree: Tree) -> Iterator[Announcement]:
    """Be the one watcher of the tree. Raises UserError when there is one already."""
    with open(os.open(_path(tree.id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _read(file).pid
            raise UserError(
                f"{tree.root} is already watched by process {other}; see 'docwatch status', or stop it first"
            ) from None
        announcement = Announcement(file)
        announcement.say("off", None)
        try:
            yield announcement
        finally:
            file.truncate(0)


def of(tree: Tree) -> Presence:
    """The watcher of the tree as it is right now."""
    return of_id(tree.id)


def of_id(tree: str) -> Presence:
    """The same, by the tree's id: also while its root is away."""
    try:
        file = open(_path(tree))  # noqa: SIM115 - closed below
    except FileNotFoundError:
        return Presence()
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(file)
    return Presence()


def _read(file: IO[str]) -> Presence:
    file.seek(0)
    try:
        return Presence(**json.loads(file.read()))
    except ValueError:  # caught between truncate and write
        return Presence(mode="events")


def _path(tree: str) -> str:
    folder = os.path.join(config.state_folder(), "watchers")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, tree + ".json")
