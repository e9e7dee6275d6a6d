"""The documentation comments of C#, which are XML: what they say, as text."""

from __future__ import annotations

import html
import re

from docwatch.documenters.comments import tidy_doc

_SUMMARY = re.compile(r"<summary>(.*?)(?:</summary>|\Z)", re.DOTALL)
# A reference is read as the name it gives: <see cref="T:Shop.Order"/>, <paramref name="count"/>.
_REFERENCE = re.compile(r"<(?:see|seealso|paramref|typeparamref)\s[^<>]{0,20}=\"(?:\w:)?([^\"<>]*)\"[^<>]*/>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def text(doc: str) -> str | None:
    """The summary in `doc`, or all of it where it has none, without tags; None if nothing is left."""
    found = _SUMMARY.search(doc)
    said = _REFERENCE.sub(r"\1", found[1] if found else doc)
    return tidy_doc(html.unescape(_TAG.sub("", said)).strip())
