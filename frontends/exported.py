"""What an export is made of: each documented file, what there is to say of it, and the name of its page."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import docwatch
from docwatch import __version__, documents, freshness, prose
from docwatch.entries import Row
from docwatch.frontends.about_prose import About, about
from docwatch.frontends.page_names import alone, page_names
from docwatch.frontends.published import Made, Wanted
from docwatch.jobs import noted
from docwatch.jobs.noted import Noted
from docwatch.opened import OpenTree
from docwatch.prose import Kept
from docwatch.prose_entries import ProseRow


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file and what is said of it. `page` is the name of its page, without a suffix.

    `sources` is a digest of all that its document and notes follow from: the same again, and so are they.
    """

    row: Row
    page: str
    notes: tuple[Noted, ...]
    sources: str

    @property
    def path(self) -> bytes:
        return self.row.path


@dataclass(frozen=True, slots=True)
class Exported:
    """All of a tree that is exported, by path; `lost` are the notes whose file is not among them.

    `prose` is what models wrote, by content. `maker` is a digest of what every page follows from.
    """

    opened: OpenTree
    files: tuple[ExportedFile, ...]
    lost: tuple[Noted, ...]
    prose: dict[str, list[Kept]]
    maker: str

    def body(self, file: ExportedFile) -> dict[str, Any]:
        """The fields of docwatch.document.Document."""
        return documents.body(self.opened.store.connection, file.row.document or 0)

    def about_prose(self, file: ExportedFile) -> About:
        return about(self.opened, file.row)


def exported(opened: OpenTree, without: bytes | None = None) -> Exported:
    """The documented files of a tree, except those below `without`: what was exported earlier."""
    rows = [
        row
        for row in freshness.current(opened)
        if row.document is not None and (without is None or not row.path.startswith(without + b"/"))
    ]
    pages = page_names(row.path for row in rows)
    by_path = {path: tuple(those) for path, those in groupby(noted.every(opened), attrgetter("path"))}
    written = {oid: list(those) for oid, those in groupby(prose.every(opened.store.connection), attrgetter("oid"))}
    return Exported(
        opened,
        tuple(_files(rows, pages, by_path, written, {row.path: row for row in opened.prose.rows()})),
        tuple(note for path, those in by_path.items() if path not in pages for note in those),
        written,
        _maker(opened, pages),
    )


def _files(
    rows: Iterable[Row],
    pages: Mapping[bytes, str],
    notes: Mapping[bytes, tuple[Noted, ...]],
    written: Mapping[str, list[Kept]],
    owed: Mapping[bytes, ProseRow],
) -> Iterator[ExportedFile]:
    ever = digest(written) if owed else ""
    for row in rows:
        those = notes.get(row.path, ())
        # The content and the documenter's fingerprint say which document it is.
        facts = (row.path, row.state, row.reason, row.oid, row.documenter, written.get(row.oid or ""), those)
        yield ExportedFile(row, pages[row.path], those, digest(facts, _of_prose(row, owed.get(row.path), ever)))


def _of_prose(row: Row, owed: ProseRow | None, ever: str) -> tuple[object, ...]:
    """What a page says of a file's prose follows from: while it is owed, whatever was written of any file before."""
    if owed is None:
        return ()
    return owed.told, owed.prose, "" if owed.state == "fresh" and owed.oid == row.oid else ever


def digest(*facts: object) -> str:
    """Of values that are written as they are: text, bytes, numbers, and tuples of those."""
    return hashlib.blake2b(ascii(facts).encode(), digest_size=16).hexdigest()


def wanted(name: str, facts: tuple[object, ...], make: Callable[[], bytes]) -> Wanted:
    """A file of an export that follows from these facts and nothing else."""
    sources = digest(*facts)
    return Wanted(name, sources, lambda: Made(make(), sources))


def _maker(opened: OpenTree, pages: Mapping[bytes, str]) -> str:
    """The tree's name, which pages are called otherwise for the sake of others, and this docwatch."""
    renamed = [path for path, name in pages.items() if name != alone(path)]
    return digest(os.path.basename(opened.tree.root), renamed, _this_docwatch())


@cache
def _this_docwatch() -> str:
    """Its version and, since it may be one that somebody works on, every byte that it is made of: some 10 ms."""
    found = hashlib.blake2b(__version__.encode(), digest_size=16)
    for path in sorted(Path(docwatch.__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.update(path.read_bytes())
    return found.hexdigest()
