"""An export that `docwatch import` reads back: documents and prose by content and documenter, and notes."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from docwatch import documents, notes, prose
from docwatch.frontends.exported import Exported

NOTES, INDEX, OTHERS = "notes.json", "index.json", "others"


@dataclass(slots=True)
class _Said:
    """Of one content or of several: its documents, and what models wrote about it."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    prose: list[dict[str, Any]] = field(default_factory=list)


def files(exported: Exported) -> Iterator[tuple[str, bytes]]:
    """One file for each source file; what is documented but in no file now, such as an older version, by its OID."""
    connection = exported.opened.store.connection
    by_oid: dict[str, _Said] = defaultdict(_Said)
    for stored in documents.every(connection):
        by_oid[stored.oid].documents.append(stored._asdict() | {"document": json.loads(stored.document)})
    for kept in prose.every(connection):
        by_oid[kept.oid].prose.append(
            kept._asdict() | {"body": json.loads(kept.body), "left_out": json.loads(kept.left_out)}
        )
    index = []
    for file in exported.files:
        page = f"{file.page}.json"
        head = {"path": os.fsdecode(file.path), "oid": file.oid, "state": file.state, "documenter": file.documenter}
        index.append({**head, "page": page})
        yield page, _encoded(**head, **asdict(by_oid[file.oid or ""]))
    shown = {file.oid for file in exported.files}
    rest: dict[str, _Said] = defaultdict(_Said)
    for oid in sorted(by_oid.keys() - shown):
        rest[oid[:2]].documents += by_oid[oid].documents
        rest[oid[:2]].prose += by_oid[oid].prose
    for digits, those in rest.items():
        yield f"{OTHERS}/{digits}.json", _encoded(**asdict(those))
    written = [note._asdict() | {"path": os.fsdecode(note.path)} for note in notes.every(connection)]
    if written:
        yield NOTES, _encoded(notes=written)
    yield INDEX, _encoded(files=index)


def _encoded(**fields: Any) -> bytes:
    return json.dumps({"schema": 1, **fields}, indent=1).encode()
