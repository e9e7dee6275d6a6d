"""The pages, as data: what each shows of the tree at this moment, without a word about HTTP or where it will stand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from docwatch import search as searching
from docwatch.confined import GONE
from docwatch.document import qualified
from docwatch.errors import TransientError
from docwatch.frontends import failed, render, show, status
from docwatch.frontends.files import listed
from docwatch.frontends.reading import Look
from docwatch.frontends.search import fields as hit_fields
from docwatch.frontends.web import colour, folders
from docwatch.frontends.web import graph as drawn
from docwatch.frontends.web.address import LINES_A_PAGE
from docwatch.frontends.web.folders import Listing
from docwatch.frontends.web.folding import readable
from docwatch.frontends.web.picture import picture
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.relations import relations

if TYPE_CHECKING:
    from docwatch.jobs.noted import Noted

MOST_WAITING = 100  # files of the queue
MOST_AS_DATA = 3_000  # files of one answer
MOST_NEAR = 500  # files that import one
MOST_SYMBOLS = 1_000  # of a file; of more only those in the lines that are shown
HITS = 40


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its template, and what that is given, and the same as data, each made when it is asked for."""

    template: str
    title: str
    data: Callable[[], dict[str, Any]]
    view: Callable[[], dict[str, Any]] = dict
    code: int = 200
    section: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A symbol in the outline of a file's page; `prose` and `doc` are paragraphs."""

    symbol: dict[str, Any]
    depth: int
    notes: tuple[Noted, ...]
    prose: tuple[str, ...]
    doc: tuple[str, ...]


def at(look: Look, path: bytes, start: int = 0, after: bytes = b"") -> Page:
    """The page of a file or a folder; b"" is the root. Of a folder from that entry on, as data after that path."""
    if path and look.opened.ledger.row(path) is not None:
        return file(look.opened, path, start)
    if path and next(look.opened.ledger.all(path), None) is None:
        return file(look.opened, path)

    def data() -> dict[str, Any]:
        rows = list(islice(look.rows(path, after), MOST_AS_DATA + 1))
        more = {"next_after": os.fsdecode(rows[-2].path)} if len(rows) > MOST_AS_DATA else {}
        return {"files": [listed(row).fields() for row in rows[:MOST_AS_DATA]], **more}

    return folder(path, lambda: folders.looked_at(look, path, start), data, start)


def folder(path: bytes, find: Callable[[], Listing], data: Callable[[], dict[str, Any]] = dict, start: int = 0) -> Page:
    def view() -> dict[str, Any]:
        found = find()
        return {"path": path, "found": found, "start": start, "end": start + len(found.shown), "lost": ()}

    return Page("folder.html", _title(path), data, view, section="files")


def file(opened: OpenTree, path: bytes, start: int = 1, most_lines: int | None = LINES_A_PAGE) -> Page:
    """With so many lines of its source, from that one on."""
    shown = show.now(opened, path, os.fsdecode(path))
    if shown.body is None and shown.reason == GONE:
        return missing(path)
    shown = replace(shown, notes=show.noted_on(opened, path))

    def view() -> dict[str, Any]:
        body, related = shown.body and shown.prose.shown(shown.body), relations(opened)
        source, oid, why = _source(opened, path)
        names = _defined(body) if body is not None and oid == shown.oid else {}
        language = body["language"] if body else "text"
        lines = colour.listing(source, language, names, max(1, start), most_lines) if source else None
        items = [] if body is None else list(_items(body, shown.notes))
        if lines is not None and most_lines is not None and len(items) > MOST_SYMBOLS:
            items = [item for item in items if lines.first <= item.symbol["line"] <= lines.last]
        return {
            "path": path,
            "shown": shown,
            "body": body,
            "about_prose": [] if shown.body is None else list(shown.prose.lines(path, shown.body)),
            "items": items,
            "source": lines,
            "why_no_source": why,
            "imported": related.imports(path),
            "importers": related.dependents(path),
            "most_files": MOST_NEAR,
        }

    return Page("file.html", _title(path), lambda: show.fields(shown), view, section="files")


def search(opened: OpenTree, query: str) -> Page:
    hits = searching.search(opened, query, HITS) if query.strip() else []
    data = {"query": query, "hits": [hit_fields(hit) for hit in hits]}
    view = {"query": query, "hits": hits, "most": HITS}
    return Page("search.html", query or "Search", lambda: data, lambda: view, section="search")


def queue(look: Look) -> Page:
    opened = look.opened
    now = status.of(opened.tree, look)
    causes = failed.causes(opened)
    under_way = "state IN ('running', 'queued') ORDER BY state DESC, owed_at LIMIT ?"

    def data() -> dict[str, Any]:
        rows = list(opened.ledger.rows(under_way, MOST_AS_DATA))
        return status.fields(now) | {
            "running": [listed(row).fields() for row in rows if row.state == "running"],
            "queued": [listed(row).fields() for row in rows if row.state == "queued"],
            "causes": [cause.fields() for cause in causes],
        }

    def view() -> dict[str, Any]:
        return {
            "status": now,
            "advice": list(status.advice(now)),
            "causes": causes,
            "rows": list(opened.ledger.rows(under_way, MOST_WAITING)),
            "more": now.files["running"] + now.files["queued"] - MOST_WAITING,
        }

    return Page("queue.html", "Queue", data, view, section="queue")


def graph(opened: OpenTree, path: bytes, depth: int | None = None) -> Page:
    """What imports what: around a file, or in a folder; b"" is the root."""
    related = relations(opened)
    if path and opened.ledger.row(path) is not None:
        found = drawn.around(related, path)
    else:
        paths = related.files(path)
        if path and not paths:
            return missing(path)
        found = drawn.within(related, paths, path, depth)

    def view() -> dict[str, Any]:
        shown = readable(found, drawn.USUAL if depth is None else drawn.MOST)
        return {
            "path": path,
            "graph": shown if found.depth is not None else found,
            "drawing": picture(shown),
            "is_folded": shown.nodes != found.nodes,
            "most": drawn.MOST,
        }

    return Page("graph.html", _title(path), found.fields, view, section="graph")


def missing(path: bytes) -> Page:
    text = f"there is no {os.fsdecode(path)} in this tree"
    view = {"message": text, "instead": harmless(os.fsdecode(path.rpartition(b"/")[2]))}
    return Page("message.html", "Not found", lambda: {"error": text}, lambda: view, 404)


def message(text: str, code: int) -> Page:
    return Page("message.html", "docwatch", lambda: {"error": text}, lambda: {"message": text}, code)


def _title(path: bytes) -> str:
    return os.fsdecode(path) or "Files"


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
