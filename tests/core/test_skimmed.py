"""What search reads of a document without decoding it is what decoding gives, whatever stands in its texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from docwatch import documents
from docwatch.document import Document, Outline, Prose, Symbol
from docwatch.skimmed import Skimmed
from docwatch.store import Store

TRAP = 'a "quote" {"name":"x","kind":"y"} ],"imports":["z"] "symbols":[ "prose":null} \\" \\n \t\r\n\0 ä 🐑 \u2028'
SYMBOLS = (
    Symbol(TRAP, "class", f"class {TRAP}", 1, 9, None, TRAP),
    Symbol("take_Back", "method", "def take_Back(self)", 2, 3, "Outer", "Gives\nnothing back."),
    Symbol("", "key", "", 4, 4),
    Symbol("last", "function", "def last()", 5, 5, None, "\ttested"),
)


def skim(store: Store, made: Document) -> tuple[Skimmed, dict[str, Any]]:
    with store.writing() as connection:
        documents.insert(connection, "A", "outline-1", documents.encoded(made))
    number = documents.document_id(store.connection, "A", "outline-1") or 0
    return documents.skimmed(store.connection, number), documents.body(store.connection, number)


@pytest.mark.parametrize("prose", [None, Prose(TRAP, {"name": TRAP, "last": "Ends it."}, (TRAP,))])
@pytest.mark.parametrize("symbols", [SYMBOLS, (), SYMBOLS[1:2]])
def test_it_says_what_the_document_says(store: Store, symbols: tuple[Symbol, ...], prose: Prose | None) -> None:
    made = Document("c-sharp", Outline(TRAP, symbols, ("os",), ("last",)), prose)
    found, body = skim(store, made)
    assert (found.language, found.summary) == ("c-sharp", TRAP)
    assert [found.symbol(number) for number in range(len(symbols))] == body["outline"]["symbols"]
    assert [found.kind(number) for number in range(len(symbols))] == [symbol.kind for symbol in symbols]
    names = [found.name(number) for number in range(len(found.bare_names))]
    assert [name for name in names if "\\" not in name] == [one.name for one in symbols if one.name != TRAP]
    assert found.prose["overview"] == (prose.overview if prose else "")
    assert found.says("ends it") == (prose is not None)


def test_neither_keys_nor_escapes_are_taken_for_words(store: Store) -> None:
    found, _ = skim(store, Document("python", Outline("Sum.", SYMBOLS[1:])))
    assert found.bare_names == ["takeback", "", "last"]
    assert [word for word in ("signature", "line", "parent", "null", "nnothing", "ttested") if found.says(word)] == []
    assert all(map(found.says, ("sum", "nothing", "tested", "last", "self")))
    assert list(found.symbols_with("nothing")) == [0]
    assert list(found.symbols_with("name")) == []
    assert list(found.symbols_with("def")) == [0, 2]


def test_letters_of_any_script_are_found_in_either_case(store: Store) -> None:
    symbol = replace(SYMBOLS[3], doc="ÄRGER mit Groß und KLEIN")
    found, _ = skim(store, Document("python", Outline("ÜBERALL.", (symbol,))))
    assert all(map(found.says, ("überall", "ärger", "groß", "klein")))
    assert list(found.symbols_with("ärger")) == list(found.symbols_with("klein")) == [0]
    assert not found.says("\udce9")
