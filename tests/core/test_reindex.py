"""What an older docwatch has indexed is found from the first moment, while its index is made anew, and afterwards."""

from __future__ import annotations

import pytest

from docwatch import documents, reindex
from docwatch.document import Document, Outline, Symbol
from docwatch.opened import OpenTree
from docwatch.schema import MIGRATIONS
from docwatch.search import search
from docwatch.store import Store
from tests.conftest import Repo

BEFORE_SEARCH = 5  # migrations


@pytest.fixture
def old(repo: Repo) -> Repo:
    """A tree whose store was made before search had an index of its own form."""
    with Store(repo.tree().store_path, MIGRATIONS[:BEFORE_SEARCH]) as store, store.writing() as connection:
        for number, name in enumerate(("anchor", "barge", "canal"), 1):
            repo.write(f"{name}.py", "")
            symbols = (Symbol(f"{name}Keeper", "class", f"class {name}Keeper", 1, 1),)
            made = documents.encoded(Document("python", Outline(f"About water and {name}s.", symbols)))
            connection.execute("INSERT INTO documents VALUES (?, ?, 'outline', ?, 0)", (number, name, made.body))
            connection.execute("INSERT INTO words (rowid, names, text) VALUES (?, ?, ?)", (number, *made[2:4]))
            connection.execute(
                """INSERT INTO ledger (tree, path, state, read, wanted, document, origin, changed)
                VALUES (?, ?, 'fresh', 1, ?, ?, 'scan', 1)""",
                (repo.tree().id, f"{name}.py".encode(), name, number),
            )
    return repo


def found(opened: OpenTree, *queries: str) -> list[list[str]]:
    return [sorted(hit.path.decode() for hit in search(opened, query)) for query in queries]


def test_old_documents_are_found_before_while_and_after_they_are_indexed_anew(
    old: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindex, "STEP", 2)
    queries = ("keeper", "water", "barge.py", "canalkepeer", "anch")
    all_of_them = ["anchor.py", "barge.py", "canal.py"]
    expected = [all_of_them, all_of_them, ["barge.py"], ["canal.py"], ["anchor.py"]]
    with OpenTree(old.tree()) as opened:
        for left in (3, 1, None):
            assert reindex.left(opened.store.connection) == left
            assert found(opened, *queries) == expected
            assert reindex.step(opened.store) == (left is not None)
        made = documents.encoded(Document("python", Outline("New."), None))
        with opened.store.writing() as connection:
            documents.insert(connection, "new", "outline", made)
        assert not opened.store.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'old_words'").fetchall()
        assert [row[0] for row in opened.store.connection.execute("SELECT rowid FROM words")] == [1, 2, 3, 4]


def test_a_new_store_has_nothing_to_index_anew(store: Store) -> None:
    assert not reindex.step(store)
