"""How much a document and its path look like what is searched for: names over prose, definitions over mentions."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from docwatch.documents import identifier_parts
from docwatch.query import Query, Word

_AROUND = 40  # characters before a word that is shown in its sentence; twice as many behind
_DEFINED = frozenset(("class", "interface", "struct", "trait", "function", "type", "enum"))
_TESTS = frozenset(("test", "tests", "testing", "spec", "specs"))


@dataclass(frozen=True, slots=True)
class Look:
    """`is_whole` where every word is somewhere; `symbol` is the one that matches best, None where none does.

    `telling` is its signature, or what the document says of the file, with the words that were asked for if it has any.
    """

    score: float
    is_whole: bool
    symbol: dict[str, Any] | None
    telling: str
    language: str


def look(asked: Query, path: bytes, body: dict[str, Any]) -> Look | None:
    """What the document says to the query; None where it lacks a symbol of the kind that is asked for."""
    outline = body["outline"]
    kind = asked.filters.get("kind", "").lower()
    symbols = [symbol for symbol in outline["symbols"] if not kind or symbol["kind"] == kind]
    if kind and not symbols:
        return None
    best, symbol, in_names = _best(asked, symbols)
    if kind and symbol is None:
        if asked.words:
            return None
        symbol = symbols[0]
    said = _said(body)
    total, whole = best + _of_whole_path(asked, path), True
    for word, from_names in zip(asked.words, in_names, strict=True):
        from_path = _word_in_path(word, path)
        mentioned = next((worth for worth, text in said if _says(word, text)), 0.0)
        whole = whole and bool(from_path or from_names or mentioned)
        total += max(from_path, from_names) + 0.3 * min(from_path, from_names) + mentioned
    return Look(
        *(_without_tests(asked, path, total), whole, symbol),
        *(_telling(asked, body, symbol), body["language"]),
    )


def of_path(asked: Query, path: bytes) -> float:
    """How much a path alone looks like the query."""
    total = sum(_word_in_path(word, path) for word in asked.words) + _of_whole_path(asked, path)
    return _without_tests(asked, path, total)


def matches(asked: Query, text: str) -> Iterator[tuple[int, int]]:
    """Where in the text what was asked for stands, from left to right, without overlap."""
    forms = {form for word in asked.words for form in (word.text.lower(), word.bare, *word.parts) if len(form) > 1}
    if forms:
        any_form = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        for found in re.finditer(any_form, text, re.IGNORECASE):
            yield found.span()


def _telling(asked: Query, body: dict[str, Any], symbol: dict[str, Any] | None) -> str:
    prose: dict[str, Any] = body["prose"] or {"overview": "", "symbols": {}, "notes": ()}
    if symbol is None:
        texts = [body["outline"]["summary"], prose["overview"], *prose["notes"]]
    else:
        name = f"{symbol['parent']}.{symbol['name']}" if symbol["parent"] else symbol["name"]
        texts = [symbol["signature"], symbol["doc"] or "", prose["symbols"].get(name, "")]
    first: str = texts[0]
    if next(matches(asked, first), None) is None:
        for text in texts[1:]:
            for begin, _ in matches(asked, text):
                before = max(0, begin - _AROUND)
                return f"{first} {'…' if before else ''}{text[before : begin + 2 * _AROUND]}".strip()
    return first


def _without_tests(asked: Query, path: bytes, score: float) -> float:
    """Tests mention everything; who looks for a test says so."""
    is_test = _named(path).is_test and not any(word.bare in _TESTS for word in asked.words)
    return 0.5 * score if is_test else score


class _Named(NamedTuple):
    """What of a path can be asked for, in lower case."""

    name: str
    stem: str
    bare: str  # the stem without underscores
    parts: tuple[str, ...]
    folders: tuple[str, ...]
    whole: str  # all of it but the suffix, without separators
    is_test: bool


@functools.lru_cache(maxsize=1 << 12)
def _named(path: bytes) -> _Named:
    text = os.fsdecode(path)
    *folders, name = text.lower().split("/")
    stem = name.partition(".")[0] or name[1:]
    parts = identifier_parts(text.rpartition("/")[2].partition(".")[0] or stem)
    whole = text.lower().rpartition(".")[0].replace("_", "").replace("/", "")
    is_test = not _TESTS.isdisjoint((*parts, *folders))
    return _Named(name, stem, stem.replace("_", ""), parts, tuple(folders), whole, is_test)


def _word_in_path(word: Word, path: bytes) -> float:
    named = _named(path)
    if word.bare in (named.bare, named.name):
        return 8.0
    if word.bare in named.parts or word.bare in named.folders:
        return 4.0
    if len(word.bare) > 1 and named.stem.lstrip("_").startswith(word.bare):
        return 3.0
    if len(word.parts) > 1 and all(part in named.stem for part in word.parts):
        return 3.0
    return 1.5 if len(word.bare) > 2 and word.bare in named.name else 0.0


def _of_whole_path(asked: Query, path: bytes) -> float:
    """`zip file` is zipfile.py, `http server` is http/server.py."""
    if len(asked.words) < 2:
        return 0.0
    return 10.0 if _named(path).whole.endswith("".join(word.bare for word in asked.words)) else 0.0


def _best(asked: Query, symbols: list[dict[str, Any]]) -> tuple[float, dict[str, Any] | None, list[float]]:
    """What the file gains by the symbol that matches best, that symbol, the first of several; and by each word."""
    top, best, gained = 0.0, None, [0.0] * len(asked.words)
    whole = "".join(word.bare for word in asked.words)
    for symbol in symbols:
        bare = symbol["name"].replace("_", "").lower()
        score = 0.0
        for number, word in enumerate(asked.words):
            if word.bare in bare or len(word.parts) > 1:
                fits = _fit(word, bare, symbol["name"])
                score += fits
                gained[number] = max(gained[number], fits)
        if not score:
            continue
        if len(asked.words) > 1 and whole == bare:
            score += 6.0
        if symbol["kind"] in _DEFINED:
            score *= 1.1
        if score > top:
            top, best = score, symbol
    if best is None:
        best = next((symbol for symbol in symbols if _is_about(asked, symbol)), None)
    return top, best, gained


def _is_about(asked: Query, symbol: dict[str, Any]) -> bool:
    text = f"{symbol['signature']} {symbol['doc'] or ''}".lower()
    return any(len(word.bare) > 2 and _says(word, text) for word in asked.words)


def _fit(word: Word, bare: str, name: str) -> float:
    """How well one word fits a name: itself before a part of it, that before its beginning."""
    if word.bare not in bare:
        return 3.0 if len(word.parts) > 1 and all(part in bare for part in word.parts) else 0.0
    if word.bare == bare:
        return 6.0
    parts = identifier_parts(name)
    if word.bare in parts:
        return 3.0
    if len(word.bare) > 1 and (bare.startswith(word.bare) or any(part.startswith(word.bare) for part in parts)):
        return 2.0
    return 1.0 if len(word.bare) > 2 else 0.0


def _said(body: dict[str, Any]) -> tuple[tuple[float, str], tuple[float, str]]:
    """What the document says, in lower case, with what it counts: of the whole file, and of anything in it."""
    outline, prose = body["outline"], body["prose"] or {"overview": "", "symbols": {}, "notes": ()}
    texts = [*outline["imports"], *outline["exports"], *prose["symbols"].values(), *prose["notes"]]
    for symbol in outline["symbols"]:
        texts += (symbol["signature"], symbol["doc"] or "")
    return (2.0, f"{outline['summary']} {prose['overview']}".lower()), (1.0, " ".join(texts).lower())


def _says(word: Word, text: str) -> bool:
    return word.bare in text or (len(word.parts) > 1 and all(part in text for part in word.parts))
