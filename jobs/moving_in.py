"""What the older system knew, as notes: marked with where they come from, and never taken for newer than they are.

A note is about the file as it is only where the database kept the content, or a hash of it, and that is the file's.
The commit that it also kept says nothing sure: what was documented need not have been committed.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections import Counter
from collections.abc import Iterator

from docwatch import notes
from docwatch.blob import blob_oid
from docwatch.code_query import Entry
from docwatch.decision import OUTSIDE, Reading
from docwatch.documenters.meaning import Version, digests
from docwatch.jobs.past import Past
from docwatch.notes import Note
from docwatch.opened import OpenTree
from docwatch.revisions import Blob

SOURCE = "code-query"


def take(opened: OpenTree, entries: list[Entry], now: int) -> tuple[Counter[str], Counter[str]]:
    """Keep what is said in these as notes; how much of what was taken, and what was not, by the reason."""
    taken, left = Counter[str](), Counter[str]()
    readings = {entry.path: _read(opened, entry.path) for entry in entries}
    connection = opened.store.connection
    known = {(note.path, note.symbol, note.text) for note in notes.every(connection) if note.source == SOURCE}
    with Past(opened) as past:
        blobs = {
            reading.decision.path: Blob(reading.decision.path, reading.oid, is_executable=True)
            for reading in readings.values()
            if reading is not None and reading.decision.admitted and reading.oid is not None
        }
        past.outline(blobs.values())
        made = []
        for entry in entries:
            reading = readings[entry.path]
            if reading is None or reading.decision.reason == OUTSIDE:
                left["files outside the tree"] += 1
                continue
            if not reading.decision.admitted and reading.decision.reason != "gone":
                left[f"files that are not documented: {reading.decision.reason}"] += 1
                continue
            blob = blobs.get(reading.decision.path)
            version = past.version(blob) if blob is not None else None
            found = list(_notes(opened, entry, reading, version if isinstance(version, Version) else None, now))
            taken["files"] += 1
            taken["files as they are now"] += bool(found) and found[0].oid is not None and found[0].oid == reading.oid
            taken["files that are gone"] += blob is None
            made += [note for note in found if (note.path, note.symbol, note.text) not in known]
            taken["notes that were here already"] += len(found) - sum(
                (note.path, note.symbol, note.text) not in known for note in found
            )
    with opened.store.writing() as writing:
        for note in made:
            notes.insert(writing, note)
    taken["notes"] = len(made)
    return +taken, left


def _read(opened: OpenTree, given: str) -> Reading | None:
    """The file that a path of the database means: relative, or absolute as on the machine it was made on."""
    path = given.replace("\\", "/")
    if posixpath.isabs(path):
        path = os.path.relpath(path, opened.tree.root)
    try:
        return opened.scope.read(os.fsencode(posixpath.normpath(path)))
    except UnicodeEncodeError:
        return None


def _notes(opened: OpenTree, entry: Entry, reading: Reading, version: Version | None, now: int) -> Iterator[Note]:
    path, oid = reading.decision.path, _oid(opened, entry, reading)
    sources = digests(version) if version is not None else {}
    by_name: dict[str, list[str]] = {}
    for qualified in sources:
        by_name.setdefault(qualified.rpartition(".")[2], []).append(qualified)
    for text in entry.about:
        yield Note(0, path, None, text[: notes.LONGEST], SOURCE, oid, None, entry.commit, now, None)
    for name, text in entry.symbols:
        meant = [name] if name in sources else by_name.get(name, [])
        symbol = meant[0] if len(meant) == 1 else name
        digest = sources.get(symbol) if oid == reading.oid else None
        # What the outline does not have may never have been there: a model wrote it.
        known = oid if oid != reading.oid or symbol in sources else None
        yield Note(0, path, symbol, text[: notes.LONGEST], SOURCE, known, digest, entry.commit, now, None)


def _oid(opened: OpenTree, entry: Entry, reading: Reading) -> str | None:
    """The content that was written about; None where nothing proves what it was."""
    if entry.content is not None:
        return blob_oid(entry.content.encode(errors="replace"), opened.tree.object_format)
    known = {reading.oid, *(hashlib.new(name, reading.content, usedforsecurity=False).hexdigest() for name in _HASHES)}
    return reading.oid if reading.decision.admitted and known & set(entry.digests) else None


_HASHES = ("md5", "sha1", "sha256")
