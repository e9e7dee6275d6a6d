"""The pages, as data: what each shows of the tree at this moment, without a word about HTTP or where it will stand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from docwatch import documents
from docwatch import search as searching
from docwatch.confined import GONE
from docwatch.document import qualified
from docwatch.entries import Row
from docwatch.errors import TransientError
from docwatch.frontends import failed, render, show, status
from docwatch.frontends.files import listed
from docwatch.frontends.reading import Look
from docwatch.frontends.search import fields as hit_fields
from docwatch.frontends.web import colour
from docwatch.frontends.web import graph as drawn
from docwatch.frontends.web.picture import picture
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.relations import relations

if TYPE_CHECKING:
    from docwatch.jobs.noted import Noted

MOST_LISTED = 2_000  # rows of one folder
# Files that say what their folder is, the most telling last.
TELLING = (
    b"index.js",
    b"index.ts",
    b"mod.rs",
    b"doc.go",
    b"package-info.java",
    b"__init__.py",
    b"readme.rst",
    b"readme.md",
)
MOST_WAITING = 100  # files of the queue
HITS = 40


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its template, what that is given, and the same as data, made when it is asked for."""

    template: str
    title: str
    data: Callable[[], dict[str, Any]]
    view: dict[str, Any] = field(default_factory=dict)
    code: int = 200
    section: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a folder's page: a file with its state, or a folder with how many of its files are in which."""

    path: bytes
    name: bytes
    row: Row | None = None
    states: Counter[str] | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A symbol in the outline of a file's page; `prose` and `doc` are paragraphs."""

    symbol: dict[str, Any]
    depth: int
    notes: tuple[Noted, ...]
    prose: tuple[str, ...]
    doc: tuple[str, ...]


def at(look: Look, path: bytes) -> Page:
    """The page of a file or a folder; b"" is the root."""
    opened = look.opened
    if path and opened.ledger.row(path) is not None:
        return file(opened, path)
    rows = list(look.rows(path))
    if rows or not path:
        return folder(opened, path, rows)
    return file(opened, path)


def folder(opened: OpenTree, path: bytes, rows: list[Row]) -> Page:
    entries = list(_entries(opened, path, rows))
    view = {
        "path": path,
        "entries": entries[:MOST_LISTED],
        "more": len(entries) - MOST_LISTED,
        "total": len(rows),
        "lost": (),
    }

    def data() -> dict[str, Any]:
        return {"files": [listed(row).fields() for row in rows]}

    return Page("folder.html", _title(path), data, view, section="files")


def file(opened: OpenTree, path: bytes) -> Page:
    shown = show.now(opened, path, os.fsdecode(path))
    if shown.body is None and shown.reason == GONE:
        return missing(path)
    shown = replace(shown, notes=show.noted_on(opened, path))
    body, related = shown.body and shown.prose.shown(shown.body), relations(opened)
    source, oid, why = _source(opened, path)
    names = _defined(body) if body is not None and oid == shown.oid else {}
    view = {
        "path": path,
        "shown": shown,
        "body": body,
        "about_prose": [] if shown.body is None else list(shown.prose.lines(path, shown.body)),
        "items": [] if body is None else list(_items(body, shown.notes)),
        "source": source and colour.listing(source, body["language"] if body else "text", names),
        "why_no_source": why,
        "imported": related.imports(path),
        "importers": related.dependents(path),
    }
    return Page("file.html", _title(path), lambda: show.fields(shown), view, section="files")


def search(opened: OpenTree, query: str) -> Page:
    hits = searching.search(opened, query, HITS) if query.strip() else []
    data = {"query": query, "hits": [hit_fields(hit) for hit in hits]}
    return Page(
        "search.html", query or "Search", lambda: data, {"query": query, "hits": hits, "most": HITS}, section="search"
    )


