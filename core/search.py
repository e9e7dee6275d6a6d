"""Search over the documents of a tree: by the names and words in them, and by the names of their files.

First an index names candidates, then these are read and put in order (docwatch.likeness). What a search may cost is
bounded: of a word that is nearly everywhere the newest documents are looked at, and names before text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from docwatch import documents, freshness, likeness, spelling
from docwatch.opened import OpenTree
from docwatch.query import Query, parse

SNIPPET_CHARACTERS = 160
RANKED = 200  # documents that the index puts in order for one expression: what it takes most of the time for
KEPT = 40  # of these, how many it is worth to look at closer
READ = 20  # documents that are read for one search, and at least as many as are asked for
SHOWN_BY_FILTER = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One file that matches. `oid` is the content its document is of, `state` how the file is right now.

    `name` is the qualified name of the symbol that matches best, `kind` and `line` what it is and where it begins, all
    None where no single symbol stands out; `snippet` is one line: its signature, or what the document says of the file.
    `matches` are the parts of the snippet that were asked for, as (begin, end). `instead` is what was searched for
    where no file has all that was typed.
    """

    path: bytes
    state: str
    oid: str | None
    name: str | None
    line: int | None
    snippet: str
    kind: str | None = None
    language: str = ""
    matches: tuple[tuple[int, int], ...] = ()
    instead: str | None = None

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The snippet in pieces, each with whether it was asked for."""
        end = 0
        for begin, beyond in self.matches:
            yield self.snippet[end:begin], False
            yield self.snippet[begin:beyond], True
            end = beyond
        yield self.snippet[end:], False


def search(opened: OpenTree, query: str, limit: int = 20) -> list[Hit]:
    """The files that match, best first: those in whose document and path all words are, or else those with any.

    Where no file has all, what has those words that exist and look most like them.
    """
    asked = parse(query)
    looks = _looks(opened, asked, limit)
    instead = None
    if asked.words and not _fit(looks) and (mended := spelling.mended(opened, asked)) is not None:
        better = _looks(opened, mended, limit)
        if _fit(better) or not looks:
            asked, looks, instead = mended, better, mended.raw
    if asked.words and not looks:
        looks = _looked(opened, asked, _by_bytes(opened, asked), limit)
    hits = (_hit(opened, asked, path, look) for path, look, _ in looks[:limit])
    return [replace(hit, instead=instead) for hit in hits if hit is not None]


Looked = list[tuple[bytes, likeness.Look, float]]
Candidates = dict[bytes, tuple[int, float]]  # path: its document, and how likely it is what is meant


def _fit(looks: Looked) -> bool:
    return any(look.is_whole for _, look, _ in looks)


def _looks(opened: OpenTree, asked: Query, limit: int) -> Looked:
    """The paths that match with how they look, best first; all with all the words if there is one."""
    if not asked.words and not asked.filters:
        return []
    looks = _looked(opened, asked, _candidates(opened, spelling.completed(opened, asked)), limit)
    return [one for one in looks if one[1].is_whole] if _fit(looks) else looks


def _looked(opened: OpenTree, asked: Query, candidates: Candidates, limit: int) -> Looked:
    read = max(READ if "kind" not in asked.filters else SHOWN_BY_FILTER, limit)
    likely = sorted(candidates, key=lambda path: (-candidates[path][1], len(path), path))[:read]
    looks = []
    for path in likely:
        document, likelihood = candidates[path]
        look = likeness.look(asked, path, documents.skimmed(opened.store.connection, document))
        if look is not None:
            looks.append((path, look, likelihood))
    return sorted(looks, key=lambda one: (-one[1].score, -one[2], one[0]))


def _candidates(opened: OpenTree, asked: Query) -> Candidates:
    found: Candidates = {}
    if not asked.words:
        return {path: (document, 0.0) for path, document in _filtered(opened, asked)}
    every, some = asked.expression("AND"), asked.expression("OR")

    def add(weight: float, ranking: list[tuple[bytes, int]]) -> None:
        for place, (path, document) in enumerate(ranking):
            before = found[path][1] if path in found else likeness.of_path(asked, path)
            found[path] = (document, before + weight / (1 + place / 10))

    add(6.0, _by_path(opened, asked, every))
    # Each is asked only where those that say more are too few.
    for weight, expression in ((6.0, f"names : ({asked.exact})"), (6.0, f"names : ({every})"), (3.0, every)):
        ranking = _by_content(opened, asked, expression)
        add(weight, ranking)
        if len(ranking) == KEPT:
            return found
    add(2.0, _by_prose(opened, asked, every))
    if len(asked.words) > 1 and len(found) < KEPT:
        add(3.0, _by_content(opened, asked, f"names : ({some})"))
        add(2.0, _by_path(opened, asked, some))
        if not found:
            add(1.0, _by_content(opened, asked, some))
    return found


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
    said, values = _conditions(asked)
    # A name says more about a file than a word in its text. A file without any says nothing: few names are better.
    return opened.store.connection.execute(
        f"""SELECT path, document FROM (
            SELECT path, document, bm25(words, 10, 1) AS score
            FROM words CROSS JOIN ledger ON ledger.document = words.rowid AND ledger.tree = ?{said}
            WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT {RANKED:d}
        ) ORDER BY score, path LIMIT {KEPT:d}""",  # noqa: S608 - texts of this module
        (opened.tree.id, *values, expression),
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


def _by_bytes(opened: OpenTree, asked: Query) -> Candidates:
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


def _hit(opened: OpenTree, asked: Query, path: bytes, look: likeness.Look) -> Hit | None:
    row = opened.ledger.row(path)
    if row is None or row.document is None:
        return None  # forgotten since it was found
    row = freshness.checked(opened, row)
    symbol = look.symbol
    snippet = _line(look.telling)
    name = line = kind = None
    if symbol is not None:
        name = f"{symbol['parent']}.{symbol['name']}" if symbol["parent"] else symbol["name"]
        line, kind = symbol["line"], symbol["kind"]
    return Hit(
        *(path, row.state, row.oid, name, line, snippet),
        *(kind, look.language, tuple(likeness.matches(asked, snippet))),
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET_CHARACTERS else line[: SNIPPET_CHARACTERS - 1] + "…"
