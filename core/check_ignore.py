"""Git's own word on what is ignored: a `git check-ignore` kept open, some 15 us for each path."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Sequence
from itertools import accumulate, takewhile
from threading import Lock
from typing import IO, Self

from docwatch import git
from docwatch.errors import TransientError
from docwatch.ignore import Rule

_ANSWER_SECONDS = 10


class _EndedError(Exception):
    """The process has ended, or does not answer."""


class CheckIgnore:
    """Asks one `git check-ignore`, started at the first question and again when it has ended. Safe between threads.

    It reads ignore files as it needs them and keeps them: `restart` when one has changed. It does not look at the
    index, which it would search from end to end for each path: a tracked file is answered for like any other.
    A path must be relative, not empty and inside the work tree: git ends the process over any other.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0  # the process that started it: after a fork two would read each other's answers
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rule(self, path: bytes) -> Rule | None:
        """The rule that ignores the path; None where no rule does. Raises TransientError when git cannot say."""
        return self.rules([path])[0]

    def rules(self, paths: Sequence[bytes]) -> list[Rule | None]:
        """The same for several: to wait for each answer takes longer than git does."""
        found: list[Rule | None] = []
        with self._lock:
            while together := _that_fit(paths[len(found) :]):
                try:
                    found += self._ask(together)
                except _EndedError:
                    self._end()
                    try:
                        found += self._ask(together)
                    except _EndedError:
                        self._end()
                        raise TransientError(
                            f"git check-ignore does not answer in {self._root}; see 'git -C {self._root} status'"
                        ) from None
        return found

    def restart(self) -> None:
        """Have git read the ignore files again before the next answer."""
        with self._lock:
            self._end()

    def close(self) -> None:
        self.restart()

    def _ask(self, paths: Sequence[bytes]) -> list[Rule | None]:
        """Git answers each question with four fields, NUL after each: source, line, pattern, path."""
        process = self._running()
        questions, answers = _pipe(process.stdin), _pipe(process.stdout)
        chunks, missing = [], 4 * len(paths)
        try:
            # "./" keeps a name such as ":(glob)x" a name; check-ignore refuses --literal-pathspecs.
            questions.write(b"".join(b"./" + path + b"\0" for path in paths))
            questions.flush()
        except OSError:
            raise _EndedError from None
        while missing > 0:
            if not select.select([answers], [], [], _ANSWER_SECONDS)[0]:
                process.kill()  # it waits for something, such as an ignore file that is a FIFO
                raise _EndedError
            chunk = os.read(answers.fileno(), 65536)
            if not chunk:
                raise _EndedError
            chunks.append(chunk)
            missing -= chunk.count(b"\0")
        fields = b"".join(chunks).split(b"\0")
        if fields[3::4] != [b"./" + path for path in paths]:
            raise _EndedError  # what answers us is not answering these questions
        return [_rule(*fields[first : first + 3]) for first in range(0, 4 * len(paths), 4)]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner != os.getpid():
            self._end()
        if self._process is None:
            self._process = git.coprocess(self._root, "check-ignore", "--no-index", "-z", "-v", "-n", "--stdin")
            self._owner = os.getpid()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # It only reads, so it may be killed. To wait for it to see the end of its input could take for ever: a child
        # forked from this process holds the other end open too.
        if self._owner == os.getpid():
            process.kill()
            process.wait()
        process.poll()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                _pipe(pipe).close()


def _that_fit(paths: Sequence[bytes]) -> Sequence[bytes]:
    """As many of them, and one at least, as a pipe takes at once: git, which waits for us to read, need not read on."""
    sizes = accumulate(len(path) + len(b"./\0") for path in paths)
    return paths[: max(1, sum(1 for _ in takewhile(lambda size: size <= select.PIPE_BUF, sizes)))]


def _rule(source: bytes, line: bytes, pattern: bytes) -> Rule | None:
    if not source or pattern.startswith(b"!"):
        return None
    return Rule(os.fsdecode(source), int(line), os.fsdecode(pattern))


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("git was started without pipes")
    return pipe
