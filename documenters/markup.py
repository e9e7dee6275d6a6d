"""HTML: its title, headings, the elements with an id, and the scripts and style sheets it takes in; in one pass."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from docwatch.document import Outline, Symbol
from docwatch.documenters.headings import Heading, sections
from docwatch.documenters.text import cut, fold

_TITLE_LIMIT = 200  # characters
_TITLE_READ = 1_000  # characters in which a title ends
_SUMMARY_LIMIT = 400
_TAG = re.compile(r"<(?:(!--)|([a-zA-Z][\w:-]*+))")
_ATTRIBUTES = re.compile(r"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+""")
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(id|src|href|rel|name|content)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++)""", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[^<>]*+>")
_RAW = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}
_TITLE_END = re.compile(r"</(?:h[1-6]|title)\b", re.IGNORECASE)
_MOST_HEADINGS = 1_000
_HEADING = {f"h{level}": level for level in range(1, 7)}


def markup(text: str) -> Outline:
    title = description = ""
    headings: list[Heading] = []
    elements: list[Symbol] = []
    imports: list[str] = []
    for name, attributes, line, at in _tags(text):
        if name in _HEADING and len(headings) < _MOST_HEADINGS:
            headings.append(Heading(_title(text, at), _HEADING[name], line, line))
        elif name == "title":
            title = title or _title(text, at)
        elif name == "meta" and attributes.get("name", "").lower() == "description":
            description = description or fold(attributes.get("content", ""))
        elif name == "script" and attributes.get("src"):
            imports.append(attributes["src"])
        elif name == "link" and "stylesheet" in attributes.get("rel", "").lower() and attributes.get("href"):
            imports.append(attributes["href"])
        if identity := cut(fold(attributes.get("id", "")), _TITLE_LIMIT):
            elements.append(Symbol(identity, "element", f"<{name} id={identity}>", line, line))
    titled = [heading for heading in headings if heading.title]
    listed = [*sections(titled, text.rstrip().count("\n") + 1), *elements]
    return Outline(
        summary=cut(": ".join(filter(None, (title, description))), _SUMMARY_LIMIT),
        symbols=tuple(sorted(listed, key=lambda symbol: symbol.line)),
        imports=tuple(dict.fromkeys(imports)),
        problems=(f"only the first {_MOST_HEADINGS} headings were read",) if len(headings) == _MOST_HEADINGS else (),
    )


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], int, int]]:
    """Name, attributes and line of each start tag, and the character where it ends."""
    at, line, seen = 0, 1, 0
    while found := _TAG.search(text, at):
        line, seen = line + text.count("\n", seen, found.start()), found.start()
        if found[1]:
            end = text.find("-->", found.end())
            at = end + 3 if end >= 0 else len(text)
            continue
        name = found[2].lower()
        inside = _ATTRIBUTES.match(text, found.end())
        at = inside.end() if inside else found.end()
        pairs = _ATTRIBUTE.finditer(text, found.end(), at)
        attributes = {pair[1].lower(): html.unescape(pair[2].strip("\"'")) for pair in pairs}
        yield name, attributes, line, at + 1
        if name in _RAW:
            closing = _RAW[name].search(text, at)
            at = closing.start() if closing else len(text)


def _title(text: str, start: int) -> str:
    """What stands before the end tag, without the tags within."""
    before = _TITLE_END.split(text[start : start + _TITLE_READ], maxsplit=1)[0]
    return cut(fold(html.unescape(_ANY_TAG.sub("", before))), _TITLE_LIMIT)
