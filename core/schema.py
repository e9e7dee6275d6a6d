"""The tables of a store, as they came to be: each step makes the next version, none drops what was paid or noted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

Migrations = tuple[Callable[[sqlite3.Connection], None], ...]


def _first(connection: sqlite3.Connection) -> None:
    """Documents by content, the ledger by path (as bytes: names need not be UTF-8), words for search."""
    for statement in (
        # `forgot` is the latest ticket of a read that found a path gone: its row, and the ticket in it, is no more.
        "CREATE TABLE clock (now INTEGER NOT NULL, forgot INTEGER NOT NULL)",
        "INSERT INTO clock VALUES (0, 0)",
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            oid TEXT NOT NULL,
            documenter TEXT NOT NULL,      -- the documenter's fingerprint
            body BLOB NOT NULL,            -- JSON of docwatch.document.Document
            made_at INTEGER NOT NULL,      -- seconds since 1970
            UNIQUE (oid, documenter))""",
        """CREATE TABLE claims (           -- who is documenting which content right now
            oid TEXT NOT NULL, documenter TEXT NOT NULL, holder TEXT NOT NULL,
            PRIMARY KEY (oid, documenter)) WITHOUT ROWID""",
        """CREATE TABLE ledger (
            tree TEXT NOT NULL,
            path BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('fresh', 'queued', 'running', 'failed', 'skipped')),
            reason TEXT NOT NULL DEFAULT '',
            read INTEGER NOT NULL,         -- ticket of the latest-started read whose outcome this is
            wanted TEXT,                   -- OID which that read saw
            documenter TEXT,               -- fingerprint of the documenter that is to document it
            document INTEGER REFERENCES documents (id),  -- the newest document there is, maybe of older content
            size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
            settled INTEGER NOT NULL DEFAULT 0,  -- 1: mtime was clearly older than the moment of hashing
            origin TEXT NOT NULL,          -- save, commit or scan
            owed_at INTEGER,               -- clock: since when a document is owed
            job TEXT,                      -- RQ's job id; NULL while owed and not delivered
            delivered_at REAL,             -- seconds since 1970
            holder TEXT,                   -- who runs it
            deaths INTEGER NOT NULL DEFAULT 0,   -- workers that died over this content
            changed INTEGER NOT NULL,      -- clock: the row's last change
            PRIMARY KEY (tree, path)) WITHOUT ROWID""",
        "CREATE INDEX ledger_changed ON ledger (tree, changed)",
        """CREATE INDEX ledger_undelivered ON ledger (tree, origin = 'scan', owed_at)
            WHERE state = 'queued' AND job IS NULL""",
        "CREATE INDEX ledger_underway ON ledger (tree, state) WHERE state IN ('queued', 'running')",
        "CREATE INDEX ledger_document ON ledger (document)",
        # Contentless: what was found is shown from the document itself.
        "CREATE VIRTUAL TABLE words USING fts5 (names, text, content = '', prefix = '2 3')",
    ):
        connection.execute(statement)


def _second(connection: sqlite3.Connection) -> None:
    """What earlier runs over a content came to."""
    for statement in (
        "ALTER TABLE ledger ADD COLUMN cause TEXT NOT NULL DEFAULT ''",  # class of the error that `reason` tells
        "ALTER TABLE ledger ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",  # errors that count against the content
        "ALTER TABLE ledger ADD COLUMN waits INTEGER NOT NULL DEFAULT 0",  # and those that do not
        "ALTER TABLE ledger ADD COLUMN bug_in TEXT",  # the version of docwatch by whose bug it failed
        "CREATE INDEX ledger_bugs ON ledger (tree, bug_in) WHERE bug_in IS NOT NULL",
    ):
        connection.execute(statement)


def _notes(connection: sqlite3.Connection) -> None:
    """What people write, which nothing here makes again: see docwatch.notes."""
    connection.execute(
        """CREATE TABLE notes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number that people have seen names no other note later
            path BLOB NOT NULL, symbol TEXT, text TEXT NOT NULL, source TEXT NOT NULL, oid TEXT, digest TEXT, head TEXT,
            made_at INTEGER NOT NULL, edited_at INTEGER)"""
    )
    connection.execute("CREATE INDEX notes_path ON notes (path)")


def _imports(connection: sqlite3.Connection) -> None:
    """What each document imports, apart from its body: what imports what is asked of all documents of a tree."""
    connection.execute(
        """CREATE TABLE imports (
            document INTEGER PRIMARY KEY REFERENCES documents (id),
            language TEXT NOT NULL,
            names TEXT NOT NULL)           -- JSON list, as docwatch.documents.imported_names gives them"""
    )
    connection.execute(
        """INSERT INTO imports
        SELECT id, json_extract(text, '$.language'), coalesce(json_extract(text, '$.outline.imports'), '[]')
        FROM (SELECT id, CAST(body AS TEXT) AS text FROM documents)
        WHERE json_valid(text) AND json_extract(text, '$.language') IS NOT NULL"""
    )


