"""Source text as HTML, a line at a time: comments, strings, numbers, keywords, and the names that the outline defines.

One expression for each language, made of possessive and bounded parts: its time grows with the text and no faster,
whatever the text is. Every character passes through `escape`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from docwatch.documenters.comments import marks
from docwatch.frontends.web import keywords
from docwatch.log import harmless

_DOUBLE = r'"(?:[^"\\\n]++|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]++|\\.)*+'?"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"  # where a lone ' means something else
_BACKTICK = r"`(?:[^`\\]++|\\.)*+`?"
_TRIPLE = r'"""(?s:.*?)(?:"""|\Z)'
_TRIPLE_SINGLE = r"'''(?s:.*?)(?:'''|\Z)"
_NUMBER = r"(?<![\w.])(?:0[xXbBoO][\da-fA-F_]++|\d[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][-+]?\d++)?)\w*+"
_TAG = r"</?[A-Za-z][\w:.-]*+|/?>"
_VALUE = r"""(?<==)(?:"[^"<]*+"?|'[^'<]*+'?)"""
_HEADING = r"^\#{1,6}[ ][^\n]*+|^[=\-~^*+\#`]{3,}+$"
_CODE = r"```(?s:.*?)(?:```|\Z)|`[^`\n]++`"
_KEY = r'^[ \t]*+(?:-[ ]+)?["\w.$/-]++(?=[ \t]*+[:=])'
_JSON_KEY = r'"(?:[^"\\\n]++|\\.)*+"(?=\s*+:)'
_PROPERTY = r"(?<![-\w$@])[-\w$@]++(?=\s*+:[^:])"

_WITHOUT_STRINGS = frozenset("markdown text restructuredtext org latex html xml svelte vue astro diff".split())
_LONE_QUOTE = frozenset("rust haskell elm ocaml fsharp lisp clojure commonlisp emacslisp racket scheme vhdl".split())
_BACKTICKS = frozenset("javascript typescript tsx go svelte vue astro".split())
_TRIPLES = frozenset("python kotlin scala swift java csharp groovy julia dart elixir toml starlark bazel".split())
_TRIPLE_SINGLES = frozenset("python groovy dart toml starlark bazel".split())
_TAGS = frozenset("html xml svelte vue astro".split())
_KEYS = frozenset("yaml toml ini".split())
_STYLES = frozenset("css scss less sass".split())
_WORD = re.compile(r"\w++")


def lines(source: bytes, language: str, names: dict[int, set[str]]) -> list[Markup]:
    """The lines as HTML; `names` are those that each line, counted from 1, defines.

    What could turn the reading direction or hide is written as an escape, as in the terminal.
    """
    text = source.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    coloured: list[str] = []
    line: list[str] = []
    for kind, part in _parts(text, language):
        first, *rest = part.split("\n")
        line.append(_span(kind, first))
        for piece in rest:
            coloured.append("".join(line))
            line = [_span(kind, piece)]
    coloured.append("".join(line))
    if not coloured[-1]:
        coloured.pop()
    for number in names.keys() & range(1, len(coloured) + 1):
        coloured[number - 1] = _with_names(coloured[number - 1], names[number])
    return [Markup(one) for one in coloured]  # noqa: S704 - escaped by _span


def _parts(text: str, language: str) -> Iterable[tuple[str | None, str]]:
    at = 0
    for found in _pattern(language).finditer(text):
        if at < found.start():
            yield None, text[at : found.start()]
        yield found.lastgroup, found[0]
        at = found.end()
    yield None, text[at:]


def _span(kind: str | None, text: str) -> str:
    if not text:
        return ""
    safe = str(escape("\t".join(map(harmless, text.split("\t")))))
    return f'<span class="{kind}">{safe}</span>' if kind else safe


def _with_names(line: str, names: set[str]) -> str:
    """The first place outside any mark-up where each name stands."""
    for name in names:
        if _WORD.fullmatch(name):
            line = re.sub(rf"(<[^>]*>)|\b{name}\b", _once(name), line)
    return line


def _once(name: str) -> _Once:
    return _Once(name)


class _Once:
    """Marks a name the first time it is met, and leaves mark-up and later places alone."""

    def __init__(self, name: str) -> None:
        self._marked, self._is_done = f'<b class="d">{name}</b>', False

    def __call__(self, found: re.Match[str]) -> str:
        if found[1] or self._is_done:
            return found[0]
        self._is_done = True
        return self._marked


@functools.cache  # as many as there are languages
def _pattern(language: str) -> re.Pattern[str]:
    kinds = [
        ("c", "|".join(_comments(language))),
        ("t", "|".join(_names_before(language))),
        ("s", "|".join(_strings(language))),
        ("n", "" if language in _WITHOUT_STRINGS else _NUMBER),
        ("k", "|".join(_words(language))),
    ]
    flags = re.MULTILINE | (re.IGNORECASE if language == "sql" else 0)
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds if pattern), flags)


def _comments(language: str) -> list[str]:
    if language in ("markdown", "text", "restructuredtext"):
        return []
    style = marks(language)
    # A # in the middle of a word, as in $# and a#b, begins none.
    line = [rf"(?<![\w$&]){re.escape(mark)}[^\n]*+" for mark in style.line]
    return [rf"{re.escape(begin)}(?s:.*?)(?:{re.escape(end)}|\Z)" for begin, end in style.block] + line


def _names_before(language: str) -> list[str]:
    """What names something: tags, keys, headings."""
    if language in _TAGS:
        return [_TAG]
    if language in _STYLES:
        return [_PROPERTY]
    if language in ("markdown", "restructuredtext"):
        return [_HEADING]
    if language == "json":
        return [_JSON_KEY]
    return [_KEY] if language in _KEYS else []


def _strings(language: str) -> list[str]:
    if language in _TAGS:
        return [_VALUE]
    if language in ("markdown", "restructuredtext"):
        return [_CODE]
    if language in _WITHOUT_STRINGS:
        return []
    found = [_TRIPLE] if language in _TRIPLES else []
    found += [_TRIPLE_SINGLE] if language in _TRIPLE_SINGLES else []
    found += [_BACKTICK] if language in _BACKTICKS else []
    return [*found, _DOUBLE, _CHARACTER if language in _LONE_QUOTE else _SINGLE]


def _words(language: str) -> list[str]:
    words = keywords.of(language)
    return [rf"(?<![\w.$-])(?:{'|'.join(words)})(?![\w-])"] if words else []
