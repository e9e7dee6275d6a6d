"""What somebody may have meant: who typed the beginning of many names, or a word that is in none."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from docwatch.opened import OpenTree
from docwatch.query import Query, parse

SHORTEST = 3  # letters: of less nothing can be said
MOST_MISTYPED = 3  # words: each is looked for among all there are
INDEXED_BEGINNING = 2  # letters: of so many the index of words has all beginnings
MANY_ENDINGS, FEW_ENDINGS, MOST_ENDINGS = 200, 16, 2_000  # more are looked up one by one; asked for; looked at
FEW_ERRORS = ((5, 1), (64, 2))  # longest word: errors in it that are forgiven


def completed(opened: OpenTree, asked: Query) -> Query:
    """The query with the shortest words that its last may become, where too many begin so to ask for all."""
    endings = {text: found for text in asked.unfinished if (found := _endings(opened.store.connection, text))}
    return replace(asked, endings=endings) if endings else asked


def _endings(connection: sqlite3.Connection, text: str) -> tuple[str, ...]:
    if len(text) <= INDEXED_BEGINNING:
        return ()
    begin_so = "SELECT term FROM lexicon WHERE term >= ?1 AND term < ?1 || char(0x10ffff) LIMIT ?2"
    (count,) = connection.execute(f"SELECT count(*) FROM ({begin_so})", (text, MANY_ENDINGS)).fetchone()  # noqa: S608 - our own text
    if count < MANY_ENDINGS:
        return ()
    shortest = f"SELECT term FROM ({begin_so}) ORDER BY length(term), term LIMIT ?3"  # noqa: S608 - our own text
    return tuple(term for (term,) in connection.execute(shortest, (text, MOST_ENDINGS, FEW_ENDINGS)))


def mended(opened: OpenTree, asked: Query) -> Query | None:
    """The query with words that exist; None where there are none for it."""
    connection = opened.store.connection
    unknown = [one for one in asked.words if len(one.bare) >= SHORTEST and not _first(connection, "term = ?", one.bare)]
    if len(unknown) > MOST_MISTYPED:
        return None
    instead = {word.text: found for word in unknown if (found := _meant(connection, word.bare)) is not None}
    if not instead:
        return None
    terms = (instead.get(word.text, word.text) for word in asked.words)
    return replace(parse(" ".join(terms)), filters=asked.filters)


def _meant(connection: sqlite3.Connection, word: str) -> str | None:
    held = _first(connection, "instr(term, ?) > 0", word)
    if held is not None:
        return held
    allowed = next(errors for longest, errors in FEW_ERRORS if len(word) <= longest)
    alike = ((distance(word, term, allowed), term) for term in _alike(connection, word, allowed))
    best = min((one for one in alike if one[0] <= allowed), default=None)
    return None if best is None else best[1]


def _first(connection: sqlite3.Connection, where: str, word: str) -> str | None:
    query = f"SELECT term FROM lexicon WHERE {where} ORDER BY length(term), term LIMIT 1"  # noqa: S608 - texts of this module
    row = connection.execute(query, (word,)).fetchone()
    return None if row is None else str(row[0])


def _alike(connection: sqlite3.Connection, word: str, allowed: int) -> set[str]:
    """Terms about as long that have a third of it and begin with its first letter or the second: few mistype both."""
    third = -(-len(word) // 3)
    parts = (word[:third], word[third : 2 * third], word[2 * third :] or word[-1])
    found: set[str] = set()
    for letter in {word[0], word[1]}:
        query = """SELECT term FROM lexicon WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?
            AND (instr(term, ?) OR instr(term, ?) OR instr(term, ?))"""
        bounds = (letter, chr(ord(letter) + 1), len(word) - allowed, len(word) + allowed)
        found.update(term for (term,) in connection.execute(query, bounds + parts))
    return found


def distance(one: str, other: str, most: int) -> int:
    """Letters to insert, remove, replace or swap with their neighbour; more than `most` where it is more than that."""
    if len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    above, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, above, row = above, row, [i]
        for j, its in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