def queue(look: Look) -> Page:
    opened = look.opened
    now = status.of(opened.tree, look)
    causes = failed.causes(opened)
    rows = list(opened.ledger.rows("state IN ('running', 'queued') ORDER BY state DESC, owed_at"))
    data = status.fields(now) | {
        "running": [listed(row).fields() for row in rows if row.state == "running"],
        "queued": [listed(row).fields() for row in rows if row.state == "queued"],
        "causes": [cause.fields() for cause in causes],
    }
    view = {
        "status": now,
        "advice": list(status.advice(now)),
        "causes": causes,
        "rows": rows[:MOST_WAITING],
        "more": len(rows) - MOST_WAITING,
    }
    return Page("queue.html", "Queue", lambda: data, view, section="queue")


def graph(opened: OpenTree, path: bytes, depth: int | None = None) -> Page:
    """What imports what: around a file, or in a folder; b"" is the root."""
    related = relations(opened)
    if path and opened.ledger.row(path) is not None:
        found = drawn.around(related, path)
    else:
        paths = [row.path for row in opened.ledger.all(path) if row.document is not None]
        if path and not paths:
            return missing(path)
        found = drawn.within(related, paths, path, depth)
    view = {"path": path, "graph": found, "drawing": picture(found), "most": drawn.MOST}
    return Page("graph.html", _title(path), found.fields, view, section="graph")


def missing(path: bytes) -> Page:
    text, instead = f"there is no {os.fsdecode(path)} in this tree", harmless(os.fsdecode(path.rpartition(b"/")[2]))
    return Page("message.html", "Not found", lambda: {"error": text}, {"message": text, "instead": instead}, 404)


def message(text: str, code: int) -> Page:
    return Page("message.html", "docwatch", lambda: {"error": text}, {"message": text}, code)


def _title(path: bytes) -> str:
    return os.fsdecode(path) or "Files"


def _entries(opened: OpenTree, folder: bytes, rows: Iterable[Row]) -> Iterator[Entry]:
    """Folders first, then files, each by name."""
    prefix = len(folder) + 1 if folder else 0
    folders: dict[bytes, Counter[str]] = {}
    telling: dict[bytes, Row] = {}
    files: list[Row] = []
    for row in rows:
        name, _, rest = row.path[prefix:].partition(b"/")
        if rest:
            folders.setdefault(name, Counter())[row.state] += 1
            if _tells(rest) > _tells(telling[name].path[prefix + len(name) + 1 :] if name in telling else b""):
                telling[name] = row
        else:
            files.append(row)
    for name, states in sorted(folders.items()):
        summary = _summary(opened, telling[name]) if name in telling else ""
        yield Entry(_joined(folder, name), name, states=states, summary=summary)
    for number, row in enumerate(files):
        summary = _summary(opened, row) if number < MOST_LISTED else ""
        yield Entry(row.path, row.path[prefix:], row, summary=summary)


def _tells(name: bytes) -> int:
    return TELLING.index(name.lower()) if name.lower() in TELLING else -1


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name


def _summary(opened: OpenTree, row: Row) -> str:
    if row.document is None:
        return row.reason
    body = documents.body(opened.store.connection, row.document)
    prose = body["prose"]
    return str(prose["overview"] if prose else body["outline"]["summary"])


def _items(body: dict[str, Any], notes: Iterable[Noted]) -> Iterator[Item]:
    prose = body["prose"]["symbols"] if body["prose"] else {}
    for symbol, depth in render.in_depth(body["outline"]["symbols"]):
        name = qualified(symbol)
        its = tuple(one for one in notes if one.note.symbol == name)
        written = paragraphs(render.written(symbol, prose))
        yield Item(symbol, min(depth, render.DEEPEST), its, written, paragraphs(symbol["doc"] or ""))


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _defined(body: dict[str, Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for symbol in body["outline"]["symbols"]:
        found.setdefault(symbol["line"], set()).add(symbol["name"])
    return found


def _source(opened: OpenTree, path: bytes) -> tuple[bytes | None, str | None, str]:
    """(content, its OID, why there is none to be shown), as scope hands it out."""
    try:
        reading = opened.scope.read(path)
    except TransientError as error:
        return None, None, str(error)
    if not reading.decision.admitted:
        return None, reading.oid, reading.decision.reason
    return reading.content, reading.oid, ""
