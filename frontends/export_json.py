"""An export that `docwatch import` reads back: documents by content and documenter, and notes."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from docwatch import documents, notes
from docwatch.frontends.exported import Exported

NOTES, INDEX, OTHERS = "notes.json", "index.json", "others"


def files(exported: Exported) -> Iterator[tuple[str, bytes]]:
    """One file for each source file; what is documented but in no file now, such as an older version, by its OID."""
    connection = exported.opened.store.connection
    by_oid: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stored in documents.every(connection):
        by_oid[stored.oid].append(stored._asdict() | {"document": json.loads(stored.document)})
    index = []
    for file in exported.files:
        page = f"{file.page}.json"
        head = {"path": os.fsdecode(file.path), "oid": file.oid, "state": file.state, "documenter": file.documenter}
        index.append({**head, "page": page})
        yield page, _encoded(**head, documents=by_oid[file.oid or ""])
    shown = {file.oid for file in exported.files}
    rest: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for oid in sorted(by_oid.keys() - shown):
        rest[oid[:2]] += by_oid[oid]
    for digits, those in rest.items():
        yield f"{OTHERS}/{digits}.json", _encoded(documents=those)
    written = [note._asdict() | {"path": os.fsdecode(note.path)} for note in notes.every(connection)]
    if written:
        yield NOTES, _encoded(notes=written)
    yield INDEX, _encoded(files=index)


def _encoded(**fields: Any) -> bytes:
    return json.dumps({"schema": 1, **fields}, indent=1).encode()
