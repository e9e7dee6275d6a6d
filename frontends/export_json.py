"""An export that `docwatch import` reads back: documents and prose by content and documenter, and notes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from docwatch import documents, notes
from docwatch.frontends.exported import Exported, wanted
from docwatch.frontends.published import Wanted

NOTES, INDEX, OTHERS = "notes.json", "index.json", "others"


def files(exported: Exported) -> Iterator[Wanted]:
    """One file for each source file; what is documented but in no file now, such as an older version, by its OID."""
    connection = exported.opened.store.connection
    versions = documents.versions(connection)
    index = []
    for file in exported.files:
        page, row = f"{file.page}.json", file.row
        head = {"path": os.fsdecode(row.path), "oid": row.oid, "state": row.state, "documenter": row.documenter}
        index.append({**head, "page": page})
        yield wanted(page, (file.sources, versions.get(row.oid or "")), partial(_page, exported, [row.oid or ""], head))
    others = (versions.keys() | exported.prose.keys()) - {file.row.oid for file in exported.files}
    for digits, oids in groupby(sorted(others), lambda oid: oid[:2]):
        those = list(oids)
        facts = [(oid, versions.get(oid), exported.prose.get(oid)) for oid in those]
        yield wanted(f"{OTHERS}/{digits}.json", (facts,), partial(_page, exported, those, {}))
    written = [note._asdict() | {"path": os.fsdecode(note.path)} for note in notes.every(connection)]
    if written:
        yield wanted(NOTES, (written,), lambda: _encoded(notes=written))
    yield wanted(INDEX, (index,), lambda: _encoded(files=index))


def _page(exported: Exported, oids: list[str], head: Mapping[str, Any]) -> bytes:
    """What there is about these contents: documents, and what models wrote."""
    connection = exported.opened.store.connection
    return _encoded(
        **head,
        documents=[
            stored._asdict() | {"document": json.loads(stored.document)}
            for oid in oids
            for stored in documents.of(connection, oid)
        ],
        prose=[
            kept._asdict() | {"body": json.loads(kept.body), "left_out": json.loads(kept.left_out)}
            for oid in oids
            for kept in exported.prose.get(oid, ())
        ],
    )


def _encoded(**fields: Any) -> bytes:
    return json.dumps({"schema": 1, **fields}, indent=1).encode()
