"""An export to be read in a browser, from a disk or a server of any kind: the pages of `docwatch serve` as files.

Every link is relative, no page holds a script, and what a page shows depends on its own file and those that it is
linked with, so that most pages stay as they are when a file changes.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docwatch.entries import Row
from docwatch.frontends.exported import Exported, ExportedFile, digest, wanted
from docwatch.frontends.page_names import FOLDER, alone, page_names
from docwatch.frontends.published import Made, Wanted
from docwatch.frontends.web import folders, pages, writing
from docwatch.frontends.web.pages import Page
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.relations import relations

STATIC = Path(__file__).with_name("web") / "static"
ASSETS = ("style.css", "page.js", "find.js", "icon.svg")
INDEX = "index.html"


def files(exported: Exported) -> Iterator[Wanted]:
    """Files first, then what leads to them."""
    opened, names, related = exported.opened, _names(exported), relations(exported.opened)
    for asset in ASSETS:
        yield Wanted(f"static/{asset}", "", partial(_asset, asset))
    below = {folder: hashlib.blake2b(digest_size=16) for folder in names.graphs}
    for file in exported.files:
        near = [(path, names.pages.get(path)) for path in (*related.imports(file.path), *related.dependents(file.path))]
        facts = digest(file.sources, near, len(related.imports(file.path)), names.renamed)
        yield Wanted(names.pages[file.path], _of_source(file, facts), partial(_file, opened, names, file, facts))
        for folder in _above(file.path):
            below[folder].update(facts.encode())
    rows = [file.row for file in exported.files]
    paths = [row.path for row in rows]
    for folder in names.graphs:
        inside = slice(bisect_left(paths, folder + b"/"), bisect_left(paths, folder + b"0")) if folder else slice(None)
        its = (below[folder].hexdigest(), () if folder else exported.lost)
        yield wanted(names.graphs[folder], its, partial(_graph, opened, names, folder))
        yield wanted(names.pages[folder], its, partial(_folder, exported, names, folder, rows[inside]))
    yield wanted("static/index.js", (below[b""].hexdigest(),), partial(_search_index, exported, names))


def _of_source(file: ExportedFile, facts: str) -> str:
    """A page shows the file as it is now, which only a fresh document says without reading it."""
    return facts if file.row.state == "fresh" else ""


def _asset(name: str) -> Made:
    return Made((STATIC / name).read_bytes())


def _file(opened: OpenTree, names: _Names, file: ExportedFile, facts: str) -> Made:
    page = pages.file(opened, file.path, most_lines=None)
    view = page.view()
    shown = view.get("shown")
    is_as_it_was = shown is not None and (shown.state, shown.oid) == (file.row.state, file.row.oid)
    return Made(names.written(page, view, file.path, opened), _of_source(file, facts) if is_as_it_was else "")


def _folder(exported: Exported, names: _Names, path: bytes, rows: list[Row]) -> bytes:
    page = pages.folder(path, lambda: folders.of_rows(exported.opened, path, rows))
    view = page.view() | {"lost": () if path else exported.lost}
    return names.written(page, view, path, exported.opened)


def _graph(opened: OpenTree, names: _Names, path: bytes) -> bytes:
    page = pages.graph(opened, path)
    return names.written(page, page.view(), path, opened, is_graph=True)


class _Names:
    """Where the pages of files and folders are, and the graphs of folders.

    `renamed` are the folders whose pages are called otherwise for the sake of others.
    """

    def __init__(self, pages: Mapping[bytes, str], graphs: Mapping[bytes, str], renamed: list[bytes]) -> None:
        self.pages, self.graphs, self.renamed = pages, graphs, renamed

    def written(
        self, page: Page, view: dict[str, Any], path: bytes, opened: OpenTree, *, is_graph: bool = False
    ) -> bytes:
        name = (self.graphs if is_graph else self.pages)[path]
        return writing.html(page, view, Beside(self, name), counts={}, root=opened.tree.root).encode()


class Beside:
    """Where things are, as seen from a page of the export."""

    is_live = False

    def __init__(self, names: _Names, name: str) -> None:
        self._names, self._up = names, "../" * name.count("/")

    def page(self, path: bytes, line: int | None = None) -> str:
        place = self._from_here(self._names.pages.get(path, INDEX))
        return place if line is None else f"{place}#L{line}"

    def graph(self, path: bytes, _depth: int | None = None) -> str:
        """A file's is on its page."""
        return self._from_here(self._names.graphs[path]) if path in self._names.graphs else self.page(path)

    def asset(self, name: str) -> str:
        return self._from_here(f"static/{name}")

    def _from_here(self, name: str) -> str:
        return self._up + quote(name)


def _names(exported: Exported) -> _Names:
    files = {file.path: f"{file.page}.html" for file in exported.files}
    folders = sorted({folder for path in files for folder in _above(path)})
    index = page_names(folder + b"/index" for folder in folders if folder)
    beside = {
        folder: index[folder + b"/index"].removeprefix(FOLDER) + ".html" if folder else f"/{INDEX}"
        for folder in folders
    }
    pages = {folder: f"folders{name}" if folder else INDEX for folder, name in beside.items()}
    graphs = {folder: f"graphs{name}" for folder, name in beside.items()}
    return _Names(pages | files, graphs, [path for path, name in index.items() if name != alone(path)])


def _above(path: bytes) -> Iterator[bytes]:
    while path:
        path = path.rpartition(b"/")[0]
        yield path


def _search_index(exported: Exported, names: _Names) -> bytes:
    """What `find.js` searches: for each file its path, page and summary, and (name, line) of its symbols."""
    found = [[_shown(file), names.pages[file.path], *_said(exported.body(file))] for file in exported.files]
    return b"window.docwatchIndex = " + json.dumps(found, separators=(",", ":")).encode() + b";\n"


def _shown(file: ExportedFile) -> str:
    return harmless(os.fsdecode(file.path))


def _said(body: dict[str, Any]) -> tuple[str, list[tuple[str, int]]]:
    outline = body["outline"]
    return harmless(outline["summary"]), [(harmless(one["name"]), one["line"]) for one in outline["symbols"]]
