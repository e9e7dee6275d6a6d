"""What a worker does with its jobs: make the store equal to what the disk says of some paths."""

from __future__ import annotations

import contextlib
import logging
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from docwatch import disk, log
from docwatch import tree as trees
from docwatch.errors import HostError, UserError
from docwatch.jobs.batch import Batch, Guard, Task, complain
from docwatch.jobs.fate import follow, judge
from docwatch.jobs.room import with_room
from docwatch.opened import OpenTree

logger = logging.getLogger("docwatch.jobs")


def document_file(tree: str, path: str) -> None:
    """RQ's entry for one job: document one file, or forget it if it is gone or no longer admitted.

    Safe to run twice, late or out of order. Raises whatever went wrong, after writing it down and telling RQ whether
    and when to try again.
    """
    from rq import get_current_job

    task = Task(tree, os.fsencode(path))
    document([task])
    if task.fate is not None and not task.fate.parks:
        if (job := get_current_job()) is not None:
            follow(job, task.fate)
        raise task.fate.error


@dataclass(slots=True)
class Room:
    """How long a worker waits for room on a disk, in seconds, and which trees' folders had none, by the trees' ids."""

    patience: float = math.inf
    full: dict[str, str] = field(default_factory=dict)

    def is_missing(self, tree: str) -> bool:
        if tree in self.full and disk.no_room(self.full[tree]) is None:
            del self.full[tree]
        return tree in self.full


def document(tasks: Sequence[Task], guard: Guard = contextlib.nullcontext, room: Room | None = None) -> None:
    """Carry out these tasks. What goes wrong with one is written down, in the ledger and in its `fate`.

    `guard` surrounds the work of a documenter for one task: it may end it by an exception.
    """
    room = room or Room()
    if not log.is_set_up():
        log.setup("worker")
    for tree in sorted({task.tree for task in tasks}):
        its = [task for task in tasks if task.tree == tree]
        try:
            if room.is_missing(tree):
                raise HostError("its disk is still full")
            found = with_room(partial(opened, tree), room.patience)
            if found is not None:
                for together in _apart(found, its):
                    Batch(found, together, guard, room.patience).run()
        except Exception as error:  # noqa: BLE001 - the tree cannot be opened, or its ledger not be written
            for task in its:
                if task.is_open:
                    task.fate = task.judged(error)
            complain(os.fsencode(tree), judge(error))


def _apart(opened: OpenTree, tasks: list[Task]) -> list[list[Task]]:
    """The tasks of each batch: a file that a worker has died over runs alone, to show whether it was the one."""
    suspects = opened.ledger.suspects(task.path for task in tasks)
    return [[task for task in tasks if task.path not in suspects], *([one] for one in tasks if one.path in suspects)]


# What this process has open, by process id and tree: a forked child must open its own.
_open: dict[tuple[int, str], OpenTree] = {}
MOST_OPEN = 16


def opened(tree: str) -> OpenTree | None:
    """None for a tree that was forgotten meanwhile: there is nothing to do for it."""
    key = (os.getpid(), tree)
    if key not in _open:
        try:
            found = trees.by_id(tree)
        except UserError as error:
            logger.info("dropped jobs of a tree: %s", error)
            return None
        if len(_open) >= MOST_OPEN:
            close()
        _open[key] = OpenTree(found)
    return _open[key]


def close() -> None:
    """Close what this process has opened for its jobs."""
    while _open:
        (pid, _), opened = _open.popitem()
        if pid == os.getpid():
            opened.close()
