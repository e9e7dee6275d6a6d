"""Documents: made once for a content, found by what people remember of a name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from docwatch import documents, holder
from docwatch.document import Document, Outline, Prose, Symbol
from docwatch.store import Store

HOW = "outline-1"


def document(*names: str, text: str = "") -> Document:
    symbols = tuple(Symbol(name, "function", f"def {name}()", 1, 2) for name in names)
    return Document("python", Outline(summary=text, symbols=symbols))


def insert(store: Store, oid: str, made: Document, how: str = HOW) -> int:
    with store.writing() as connection:
        documents.insert(connection, oid, how, documents.encoded(made))
    found = documents.document_id(store.connection, oid, how)
    assert found is not None
    return found


def matching(store: Store, query: str) -> set[str]:
    """The OIDs of the documents whose words match an FTS5 expression."""
    found = store.connection.execute(
        "SELECT oid FROM words JOIN documents ON documents.id = words.rowid WHERE words MATCH ?", (query,)
    )
    return {oid for (oid,) in found}


def test_a_document_comes_back_as_it_was_stored(store: Store) -> None:
    symbol = Symbol("f", "method", "def f(ä)", 3, 4, "A.B", "Does.")
    made = Document("python", Outline("Sum", (symbol,), ("os",), ("f",), ("os",), ("odd",)), Prose("over", {"f": "t"}))
    assert documents.body(store.connection, insert(store, "A", made)) == {
        "language": "python",
        "outline": {
            "summary": "Sum",
            "symbols": [
                {
                    "name": "f",
                    "kind": "method",
                    "signature": "def f(ä)",
                    "line": 3,
                    "end_line": 4,
                    "parent": "A.B",
                    "doc": "Does.",
                }
            ],
            "imports": ["os"],
            "exports": ["f"],
            "dependencies": ["os"],
            "problems": ["odd"],
            "members": [],
        },
        "prose": {"overview": "over", "symbols": {"f": "t"}, "notes": []},
    }


def test_the_first_document_of_a_content_stays_and_its_words_are_indexed_once(store: Store) -> None:
    first = insert(store, "A", document("first"))
    assert insert(store, "A", document("second")) == first
    assert documents.body(store.connection, first)["outline"]["symbols"][0]["name"] == "first"
    assert matching(store, "first") == {"A"}
    assert matching(store, "second") == set()
    assert store.connection.execute("SELECT count(*) FROM words").fetchone() == (1,)


def test_another_documenter_makes_another_document_and_the_newest_is_told(store: Store) -> None:
    assert documents.by_oid(store.connection, "A") is None
    old = insert(store, "A", document("f"), "outline-1")
    new = insert(store, "A", document("f"), "outline-2")
    assert old != new
    assert documents.by_oid(store.connection, "A") == (new, "outline-2")


def test_documents_are_undone_with_their_words_when_the_transaction_is(store: Store) -> None:
    def fails() -> None:
        with store.writing() as connection:
            documents.insert(connection, "A", HOW, documents.encoded(document("lost")))
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert documents.document_id(store.connection, "A", HOW) is None
    assert matching(store, "lost") == set()


# Claims.


def test_a_content_is_claimed_once_until_it_is_released_or_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert documents.claim(store, "A", HOW) == "ours"
    assert documents.claim(store, "A", HOW) == "ours", "a job that is tried again still has its claim"
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as other:
        name = holder.name_of(other.pid)
        with monkeypatch.context() as patch:
            patch.setattr(holder, "this_process", lambda: name)
            assert documents.claim(store, "A", HOW) == "theirs"
            assert documents.claim(store, "A", "outline-2") == "ours"
            with store.writing() as connection:
                documents.release(connection, "A", HOW)
            assert documents.claim(store, "A", HOW) == "theirs", "only its own claim is anybody's to release"
        assert documents.claim(store, "A", "outline-2") == "theirs"
    assert documents.claim(store, "A", "outline-2") == "ours", "once its holder is dead"
    with store.writing() as connection:
        documents.release(connection, "A", HOW)
    monkeypatch.setattr(holder, "this_process", lambda: "host:1:1")
    assert documents.claim(store, "A", HOW) == "ours"
    insert(store, "A", document("f"))
    assert documents.claim(store, "A", HOW) == "there"


# Words.


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("configParser", ["config", "parser"]),
        ("config_parser", ["config", "parser"]),
        ("ConfigParser", ["config", "parser"]),
        ("CONFIG_PARSER", ["config", "parser"]),
        ("parseHTTPResponse", ["parse", "http", "response"]),
        ("HTTPServer2Go", ["http", "server", "2", "go"]),
        ("__init__", ["init"]),
        ("utf8", ["utf", "8"]),
        ("config", ["config"]),
        ("_", []),
        ("größeÄndern", ["gr", "öß", "e", "ä", "ndern"]),
    ],
)
def test_identifiers_fall_into_the_parts_people_remember(word: str, parts: list[str]) -> None:
    assert documents.identifier_parts(word) == tuple(parts)


@pytest.mark.parametrize("name", ["configParser", "config_parser", "ConfigParser", "loadConfig", "CONFIG", "config"])
def test_a_part_finds_the_name_that_holds_it(name: str, store: Store) -> None:
    insert(store, "A", document(name))
    insert(store, "B", document("reconfigured"))
    assert matching(store, "names : config") == {"A"}
    assert matching(store, name.replace("_", "")) == {"A"}


@pytest.mark.parametrize("text", ["calls self.configParser.load()", "a config_parser.", "config-parser", "the Config"])
def test_a_part_is_found_in_texts_too(text: str, store: Store) -> None:
    insert(store, "A", document(text=text))
    assert matching(store, "text : config") == {"A"}


def test_every_text_of_a_document_is_searched(store: Store) -> None:
    symbol = Symbol("zero", "function", "def zero(one: Two)", 1, 2, None, "three")
    outline = Outline("four", (symbol,), ("five.six",), ("seven",))
    insert(store, "A", Document("python", outline, Prose("eight", {"zero": "nine"}, ("ten",))))
    for word in "zero one two three four five six seven eight nine ten".split():
        assert matching(store, word) == {"A"}, word
    assert matching(store, "names : (zero AND seven)") == {"A"}
    assert matching(store, "names : one") == set()
