"""An export to be read in a browser, from a disk or a server of any kind: the pages of `docwatch serve` as files.

Every link is relative, no page holds a script, and what a page shows depends on its own file and those that it is
linked with, so that most pages stay as they are when a file changes.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from docwatch import freshness
from docwatch.frontends.exported import Exported, ExportedFile
from docwatch.frontends.page_names import FOLDER, page_names
from docwatch.frontends.web import pages, writing
from docwatch.frontends.web.pages import Page
from docwatch.log import harmless

STATIC = Path(__file__).with_name("web") / "static"
ASSETS = ("style.css", "page.js", "find.js", "icon.svg")
INDEX = "index.html"


def files(exported: Exported) -> Iterator[tuple[str, bytes]]:
    opened, names = exported.opened, _names(exported)
    for asset in ASSETS:
        yield f"static/{asset}", (STATIC / asset).read_bytes()
    yield "static/index.js", _search_index(exported, names)
    rows = [row for row in freshness.current(opened) if row.path in names.pages]
    paths = [row.path for row in rows]
    for path, name in names.pages.items():
        if path in names.graphs:
            below = slice(bisect_left(paths, path + b"/"), bisect_left(paths, path + b"0")) if path else slice(None)
            page = pages.folder(opened, path, rows[below])
            page.view["lost"] = () if path else exported.lost
        else:
            page = pages.file(opened, path)
        yield name, names.written(page, name, opened.tree.root)
    for path, name in names.graphs.items():
        yield name, names.written(pages.graph(opened, path), name, opened.tree.root)


class _Names:
    """Where the pages of files and folders are, and the graphs of folders."""

    def __init__(self, pages: Mapping[bytes, str], graphs: Mapping[bytes, str]) -> None:
        self.pages, self.graphs = pages, graphs

    def written(self, page: Page, name: str, root: str) -> bytes:
        return writing.html(page, Beside(self, name), counts={}, root=root).encode()


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
    return _Names(pages | files, {folder: f"graphs{name}" for folder, name in beside.items()})


def _above(path: bytes) -> Iterator[bytes]:
    while path:
        path = path.rpartition(b"/")[0]
        yield path


def _search_index(exported: Exported, names: _Names) -> bytes:
    """What `find.js` searches: for each file its path, page and summary, and (name, line) of its symbols."""
    found = [[_shown(file), names.pages[file.path], *_said(file)] for file in exported.files]
    return b"window.docwatchIndex = " + json.dumps(found, separators=(",", ":")).encode() + b";\n"


def _shown(file: ExportedFile) -> str:
    return harmless(os.fsdecode(file.path))


def _said(file: ExportedFile) -> tuple[str, list[tuple[str, int]]]:
    outline = file.body["outline"]
    return harmless(outline["summary"]), [(harmless(one["name"]), one["line"]) for one in outline["symbols"]]
