"""Git's own word on what is ignored: a `git check-ignore` kept open, some 15 us for each path."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, Self

from docwatch import git


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """The rule that decided on a path: the ignore file as git names it, its line, the pattern as written."""

    file: str
    line: int
    pattern: str


class CheckIgnore:
    """Asks one `git check-ignore` process, which reads ignore files and the index once.

    Make a new one whenever those have changed. A path must be relative, not empty and inside the work tree: git ends
    the process over any other.
    """

    def __init__(self, root: str) -> None:
        self._process = git.coprocess(root, "check-ignore", "-z", "-v", "-n", "--stdin")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rule(self, path: bytes) -> IgnoreRule | None:
        """The rule that ignores the path; None where git does not ignore it. Raises GitError when git has ended."""
        source, line, pattern = self._fields(path)
        if not source or pattern.startswith(b"!"):
            return None
        return IgnoreRule(os.fsdecode(source), int(line), os.fsdecode(pattern))

    def close(self) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def _fields(self, path: bytes) -> tuple[bytes, bytes, bytes]:
        """Git answers each question with four fields, NUL after each: source, line, pattern, path."""
        questions, answers = self._pipe(self._process.stdin), self._pipe(self._process.stdout)
        answer = b""
        try:
            # "./" keeps a name such as ":(glob)x" a name; check-ignore refuses --literal-pathspecs.
            questions.write(b"./" + path + b"\0")
            questions.flush()
            while answer.count(b"\0") < 4:
                chunk = os.read(answers.fileno(), 65536)
                if not chunk:
                    raise self._ended()
                answer += chunk
        except BrokenPipeError:
            raise self._ended() from None
        source, line, pattern, _path = answer.split(b"\0")[:4]
        return source, line, pattern

    def _ended(self) -> git.GitError:
        return git.GitError(("check-ignore",), self._process.wait(), b"ended before it answered")

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise RuntimeError("git was started without pipes")
        return pipe
