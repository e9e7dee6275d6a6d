"""Which files may be meant by a search: what indexes of words say, each asked for no more than it says quickly."""

from __future__ import annotations

import os
from collections.abc import Iterator

from docwatch import likeness, reindex
from docwatch.opened import OpenTree
from docwatch.query import Query

RANKED = 200  # documents that an index puts in order for one expression: what it takes most of the time for
KEPT = 40  # of these, how many it is worth to look at closer
SHOWN_BY_FILTER = 200
MOST = (1 << 63) - 1  # the highest number that a document can have

Candidates = dict[bytes, tuple[int, float]]  # path: its document, and how likely it is what is meant


def found(opened: OpenTree, asked: Query) -> Candidates:
    if not asked.words:
        return {path: (document, 0.0) for path, document in _filtered(opened, asked)}
    every, some = asked.expression("AND"), asked.expression("OR")
    all_found: Candidates = {}

    def add(weight: float, ranking: list[tuple[bytes, int]]) -> None:
        for place, (path, document) in enumerate(ranking):
            before = all_found[path][1] if path in all_found else likeness.of_path(asked, path)
            all_found[path] = (document, before + weight / (1 + place / 10))

    add(6.0, _by_path(opened, asked, every))
    add(4.0, _by_notes(opened, asked, every))
    # Each is asked only where those that say more are too few.
    for weight, expression in ((6.0, f"names : ({asked.exact})"), (6.0, f"names : ({every})"), (3.0, every)):
        ranking = _by_content(opened, asked, expression)
        add(weight, ranking)
        if len(ranking) == KEPT:
            return all_found
    add(2.0, _by_prose(opened, asked, every))
    if len(asked.words) > 1 and len(all_found) < KEPT:
        add(3.0, _by_content(opened, asked, f"names : ({some})"))
        add(2.0, _by_path(opened, asked, some))
        add(2.0, _by_notes(opened, asked, some))
        if not all_found:
            add(1.0, _by_content(opened, asked, some))
    return all_found


def noted(opened: OpenTree, asked: Query) -> dict[bytes, list[tuple[str | None, str]]]:
    """What people have noted in any of these words, as (symbol, text), by path."""
    by_path: dict[bytes, list[tuple[str | None, str]]] = {}
    if asked.words:
        query = f"""SELECT path, symbol, notes.text FROM note_words JOIN notes ON notes.id = note_words.rowid
            WHERE note_words MATCH ? ORDER BY notes.id DESC LIMIT {RANKED:d}"""  # noqa: S608 - texts of this module
        for path, symbol, text in opened.store.connection.execute(query, (asked.expression("OR"),)):
            by_path.setdefault(path, []).append((symbol, text))
    return by_path


def _conditions(asked: Query) -> tuple[str, list[str | bytes]]:
    """What the filters ask of a row of the ledger, as SQL."""
    said = ""
    values: list[str | bytes] = []
    if "path" in asked.filters:
        # ASCII case alone is folded, on both sides; as bytes, since neither need be UTF-8.
        said += " AND instr(CAST(lower(CAST(path AS TEXT)) AS BLOB), ?) > 0"
        values.append(os.fsencode(asked.filters["path"]).lower())
    if "lang" in asked.filters:
        said += " AND EXISTS (SELECT 1 FROM imports WHERE imports.document = ledger.document AND language = ?)"
        values.append(asked.filters["lang"].lower())
    return said, values


def _by_content(opened: OpenTree, asked: Query, expression: str) -> list[tuple[bytes, int]]:
    """Paths whose document matches and is current, with its number, by how rare and how many the matches are."""
    indexed = _in_index("words", opened, asked, expression, newest=MOST)
    if (left := reindex.left(opened.store.connection)) is not None:
        indexed += _in_index("old_words", opened, asked, expression, newest=left)
    return indexed[:KEPT]


