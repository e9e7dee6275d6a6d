"""What a user has agreed to have written about each tree, by which documenter: the tokens of the largest backlog."""

from __future__ import annotations

from docwatch import accounts


def tokens(tree: str, documenter: str) -> int | None:
    """None where nothing was agreed to."""
    if not accounts.exist():
        return None
    query = "SELECT tokens FROM agreements WHERE tree = ? AND documenter = ?"
    with accounts.opened() as store:
        row = store.connection.execute(query, (tree, documenter)).fetchone()
    return None if row is None else int(row[0])


def agree(tree: str, documenter: str, tokens: int) -> None:
    with accounts.opened() as store, store.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO agreements VALUES (?, ?, ?)", (tree, documenter, tokens))
