"""Documents in the store, by content and documenter: made once, found again under any path, on any branch."""

from __future__ import annotations

import functools
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from docwatch import holder, prose

if TYPE_CHECKING:
    from docwatch.document import Document
    from docwatch.skimmed import Skimmed
    from docwatch.store import Store


def kinds(connection: sqlite3.Connection, oid: str) -> list[tuple[str, str]]:
    """Who has documented a content, and as what language."""
    query = "SELECT documenter, language FROM documents JOIN imports ON document = id WHERE oid = ?"
    return connection.execute(query, (oid,)).fetchall()


def document_id(connection: sqlite3.Connection, oid: str, documenter: str) -> int | None:
    row = connection.execute("SELECT id FROM documents WHERE oid = ? AND documenter = ?", (oid, documenter)).fetchone()
    return None if row is None else int(row[0])


def claim(store: Store, oid: str, documenter: str) -> str:
    """Who is to document the content: "ours" from now on, "there" already, or "theirs", another process at work."""
    return claim_all(store, [(oid, documenter)])[0]


def claim_all(store: Store, contents: Iterable[tuple[str, str]]) -> list[str]:
    """The same for several contents, as (OID, documenter), in one transaction; one that is named twice is ours once."""
    answers: list[str] = []
    ours: set[tuple[str, str]] = set()
    with store.writing() as connection:
        for content in contents:
            answers.append("theirs" if content in ours else _claim(connection, *content))
            if answers[-1] == "ours":
                ours.add(content)
    return answers


def _claim(connection: sqlite3.Connection, oid: str, documenter: str) -> str:
    me = holder.this_process()
    if document_id(connection, oid, documenter) is not None:
        return "there"
    row = connection.execute("SELECT holder FROM claims WHERE oid = ? AND documenter = ?", (oid, documenter)).fetchone()
    if row is not None and row[0] != me and holder.is_alive(row[0]):
        return "theirs"
    connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", (oid, documenter, me))
    return "ours"


def release(connection: sqlite3.Connection, oid: str, documenter: str) -> None:
    """Give up a claim of ours."""
    connection.execute(
        "DELETE FROM claims WHERE oid = ? AND documenter = ? AND holder = ?", (oid, documenter, holder.this_process())
    )


class Encoded(NamedTuple):
    """A document as it is stored: as JSON, and what search and relations ask of it."""

    body: bytes
    language: str
    names: str
    text: str
    imports: str


def encoded(document: Document) -> Encoded:
    """Do this before `Store.writing()`: it takes longer than the writing, and nobody need wait for it."""
    import msgspec

    return Encoded(
        msgspec.json.encode(document),
        document.language,
        _indexed(names_of(document)),
        _indexed(_text_of(document)),
        msgspec.json.encode(imported_names(document)).decode(),
    )


def insert(
    connection: sqlite3.Connection, oid: str, documenter: str, document: Encoded, made_at: int | None = None
) -> bool:
    """Store a document; one that is there already stays: then False. Call inside `Store.writing()`."""
    added = connection.execute(
        "INSERT OR IGNORE INTO documents (oid, documenter, body, made_at) VALUES (?, ?, ?, ?)",
        (oid, documenter, document.body, int(time.time()) if made_at is None else made_at),
    )
    if added.rowcount:
        number = added.lastrowid
        index(connection, number, document.names, document.text)
        connection.execute(
            "INSERT OR REPLACE INTO imports VALUES (?, ?, ?)", (number, document.language, document.imports)
        )
    return bool(added.rowcount)


def index(connection: sqlite3.Connection, number: int | None, names: str, text: str) -> None:
    """Have a document found by its words. Call inside `Store.writing()`."""
    import msgspec

    connection.execute("INSERT INTO words (rowid, names, text) VALUES (?, ?, ?)", (number, names, text))
    terms = msgspec.json.encode(names.split()).decode()  # as one statement: it takes two thirds of the time
    connection.execute("INSERT OR IGNORE INTO lexicon SELECT value FROM json_each(?)", (terms,))


def words_of(body: bytes) -> tuple[str, str]:
    """What the index is to have of a stored document, names and text; of what is none, nothing."""
    import msgspec

    from docwatch.document import Document

    try:
        document = msgspec.json.decode(body, type=Document)
    except msgspec.MsgspecError:
        return "", ""
    return _indexed(names_of(document)), _indexed(_text_of(document))


class Stored(NamedTuple):
    """A document as it is kept: `document` is the JSON of a docwatch.document.Document."""

    oid: str
    documenter: str
    made_at: int
    document: bytes


def every(connection: sqlite3.Connection) -> Iterator[Stored]:
    for row in connection.execute("SELECT oid, documenter, made_at, body FROM documents ORDER BY oid, documenter"):
        yield Stored(*row)


