"""Documenters turn the source of one file into its document.

A documenter is anything with the three members of `Documenter`; it is found by its name in `DOCUMENTERS`, or among
the entry points of the group `docwatch.documenters` that other packages declare. Importing this module is cheap:
parsers and models are imported when a documenter is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from docwatch.errors import UserError

if TYPE_CHECKING:
    from docwatch.document import Document, Source

ENTRY_POINTS = "docwatch.documenters"
OFFLINE = "outline"  # the one that calls nobody, so that nothing but the file can stop it


class Documenter(Protocol):
    """Source in, document out."""

    @property
    def name(self) -> str:
        """The name users configure, e.g. `outline`."""

    def fingerprint(self, language: str) -> str:
        """The identity under which its documents of this language are stored, e.g. `outline:2:python`.

        It changes whenever the same bytes would get another document; a stored document of another fingerprint is
        not fresh. The language is part of it because the same bytes may be another language under another name.
        """

    def document(self, source: Source) -> Document:
        """The document for `source`. Raises PermanentError or TransientError, never anything else on purpose."""


def _outline() -> Documenter:
    from docwatch.documenters.outline import OutlineDocumenter

    return OutlineDocumenter()


DOCUMENTERS: dict[str, Callable[[], Documenter]] = {OFFLINE: _outline}


def documenter(name: str) -> Documenter:
    """The documenter called `name`: ours first, else the entry point of that name. UserError if there is none."""
    factory = DOCUMENTERS.get(name) or _entry_point(name)
    if factory is None:
        known = ", ".join(sorted(DOCUMENTERS))
        raise UserError(f"no documenter is called {name!r}: choose one of {known}, or install the package that has it")
    return factory()


def _entry_point(name: str) -> Callable[[], Documenter] | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINTS, name=name):
        factory: Callable[[], Documenter] = point.load()
        return factory
    return None


def preload() -> None:
    """Load tree-sitter and the grammars that most trees need: for who measures what parsing takes, and not loading.

    A worker loads a grammar when it meets the first file of its language.
    """
    from docwatch.documenters.grammars import COMMON, can_parse
    from docwatch.documenters.languages import grammar

    for language in filter(can_parse, COMMON):
        grammar(language)
