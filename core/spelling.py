"""What somebody may have meant who typed a word that is in no name: one that holds it, or looks most like it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from docwatch.opened import OpenTree
from docwatch.query import Query, parse

SHORTEST = 3  # letters: of less nothing can be said
FEW_ERRORS = ((5, 1), (64, 2))  # longest word: errors in it that are forgiven


def mended(opened: OpenTree, asked: Query) -> Query | None:
    """The query with words that exist; None where there are none for it."""
    terms = [_meant(opened, word.bare) or word.text for word in asked.words]
    if terms == [word.text for word in asked.words]:
        return None
    return replace(parse(" ".join(terms)), filters=asked.filters)


def _meant(opened: OpenTree, word: str) -> str | None:
    connection = opened.store.connection
    if len(word) < SHORTEST or _first(connection, "term = ?", word):
        return None
    held = _first(connection, "instr(term, ?) > 0", word)
    if held is not None:
        return held
    allowed = next(errors for longest, errors in FEW_ERRORS if len(word) <= longest)
    alike = ((distance(word, term, allowed), term) for term in _alike(connection, word, allowed))
    best = min((one for one in alike if one[0] <= allowed), default=None)
    return None if best is None else best[1]


def _terms(where: str) -> str:
    """Of the names of symbols and of the words in paths."""
    return f"SELECT term FROM lexicon WHERE {where} UNION SELECT term FROM path_terms WHERE {where}"  # noqa: S608 - texts of this module


def _first(connection: sqlite3.Connection, where: str, word: str) -> str | None:
    query = f"SELECT term FROM ({_terms(where)}) ORDER BY length(term), term LIMIT 1"  # noqa: S608 - texts of this module
    row = connection.execute(query, (word, word)).fetchone()
    return None if row is None else str(row[0])


def _alike(connection: sqlite3.Connection, word: str, allowed: int) -> set[str]:
    """Terms about as long that begin with the first letter or the second: few type both wrong."""
    found: set[str] = set()
    for letter in {word[0], word[1]}:
        bounds = (letter, chr(ord(letter) + 1), len(word) - allowed, len(word) + allowed)
        query = _terms("term >= ? AND term < ? AND length(term) BETWEEN ? AND ?")
        found.update(term for (term,) in connection.execute(query, bounds + bounds))
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
