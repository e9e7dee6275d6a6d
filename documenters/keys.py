"""The keys at the top of JSON, YAML and TOML files, with the lines of their values.

Read by lines and brackets, in one pass: the libraries for these formats give no line numbers and refuse what is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docwatch.document import Outline, Symbol
from docwatch.documenters.comments import doc_text
from docwatch.documenters.text import cut, fold

_SIGNATURE_LIMIT = 120  # characters of a key and its value
_JSON_MARK = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?|[{}\[\],:]|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+')
_YAML_KEY = re.compile(
    r"""("[^"\n]*+"|'[^'\n]*+'|[^\s#\-?:,\[\]{}&*!|>'"%@`][^:\n]*+(?::\S[^:\n]*+)*+)[ \t]*+:(?=\s|$)"""
)
_TOML_TABLE = re.compile(r"[ \t]*+\[{1,2}[ \t]*+([^\[\]\n]++)\]")
_TOML_KEY = re.compile(r"""[ \t]*+((?:[\w.-]++|"[^"\n]*+"|'[^'\n]*+'|[ \t]++)++)=""")
_TOML_LONG_STRING = re.compile(r"\"{3}|'{3}")


def json(text: str) -> Outline:
    """The keys of the outermost object; comments and trailing commas do no harm."""
    return Outline(symbols=tuple(_json_keys(text)))


def _json_keys(text: str) -> Iterator[Symbol]:
    depth, line, seen = 0, 1, 0
    last: tuple[int, int, str] | None = None  # byte, line and text of the string before this mark
    key: tuple[int, int, str] | None = None
    for found in _JSON_MARK.finditer(text):
        mark = found[0]
        line, seen = line + text.count("\n", seen, found.start()), found.start()
        if mark[0] == '"':
            last = (found.start(), line, mark)
        elif depth == 1 and mark == ":" and last and key is None:
            key = last
        elif depth == 1 and mark in ",}":
            if key:
                yield _json_symbol(key, text[key[0] : found.start()])
            key = None
            depth -= mark == "}"
        else:
            depth += (mark in "{[") - (mark in "}]")
        if depth == 0 and mark in "}]":
            return
    if key:  # a file that ends in the middle
        yield _json_symbol(key, text[key[0] :])


def _json_symbol(key: tuple[int, int, str], source: str) -> Symbol:
    return _symbol(key[2], source, key[1], key[1] + source.rstrip().count("\n"))


def yaml(text: str) -> Outline:
    """The keys that are not indented, of every document in the file."""
    lines = text.rstrip().split("\n")
    found = [(at, match[1]) for at, line in enumerate(lines) if (match := _YAML_KEY.match(line))]
    return Outline(symbols=tuple(_by_lines(lines, found)))


def toml(text: str) -> Outline:
    """The tables, and the keys above the first of them."""
    lines = text.rstrip().split("\n")
    return Outline(symbols=tuple(_by_lines(lines, list(_toml_keys(lines)))))


def _toml_keys(lines: list[str]) -> Iterator[tuple[int, str]]:
    in_table, open_string = False, ""
    for at, line in enumerate(lines):
        if not open_string:
            if table := _TOML_TABLE.match(line):
                in_table = True
                yield at, table[1].strip()
            elif not in_table and (key := _TOML_KEY.match(line)):
                yield at, key[1].strip()
        for quotes in _TOML_LONG_STRING.findall(line):
            open_string = quotes if not open_string else "" if quotes == open_string else open_string


def _by_lines(lines: list[str], found: list[tuple[int, str]]) -> Iterator[Symbol]:
    """A symbol for each key and the line it is on; it ends before what belongs to the next."""
    ends = [at for at, _ in found[1:]] + [len(lines)]
    for (at, key), end in zip(found, ends, strict=False):
        while end > at + 1 and _belongs_below(lines[end - 1]):
            end -= 1
        begin = at
        while begin and lines[begin - 1].startswith("#"):
            begin -= 1
        yield _symbol(key, lines[at], at + 1, end, doc_text("\n".join(lines[begin:at])) if begin < at else None)


def _belongs_below(line: str) -> bool:
    return not line.strip() or line.startswith(("#", "---", "..."))


def _symbol(key: str, source: str, line: int, end_line: int, doc: str | None = None) -> Symbol:
    first, _, rest = source.strip().partition("\n")
    signature = fold(first).rstrip(" {[,") if rest else fold(first)
    quoted = len(key) > 1 and key[0] == key[-1] and key[0] in "\"'"
    name = cut(fold(key[1:-1] if quoted else key), _SIGNATURE_LIMIT) or '""'
    return Symbol(name, "key", cut(signature, _SIGNATURE_LIMIT), line, end_line, None, doc)
