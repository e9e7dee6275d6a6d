"""A scope over a real repository, and the decisions in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from docwatch import tree
from docwatch.config import Config
from docwatch.scope import Scope

Write = Callable[..., None]
OpenScope = Callable[..., Scope]


@pytest.fixture
def root(repo: object) -> Path:
    return repo.root  # type: ignore[attr-defined]


@pytest.fixture
def write(root: Path) -> Write:
    """Write a file below the root, folders included."""

    def write(path: str | bytes, content: str | bytes = "x = 1\n") -> None:
        full = os.path.join(os.fsencode(root), os.fsencode(path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    return write


@pytest.fixture
def open_scope(root: Path) -> Iterator[OpenScope]:
    """A scope over the root, or another folder, closed at the end of the test."""
    with ExitStack() as stack:

        def open_scope(folder: Path = root, *, without_git: bool = False, **settings: object) -> Scope:
            found = tree.find(str(folder), without_git=without_git)
            return stack.enter_context(Scope(found, Config(**settings)))  # type: ignore[arg-type]

        yield open_scope
