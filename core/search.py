"""Search over the documents of a tree: by the names and words in them, and by the names of their files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docwatch import documents, freshness
from docwatch.opened import OpenTree

# More than anybody types. SQLite gives up on very large expressions, and takes seconds for `a_a_a_` and so on.
LONGEST_QUERY, LONGEST_WORD, MOST_WORDS = 1_000, 64, 24
SNIPPET_CHARACTERS = 160
# Two rankings are joined by rank, since a bm25 and a match in a file's name have no common scale; the smaller the
# constant, the more the first places stand out.
_FLATTEN = 10.0
_NO_TEXT = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte of a name either
_WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")


Ranking = list[tuple[bytes, float]]  # paths, best first, and how much each place counts


@dataclass(frozen=True, slots=True)
class Hit:
    """One file that matches. `oid` is the content its document is of, `state` how the file is right now.

    `name` is the qualified name of the symbol that matches best and `line` where it begins, both None where no single
    symbol stands out; `snippet` is one line: its signature, or what the document says of the file.
    """

    path: bytes
    state: str
    oid: str | None
    name: str | None
    line: int | None
    snippet: str


def search(opened: OpenTree, query: str, limit: int = 20) -> list[Hit]:
    """The files that match, best first: documents with all the words, and names with all the parts of the query.

    Where there is neither, documents with any of the words. Any text is a query; one without words matches nothing.
    """
    query = _NO_TEXT.sub(" ", query[:LONGEST_QUERY])
    words = _words(query)
    terms = [_term(word, prefix="*" if word == words[-1] else "") for word in words]
    best = _joined(
        _by_content(opened, " AND ".join(terms), 2 * limit),
        _by_name(opened, query, 2 * limit),
    ) or _joined(_by_content(opened, " OR ".join(terms), limit))
    return [hit for path in best[:limit] if (hit := _hit(opened, path, words)) is not None]


def _words(query: str) -> list[str]:
    found = (word[:LONGEST_WORD] for word in _WORD.findall(query))
    return list(dict.fromkeys(found))[:MOST_WORDS]


def _term(word: str, prefix: str) -> str:
    """A word as FTS5 takes it, quoted so that nothing in it is an operator: itself, or all parts of an identifier."""
    parts = list(dict.fromkeys(documents.identifier_parts(word)))
    if len(parts) < 2:
        return f'"{word}"{prefix}'
    every = " AND ".join(f'"{part}"' for part in parts[:-1])
    return f'("{word}"{prefix} OR ({every} AND "{parts[-1]}"{prefix}))'


def _by_content(opened: OpenTree, expression: str, limit: int) -> Ranking:
    """Paths whose document matches, by how rare and how many the matches are."""
    if not expression:
        return []
    # A name says more about a file than a word in its text.
    found = opened.store.connection.execute(
        """SELECT path FROM words JOIN ledger ON document = words.rowid
        WHERE words MATCH ? AND tree = ? ORDER BY bm25(words, 10, 1), path LIMIT ?""",
        (expression, opened.tree.id, limit),
    )
    return [(path, 1.0) for (path,) in found]


def _by_name(opened: OpenTree, query: str, limit: int) -> Ranking:
    """Paths in which every part of the query occurs, those first that are called so."""
    parts = [os.fsencode(part).lower() for part in query.split()]
    if not parts:
        return []
    # ASCII case alone is folded, on both sides; as bytes, since neither need be UTF-8.
    holds = "instr(CAST(lower(CAST(path AS TEXT)) AS BLOB), ?) > 0"
    found = opened.store.connection.execute(
        f"SELECT path FROM ledger WHERE tree = ? AND document IS NOT NULL AND {' AND '.join([holds] * len(parts))}",  # noqa: S608 - one fixed text, repeated
        (opened.tree.id, *parts),
    )
    ranked = sorted((_distance(path, parts), len(path), path) for (path,) in found)[:limit]
    return [(path, 2.0 / 2**distance) for distance, _, path in ranked]


def _distance(path: bytes, parts: Sequence[bytes]) -> int:
    """How far, from 0, a path is from being called by what was asked for."""
    path = path.lower()
    name = path.rpartition(b"/")[2]
    if any(part in (path, name, name.partition(b".")[0]) for part in parts):
        return 0
    if any(name.startswith(part) for part in parts):
        return 1
    return 2 if any(part in name for part in parts) else 3


def _joined(*rankings: Ranking) -> list[bytes]:
    """Reciprocal rank fusion: what stands high in either ranking stands high, what does in both higher still."""
    score: dict[bytes, float] = {}
    for ranking in rankings:
        for rank, (path, weight) in enumerate(ranking):
            score[path] = score.get(path, 0.0) + weight / (_FLATTEN + rank)
    return sorted(score, key=lambda path: (-score[path], path))


def _hit(opened: OpenTree, path: bytes, words: Sequence[str]) -> Hit | None:
    row = opened.ledger.row(path)
    if row is None or row.document is None:
        return None  # forgotten since it was found
    outline = documents.body(opened.store.connection, row.document)["outline"]
    row = freshness.checked(opened, row)
    symbol = _best(outline["symbols"], _with_parts(words))
    if symbol is None:
        return Hit(path, row.state, row.oid, None, None, _snippet(outline["summary"]))
    name = f"{symbol['parent']}.{symbol['name']}" if symbol["parent"] else symbol["name"]
    return Hit(path, row.state, row.oid, name, symbol["line"], _snippet(symbol["signature"]))


def _with_parts(words: Iterable[str]) -> list[str]:
    """The words as they are compared, those that are identifiers followed by their parts."""
    return list(dict.fromkeys(form for word in words for form in (_bare(word), *documents.identifier_parts(word))))


def _bare(name: str) -> str:
    """`take_back` and `takeBack` are one name to whoever searches."""
    return name.replace("_", "").lower()


def _best(symbols: Iterable[dict[str, Any]], wanted: Sequence[str]) -> dict[str, Any] | None:
    """The symbol that matches best, the first of several; None where none does."""
    scored = [(_score(symbol, wanted), symbol) for symbol in symbols]
    best, symbol = max(scored, key=lambda pair: pair[0], default=(0, None))
    return symbol if best else None


def _score(symbol: dict[str, Any], wanted: Iterable[str]) -> int:
    name = _bare(symbol["name"])
    parts = documents.identifier_parts(symbol["name"])
    text = f"{symbol['signature']} {symbol['doc'] or ''}".lower()
    return sum(_match(word, name, parts, text) for word in wanted)


def _match(word: str, name: str, parts: Sequence[str], text: str) -> int:
    """How well one word fits a symbol: its name before a part of it, that before its text."""
    if word == name:
        return 8
    if word in parts:
        return 4
    if name.startswith(word) or any(part.startswith(word) for part in parts):
        return 2
    return int(len(word) > 2 and word in text)


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET_CHARACTERS else line[: SNIPPET_CHARACTERS - 1] + "…"
