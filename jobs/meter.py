"""What is spent while one file is written about: each call goes through gate and budget, and is written down after."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from docwatch import budget
from docwatch.budget import Call
from docwatch.config import Config
from docwatch.documenters.prose import ProseDocumenter, Usage
from docwatch.documenters.prose.prices import most_usd, paid
from docwatch.errors import BlockedError, ThrottledError
from docwatch.jobs.gated import through


class Meter:
    """The `Meter` of documenters.prose.writing for one file. Use it in `with`: that ends the last call."""

    def __init__(self, settings: Config, writer: ProseDocumenter, tree: str, path: bytes) -> None:
        self._settings, self._writer, self._tree, self._path = settings, writer, tree, path
        self._gate, self._calls = ExitStack(), ExitStack()
        self._is_through = False
        self._call: Call | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._call is not None and isinstance(error, ThrottledError | BlockedError):
            self._call.spent(tokens=0, usd=0.0)  # turned away, so that nothing was paid
        self._calls.close()
        self._gate.__exit__(kind, error, at)

    def before(self, tokens: int, answer_tokens: int) -> None:
        if not self._is_through:
            self._gate.enter_context(through(self._writer.name, self._settings, self._tree))
            self._is_through = True
        self._calls.close()
        self._call = None
        self._call = self._calls.enter_context(
            budget.call(
                self._settings,
                self._writer.name,
                tokens=tokens + answer_tokens,
                usd=most_usd(self._settings, self._writer.model, tokens, answer_tokens),
                tree=self._tree,
                path=self._path,
            )
        )

    def spent(self, usage: Usage) -> None:
        """Of one call there may be several accounts, where it asked one model after another."""
        if self._call is not None:
            self._call.spent(
                tokens=usage.tokens_in + usage.tokens_out,
                usd=paid(self._settings, usage),
                model=usage.model,
                tokens_out=usage.tokens_out,
            )
