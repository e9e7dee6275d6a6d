"""What git tracks: such a file is not ignored, whatever the rules say."""

from __future__ import annotations

import os
from bisect import bisect_left

from docwatch import git
from docwatch.signature import Signature, signature
from docwatch.tree import Tree


class Tracked:
    """The paths in the index, read when they are first asked for. Without git there are none."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._sorted: list[bytes] | None = None if tree.git_dir else []
        self._seen: Signature = None

    def __contains__(self, path: bytes) -> bool:
        return self._from(path) == path

    def any_below(self, folder: bytes) -> bool:
        return self._from(folder + b"/").startswith(folder + b"/")

    def refresh(self) -> None:
        """Read the index again, when next asked, if git has written it since."""
        if self._tree.git_dir and signature(self._index) != self._seen:
            self._sorted = None

    @property
    def _index(self) -> str:
        return os.path.join(self._tree.git_dir or "", "index")

    def _from(self, path: bytes) -> bytes:
        """The first tracked path that is not before this one; empty where there is none."""
        if self._sorted is None:
            self._seen = signature(self._index)
            # All of it: to find out which of it is ignored takes git five times as long.
            self._sorted = git.run(self._tree.root, "ls-files", "-z").split(b"\0")[:-1]
        at = bisect_left(self._sorted, path)
        return self._sorted[at] if at < len(self._sorted) else b""
