"""`docwatch search`: documents that match, best first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import click

from docwatch import tree
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, reading
from docwatch.frontends.terminal import emit_json, remark
from docwatch.log import harmless
from docwatch.search import Hit
from docwatch.search import search as find


@click.command()
@click.argument("query", metavar="QUERY...", nargs=-1, required=True)
@click.option("-n", "limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many files.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def search(query: tuple[str, ...], limit: int, *, as_json: bool) -> int:
    """Files whose document or name matches QUERY, best first. The last word may be the beginning of one.

    path:TEXT, lang:LANGUAGE and kind:KIND (class, function, method, ...) narrow it, as in path:core kind:class.
    """
    text = " ".join(query)
    with reading(tree.find(".")) as opened:
        if opened is None:
            remark(f"docwatch: {NOTHING_YET}")
        hits = [] if opened is None else find(opened, text, limit)
    if as_json:
        emit_json(query=text, hits=[fields(hit) for hit in hits])
        return 0
    if hits and hits[0].instead is not None:
        remark(f"no document has all of that; shown is what matches: {harmless(hits[0].instead)}")
    for hit in hits:
        for line in _lines(hit):
            click.echo(line)
    if not hits:
        remark("no document matches; 'docwatch files' lists what there is")
    return 0


def fields(hit: Hit) -> dict[str, object]:
    """What `search --json` prints of a hit."""
    return {
        "path": os.fsdecode(hit.path),
        "oid": hit.oid,
        "state": hit.state,
        "name": hit.name,
        "line": hit.line,
        "snippet": hit.snippet,
        "kind": hit.kind,
        "language": hit.language,
        "matches": [list(span) for span in hit.matches],
        "instead": hit.instead,
    }


def _lines(hit: Hit) -> Iterator[str]:
    place = f":{hit.line}" if hit.line is not None else ""
    yield f"{render.bold(render.shown(hit.path) + place)}  {render.coloured(hit.state)}"
    within = f"{hit.name.rpartition('.')[0]}: " if hit.name and "." in hit.name else ""
    asked = {piece for piece, is_asked in hit.pieces() if is_asked}
    for line in render.wrapped(within + hit.snippet, "    "):
        yield _marked(line, asked)


def _marked(line: str, asked: set[str]) -> str:
    if not asked:
        return line
    any_of_it = "|".join(re.escape(text) for text in sorted(asked, key=len, reverse=True))
    return re.sub(any_of_it, lambda found: render.bold(found[0]), line)
