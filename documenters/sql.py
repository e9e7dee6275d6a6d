"""What an SQL script creates, in any dialect: tables with their columns, views, functions and the like.

Read by its `CREATE` statements: no grammar knows every dialect, and the one there is takes 13 MB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docwatch.document import Outline, Symbol
from docwatch.documenters.comments import doc_text
from docwatch.documenters.text import cut, fold

_LIMIT = 300  # characters of a name or signature
_UNCLOSED = 100  # different dollar quotes without an end; a file with more has none
_COMMENT = r"--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
_NOISE = re.compile(rf"{_COMMENT}|'(?:[^'\\]++|''|\\.)*+'?|(?<![\w$])\$([A-Za-z_]\w*)?\$", re.DOTALL)
_INK = re.compile(r"[^\n]")
_COMMENT_LINE = re.compile(r"[ \t]*--")
_KINDS = {
    "table": "table",
    "view": "view",
    "index": "index",
    "function": "function",
    "procedure": "function",
    "proc": "function",
    "aggregate": "function",
    "trigger": "trigger",
    "type": "type",
    "domain": "type",
    "schema": "namespace",
    "package": "namespace",
}
_NAME = r"""(?:[\w$\#@]++|"[^"\n]*+"|`[^`\n]*+`|\[[^\]\n]*+\])"""
_CREATE = re.compile(
    rf"""
    (?:^|(?<=[;/])) [ \t]*+ (?P<create> CREATE \s++
    (?: (?:OR\s++(?:REPLACE|ALTER)|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|UNIQUE|MATERIALIZED|RECURSIVE|FORCE|NO\s++FORCE
        |EDITIONABLE|NONEDITIONABLE|CONSTRAINT|CLUSTERED|NONCLUSTERED|FULLTEXT|SPATIAL|BITMAP|VIRTUAL|EXTERNAL|FOREIGN
        |EVENT|COLUMN|ALGORITHM\s*+=\s*+\w++|DEFINER\s*+=\s*+\S++|SQL\s++SECURITY\s++\w++) \s++ )*+
    (?P<what> {"|".join(_KINDS)} ) \s++
    (?: (?:BODY|CONCURRENTLY|IF\s++NOT\s++EXISTS) \s++ )*+
    (?P<name> {_NAME} (?: \s*+\.\s*+ {_NAME} )*+ ) )""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_SIGNATURE_END = re.compile(r"\b(?:AS|IS|BEGIN|LANGUAGE)\b|;|\$", re.IGNORECASE)
_COLUMN = re.compile(rf"\s*+(?P<name>{_NAME})")
_NO_COLUMN = frozenset("primary foreign constraint unique check key index exclude like fulltext spatial period".split())
_QUOTES = re.compile(r'["`\[\]]')
_BRACKETS = re.compile(r"[(),]")
_IMPORT = re.compile(r"^\\i[r]?\s++(\S++)|^(?:source|@@?)\s++(\S++\.sql)", re.IGNORECASE | re.MULTILINE)


def sql(text: str) -> Outline:
    code = _without_noise(text)
    return Outline(
        symbols=tuple(_symbols(text, code)),
        imports=tuple(dict.fromkeys(found[1] or found[2] for found in _IMPORT.finditer(code))),
    )


def _without_noise(text: str) -> str:
    """`text` with blanks for comments and strings, of which a function's body may be one; every line where it was."""
    parts: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while found := _NOISE.search(text, at):
        end = found.end()
        if found[0][0] == "$":
            closing = text.find(found[0], end) if found[0] not in unclosed and len(unclosed) < _UNCLOSED else -1
            if closing < 0:
                unclosed.add(found[0])
                parts.append(text[at:end])
                at = end
                continue
            end = closing + len(found[0])
        parts += [text[at : found.start()], _INK.sub(" ", text[found.start() : end])]
        at = end
    return "".join([*parts, text[at:]])


def _symbols(text: str, code: str) -> Iterator[Symbol]:
    line, seen = 1, 0
    statements = list(_CREATE.finditer(code))
    starts = [found.start("create") for found in statements] + [len(code.rstrip())]
    for found, start, following in zip(statements, starts, starts[1:], strict=False):
        line, seen = line + code.count("\n", seen, start), start
        kind = _KINDS[found["what"].lower()]
        name = cut(_plain(found["name"]), _LIMIT)
        semicolon = code.find(";", found.end(), following)
        end = semicolon if semicolon >= 0 else start + len(code[start:following].rstrip())
        opening = code.find("(", found.end(), end) if kind == "table" else -1
        has_columns = opening >= 0 and not code[found.end() : opening].strip()
        stop = opening if has_columns else _signature_end(code, found.end(), end)
        signature = cut(fold(code[start : min(stop, start + 4 * _LIMIT)]), _LIMIT)
        yield Symbol(name, kind, signature, line, line + code.count("\n", start, end), None, _doc(text, start))
        if has_columns:
            yield from _columns(text, code, (opening, end), name, line + code.count("\n", start, opening))


def _signature_end(code: str, start: int, end: int) -> int:
    found = _SIGNATURE_END.search(code, start, end)
    return found.start() if found else end


def _columns(text: str, code: str, span: tuple[int, int], table: str, line: int) -> Iterator[Symbol]:
    """The columns between the brackets in `span`, which begins on `line`."""
    depth, start, seen = 0, span[0] + 1, span[0]
    for bracket in _BRACKETS.finditer(code, *span):
        mark, end = bracket[0], bracket.start()
        depth += (mark == "(") - (mark == ")")
        if depth == 0 or (mark == "," and depth == 1):
            column = _COLUMN.match(code, start, end)
            if column and column["name"].lower() not in _NO_COLUMN:
                begin = column.start("name")
                line, seen = line + code.count("\n", seen, begin), begin
                signature = fold(text[begin : min(end, begin + 4 * _LIMIT)].partition("--")[0])
                last = line + code.count("\n", begin, begin + len(code[begin:end].rstrip()))
                yield Symbol(_plain(column["name"]), "field", cut(signature, _LIMIT), line, last, table)
            start = bracket.end()
        if depth == 0:
            return


def _doc(text: str, start: int) -> str | None:
    """The comment that ends on the line above `start`."""
    lines: list[str] = []
    above = text[max(0, start - 4_096) : start].rstrip(" \t").split("\n")[:-1]
    while above and _COMMENT_LINE.match(above[-1]):
        lines.append(above.pop())
    if not lines and above and above[-1].rstrip().endswith("*/"):
        block = "\n".join(above)
        return doc_text(block[block.rfind("/*") :])
    return doc_text("\n".join(reversed(lines))) if lines else None


def _plain(name: str) -> str:
    """A name without its quotes and the blanks around its dots."""
    return _QUOTES.sub("", re.sub(r"\s*+\.\s*+", ".", fold(name))) or name
