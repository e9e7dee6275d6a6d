"""Reads back what `docwatch export --format json` wrote: documents and prose by their content's OID, and notes."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec

from docwatch import documents, notes, prose
from docwatch.confined import RefusedError, Root
from docwatch.document import Document
from docwatch.documenters.prose.writing import Record
from docwatch.errors import UserError
from docwatch.opened import OpenTree

T = TypeVar("T", "_Document", "_Prose", "_Note")
_LARGEST = 1 << 28  # bytes of one file
_Oid = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
_Documenter = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


class _Document(msgspec.Struct):
    oid: _Oid
    documenter: _Documenter
    made_at: _Count
    document: Document


class _Prose(msgspec.Struct):
    oid: _Oid
    documenter: _Documenter
    language: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    body: Record
    complete: bool
    masked: _Count
    left_out: list[str]
    made_at: _Count


class _Note(msgspec.Struct):
    path: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=notes.LONGEST)]
    made_at: _Count
    symbol: str | None = None
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""
    oid: str | None = None
    digest: str | None = None
    head: str | None = None
    edited_at: _Count | None = None


def take(opened: OpenTree, source: str) -> tuple[Counter[str], Counter[str]]:
    """How much of what was taken, and how much was not, by the reason."""
    taken, left = Counter[str](), Counter[str]()
    known = {(note.path, note.symbol, note.text, note.made_at) for note in notes.every(opened.store.connection)}
    for name, content in _contents(source):
        file = _parsed(content)
        if file is None:
            left["files that are no export of docwatch"] += 1
            continue
        if file["schema"] != 1:
            raise UserError(f"{name} was exported by a newer docwatch; upgrade docwatch to read it")
        given = [
            (one.oid, one.documenter, documents.encoded(one.document), one.made_at)
            for one in _whole(file.get("documents"), _Document, left)
        ]
        with opened.store.writing() as connection:
            for one in given:
                is_new = documents.insert(connection, *one)
                taken["documents" if is_new else "documents that were here already"] += 1
            for written in _whole(file.get("prose"), _Prose, left):
                is_new = prose.insert(connection, _kept(written))
                taken["texts of models" if is_new else "texts of models that were here already"] += 1
            for note in _whole(file.get("notes"), _Note, left):
                path = os.fsencode(note.path)
                key = (path, note.symbol, note.text, note.made_at)
                taken["notes that were here already" if key in known else "notes"] += 1
                if key not in known:
                    known.add(key)
                    notes.insert(connection, notes.Note(0, path, *_rest(note)))
    return taken, left


def _parsed(content: bytes) -> dict[str, Any] | None:
    # The standard library's parser: a path that is not UTF-8 has lone surrogates, which msgspec's refuses.
    try:
        file = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return file if isinstance(file, dict) and isinstance(file.get("schema"), int) else None


def _whole(given: object, kind: type[T], left: Counter[str]) -> Iterator[T]:
    """Those that are of that kind."""
    for one in given if isinstance(given, list) else ():
        try:
            made = msgspec.convert(one, kind)
            msgspec.json.encode(made if not isinstance(made, _Note) else os.fsencode(made.path))  # as it will be stored
        except (msgspec.ValidationError, UnicodeError) as error:
            left[f"{kind.__name__.lower().strip('_')}s that are not whole: {error}"] += 1
        else:
            yield made


def _kept(written: _Prose) -> prose.Kept:
    body, left_out = msgspec.json.encode(written.body), json.dumps(written.left_out)
    return prose.Kept(
        *(written.oid, written.language, written.documenter, body),
        *(written.complete, written.masked, left_out, written.made_at),
    )


def _rest(note: _Note) -> tuple[str | None, str, str, str | None, str | None, str | None, int, int | None]:
    return note.symbol, note.text, note.source, note.oid, note.digest, note.head, note.made_at, note.edited_at


def _contents(source: str) -> Iterator[tuple[str, bytes]]:
    """The file, or every file called .json below a folder; no link is followed."""
    if os.path.isdir(source):
        with Root(source) as root:
            for folder, folders, names in os.walk(source):
                folders.sort()
                for name in sorted(names):
                    if name.endswith(".json") and not name.startswith("."):
                        path = os.path.relpath(os.path.join(folder, name), source)
                        try:
                            yield path, root.read(os.fsencode(path), _LARGEST)[0]
                        except RefusedError:
                            continue
        return
    try:
        with open(source, "rb") as file:
            yield source, file.read(_LARGEST)
    except OSError as error:
        raise UserError(f"cannot read {source}: {error.strerror}; name a file that you can read") from error
