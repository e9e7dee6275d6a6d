"""Source text as HTML, a line at a time: comments, strings, numbers, keywords, and the names that the outline defines.

The text is escaped as a whole, then marked: expressions meet `&lt;` where the source has `<`. There is one for each
language, made of possessive and bounded parts: its time grows with the text and no faster, whatever the text is. What
each begins with is looked at before what may not stand before it: that takes half the time.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import islice

from markupsafe import Markup, escape

from docwatch.documenters.comments import marks
from docwatch.frontends.web import keywords
from docwatch.log import ESCAPES

_DOUBLE = r'"(?:[^"\\\n]++|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]++|\\.)*+'?"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"  # where a lone ' means something else
_BACKTICK = r"`(?:[^`\\]++|\\.)*+`?"
_TRIPLE = r'"""(?s:.*?)(?:"""|\Z)'
_TRIPLE_SINGLE = r"'''(?s:.*?)(?:'''|\Z)"
_NUMBER = r"\d(?<![\w.]\d)(?:(?<=0)[xXbBoO][\da-fA-F_]++|[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][-+]?\d++)?)\w*+"
_TAG = r"&lt;/?[A-Za-z][\w:.-]*+|/?&gt;"
_VALUE = r"""(?<==)(?:"[^"\n]*+"?|'[^'\n]*+'?)"""
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
_TAG_OR_WORD = re.compile(r"<[^>]*+>|&\w++;|\w++")
_SIGNS = {sign: str(escape(sign)) for sign in "&<>"}
_SAFE = {code: text for code, text in ESCAPES.items() if chr(code) not in "\t\n"}


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines of a source, from the `first` to the `last` of all there are, as HTML: numbered, each with its anchor."""

    html: Markup
    first: int
    last: int
    total: int


def listing(
    source: bytes, language: str, names: dict[int, set[str]], first: int = 1, most: int | None = None
) -> Listing:
    """The lines from the first on, so many at most; see `lines`."""
    total = source.count(b"\n") + (not source.endswith(b"\n"))
    first = min(first, total)
    if most is not None and total >= first + most:  # what a line stands in follows from what is before it
        end = next(islice(re.finditer(rb"\n", source), first + most - 2, None)).end()
        source = source[:end]
    found = lines(source, language, names)[first - 1 : None if most is None else first - 1 + most]
    html = "".join(
        f'<span class="l" id="L{number}"><a href="#L{number}">{number}</a>{line}\n</span>'
        for number, line in enumerate(found, first)
    )
    return Listing(Markup(html), first, first + len(found) - 1, total)  # noqa: S704 - escaped by `lines`


def lines(source: bytes, language: str, names: dict[int, set[str]]) -> list[str]:
    """The lines as HTML; `names` are those that each line, counted from 1, defines.

    What could turn the reading direction or hide is written as an escape, as in the terminal.
    """
    text = source.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    coloured = _pattern(language).sub(_span, _safe(text)).split("\n")
    if not coloured[-1]:
        coloured.pop()
    for number in names.keys() & range(1, len(coloured) + 1):
        coloured[number - 1] = _with_names(coloured[number - 1], names[number])
    return coloured


def _safe(text: str) -> str:
    for sign, escaped in _SIGNS.items():
        text = text.replace(sign, escaped)
    # Most texts need no table, which takes forty times as long.
    return text if text.replace("\n", "").replace("\t", "").isprintable() else text.translate(_SAFE)


def _span(found: re.Match[str]) -> str:
    """What was found, marked on each of its lines."""
    begin = f'<span class="{found.lastgroup}">'
    return begin + found[0].replace("\n", f"</span>\n{begin}") + "</span>"


def _with_names(line: str, names: set[str]) -> str:
    """The first place outside any mark-up where each name stands is set off."""
    left = set(names)

    def marked(found: re.Match[str]) -> str:
        if found[0] not in left:
            return found[0]
        left.remove(found[0])
        return f'<b class="d">{found[0]}</b>'

    return _TAG_OR_WORD.sub(marked, line)


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
    patterns = [f"(?P<{kind}>{pattern})" for kind, pattern in kinds if pattern]
    return re.compile("|".join(patterns) or "(?!)", flags)


def _comments(language: str) -> list[str]:
    if language in ("markdown", "text", "restructuredtext"):
        return []
    style = marks(language)
    # A # in the middle of a word, as in $# and a#b, begins none, nor does the end of an escape.
    line = [
        mark + "".join(f"(?<!{before}{mark})" for before in (r"[\w$&]", "&lt", "&gt", "&amp")) + r"[^\n]*+"
        for mark in map(_escaped, style.line)
    ]
    return [rf"{_escaped(begin)}(?s:.*?)(?:{_escaped(end)}|\Z)" for begin, end in style.block] + line


def _escaped(mark: str) -> str:
    return re.escape(_safe(mark))


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
    if not words:
        return []
    begins = "".join(sorted({re.escape(word[0]) for word in words}))
    return [rf"(?=[{begins}])(?<![\w.$-])(?:{'|'.join(words)})(?![\w-])"]
