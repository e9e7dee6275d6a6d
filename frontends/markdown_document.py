"""A document as Markdown, wherever it is shown as such: in an export, and by `docwatch show --markdown`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from docwatch.frontends import markdown, render
from docwatch.frontends.note import FLAGS

if TYPE_CHECKING:
    from docwatch.jobs.noted import Noted

DEEPEST = 8  # levels of a list; what is nested deeper stays on the last


def head(
    path: bytes, state: str, reason: str, body: dict[str, Any], documenter: str | None, oid: str | None, more: str
) -> Iterator[str]:
    """Which file it is of, and how the two stand; `more` is Markdown already."""
    yield f"# {markdown.path(path)}"
    yield ""
    made = f"{(documenter or '').partition(':')[0]} of {(oid or '')[:10]}"
    stands = f"**{state}**{f' ({markdown.text(reason)})' if reason else ''}"
    yield f"{stands}, {markdown.text(body['language'])}, {markdown.text(made)}{f'; {more}' if more else ''}"


def quoted(lines: Iterable[str]) -> Iterator[str]:
    """What is to be known before one reads on."""
    for line in lines:
        yield from ("", f"> {markdown.text(line)}")


def document(body: dict[str, Any]) -> Iterator[str]:
    """What it says of the file, its symbols as a list, what it imports."""
    outline, prose = body["outline"], body["prose"] or {"overview": "", "symbols": {}, "notes": ()}
    for text in (outline["summary"], prose["overview"]):
        if text:
            yield from ("", markdown.text(text))
    yield from quoted(outline.get("problems", ()))
    if outline["symbols"]:
        yield from ("", "## Defines", "")
        yield from _symbols(outline["symbols"], prose["symbols"])
    for title, names in (("Imports", outline["imports"]), ("Depends on", outline["dependencies"])):
        if names:
            yield from ("", f"## {title}", "", ", ".join(map(markdown.code, names)))
    if prose["notes"]:
        yield from ("", "## Remarks", "", *(f"- {markdown.text(remark)}" for remark in prose["notes"]))


def _symbols(symbols: list[dict[str, Any]], prose: dict[str, str]) -> Iterator[str]:
    for symbol, depth in render.in_depth(symbols):
        said = render.written(symbol, prose) or (symbol["doc"] or "").partition("\n")[0]
        line = f"{'  ' * min(depth, DEEPEST)}- {markdown.code(symbol['signature'] or symbol['name'])}"
        yield f"{line}, line {symbol['line']}{f': {markdown.text(said)}' if said else ''}"


def notes(found: Iterable[Noted], *, with_path: bool = False) -> Iterator[str]:
    """What people noted."""
    found = list(found)
    if found:
        yield from ("", "## Notes", "")
    for noted in found:
        about = [markdown.path(noted.path)] if with_path else []
        about += [markdown.code(noted.note.symbol)] if noted.note.symbol else []
        flags = [f"from {noted.note.source}"] if noted.note.source else []
        flags += [FLAGS[noted.state]] if FLAGS[noted.state] else []
        head = f"{', '.join(about)}: " if about else ""
        flagged = f" *({markdown.text(', '.join(flags))})*" if flags else ""
        yield f"- {head}{markdown.text(noted.note.text)}{flagged}"
