"""A stored document as search looks into it: what it names and whether it says a word, without decoding its JSON.

That takes a fifth of the time, and rests on how msgspec writes: without blanks, the fields in their order. A quote
inside a text has a backslash before it, so `{"name":"` begins a symbol and is nothing else, wherever it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

_SYMBOLS, _SYMBOL, _KIND, _IMPORTS = '"symbols":[', '{"name":"', '","kind":"', '],"imports":['
_WITHOUT_PROSE = '"prose":null}'
NO_PROSE: dict[str, Any] = {"overview": "", "symbols": {}, "notes": ()}
_KEY = re.compile(r'"[a-z_]+":(?:null)?')
# Who asks for one of these words, or for a part of one, does not mean the keys of the JSON. Two letters are anywhere.
_KEYS = """language outline summary symbols name kind signature line end_line parent doc imports exports dependencies
    problems members prose overview notes null"""


class Skimmed:
    """One document; symbols go by their number. `prose` are the fields of docwatch.document.Prose."""

    def __init__(self, body: bytes) -> None:
        self._body = body.decode()
        begin = self._body.find(_SYMBOLS)
        self._head = self._body[:begin]
        self._symbols = self._body[begin : self._body.find(_IMPORTS, begin)].split(_SYMBOL)[1:]
        self.prose = NO_PROSE if self._body.endswith(_WITHOUT_PROSE) else json.loads(self._body)["prose"]

    @cached_property
    def _opening(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(f"{self._head.removesuffix(',')}}}}}")
        return found

    @property
    def language(self) -> str:
        return str(self._opening["language"])

    @property
    def summary(self) -> str:
        return str(self._opening["outline"]["summary"])

    @cached_property
    def names(self) -> list[str]:
        return [symbol.partition(_KIND)[0] for symbol in self._symbols]

    @cached_property
    def bare_names(self) -> list[str]:
        """In lower case, without underscores."""
        return "\n".join(self.names).replace("_", "").lower().split("\n") if self._symbols else []

    def kind(self, number: int) -> str:
        return self._symbols[number].partition(_KIND)[2].partition('"')[0]

    def symbol(self, number: int) -> dict[str, Any]:
        """The fields of docwatch.document.Symbol."""
        found: dict[str, Any] = json.loads(_SYMBOL + self._symbols[number].removesuffix(","))
        return found

    def symbols_with(self, text: str) -> Iterator[int]:
        """Those in whose JSON this is, in lower case; maybe it is a key there."""
        return (number for number, symbol in enumerate(self._symbols) if text in symbol.lower())

    def says(self, text: str) -> bool:
        """Whether this, in lower case, is anywhere in it or its prose."""
        return _says(self._lower, text) or (self.prose is not NO_PROSE and text in self._written)

    @cached_property
    def _lower(self) -> str:
        return self._body.lower()

    @cached_property
    def _written(self) -> str:
        return " ".join((self.prose["overview"], *self.prose["symbols"].values(), *self.prose["notes"])).lower()


def _says(lower: str, text: str) -> bool:
    if text not in lower:
        return False
    if len(text) > 2 and text in _KEYS:
        lower = _KEY.sub(" ", lower)
    # Not where its first letter is that of an escape, the n of a new line.
    return re.search(rf"(?<!\\){re.escape(text)}", lower) is not None