def of(connection: sqlite3.Connection, oid: str) -> list[Stored]:
    """Those of one content."""
    query = "SELECT oid, documenter, made_at, body FROM documents WHERE oid = ? ORDER BY documenter"
    return [Stored(*row) for row in connection.execute(query, (oid,))]


def versions(connection: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    """(fingerprint, made_at) of the documents of each content: what is in those can never be another."""
    found: dict[str, list[tuple[str, int]]] = {}
    for oid, *version in connection.execute("SELECT oid, documenter, made_at FROM documents ORDER BY oid, documenter"):
        found.setdefault(oid, []).append((version[0], version[1]))
    return found


def body(connection: sqlite3.Connection, document: int) -> dict[str, Any]:
    """A stored document as plain data, as it is shown: the fields of docwatch.document.Document.

    Its prose is the newest there is about that content, by whomever.
    """
    import json

    oid, text = connection.execute("SELECT oid, body FROM documents WHERE id = ?", (document,)).fetchone()
    found: dict[str, Any] = json.loads(text)
    if found["prose"] is None and (number := prose.complete(connection, oid, found["language"])) is not None:
        found["prose"] = prose.shown(connection, number)
    return found


def skimmed(connection: sqlite3.Connection, document: int) -> Skimmed:
    """The same, to look into many: see docwatch.skimmed."""
    from docwatch.skimmed import NO_PROSE, Skimmed

    oid, text = connection.execute("SELECT oid, body FROM documents WHERE id = ?", (document,)).fetchone()
    found = Skimmed(text)
    if found.prose is NO_PROSE and (number := prose.complete(connection, oid, found.language)) is not None:
        found.prose = prose.shown(connection, number) or NO_PROSE
    return found


def by_oid(connection: sqlite3.Connection, oid: str) -> tuple[int, str] | None:
    """(id, fingerprint) of the newest document of a content."""
    row = connection.execute(
        "SELECT id, documenter FROM documents WHERE oid = ? ORDER BY id DESC LIMIT 1", (oid,)
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def stored(connection: sqlite3.Connection, oid: str, documenter: str) -> Document | None:
    """The document of a content by that documenter, with the newest prose there is about the content by anybody."""
    number = document_id(connection, oid, documenter)
    if number is None:
        return None
    import msgspec

    from docwatch.document import Document

    return msgspec.convert(body(connection, number), Document)


def imported_names(document: Document) -> list[str]:
    """What docwatch.resolve is to find files for: the imports, and the modules that a Rust file has in other files."""
    outline = document.outline
    if document.language != "rust":
        return [*outline.imports, *outline.members]
    modules = (symbol for symbol in outline.symbols if symbol.kind == "module" and symbol.line == symbol.end_line)
    return [*outline.imports, *(f"self::{module.name}" for module in modules if module.parent is None)]


def names_of(document: Document) -> Iterator[str]:
    for symbol in document.outline.symbols:
        yield symbol.name
    yield from document.outline.exports


def _text_of(document: Document) -> Iterator[str]:
    yield document.outline.summary
    yield from document.outline.imports
    for symbol in document.outline.symbols:
        yield symbol.signature
        yield symbol.doc or ""
    if document.prose is not None:
        yield document.prose.overview
        yield from document.prose.symbols.values()
        yield from document.prose.notes


_WORD = re.compile(r"\w+")
# Of bytes.translate, which takes half the time of an expression: what ASCII has beside words becomes a blank.
_ASCII_WORDS = bytes(code if code > 127 or chr(code).isalnum() or code == ord("_") else ord(" ") for code in range(256))
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@functools.lru_cache(maxsize=1 << 14)  # a repository's files repeat their words
def identifier_parts(word: str) -> tuple[str, ...]:
    """The parts people remember of an identifier: `configParser` and `config_parser` give config, parser."""
    return tuple(part.lower() for part in _PART.findall(word))


class _Forms(dict[bytes, str]):
    """What the index is to have of a word, itself and its parts where it has several, by the word, for many words."""

    def __missing__(self, word: bytes) -> str:
        if len(self) >= 1 << 13:
            self.clear()
        text = word.decode()
        words = [text] if (is_ascii := text.isascii()) else _WORD.findall(text)
        if is_ascii and text.isalpha() and (text.islower() or text.isupper()):
            parts = []  # nearly all are so, and need no expression to see it
        else:
            parts = _PART.findall(" ".join(words))
        found = self[word] = " ".join((*words, *parts)).replace("_", "").lower()
        return found


_forms = _Forms()


def _indexed(texts: Iterable[str]) -> str:
    """The text for the index, which knows only whether a word is there."""
    return " ".join(map(_forms.__getitem__, set(" ".join(texts).encode().translate(_ASCII_WORDS).split())))
