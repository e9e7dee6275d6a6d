"""What is right below a folder, as a page lists it: folders with how many files are in which state, then files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docwatch import documents
from docwatch.entries import Row
from docwatch.frontends.reading import Look
from docwatch.opened import OpenTree

MOST_LISTED = 2_000  # entries of one page
# Files that say what their folder is, the most telling first.
TELLING = (
    *(b"README.md", b"readme.md", b"Readme.md", b"README.rst", b"readme.rst", b"Readme.rst"),
    *(b"__init__.py", b"package-info.java", b"doc.go", b"mod.rs", b"index.ts", b"index.js"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a folder's page: a file with its state, or a folder with how many of its files are in which."""

    path: bytes
    name: bytes
    row: Row | None = None
    states: Counter[str] | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of what is right below a folder, and how many `entries` there are; `files` are all below it."""

    shown: tuple[Entry, ...]
    entries: int
    files: int


def looked_at(look: Look, folder: bytes, start: int = 0) -> Listing:
    """As it is at this moment, from that entry on."""
    prefix, ledger = _prefix(folder), look.opened.ledger
    tallies = ledger.tallies(folder)
    for row in look.differing.values():
        name, _, rest = row.path.removeprefix(prefix).partition(b"/")
        if rest and row.path.startswith(prefix):
            tallies[name].update({"fresh": -1, row.state: 1})
    here = tallies.pop(b"", Counter())
    from_file, room = max(0, start - len(tallies)), MOST_LISTED - len(list(tallies)[start : start + MOST_LISTED])
    files = [look.differing.get(row.path, row) for row in ledger.files_in(folder, from_file, room)]
    return _listing(look.opened, prefix, tallies, files, here.total(), start)


def of_rows(opened: OpenTree, folder: bytes, rows: Iterable[Row]) -> Listing:
    """The same of rows that somebody has, by path: all of those below the folder."""
    prefix = _prefix(folder)
    tallies: dict[bytes, Counter[str]] = {}
    files: list[Row] = []
    for row in rows:
        name, _, rest = row.path[len(prefix) :].partition(b"/")
        if rest:
            tallies.setdefault(name, Counter())[row.state] += 1
        else:
            files.append(row)
    return _listing(opened, prefix, tallies, files[:MOST_LISTED], len(files), 0)


def _listing(
    opened: OpenTree, prefix: bytes, tallies: dict[bytes, Counter[str]], files: Sequence[Row], count: int, start: int
) -> Listing:
    names = sorted(tallies)[start : start + MOST_LISTED]
    folders = (Entry(prefix + name, name, states=tallies[name], summary=_told(opened, prefix + name)) for name in names)
    shown = [Entry(row.path, row.path[len(prefix) :], row, summary=_summary(opened, row)) for row in files]
    total = count + sum(states.total() for states in tallies.values())
    return Listing((*folders, *shown)[:MOST_LISTED], len(tallies) + count, total)


def _prefix(folder: bytes) -> bytes:
    return folder + b"/" if folder else b""


def _told(opened: OpenTree, folder: bytes) -> str:
    """What a folder is, as the file says that introduces it."""
    return next((_summary(opened, row) for row in _telling(opened, folder)), "")


def _telling(opened: OpenTree, folder: bytes) -> Iterator[Row]:
    rows = (opened.ledger.row(folder + b"/" + name) for name in TELLING)
    return (row for row in rows if row is not None and row.document is not None)


def _summary(opened: OpenTree, row: Row) -> str:
    if row.document is None:
        return row.reason
    body = documents.body(opened.store.connection, row.document)
    prose = body["prose"]
    return str(prose["overview"] if prose else body["outline"]["summary"])