def _in_index(words: str, opened: OpenTree, asked: Query, expression: str, *, newest: int) -> list[tuple[bytes, int]]:
    said, values = _conditions(asked)
    # A name says more about a file than a word in its text. A file without any says nothing: few names are better.
    return opened.store.connection.execute(
        f"""SELECT path, document FROM (
            SELECT path, document, bm25({words}, 10, 1) AS score
            FROM {words} CROSS JOIN ledger ON ledger.document = {words}.rowid AND ledger.tree = ?{said}
            WHERE {words} MATCH ? AND {words}.rowid <= ? ORDER BY {words}.rowid DESC LIMIT {RANKED:d}
        ) ORDER BY score, path LIMIT {KEPT:d}""",  # noqa: S608 - texts of this module
        (opened.tree.id, *values, expression, newest),
    ).fetchall()


def _by_prose(opened: OpenTree, asked: Query, expression: str) -> list[tuple[bytes, int]]:
    """Paths about whose content somebody has written in these words."""
    said, values = _conditions(asked)
    return opened.store.connection.execute(
        f"""SELECT path, document FROM (
            SELECT rowid AS number, bm25(prose_words) AS score FROM prose_words WHERE prose_words MATCH ?
            ORDER BY rowid DESC LIMIT {RANKED:d}
        ) JOIN prose ON prose.id = number JOIN documents ON documents.oid = prose.oid
        JOIN ledger ON ledger.document = documents.id
        WHERE ledger.tree = ?{said} ORDER BY score, path LIMIT {KEPT:d}""",  # noqa: S608 - texts of this module
        (expression, opened.tree.id, *values),
    ).fetchall()


def _by_notes(opened: OpenTree, asked: Query, expression: str) -> list[tuple[bytes, int]]:
    """Paths about which people have written notes in these words."""
    said, values = _conditions(asked)
    return opened.store.connection.execute(
        f"""SELECT path, document FROM (
            SELECT notes.path AS noted, bm25(note_words) AS score
            FROM note_words JOIN notes ON notes.id = note_words.rowid
            WHERE note_words MATCH ? ORDER BY notes.id DESC LIMIT {RANKED:d}
        ) JOIN ledger ON ledger.tree = ? AND path = noted
        WHERE document IS NOT NULL{said} ORDER BY score, path LIMIT {KEPT:d}""",  # noqa: S608 - texts of this module
        (expression, opened.tree.id, *values),
    ).fetchall()


def _by_path(opened: OpenTree, asked: Query, expression: str) -> list[tuple[bytes, int]]:
    """Paths in whose words the query occurs, those first that look most like it."""
    said, values = _conditions(asked)
    found = opened.store.connection.execute(
        f"""SELECT ledger.path, document FROM path_words CROSS JOIN places ON places.id = path_words.rowid
        CROSS JOIN ledger ON ledger.tree = places.tree AND ledger.path = places.path
        WHERE path_words MATCH ? AND places.tree = ? AND document IS NOT NULL{said.replace("(path", "(ledger.path")}
        LIMIT {RANKED:d}""",  # noqa: S608 - texts of this module
        (expression, opened.tree.id, *values),
    ).fetchall()
    return sorted(found, key=lambda one: (-likeness.of_path(asked, one[0]), len(one[0]), one[0]))[:KEPT]


def by_bytes(opened: OpenTree, asked: Query) -> Candidates:
    """Paths in which every part of the query occurs, be it in the middle of a word, or no text at all."""
    parts = [os.fsencode(part).lower() for part in asked.raw.split()][:12]
    holds = "instr(CAST(lower(CAST(path AS TEXT)) AS BLOB), ?) > 0"
    said, values = _conditions(asked)
    found = opened.store.connection.execute(
        f"""SELECT path, document FROM ledger INDEXED BY ledger_document WHERE document > 0 AND tree = ?
        AND {" AND ".join([holds] * len(parts))}{said} LIMIT {KEPT:d}""",  # noqa: S608 - texts of this module
        (opened.tree.id, *parts, *values),
    )
    return {path: (document, likeness.of_path(asked, path)) for path, document in found}


def _filtered(opened: OpenTree, asked: Query) -> Iterator[tuple[bytes, int]]:
    said, values = _conditions(asked)
    yield from opened.store.connection.execute(
        f"""SELECT path, document FROM ledger WHERE tree = ? AND document IS NOT NULL{said}
        ORDER BY path LIMIT {SHOWN_BY_FILTER:d}""",  # noqa: S608 - texts of this module
        (opened.tree.id, *values),
    )
