"""What git has changed in a work tree since its changes were last submitted."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from docwatch import git, whole
from docwatch.config import REPOSITORY_FILE
from docwatch.folders import GIT_IGNORE_FILE, OWN_IGNORE_FILE
from docwatch.hooks.spool import ANYTHING, Notice
from docwatch.tree import Tree

_RULES_FILES = (GIT_IGNORE_FILE, OWN_IGNORE_FILE, REPOSITORY_FILE.encode(), b"pyproject.toml")
_MOVES_NO_HEAD = (("post-checkout", ("0",)), ("post-merge", ("1",)))
_MAY_OVERWRITE = "post-checkout"


@contextlib.contextmanager
def changed_since_last(
    tree: Tree, notices: Sequence[Notice] = (), *, watched: bool = True
) -> Iterator[list[bytes] | None]:
    """The paths to submit after these notices; None where git cannot tell, so that all of the tree is to be looked at.

    Where a watcher runs it sees what a checkout has overwritten beside what differs between two commits.

    HEAD is remembered when the block ends without an error: what could not be submitted is found again by the next
    hook. Raises GitError when the work tree cannot be read.
    """
    head = git.head(tree.root)
    unseen = not watched and any(notice.hook == _MAY_OVERWRITE for notice in notices)
    yield None if unseen else _changed(tree, notices, head)
    _remember(tree, head)


def _changed(tree: Tree, notices: Sequence[Notice], head: str | None) -> list[bytes] | None:
    last = _last_head(tree)
    if last is None or head is None or any(_moves_no_head(notice) for notice in notices):
        return None
    try:
        paths = git.changed_paths(tree.root, last, head)
    except git.GitError:
        return None  # the commit we remember has been pruned
    # Other rules decide on files that are the same in both commits.
    return None if any(path.rpartition(b"/")[2] in _RULES_FILES for path in paths) else paths


def _moves_no_head(notice: Notice) -> bool:
    """Whether files may have changed beside HEAD: `git checkout -- FILE` and `git merge --squash` say so last."""
    return notice is ANYTHING or (notice.hook, notice.arguments[-1:]) in _MOVES_NO_HEAD


def _last_head(tree: Tree) -> str | None:
    try:
        with open(_memory(tree), "rb") as file:
            return file.read(128).decode("ascii", "replace").strip() or None
    except FileNotFoundError:
        return None


def _remember(tree: Tree, head: str | None) -> None:
    path = _memory(tree)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    whole.replace(path, f"{head or ''}\n".encode())


def _memory(tree: Tree) -> str:
    return os.path.join(tree.folder, "heads", tree.id)
