"""Names in prose that the file it is about does not know: what a model may have made up, or has from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# What reads as a name of code: called, in backticks, joined by underscores, or with a capital inside.
_NAME = re.compile(
    r"`([A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`|\b([A-Za-z_]\w*(?:\.\w+)*)(?=\(\))|\b([A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*)\b"
)
_WORD = re.compile(r"\w+")
_PLAIN = re.compile(r"[a-z]+OS")  # macOS, iOS


def strangers(outline: dict[str, Any], prose: dict[str, Any]) -> list[str]:
    """The names in `prose` that stand neither in the outline nor in the imports, each once, in order."""
    known = set(_WORD.findall(" ".join(_texts(outline))))
    found = []
    for text in (prose["overview"], *prose["symbols"].values(), *prose["notes"]):
        for match in _NAME.finditer(text):
            name = next(filter(None, match.groups()))
            if not _PLAIN.fullmatch(name) and not known.issuperset(name.split(".")):
                found.append(name)
    return list(dict.fromkeys(found))


def _texts(outline: dict[str, Any]) -> Iterator[str]:
    yield outline["summary"]
    yield from (*outline["imports"], *outline["exports"], *outline["dependencies"])
    for symbol in outline["symbols"]:
        yield from (symbol["name"], symbol["signature"], symbol["parent"] or "", symbol["doc"] or "")
