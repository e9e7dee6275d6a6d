"""The rules of CSS, SCSS and Less, their variables and mixins, and what they import; in one pass over the braces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from docwatch.document import Outline, Symbol
from docwatch.documenters.comments import doc_text
from docwatch.documenters.text import cut, fold

_NAME_LIMIT = 200  # characters of a selector
_SIGNATURE_LIMIT = 300
_INDENTATION = 200  # characters before a comment that stands alone on its line
_DEEPEST = 32  # rules within each other; what is deeper is not listed
_COMMENT = r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
_LINE_COMMENT = r"(?<![:\w(])//[^\n]*+"  # none in url(//host) and http://host
_STRING = r""""(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?"""
_MARKS = re.compile(rf"{_COMMENT}|{_LINE_COMMENT}|{_STRING}|[#@]\{{[^{{}}\n]*+\}}|[{{}};()]")
_ANY_COMMENT = re.compile(rf"{_COMMENT}|{_LINE_COMMENT}")
# At-rules around other rules, which are as if they stood alone.
_AROUND = re.compile(
    r"@(?:media|supports|layer|container|scope|document|-moz-document|include|if|else|each|for|while)\b"
)
_FUNCTION = re.compile(r"@(?:mixin|function)\s+([\w-]+)")
_IMPORT = re.compile(r"""@(?:import|use|forward|require)\b[^"'\n]*?["']([^"'\n]+)["']|@import\s+url\(\s*([^"'()\s]+)""")
_VARIABLE = re.compile(r"(--[\w-]+|\$[\w-]+|@(?!import|use|forward|include|extend|charset|return|debug)[\w-]+)\s*:")


@dataclass(slots=True)
class _Open:
    """A `{` whose `}` has not come: the index of its symbol, if it has one, and the name that is the parent within."""

    index: int | None
    within: str | None


@dataclass(slots=True)
class _Rules:
    text: str
    symbols: list[Symbol] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    doc: str | None = None  # of the last comment, until something else comes
    line: int = 1  # that of the character `seen`
    seen: int = 0

    def comment(self, start: int, comment: str) -> None:
        """One behind something else on its line is no doc of what follows."""
        before = self.text[max(0, start - _INDENTATION) : start].rpartition("\n")[2]
        self.doc = None if before.strip() else doc_text(comment)

    def part(self, start: int, end: int, mark: str) -> None:
        """What ends before the byte `end` with `{`, `}` or `;`."""
        raw = self.text[start:end]
        begin = start + len(raw) - len(raw.lstrip())
        self._go_to(begin)
        if self.text.count("\n", start, begin) > 1:
            self.doc = None  # a blank line parts them
        head = fold(_ANY_COMMENT.sub(" ", raw))
        if mark == "{":
            self._open(head)
        elif head:
            self._statement(head)
        if mark == "}":
            self._go_to(end)
            self.close()
        self.doc = None

    def close(self) -> None:
        if self.stack and (index := self.stack.pop().index) is not None:
            self.symbols[index] = replace(self.symbols[index], end_line=self.line)

    def _go_to(self, at: int) -> None:
        self.line += self.text.count("\n", self.seen, at)
        self.seen = at

    def _open(self, head: str) -> None:
        within = self._within()
        if not head or _AROUND.match(head) or len(self.stack) >= _DEEPEST:
            self.stack.append(_Open(None, within))
            return
        function = _FUNCTION.match(head)
        name = function[1] if function else cut(head, _NAME_LIMIT)
        self._add(name, "function" if function else "selector", head)
        self.stack.append(_Open(len(self.symbols) - 1, f"{within}.{name}" if within else name))

    def _statement(self, text: str) -> None:
        if imported := _IMPORT.match(text):
            self.imports.append(imported[1] or imported[2])
        elif variable := _VARIABLE.match(text):
            self._add(variable[1], "variable", text)

    def _add(self, name: str, kind: str, head: str) -> None:
        signature = cut(head, _SIGNATURE_LIMIT)
        self.symbols.append(Symbol(name, kind, signature, self.line, self.line, self._within(), self.doc))

    def _within(self) -> str | None:
        return self.stack[-1].within if self.stack else None


def styles(text: str) -> Outline:
    rules = _Rules(text)
    start = edge = parentheses = 0
    is_blank = True  # nothing but comments stands behind `start`
    for found in _MARKS.finditer(text):
        mark = found[0]
        is_blank = is_blank and not text[edge : found.start()].strip()
        edge = found.end()
        if mark in "{}" or (mark == ";" and not parentheses):
            rules.part(start, found.start(), mark)
            start, parentheses, is_blank = edge, 0, True
        elif is_blank and mark[:2] in ("/*", "//"):
            rules.comment(found.start(), mark)
            start = edge
        else:
            is_blank = False
            parentheses = max(0, parentheses + (mark == "(") - (mark == ")"))
    rules.part(start, len(text.rstrip()), "")
    while rules.stack:  # a file that ends in the middle
        rules.close()
    return Outline(symbols=tuple(rules.symbols), imports=tuple(dict.fromkeys(rules.imports)))
