"""From the bytes of a file to clean text, and from long text to short."""

from __future__ import annotations

import codecs
import re

# C0 without tab and newline, DEL, and C1: all of them can move a terminal's cursor, none of them is text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INDENTATION = re.compile(r"\n([^\S\n]*+)(?=\S)")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")

# The longer marks first: UTF-32's little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes) -> str:
    """`content` as text with `\\n` at the end of each line: by its byte order mark, else UTF-8, else Latin-1.

    Zeros are blanks: parsers take them for the end of the text, or each for a mistake of its own.
    """
    text = _decode(content).replace("\0", " ")
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    # A carriage return ends a line only in files that have no other line end; elsewhere it would shift the lines.
    return text if "\n" in text else text.replace("\r", "\n")


def _decode(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def clean(text: str) -> str:
    """`text` without control characters other than tab and newline."""
    return _CONTROL.sub("", text)


def fold(text: str) -> str:
    """`text` on one line, white space folded, without control characters."""
    line = " ".join(text.split())
    return line if line.isprintable() else clean(line)


def dedent(text: str) -> str:
    """`text` as `inspect.cleandoc` has it: without the indentation of all lines but the first, and empty ends."""
    first, newline, rest = text.expandtabs().partition("\n")
    margin = min(map(len, _INDENTATION.findall(newline + rest)), default=0)
    if margin:
        rest = "\n".join(line[margin:] for line in rest.split("\n"))
    return (first.lstrip() + newline + rest).strip("\n")


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters; what was cut ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def paragraphs(text: str) -> list[str]:
    """The parts of `text` that blank lines separate."""
    return [part for part in _BLANK_LINE.split(text) if part.strip()]
