"""Blobs by their OID, out of git's own store: no filter runs, nothing of the work tree is opened."""

from __future__ import annotations

import contextlib
import subprocess
from typing import IO, Self

from docwatch import git
from docwatch.blob import blob_oid
from docwatch.tree import Tree


class Blobs:
    """Asks one `git cat-file` for sizes and one for contents, started when first needed; some 50 us a blob.

    For one thread. Close it, or use it in `with`.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._asked: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        while self._asked:
            self._end(self._asked.popitem()[1])

    def size(self, oid: str) -> int | None:
        """Bytes of a blob; None where this clone has no such blob (it may be a partial one)."""
        words = self._header("--batch-check", oid)
        return int(words[2]) if words[1:2] == [b"blob"] else None

    def read(self, oid: str) -> bytes | None:
        """A blob's bytes; None where this clone does not have them, or has others in their place (git replace)."""
        words = self._header("--batch", oid)
        if len(words) < 3:
            return None
        answers = _pipe(self._asked["--batch"].stdout)
        content = answers.read(int(words[2]) + 1)[:-1]
        return content if blob_oid(content, self._tree.object_format) == oid else None

    def _header(self, mode: str, oid: str) -> list[bytes]:
        """OID, type and size; or OID and "missing"; nothing where git ended over it, as it does in a partial clone."""
        if not oid.isalnum():
            raise ValueError(f"{oid!r} is no OID")
        process = self._asked.get(mode) or self._asked.setdefault(
            mode, git.coprocess(self._tree.root, "cat-file", mode)
        )
        questions = _pipe(process.stdin)
        try:
            questions.write(oid.encode() + b"\n")
            questions.flush()
            answer = _pipe(process.stdout).readline()
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):
            self._end(self._asked.pop(mode))
        return answer.split()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()  # it only reads, and may be writing an answer that nobody waits for
        with contextlib.suppress(BrokenPipeError), process:
            pass


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("git was started without pipes")
    return pipe
