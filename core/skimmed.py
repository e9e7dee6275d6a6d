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

_SYMBOLS, _SYMBOL, _KIND, _IMPORTS = b'"symbols":[', b'{"name":"', b'","kind":"', b'],"imports":['
_WITHOUT_PROSE = b'"prose":null}'
NO_PROSE: dict[str, Any] = {"overview": "", "symbols": {}, "notes": ()}
_KEY = re.compile(rb'"[a-z_]+":(?:null)?')
# Who asks for one of these words, or for a part of one, does not mean the keys of the JSON. Two letters are anywhere.
_KEYS = b"""language outline summary symbols name kind signature line end_line parent doc imports exports dependencies
    problems members prose overview notes null"""


class Skimmed:
    """One document; symbols go by their number. `prose` are the fields of docwatch.document.Prose."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        begin = body.find(_SYMBOLS)
        self._head = body[:begin]
        self._symbols = body[begin : body.rfind(_IMPORTS)].split(_SYMBOL)[1:]
        self.prose = NO_PROSE if body.endswith(_WITHOUT_PROSE) else json.loads(body)["prose"]

    @cached_property
    def _opening(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._head.removesuffix(b",") + b"}}")
        return found

    @property
    def language(self) -> str:
        return str(self._opening["language"])

    @property
    def summary(self) -> str:
        return str(self._opening["outline"]["summary"])

    @cached_property
    def _names(self) -> list[bytes]:
        return [symbol.partition(_KIND)[0] for symbol in self._symbols]

    @cached_property
    def bare_names(self) -> list[str]:
        """In lower case, without underscores."""
        return b"\n".join(self._names).decode().replace("_", "").lower().split("\n") if self._symbols else []

    def name(self, number: int) -> str:
        return self._names[number].decode()

    def kind(self, number: int) -> str:
        return self._symbols[number].partition(_KIND)[2].partition(b'"')[0].decode()

    def symbol(self, number: int) -> dict[str, Any]:
        """The fields of docwatch.document.Symbol."""
        found: dict[str, Any] = json.loads(_SYMBOL + self._symbols[number].removesuffix(b","))
        return found

    def symbols_with(self, text: str) -> Iterator[int]:
        """Those in whose JSON this is, in lower case; maybe it is a key there."""
        part = _encoded(text)
        if part.isascii():
            return (number for number, symbol in enumerate(self._symbols) if part in symbol.lower())
        return (number for number, symbol in enumerate(self._symbols) if text in symbol.decode().lower())

    def says(self, text: str) -> bool:
        """Whether this, in lower case, is anywhere in it or its prose."""
        part = _encoded(text)
        if _says(self._lower if part.isascii() else self._lower_in_any_script, part):
            return True
        return self.prose is not NO_PROSE and text in self._written

    @cached_property
    def _lower(self) -> bytes:
        return self._body.lower()  # takes a tenth of the time

    @cached_property
    def _lower_in_any_script(self) -> bytes:
        return self._body.decode().lower().encode()

    @cached_property
    def _written(self) -> str:
        return " ".join((self.prose["overview"], *self.prose["symbols"].values(), *self.prose["notes"])).lower()


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # what stands for no letter is in no document


def _says(lower: bytes, part: bytes) -> bool:
    if len(part) > 2 and part in _KEYS and part in lower:
        lower = _KEY.sub(b" ", lower)
    at = lower.find(part)
    while at > 0 and lower[at - 1 : at] == b"\\":  # its first letter is that of an escape, the n of a new line
        at = lower.find(part, at + 1)
    return at >= 0
