"""An export to be read where Markdown is shown, such as a forge: a page for each file, and one that leads to all."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from docwatch.frontends import markdown, markdown_document, render
from docwatch.frontends.about_prose import About
from docwatch.frontends.exported import Exported, ExportedFile, wanted
from docwatch.frontends.mermaid import graph
from docwatch.frontends.published import Wanted
from docwatch.relations import Relations, relations

INDEX = "index.md"
MOST_FOLDERS = 40  # in one drawing


def files(exported: Exported) -> Iterator[Wanted]:
    known = relations(exported.opened)
    pages = {file.path: file.page for file in exported.files}
    every = []
    for file in exported.files:
        facts = (
            file.sources,
            [(path, pages.get(path)) for path in known.imports(file.path)],
            [(path, pages.get(path)) for path in known.dependents(file.path)],
        )
        every.append(facts)
        yield wanted(f"{file.page}.md", facts, partial(_whole_page, exported, file, known, pages))
    yield wanted(INDEX, (every, exported.lost), lambda: _joined(_index(exported, known)))


def _whole_page(exported: Exported, file: ExportedFile, known: Relations, pages: Mapping[bytes, str]) -> bytes:
    page = _page(file, exported.body(file), exported.about_prose(file))
    return _joined([*page, *_neighbours(file, known, pages), *markdown_document.notes(file.notes)])


def _joined(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode(errors="backslashreplace")


def _page(file: ExportedFile, body: dict[str, Any], prose: About) -> Iterator[str]:
    back, row = markdown.link("all files", posixpath.relpath(INDEX, posixpath.dirname(file.page))), file.row
    yield from markdown_document.head(file.path, row.state, row.reason, body, row.documenter, row.oid, back)
    yield from markdown_document.quoted(prose.lines(file.path, body))
    yield from markdown_document.document(prose.shown(body))


def _neighbours(file: ExportedFile, known: Relations, pages: Mapping[bytes, str]) -> Iterator[str]:
    """What it imports and what imports it among the files that have pages: drawn, and as links."""
    imported = [path for path in known.imports(file.path) if path in pages]
    dependents = [path for path in known.dependents(file.path) if path in pages]
    if not imported and not dependents:
        return
    edges = [*((file.path, path) for path in imported), *((path, file.path) for path in dependents)]
    yield from ("", "## In this repository", "")
    yield from graph((os.fsdecode(one), os.fsdecode(other)) for one, other in edges)
    here = posixpath.dirname(file.page)
    for title, paths in (("Imports", imported), ("Imported by", dependents)):
        if paths:
            links = (markdown.link(markdown.path(path), f"{posixpath.relpath(pages[path], here)}.md") for path in paths)
            yield from ("", f"{title} {', '.join(links)}")


def _index(exported: Exported, known: Relations) -> Iterator[str]:
    yield f"# {markdown.text(os.path.basename(exported.opened.tree.root))}"
    counts = Counter(file.row.state for file in exported.files)
    states = ", ".join(f"{counts[state]:,} {state}" for state in render.STATES if counts[state])
    yield from ("", f"{render.counted(len(exported.files), 'file')}: {states}" if states else "Nothing is documented.")
    if edges := _between_folders(known, {file.path for file in exported.files}):
        yield from ("", "## What imports what", "")
        yield from graph(edges)
    for folder, inside in groupby(exported.files, lambda file: file.path.rpartition(b"/")[0]):
        yield from ("", f"## {markdown.path(folder + b'/') if folder else 'At the top'}", "")
        for file in inside:
            name = markdown.path(file.path.rpartition(b"/")[2])
            summary = exported.body(file)["outline"]["summary"]
            state = "" if file.row.state == "fresh" else f" *({file.row.state})*"
            yield f"- {markdown.link(name, f'{file.page}.md')}{state}{f': {markdown.text(summary)}' if summary else ''}"
    yield from markdown_document.notes(exported.lost, with_path=True)


def _between_folders(known: Relations, paths: Collection[bytes]) -> list[tuple[str, str]]:
    """Which folders import from which, the busiest first; as deep as few enough of them can be told apart."""
    edges = [(one, other) for one, other in known.edges() if one in paths and other in paths]
    for depth in range(max((path.count(b"/") for path in paths), default=0), 0, -1):
        counted = Counter(
            (one, other)
            for importer, imported in edges
            if (one := _folder(importer, depth)) != (other := _folder(imported, depth))
        )
        if len({folder for edge in counted for folder in edge}) <= MOST_FOLDERS or depth == 1:
            return [edge for edge, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    return []


def _folder(path: bytes, depth: int) -> str:
    return "/".join(os.fsdecode(path).split("/")[:-1][:depth]) + "/"
