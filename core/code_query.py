"""Reads the database of the code-query server that docwatch replaces: what a model wrote about files, by dataset.

One table, `files`, keyed by dataset and path in later versions and by path alone in the first; lists and maps are JSON
in text columns. Any column may be missing, any of them may hold something else: what cannot be read is counted.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from docwatch.errors import UserError

THE_ONLY_ONE = "default"  # what the server itself calls the data of a database without datasets
_DESCRIBING = (
    "functions",
    "types_interfaces_classes",
    "constants",
    "exports",
)  # maps of names to what was said of them
_LISTING = ("imports", "dependencies")
_DIGESTS = ("content_hash", "file_hash", "hash", "sha256", "sha1", "md5", "checksum", "oid")
_SAYING = ("purpose", "description", "summary", "overview", "definition", "value")  # in the map of one name
_NAMING = ("name", "function", "id")  # in a list of such maps


class Entry(NamedTuple):
    """What is said of one file. `content` is what it was then, `digests` hashes of that, where they were kept."""

    path: str
    about: tuple[str, ...]  # of the file as a whole
    symbols: tuple[tuple[str, str], ...]  # (name, what is said of it)
    content: str | None
    digests: tuple[str, ...]
    commit: str | None


def datasets(path: str) -> list[tuple[str, int]]:
    """(name, how many files) of each dataset. Raises UserError for what is no such database."""
    with _opened(path) as connection:
        if "dataset_id" not in _columns(connection):
            count = connection.execute("SELECT count(*) FROM files").fetchone()[0]
            return [(THE_ONLY_ONE, count)] if count else []
        return [
            (str(name), count)
            for name, count in connection.execute("SELECT dataset_id, count(*) FROM files GROUP BY 1 ORDER BY 1")
        ]


def entries(path: str, dataset: str, left: Counter[str]) -> list[Entry]:
    """Those of a dataset; what cannot be read of them, or is not worth taking, is counted in `left`."""
    with _opened(path) as connection:
        columns = _columns(connection)
        where = "WHERE dataset_id = ?" if "dataset_id" in columns else "WHERE ? IS NOT NULL"
        connection.row_factory = sqlite3.Row
        rows = connection.execute(f"SELECT * FROM files {where} ORDER BY filepath", (dataset,))  # noqa: S608 - ours
        return [entry for row in rows if (entry := _entry(dict(row), left)) is not None]


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    """A copy of it: reading a database can write to it, and its server may be running."""
    with tempfile.TemporaryDirectory() as place:
        copy = os.path.join(place, "copy.db")
        try:
            shutil.copyfile(path, copy)
            if os.path.exists(f"{path}-wal"):
                shutil.copyfile(f"{path}-wal", f"{copy}-wal")
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}; name the file of a code-query database") from error
        with closing(sqlite3.connect(copy)) as connection:
            connection.text_factory = lambda text: text.decode(errors="replace")
            try:
                connection.execute("PRAGMA trusted_schema = OFF")
                if "filepath" not in _columns(connection):
                    raise UserError(f"{path} has no table of files; name a code-query database, such as code_data.db")
                yield connection
            except sqlite3.DatabaseError as error:
                raise UserError(f"{path} cannot be read: {error}; name a code-query database") from error


def _columns(connection: sqlite3.Connection) -> set[str]:
    """Of the table `files`: a view of that name is somebody's code."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'files'").fetchone() is None:
        return set()
    return {name for _, name, *_ in connection.execute("PRAGMA table_info(files)")}


def _entry(row: dict[str, Any], left: Counter[str]) -> Entry | None:
    path = row.get("filepath")
    if not isinstance(path, str) or not path:
        left["rows without a path"] += 1
        return None
    about = [text for text in (_text(row.get("overview")), *_remarks(row.get("other_notes"))) if text]
    if domain := _text(row.get("ddd_context")):
        about.append(f"Domain: {domain}")
    said: dict[str, str] = {}
    for column in _DESCRIBING:
        for name, text in _described(column, row.get(column), left):
            if name in said and said[name] != text:
                left[f"second descriptions of a name, in {column}"] += 1
            said.setdefault(name, text)
    for column in _LISTING:
        if _parsed(row.get(column)) not in (None, "", [], {}):
            left[f"lists of {column}: the outline has its own"] += 1
    digests = tuple(str(row[name]).lower() for name in _DIGESTS if row.get(name))
    content, commit = row.get("full_content"), row.get("documented_at_commit")
    return Entry(
        path,
        tuple(about),
        tuple(said.items()),
        content if isinstance(content, str) else None,
        digests,
        commit if isinstance(commit, str) and commit else None,
    )


def _remarks(value: object) -> list[str]:
    """A list of remarks, a map of them, or one as it stands."""
    found = _parsed(value)
    if isinstance(found, dict):
        return [f"{name}: {text}" for name, given in found.items() if (text := _text(given))]
    return [text for each in (found if isinstance(found, list) else [found]) if (text := _text(each))]


def _described(column: str, value: object, left: Counter[str]) -> Iterator[tuple[str, str]]:
    """(name, what is said of it), from a map of names, or a list of maps with a name each."""
    found = _parsed(value)
    if isinstance(found, list):
        found = {
            next((each[key] for key in _NAMING if isinstance(each.get(key), str)), ""): each
            if isinstance(each, dict)
            else None
            for each in found
            if isinstance(each, dict)
        } | {each: None for each in found if isinstance(each, str)}
    if isinstance(found, str) and found.strip():
        left[f"{column} that are no JSON"] += 1
        return
    for name, given in found.items() if isinstance(found, dict) else ():
        text = _text(next((given[key] for key in _SAYING if given.get(key)), "") if isinstance(given, dict) else given)
        if name and text:
            yield name, text
        else:
            left[f"names in {column} of which nothing is said"] += 1


def _parsed(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _text(value: object) -> str:
    """What is said, as one text; empty for what says nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