def _prose(connection: sqlite3.Connection) -> None:
    """What models wrote, by content, and for which paths it is owed: see docwatch.prose and docwatch.prose_ledger."""
    for statement in (
        """CREATE TABLE prose (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            oid TEXT NOT NULL,
            language TEXT NOT NULL,
            documenter TEXT NOT NULL,      -- fingerprint of the prose documenter
            body BLOB NOT NULL,            -- JSON of docwatch.documenters.prose.writing.Record
            complete INTEGER NOT NULL,     -- 0: parts of it are still to be asked for
            masked INTEGER NOT NULL,       -- secrets that were not sent
            left_out TEXT NOT NULL,        -- JSON list of the symbols too long to be sent
            made_at INTEGER NOT NULL,      -- seconds since 1970
            UNIQUE (oid, language, documenter))""",
        """CREATE TABLE prose_ledger (
            tree TEXT NOT NULL,
            path BLOB NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('fresh', 'queued', 'running', 'failed')),
            reason TEXT NOT NULL DEFAULT '',
            cause TEXT NOT NULL DEFAULT '',
            wanted TEXT NOT NULL,          -- OID of the content that it is to be about: that of a fresh document
            language TEXT NOT NULL,
            documenter TEXT NOT NULL,      -- fingerprint of who is to write it
            renew INTEGER NOT NULL,        -- 1: what another model wrote will not do
            prose INTEGER REFERENCES prose (id),  -- the newest there is, maybe about older content
            due_at REAL,                   -- seconds since 1970; NULL: not before it is committed
            origin TEXT NOT NULL,
            owed_at INTEGER,
            job TEXT, delivered_at REAL, holder TEXT,
            tries INTEGER NOT NULL DEFAULT 0, waits INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
            bug_in TEXT,
            changed INTEGER NOT NULL,
            PRIMARY KEY (tree, path)) WITHOUT ROWID""",
        "CREATE INDEX prose_ledger_open ON prose_ledger (tree, state) WHERE state <> 'fresh'",
        "CREATE INDEX prose_ledger_wanted ON prose_ledger (wanted) WHERE state <> 'fresh'",
        # Up to which change of the ledger it is known whom prose is owed to, and by whom it was to be.
        "CREATE TABLE prose_looks (tree TEXT PRIMARY KEY, documenter TEXT NOT NULL, upto INTEGER NOT NULL)",
    ):
        connection.execute(statement)


# That a word is there is all that is kept of it, not how often nor where.
_WORDS = "CREATE VIRTUAL TABLE words USING fts5 (names, text, content = '', detail = column, prefix = '2')"


def _search(connection: sqlite3.Connection) -> None:
    """An index of a quarter of the size, the words of paths, and the terms that a mistyped word may have meant.

    A store that holds documents keeps the index it has, until `_words_left`.
    """
    if connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone() is None:
        connection.execute("DROP TABLE words")
        connection.execute(_WORDS)
    prose_text = """SELECT id, (SELECT group_concat(atom, ' ') FROM json_tree(CAST(body AS TEXT), '$.prose')
        WHERE type = 'text') FROM prose"""
    for statement in (
        "CREATE TABLE lexicon (term TEXT PRIMARY KEY) WITHOUT ROWID",  # of the names in documents
        "CREATE TABLE places (id INTEGER PRIMARY KEY, tree TEXT NOT NULL, path BLOB NOT NULL, UNIQUE (tree, path))",
        "CREATE VIRTUAL TABLE path_words USING fts5 (path, content = '', detail = none, prefix = '1 2')",
        "CREATE VIRTUAL TABLE path_terms USING fts5vocab (path_words, row)",
        """CREATE TRIGGER path_comes AFTER INSERT ON ledger BEGIN
            INSERT INTO places (tree, path) VALUES (new.tree, new.path);
            INSERT INTO path_words (rowid, path) VALUES (last_insert_rowid(), CAST(new.path AS TEXT));
        END""",
        """CREATE TRIGGER path_goes AFTER DELETE ON ledger BEGIN
            INSERT INTO path_words (path_words, rowid, path)
                SELECT 'delete', id, CAST(path AS TEXT) FROM places WHERE tree = old.tree AND path = old.path;
            DELETE FROM places WHERE tree = old.tree AND path = old.path;
        END""",
        # Prose has its words with it: little of it, and written again in place.
        "CREATE VIRTUAL TABLE prose_words USING fts5 (text, detail = column, prefix = '2')",
        f"""CREATE TRIGGER prose_comes AFTER INSERT ON prose BEGIN
            INSERT INTO prose_words (rowid, text) {prose_text} WHERE prose.id = new.id; END""",
        f"""CREATE TRIGGER prose_changes AFTER UPDATE OF body ON prose BEGIN
            DELETE FROM prose_words WHERE rowid = old.id;
            INSERT INTO prose_words (rowid, text) {prose_text} WHERE prose.id = new.id; END""",  # noqa: S608 - a text of this function
        f"INSERT INTO prose_words (rowid, text) {prose_text}",
        "INSERT INTO places (tree, path) SELECT tree, path FROM ledger",
        "INSERT INTO path_words (rowid, path) SELECT id, CAST(path AS TEXT) FROM places",
        "CREATE VIRTUAL TABLE temp.old_terms USING fts5vocab (main, words, col)",
        "INSERT INTO lexicon SELECT term FROM temp.old_terms WHERE col = 'names'",
        "DROP TABLE temp.old_terms",
    ):
        connection.execute(statement)


