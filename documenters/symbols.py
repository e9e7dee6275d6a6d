"""From definitions found in a syntax tree to the symbols of an outline: signature, lines and doc of each."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from docwatch.document import Symbol
from docwatch.documenters.blanks import Readable
from docwatch.documenters.comments import doc_text, is_licence
from docwatch.documenters.docstrings import Docstring
from docwatch.documenters.findings import VALUES, Definition
from docwatch.documenters.text import cut, fold
from docwatch.documenters.walk import last_row

# From the text of a doc comment to what it says, if anything.
ReadDoc = Callable[[str], str | None]

SIGNATURE_LIMIT = 300  # characters
_READ_LIMIT = 2_048  # bytes of the source of a signature that are looked at
_ANNOTATIONS = frozenset(("attribute", "decorator", "annotation", "marker_annotation", "attribute_list"))
_ANNOTATION_MARKS = (b"@", b"[", b"#[")
_COMMENT_MARK = re.compile(rb"#|//|/\*|--")


class Symbols:
    """Makes the symbols of one file.

    `readable` is what the parser saw of `source`: rows hidden from it may stand between a definition and its doc.
    `docstring` gives the doc inside a body, for languages that have such docs; `read_doc` what the text of a doc
    comment says.
    """

    def __init__(
        self,
        source: bytes,
        readable: Readable,
        remarks: dict[int, Node],
        docstring: Docstring,
        read_doc: ReadDoc,
    ) -> None:
        self._source = source
        self._remarks = remarks
        self._hidden_rows = readable.rows
        self._heads = readable.heads
        self._docstring = docstring
        self._read_doc = read_doc
        self._docs: dict[tuple[int, int], str | None] = {}  # several definitions may share a wrapper

    def symbol(self, definition: Definition) -> Symbol:
        return Symbol(
            name=definition.name,
            kind=definition.kind,
            signature=self._signature(definition),
            line=definition.row + 1,
            end_line=max(last_row(definition.node), definition.row) + 1,
            parent=definition.within,
            doc=self._doc(definition),
        )

    def _signature(self, definition: Definition) -> str:
        node = definition.node
        start = _head(node) if self._source.startswith(_ANNOTATION_MARKS, node.start_byte) else node.start_byte
        start = self._heads.get(start, start)
        end = definition.body.start_byte if definition.body else node.end_byte
        source = self._source[start : min(end, start + _READ_LIMIT)]
        if b"#" in source or b"//" in source or b"/*" in source or b"--" in source:
            source = _without_comments(source, node, start)
        shown, _, rest = source.strip().partition(b"\n") if definition.kind in VALUES else (source, b"", b"")
        signature = _on_one_line(shown.decode(errors="replace")).rstrip(" {:=;,\\") + (" …" if rest else "")
        return cut(f"{definition.place.lead} {signature}" if definition.place.lead else signature, SIGNATURE_LIMIT)

    def _doc(self, definition: Definition) -> str | None:
        inner = self._docstring(definition.body, self._source) if definition.body else None
        if inner is not None:
            return inner
        place = definition.place
        doc = self._doc_above(definition.node.start_point.row, place.begin)
        if doc is None and place.row is not None:
            doc = self._doc_above(place.row, place.begin)
        return doc

    def _doc_above(self, row: int, begin: int) -> str | None:
        """What the comments say that end on the row above `row` and stand behind the byte `begin`."""
        if (row, begin) not in self._docs:
            self._docs[row, begin] = self._read_doc_above(row, begin)
        return self._docs[row, begin]

    def _read_doc_above(self, row: int, begin: int) -> str | None:
        comments: list[str] = []
        while row - 1 in self._hidden_rows:
            row -= 1
        while (remark := self._remarks.get(row - 1)) is not None and remark.start_byte >= begin:
            row = remark.start_point.row
            if remark.type.endswith("comment"):
                block = self._is_block(remark)
                if not self._alone(remark) or (block and comments):
                    break
                comments.append(self._source[remark.start_byte : remark.end_byte].decode(errors="replace").rstrip("\n"))
                if block:
                    break
        text = doc_text("\n".join(reversed(comments))) if comments else None
        doc = self._read_doc(text) if text else None
        # What a file begins with, directly above its first definition, may be its licence only.
        return None if row == 0 and doc and is_licence(doc) else doc

    def _alone(self, node: Node) -> bool:
        """Whether nothing stands before `node` on its line."""
        start = node.start_byte
        return not self._source[start - node.start_point.column : start].strip()

    def _is_block(self, comment: Node) -> bool:
        return not self._source.startswith((b"//", b"#", b"--"), comment.start_byte)


def _on_one_line(source: str) -> str:
    """`source` folded, without the blanks, and the last comma, that only line breaks inside brackets bring."""
    if "\n" not in source:
        return fold(source)
    first, *rest = source.split("\n")
    joined = [first.rstrip()]
    for line in filter(None, map(str.strip, rest)):
        if line[0] in ")]":
            joined[-1] = joined[-1].removesuffix(",")
        elif joined[-1][-1:] not in ("(", "["):
            line = " " + line
        joined.append(line)
    return fold("".join(joined))


def _head(node: Node) -> int:
    """The byte where `node` begins once its annotations and decorators are left out."""
    for child in node.children:
        if child.type == "modifiers":
            for modifier in child.children:
                if modifier.type not in _ANNOTATIONS:
                    return modifier.start_byte
        elif child.type not in _ANNOTATIONS:
            return child.start_byte
    return node.start_byte


def _without_comments(source: bytes, node: Node, start: int) -> bytes:
    """`source`, which begins at byte `start` inside `node`, with its comments blanked."""
    kept, seen = source, 0
    for mark in _COMMENT_MARK.finditer(source):
        if mark.start() >= seen and (comment := _comment_at(node, start + mark.start())) is not None:
            seen = min(comment.end_byte - start, len(source))
            kept = kept[: mark.start()] + b" " * (seen - mark.start()) + kept[seen:]
    return kept


def _comment_at(node: Node, begin: int) -> Node | None:
    """The comment inside `node` that begins at the byte `begin`, if one does."""
    found = node.descendant_for_byte_range(begin, begin + 1)
    while found is not None and found.start_byte == begin:
        if found.type.endswith("comment"):
            return found
        found = found.parent
    return None
