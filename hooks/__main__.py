"""The process that a git hook starts where no docwatch runs: `python -E -P -m docwatch.hooks FOLDER`."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterable

from docwatch import log
from docwatch.hooks import submitter
from docwatch.tree import Tree


def main(folder: str) -> int:
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()  # ^C and a closing terminal are meant for git
    log.setup("hook")
    try:
        submitter.run(folder, _submit, _compare)
    except Exception:  # the one place of this process: nobody waits for its exit code, the log is what is left
        logging.getLogger("docwatch.hooks").exception("the hook's process failed; run 'docwatch scan'")
        return 3
    return 0


def _submit(tree: Tree, paths: Iterable[bytes]) -> object:
    from docwatch import jobs  # RQ is slow to import, and often there is nothing to submit

    return jobs.submit(tree, paths, origin="commit")


def _compare(tree: Tree) -> object:
    from docwatch.opened import OpenTree
    from docwatch.watcher.reconcile import reconcile

    with OpenTree(tree) as opened:
        return reconcile(opened)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
