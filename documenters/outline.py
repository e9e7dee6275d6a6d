"""The offline documenter: a file's outline, read without running any of it. Light: parsers come with the first file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docwatch.documenters.grammars import GRAMMARS, can_parse

if TYPE_CHECKING:
    from docwatch.document import Document, Source

# Raise this whenever the outline of any file changes: documents under the old number are then no longer fresh.
VERSION = 6


class OutlineDocumenter:
    """Documents any file without running any of it."""

    name = "outline"

    def fingerprint(self, language: str) -> str:
        named = f"{self.name}:{VERSION}:{language}"
        return named if can_parse(language) or language not in GRAMMARS else f"{named}:unparsed"

    def document(self, source: Source) -> Document:
        from docwatch.document import Document
        from docwatch.documenters.syntax import outline

        return Document(source.language, outline(source))
