"""What is answered to each question about the documents of a tree: plain data, whose every text is inert."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from docwatch import documents, freshness
from docwatch import search as searching
from docwatch.document import qualified
from docwatch.entries import Row
from docwatch.errors import UserError
from docwatch.frontends import show
from docwatch.frontends.about_prose import About, about
from docwatch.frontends.mcp.inert import LINE, NAME, few, inert, meant, page, shown
from docwatch.frontends.mcp.questions import DependentsOf, GetDocument, GetSymbol, ListFiles, RepositoryMap, SearchDocs
from docwatch.frontends.render import written
from docwatch.opened import OpenTree
from docwatch.relations import Relations, relations

SOURCE_CHARACTERS = 8_000
MATCHES = 5
CHARACTERS_A_TOKEN = 4
MAP_SYMBOLS = 8

Data = dict[str, Any]


def search_docs(opened: OpenTree, asked: SearchDocs) -> Data:
    hits = searching.search(opened, asked.query, asked.offset + asked.limit + 1)
    return page(map(_hit, hits), asked.offset, asked.limit)


def _hit(hit: searching.Hit) -> Data:
    return {
        "path": shown(hit.path),
        "oid": hit.oid,
        "state": hit.state,
        "symbol": inert(hit.name, NAME),
        "line": hit.line,
        "snippet": inert(hit.snippet, LINE),
    }


def get_document(opened: OpenTree, asked: GetDocument) -> Data:
    path = path_of(opened, asked.path)
    view = show.now(opened, path, shown(path))
    found = standing(view.path, view.oid, view.state, view.reason)
    if view.body is None:
        return {**found, "why": inert(view.why_none, LINE)}
    outline, prose = view.body["outline"], view.body["prose"] or {"overview": None, "symbols": {}, "notes": []}
    texts = Texts(prose["symbols"], view.prose)
    its = relations(opened)
    return {
        **found,
        "language": view.body["language"],
        "documenter": view.documenter,
        "summary": inert(outline["summary"]),
        "overview": inert(prose["overview"]),
        "notes": few(prose["notes"]),
        **texts.of_the_whole(),
        "imports": few(outline["imports"]),
        "imported_files": few(map(shown, its.imports(path))),
        "dependents": len(its.dependents(path)),
        "dependencies": few(outline["dependencies"]),
        "exports": few(outline["exports"]),
        "problems": few(outline["problems"]),
        "symbols": page((_symbol(symbol, texts) for symbol in outline["symbols"]), asked.offset, asked.limit),
    }


def get_symbol(opened: OpenTree, asked: GetSymbol) -> Data:
    matches: list[Data] = []
    for path in [path_of(opened, asked.path)] if asked.path is not None else _with_name(opened, asked.symbol):
        row = opened.ledger.row(path)
        if row is None or row.document is None:
            continue
        row = freshness.checked(opened, row)
        body = documents.body(opened.store.connection, row.document or 0)
        for symbol in body["outline"]["symbols"]:
            if asked.symbol in (symbol["name"], qualified(symbol)) and len(matches) < MATCHES:
                matches.append(_whole(opened, row, body, symbol, with_source=asked.with_source))
    if not matches:
        where = f"in {shown(path_of(opened, asked.path))}" if asked.path is not None else "in any document"
        raise UserError(f"there is no symbol {inert(asked.symbol, NAME)} {where}: try search_docs")
    return {"matches": matches}


def _with_name(opened: OpenTree, name: str) -> list[bytes]:
    last = name.rpartition(".")[2]
    return [hit.path for hit in searching.search(opened, last, 4 * MATCHES)]


def _whole(opened: OpenTree, row: Row, body: Data, symbol: Data, *, with_source: bool) -> Data:
    texts = Texts((body["prose"] or {"symbols": {}})["symbols"], about(opened, row))
    name = qualified(symbol)
    members = [one for one in body["outline"]["symbols"] if one["parent"] == name]
    found = {
        **standing(row.path, row.oid, row.state, row.reason),
        **_symbol(symbol, texts, most=2_000),
        "members": few(one["signature"] for one in members),
    }
    if with_source:
        found |= _source(opened, row, symbol)
    return found


def _source(opened: OpenTree, row: Row, symbol: Data) -> Data:
    """The lines of the file as it is now, through scope; none where they are not those of the document any more."""
    reading = opened.scope.read(row.path)
    if reading.oid != row.oid or not reading.decision.admitted:
        return {"source": None, "why_no_source": "the file has changed since: call refresh first"}
    lines = reading.content.decode(errors="replace").split("\n")[symbol["line"] - 1 : symbol["end_line"]]
    return {"source": inert("\n".join(lines), SOURCE_CHARACTERS)}


def list_files(opened: OpenTree, asked: ListFiles) -> Data:
    below = _folder(asked.below)
    rows = _rows_after(opened, below, (meant(asked.after) or [b""])[-1])
    found = (row for row in rows if asked.state in (None, row.state))
    items = [standing(row.path, row.oid, row.state, row.reason) for row in islice(found, asked.limit + 1)]
    more = len(items) > asked.limit
    return {"items": items[: asked.limit], "next_after": items[asked.limit - 1]["path"] if more else None}


def _rows_after(opened: OpenTree, below: bytes, after: bytes) -> Iterator[Row]:
    for row in opened.ledger.all(below, after):
        yield freshness.checked(opened, row)


def dependents_of(opened: OpenTree, asked: DependentsOf) -> Data:
    path = path_of(opened, asked.path)
    its = relations(opened)
    near = sorted(_importers(its, path, asked.depth).items(), key=lambda pair: (pair[1], pair[0]))
    items = ({**_standing_of(opened, importer), "distance": distance} for importer, distance in near)
    return {**_standing_of(opened, path), "total": len(near), **page(items, asked.offset, asked.limit)}


def _importers(its: Relations, path: bytes, depth: int) -> dict[bytes, int]:
    """Every file that imports the path through at most so many others, and through how many."""
    found = {path: 0}
    edge = [path]
    for distance in range(1, depth + 1):
        edge = [one for near in edge for one in its.dependents(near) if found.setdefault(one, distance) == distance]
        edge = list(dict.fromkeys(edge))
    del found[path]
    return found


def repository_map(opened: OpenTree, asked: RepositoryMap) -> Data:
    its = relations(opened)
    below = _folder(asked.below)
    inside = below + b"/" if below else b""
    ranked = [path for path in its.ranked if path.startswith(inside)]
    room = asked.tokens * CHARACTERS_A_TOKEN
    items: list[Data] = []
    for path in ranked[asked.offset :]:
        item = _mapped(opened, path, len(its.dependents(path)))
        size = sum(len(str(value)) + len(key) + 4 for key, value in item.items())
        if items and size > room:
            break
        room -= size
        items.append(item)
    taken = asked.offset + len(items)
    return {"files": len(ranked), "items": items, "next_offset": taken if taken < len(ranked) else None}


def _mapped(opened: OpenTree, path: bytes, dependents: int) -> Data:
    row = opened.ledger.row(path)
    found = {**_standing_of(opened, path), "dependents": dependents}
    if row is None or row.document is None:
        return found
    outline = documents.body(opened.store.connection, row.document)["outline"]
    symbols = [symbol for symbol in outline["symbols"] if symbol["parent"] is None]
    exported = set(outline["exports"])
    symbols.sort(key=lambda symbol: symbol["name"] not in exported)  # what others can use comes first
    if outline["summary"]:
        found["summary"] = inert(outline["summary"], 160)
    if symbols:
        found["symbols"] = few((inert(symbol["signature"], 100) or "" for symbol in symbols), MAP_SYMBOLS)
    return found


@dataclass(frozen=True, slots=True)
class Texts:
    """What models wrote of a file's symbols, and, marked as such, what they wrote before it changed."""

    now: dict[str, str]
    about: About

    def of_the_whole(self) -> Data:
        found: Data = {}
        if self.about.row is not None and self.about.row.told:
            found["prose_state"] = inert(self.about.row.told, LINE)
        if self.about.before is not None:
            said = self.about.before
            found["prose_before"] = {
                "oid": said["oid"],
                "overview": inert(said["overview"]),
                "notes": few(said["notes"]),
            }
        return found

    def of(self, symbol: Data, most: int) -> Data:
        before = {} if self.about.before is None else self.about.before["symbols"]
        return {
            "prose": inert(written(symbol, self.now) or None, most),
            "prose_before": inert(written(symbol, before) or None, most),
        }