def _prose_symbols(connection: sqlite3.Connection) -> None:
    """Which prose has a text about a symbol, by the symbol's own source: it is found again wherever that has gone."""
    # Not OR REPLACE: in a trigger the policy of the statement that fired it would stand above that.
    kept = """INSERT INTO prose_symbols SELECT atom, prose.documenter, prose.id
        FROM prose, json_each(CAST(prose.body AS TEXT), '$.digests') WHERE type = 'text' {which}
        ON CONFLICT (digest, documenter) DO UPDATE SET prose = excluded.prose"""
    changed = kept.format(which="AND prose.id = new.id")
    for statement in (
        """CREATE TABLE prose_symbols (
            digest TEXT NOT NULL, documenter TEXT NOT NULL,
            prose INTEGER NOT NULL REFERENCES prose (id),  -- the newest
            PRIMARY KEY (digest, documenter)) WITHOUT ROWID""",
        f"CREATE TRIGGER prose_symbols_come AFTER INSERT ON prose BEGIN {changed}; END",
        f"CREATE TRIGGER prose_symbols_change AFTER UPDATE OF body ON prose BEGIN {changed}; END",
        kept.format(which="ORDER BY prose.id"),
    ):
        connection.execute(statement)


def _places(connection: sqlite3.Connection) -> None:
    """The words of paths are written many at once (docwatch.places) and stand in the lexicon with those of names."""
    for statement in (
        "DROP TRIGGER path_comes",
        "DROP TRIGGER path_goes",
        "INSERT OR IGNORE INTO lexicon SELECT term FROM path_terms",
        "DROP TABLE path_terms",
    ):
        connection.execute(statement)


def _note_words(connection: sqlite3.Connection) -> None:
    """Notes have their words with them, as prose has."""
    for statement in (
        "CREATE VIRTUAL TABLE note_words USING fts5 (text, detail = column, prefix = '2')",
        """CREATE TRIGGER note_comes AFTER INSERT ON notes BEGIN
            INSERT INTO note_words (rowid, text) VALUES (new.id, new.text); END""",
        """CREATE TRIGGER note_changes AFTER UPDATE OF text ON notes BEGIN
            UPDATE note_words SET text = new.text WHERE rowid = old.id; END""",
        "CREATE TRIGGER note_goes AFTER DELETE ON notes BEGIN DELETE FROM note_words WHERE rowid = old.id; END",
        "INSERT INTO note_words (rowid, text) SELECT id, text FROM notes",
    ):
        connection.execute(statement)


def _words_left(connection: sqlite3.Connection) -> None:
    """An index of words that an older docwatch made gives way to one of today's, bit by bit: see docwatch.reindex."""
    connection.execute("CREATE TABLE words_left (upto INTEGER NOT NULL)")
    (made_by,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'words'").fetchone()
    if made_by != _WORDS:
        connection.execute("ALTER TABLE words RENAME TO old_words")
        connection.execute(_WORDS)
        connection.execute("INSERT INTO words_left SELECT max(id) FROM documents")


def _deaths(connection: sqlite3.Connection) -> None:
    """Over which files workers have died: hardly any, and asked before each batch."""
    for table in ("ledger", "prose_ledger"):
        connection.execute(f"CREATE INDEX {table}_deaths ON {table} (tree, deaths) WHERE deaths > 0")


MIGRATIONS: Migrations = (
    _first,
    _second,
    _notes,
    _imports,
    _prose,
    _search,
    _prose_symbols,
    _places,
    _note_words,
    _words_left,
    _deaths,
)
