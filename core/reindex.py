"""Words of documents that an older docwatch indexed in its own way, moved bit by bit into the index there is now.

That one has a quarter of the size, and takes less time for each document to come. Making it anew at once would hold up
whoever opens the store for a minute; until all is moved, search asks both.
"""

from __future__ import annotations

import sqlite3

from docwatch import documents
from docwatch.store import Store

STEP = 100  # documents: some 50 ms, while other writers wait


def left(connection: sqlite3.Connection) -> int | None:
    """The newest document whose words are in the old index alone; older ones are too. None where there is no such."""
    row = connection.execute("SELECT upto FROM words_left").fetchone()
    return None if row is None else int(row[0])


def step(store: Store) -> bool:
    """Move the words of some documents, newest first; whether there was anything to do."""
    upto = left(store.connection)
    if upto is None:
        return False
    query = "SELECT id, body FROM documents WHERE id <= ? ORDER BY id DESC LIMIT ?"
    bodies = store.connection.execute(query, (upto, STEP)).fetchall()
    words = [(number, *documents.words_of(body)) for number, body in bodies]
    with store.writing() as connection:
        if left(connection) != upto:
            return True  # another process was faster
        for number, names, text in reversed(words):  # FTS5 writes out what it has whenever a number is not the highest
            documents.index(connection, number, names, text)
        if len(words) == STEP:
            connection.execute("UPDATE words_left SET upto = ?", (words[-1][0] - 1,))
        else:  # that was all
            connection.execute("DELETE FROM words_left")
            connection.execute("DROP TABLE old_words")
    return True