def _symbol(symbol: Data, texts: Texts, most: int = LINE) -> Data:
    found = {
        "name": inert(qualified(symbol), NAME),
        "kind": symbol["kind"],
        "signature": inert(symbol["signature"], LINE),
        "line": symbol["line"],
        "end_line": symbol["end_line"],
        "doc": inert(symbol["doc"], most),
        **texts.of(symbol, most),
    }
    return {key: value for key, value in found.items() if value is not None}


def standing(path: bytes, oid: str | None, state: str, reason: str) -> Data:
    """What every answer says of a file: `oid` is the content that its document is of."""
    found: Data = {"path": shown(path), "oid": oid, "state": state}
    return {**found, "reason": inert(reason, LINE)} if reason else found


def _standing_of(opened: OpenTree, path: bytes) -> Data:
    row = opened.ledger.row(path)
    if row is None:
        view = show.now(opened, path, shown(path))
        return standing(path, None, view.state, view.reason)
    row = freshness.checked(opened, row)
    return standing(row.path, row.oid, row.state, row.reason)


def path_of(opened: OpenTree, given: str) -> bytes:
    """The path of the tree that is meant: the one that is known, of those it may be. Scope looks at it before use."""
    names = [_relative(opened, name) for name in meant(given)]
    if not names:
        raise UserError(f"no file is called {inert(given, NAME)}: see list_files")
    return next((name for name in names if opened.ledger.row(name) is not None), names[0])


def _relative(opened: OpenTree, path: bytes) -> bytes:
    return path.removeprefix(os.fsencode(opened.tree.root) + b"/").removeprefix(b"./")


def _folder(given: str) -> bytes:
    return next(iter(meant(given)), b"").strip(b"/").removeprefix(b"./")
