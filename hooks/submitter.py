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
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from docwatch import tree as trees
from docwatch.config import child_environment
from docwatch.errors import DocwatchError
from docwatch.holder import name_of
from docwatch.hooks.changes import changed_since_last
from docwatch.hooks.spool import Notice, Spool, claim, is_claimed
from docwatch.tree import Tree

REBASE_WAIT_SECONDS = 30.0
# Of many commits in a row each should find the machine free, and all should be one pass.
QUIET_SECONDS, QUIET_WAIT_SECONDS = 0.3, 5.0
_log = logging.getLogger("docwatch.hooks")


Submit = Callable[[Tree, Iterable[bytes]], object]  # paths that a commit has changed
Compare = Callable[[Tree], object]  # the whole tree with the store, where nobody knows what has changed


def drain(folder: str, submit: Submit, compare: Compare, *, watched: bool = True) -> int:
    """Submit what the notices in a tree's `folder` tell of, for every registered tree that shares it.

    Returns how many notices were taken. A tree that fails is logged and found again by its next hook or reconcile.
    Where a tree is not `watched`, a checkout counts as more than the difference of two commits: with -f it also
    overwrites what its user had changed.
    """
    count = 0
    with _alone(folder), contextlib.closing(Spool(folder)) as spool:
        while notices := spool.take():
            count += len(notices)
            for tree in _sharing(folder):
                if its := [notice for notice in notices if _concerns(notice, tree)]:
                    _submit(tree, its, submit, compare, watched=watched)
    return count


def run(folder: str, submit: Submit, compare: Compare) -> None:
    """The life of the process that a hook starts: until the spool is empty and no hook counts on us any more."""
    while True:
        with claim(os.path.join(folder, "submitter")):
            _wait_for_quiet(Spool(folder))
            _wait_for_rebases(_sharing(folder))
            drain(folder, submit, compare, watched=False)
        if Spool(folder).is_empty():
            return


def have_run(folder: str) -> None:
    """See to it that somebody takes what is in the spool: a watcher or submitter that lives, else a new process."""
    submitter = os.path.join(folder, "submitter")
    if is_claimed(os.path.join(folder, "watcher")) or is_claimed(submitter):
        return
    process = subprocess.Popen(
        ("nice", "-n", "19", sys.executable, "-E", "-P", "-m", "docwatch.hooks", folder),
        cwd=os.sep,
        env=child_environment(),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process.returncode = 0  # it outlives us on purpose; without this Popen warns that it still runs
    host_pid_start = name_of(process.pid).rsplit(":", 2)
    with open(submitter, "w") as file:
        file.write(" ".join(host_pid_start[1:]) + "\n")


def _submit(tree: Tree, notices: list[Notice], submit: Submit, compare: Compare, *, watched: bool) -> None:
    touched = [path for notice in notices for path in notice.touched or ()]
    git_spoke = [notice for notice in notices if notice.touched is None]
    try:
        if touched:
            submit(tree, touched)
        if not git_spoke:
            return
        with changed_since_last(tree, git_spoke, watched=watched) as paths:
            if paths is None:
                compare(tree)
            elif paths:
                submit(tree, paths)
    except DocwatchError as error:
        _log.error("%s: %s; run 'docwatch scan' there", tree.root, error)


def _sharing(folder: str) -> list[Tree]:
    """The registered trees whose spool this is. One that nobody registered is none of our business."""
    here = os.path.realpath(folder)
    return [tree for tree in trees.registered() if os.path.realpath(tree.folder) == here]


def _concerns(notice: Notice, tree: Tree) -> bool:
    return not notice.root or os.path.realpath(notice.root) == tree.root


def _wait_for_quiet(spool: Spool) -> None:
    deadline = time.monotonic() + QUIET_WAIT_SECONDS
    last = None
    while (written := spool.written()) != last and time.monotonic() < deadline:
        last = written
        time.sleep(QUIET_SECONDS)


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
