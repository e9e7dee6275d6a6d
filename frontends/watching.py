"""One work tree being watched in a thread of its own, git's hooks listened to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Self

from docwatch.errors import DocwatchError
from docwatch.hooks import spool, submitter
from docwatch.hooks.changes import changed_since_last
from docwatch.jobs import submit
from docwatch.opened import OpenTree
from docwatch.tree import Tree
from docwatch.watcher import presence
from docwatch.watcher.reconcile import Scanned, reconcile
from docwatch.watcher.watch import Watch


def _up_to_head(tree: Tree) -> contextlib.AbstractContextManager[object]:
    """What is compared in this context need not be looked at again when git's hooks next tell of a commit."""
    return contextlib.nullcontext() if tree.git_dir is None else changed_since_last(tree)


class Watching:
    """The one watcher of a tree, while its context is open; entering raises UserError when there is another.

    `scanned` is the first reconcile's outcome, None until it has ended; `error` why there will be none.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.scanned: Scanned | None = None
        self.error: DocwatchError | None = None
        self.progress: tuple[int, int] = (0, 0)
        self._watch: Watch | None = None
        self._stop = threading.Event()
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            self._announcement = undo.enter_context(presence.announced(self.tree))
            undo.enter_context(spool.announce(self.tree.folder))
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Compare the tree with the store, then keep watching, in a thread that ends with the context."""
        thread = threading.Thread(target=self._work, name=f"watch {self.tree.root}")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            if self._watch is not None:
                self._watch.wake()
            thread.join()

    def _work(self) -> None:
        try:
            with OpenTree(self.tree) as opened, Watch(opened, self._announcement, self._drain(opened)) as watch:
                self._drain(opened)()  # what hooks have left while nobody watched
                self._watch = watch
                with _up_to_head(self.tree):
                    self.scanned = watch.reconcile(self._advance)
                watch.run(self._stop)
        except DocwatchError as error:
            self.error = error

    def _drain(self, opened: OpenTree) -> Callable[[], object]:
        """Submit what git's hooks tell of; this tree through what is open already."""

        def known(tree: Tree) -> contextlib.AbstractContextManager[OpenTree]:
            return contextlib.nullcontext(opened) if tree.id == opened.tree.id else OpenTree(tree)

        def hand_over(tree: Tree, paths: Iterable[bytes]) -> None:
            with known(tree) as its:
                submit(its, paths, origin="commit")

        def compare(tree: Tree) -> None:
            with known(tree) as its:
                reconcile(its)

        return lambda: submitter.drain(self.tree.folder, hand_over, compare)

    def _advance(self, done: int, total: int) -> None:
        self.progress = (done, total)
