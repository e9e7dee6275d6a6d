"""What an export is made of: each documented file with its document and notes, and the name of its page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from docwatch import documents, freshness
from docwatch.frontends.page_names import page_names
from docwatch.jobs import noted
from docwatch.jobs.noted import Noted
from docwatch.opened import OpenTree


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file and what is said of it. `page` is the name of its page, without a suffix."""

    path: bytes
    page: str
    state: str
    reason: str
    oid: str | None
    documenter: str | None  # the fingerprint
    body: dict[str, Any]  # the fields of docwatch.document.Document
    notes: tuple[Noted, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """All of a tree that is exported, by path; `lost` are the notes whose file is not among them."""

    opened: OpenTree
    files: tuple[ExportedFile, ...]
    lost: tuple[Noted, ...]


def exported(opened: OpenTree, without: bytes | None = None) -> Exported:
    """The documented files of a tree, except those below `without`: what was exported earlier."""
    rows = [
        row
        for row in freshness.current(opened)
        if row.document is not None and (without is None or not row.path.startswith(without + b"/"))
    ]
    pages = page_names(row.path for row in rows)
    by_path = {path: tuple(those) for path, those in groupby(noted.every(opened), attrgetter("path"))}
    files = tuple(
        ExportedFile(
            row.path,
            pages[row.path],
            row.state,
            row.reason,
            row.oid,
            row.documenter,
            documents.body(opened.store.connection, row.document),
            by_path.get(row.path, ()),
        )
        for row in rows
        if row.document is not None
    )
    return Exported(opened, files, _lost(by_path, pages.keys()))


def _lost(by_path: dict[bytes, tuple[Noted, ...]], paths: Collection[bytes]) -> tuple[Noted, ...]:
    return tuple(note for path, those in by_path.items() if path not in paths for note in those)
