"""From the spool to `jobs.submit`: by a running watcher, or by the short process that a hook starts where none runs.

No notice is left lying when a process ends. A hook appends its line first and looks for a live `submitter` after that;
we take our name away first and look at the spool after that. So either the hook finds us gone and starts another
process, or we find its line. Two processes never take at once: they wait for each other at a lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

from docwatch import git
from docwatch import tree as trees
from docwatch.errors import DocwatchError
from docwatch.hooks.changes import changed_since_last
from docwatch.hooks.spool import Notice, Spool, claim
from docwatch.ledger import Ledger
from docwatch.store import Store
from docwatch.tree import Tree

REBASE_WAIT_SECONDS = 30.0
_log = logging.getLogger("docwatch.hooks")


class Submit(Protocol):
    def __call__(self, tree: Tree, paths: Iterable[bytes], /, *, origin: Literal["commit", "scan"]) -> object: ...


def drain(folder: str, submit: Submit) -> int:
    """Submit what the notices in a tree's `folder` tell of, for every registered tree that shares it.

    Returns how many notices were taken. A tree that fails is logged and found again by its next hook or reconcile.
    """
    count = 0
    with _alone(folder), contextlib.closing(Spool(folder)) as spool:
        while notices := spool.take():
            count += len(notices)
            for tree in _sharing(folder):
                if its := [notice for notice in notices if _concerns(notice, tree)]:
                    _submit(tree, its, submit)
    return count


def run(folder: str, submit: Submit) -> None:
    """The life of the process that a hook starts: until the spool is empty and no hook counts on us any more."""
    while True:
        with claim(os.path.join(folder, "submitter")):
            _wait_for_rebases(_sharing(folder))
            drain(folder, submit)
        if Spool(folder).is_empty():
            return


def _submit(tree: Tree, notices: list[Notice], submit: Submit) -> None:
    try:
        with changed_since_last(tree, notices) as paths:
            if paths is None:
                submit(tree, _all_paths(tree), origin="scan")
            elif paths:
                submit(tree, paths, origin="commit")
    except DocwatchError as error:
        _log.error("%s: %s; run 'docwatch scan' there", tree.root, error)


def _all_paths(tree: Tree) -> list[bytes]:
    """What git has in the tree, what `git restore --source` may have added to it, and what git may have removed."""
    found = git.tracked_paths(tree.root) + git.untracked_paths(tree.root)
    with contextlib.closing(Store(tree.store_path)) as store:
        removed = {row.path for row in Ledger(store, tree.id).all()}.difference(found)
    return [*found, *sorted(removed)]


def _sharing(folder: str) -> list[Tree]:
    """The registered trees whose spool this is. One that nobody registered is none of our business."""
    here = os.path.realpath(folder)
    return [tree for tree in trees.registered() if os.path.realpath(tree.folder) == here]


def _concerns(notice: Notice, tree: Tree) -> bool:
    return not notice.root or os.path.realpath(notice.root) == tree.root


def _wait_for_rebases(sharing: list[Tree]) -> None:
    """One pass at the end of a rebase, not one for each commit. One that stopped for its user is not waited for."""
    deadline = time.monotonic() + REBASE_WAIT_SECONDS
    while time.monotonic() < deadline and any(_in_rebase(tree) for tree in sharing):
        time.sleep(0.05)


def _in_rebase(tree: Tree) -> bool:
    git_dir = tree.git_dir or ""
    return any(os.path.isdir(os.path.join(git_dir, name)) for name in ("rebase-merge", "rebase-apply"))


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    descriptor = os.open(os.path.join(folder, "hooks.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
