"""The outline of a file that is not parsed: its leading comment or first words, and what can be read in one pass.

That is the headings of prose, the keys of data, the rules of style sheets, the elements of pages, what SQL creates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from docwatch.document import Outline, Source
from docwatch.documenters import keys
from docwatch.documenters.comments import leading_comments, strip_marks, summarise
from docwatch.documenters.headings import HEADINGS, Heading, sections
from docwatch.documenters.markup import markup
from docwatch.documenters.sql import sql
from docwatch.documenters.styles import styles
from docwatch.documenters.text import cut, fold, paragraphs

READERS: dict[str, Callable[[str], Outline]] = {
    "css": styles,
    "html": markup,
    "json": keys.json,
    "less": styles,
    "scss": styles,
    "sql": sql,
    "toml": keys.toml,
    "yaml": keys.yaml,
}
SYMBOL_LIMIT = 5_000
HEADING_LIMIT = 1_000
_SUMMARY_LIMIT = 400  # characters
_FIRST_WORDS_LIMIT = 8_192  # characters after the title in which the first paragraph is looked for


def outline(text: str, source: Source) -> Outline:
    """Works for any text; `source` gives the language and the size."""
    if source.language in READERS and source.content:
        return _read(READERS[source.language](text), text, source)
    find_headings = HEADINGS.get(source.language)
    lines = text.rstrip().split("\n")
    headings = list(find_headings(lines)) if find_headings else []
    more = len(headings) - HEADING_LIMIT
    return Outline(
        summary=_titled(headings[0], lines) if headings else _summary(text, source),
        symbols=tuple(sections(headings[:HEADING_LIMIT], last_line=len(lines))),
        problems=(f"{more} more headings are not listed",) if more > 0 else (),
    )


def _read(found: Outline, text: str, source: Source) -> Outline:
    more = len(found.symbols) - SYMBOL_LIMIT
    return replace(
        found,
        summary=found.summary or _summary(text, source),
        symbols=found.symbols[:SYMBOL_LIMIT],
        problems=(*found.problems, f"{more} more symbols are not listed") if more > 0 else found.problems,
    )


def _summary(text: str, source: Source) -> str:
    if not source.content:
        return "empty file"
    said = summarise(map(strip_marks, leading_comments(text, source.language)))
    return said or f"{source.language}, {len(source.content):,} bytes, {text.count(chr(10)):,} lines"


def _titled(heading: Heading, lines: list[str]) -> str:
    """The first title, and the first paragraph below it that is plain prose."""
    below = "\n".join(lines[heading.last_line :])[:_FIRST_WORDS_LIMIT]
    for paragraph in paragraphs(below):
        if paragraph.lstrip()[0].isalnum() and "\n==" not in paragraph and "\n--" not in paragraph:
            return cut(f"{heading.title}: {fold(paragraph)}", _SUMMARY_LIMIT)
    return heading.title
