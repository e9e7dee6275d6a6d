"""What the tests of documenters share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docwatch.document import Outline, Source
from docwatch.documenters import documenter

OutlineOf = Callable[[bytes | str, str], Outline]


@pytest.fixture
def outline_of() -> OutlineOf:
    """The outline of `content` (bytes, or text as UTF-8) in a language."""
    outline = documenter("outline")

    def outline_of(content: bytes | str, language: str) -> Outline:
        content = content.encode() if isinstance(content, str) else content
        return outline.document(Source(b"folder/name", language, content)).outline

    return outline_of
