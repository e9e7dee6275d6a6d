"""How much a document and its path look like what is searched for: names over prose, definitions over mentions."""

from __future__ import annotations

import functools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log2
from typing import Any, NamedTuple

from docwatch.document import qualified
from docwatch.documents import identifier_parts
from docwatch.query import Query, Word
from docwatch.skimmed import Skimmed

_AROUND = 40  # characters before a word that is shown in its sentence; twice as many behind
_MOST_ALIKE = 100  # names of one file that are looked at for one word
_DEFINED = frozenset(("class", "interface", "struct", "trait", "function", "type", "enum"))
Notes = Sequence[tuple[str | None, str]]  # of people, as (symbol, text)
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


def look(asked: Query, path: bytes, document: Skimmed, notes: Notes = ()) -> Look | None:
    """What the document and notes say to the query; None where there is no symbol of the kind that is asked for."""
    numbers: Sequence[int] = range(len(document.bare_names))
    if kind := asked.filters.get("kind", "").lower():
        numbers = [number for number in numbers if document.kind(number) == kind]
        if not numbers:
            return None
    best, number, in_names = _best(asked, document, numbers)
    if number is None:
        number = _about(asked, document, numbers, notes)
    if kind and number is None:
        if asked.words:
            return None
        number = numbers[0]
    of_file = " ".join((document.summary, document.prose["overview"], *(text for _, text in notes))).lower()
    # Of two alike the one that defines more is meant more often.
    total, whole = best + _of_whole_path(asked, path) + 0.1 * log2(1 + len(document.bare_names)), True
    for word, from_names in zip(asked.words, in_names, strict=True):
        from_path = _word_in_path(word, path)
        mentioned = 4.0 if _says(word, of_file.__contains__) else float(bool(from_names) or _says(word, document.says))
        whole = whole and bool(from_path or from_names or mentioned)
        total += max(from_path, from_names) + 0.3 * min(from_path, from_names) + mentioned
    symbol = None if number is None else document.symbol(number)
    return Look(
        *(_without_tests(asked, path, total), whole, symbol),
        *(_telling(asked, document, symbol, notes), document.language),
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


def _telling(asked: Query, document: Skimmed, symbol: dict[str, Any] | None, notes: Notes) -> str:
    prose = document.prose
    if symbol is None:
        texts = [document.summary, prose["overview"], *prose["notes"], *(text for _, text in notes)]
    else:
        name = qualified(symbol)
        texts = [symbol["signature"], symbol["doc"] or "", prose["symbols"].get(name, "")]
        texts += (text for about, text in notes if about in (None, name))
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


def _best(asked: Query, document: Skimmed, numbers: Sequence[int]) -> tuple[float, int | None, list[float]]:
    """What the file gains by the symbol that matches best, that symbol, the first of several; and by each word."""
    whole, bare_names = "".join(word.bare for word in asked.words), document.bare_names
    scores: defaultdict[int, float] = defaultdict(float)
    gained = []
    for word in asked.words:
        most = 0.0
        for number in islice(_alike(word, bare_names, numbers), _MOST_ALIKE):
            fits = _fit(word, bare_names[number], document.name(number))
            scores[number] += fits
            most = max(most, fits)
        gained.append(most)
    top, best = 0.0, None
    for number in sorted(scores):
        score = scores[number] + (6.0 if len(asked.words) > 1 and whole == bare_names[number] else 0.0)
        if document.kind(number) in _DEFINED:
            score *= 1.1
        if score > top:
            top, best = score, number
    return top, best, gained


def _alike(word: Word, bare_names: list[str], numbers: Sequence[int]) -> Iterator[int]:
    """The names that are this word, then those that hold it or all its parts; a single letter is in too many."""
    bare, parts = word.bare, word.parts if len(word.parts) > 1 else ()
    if bare in bare_names:
        yield from (number for number in numbers if bare_names[number] == bare)
    for number in numbers if len(bare) > 1 else ():
        name = bare_names[number]
        if name != bare and (bare in name or (parts and all(map(name.__contains__, parts)))):
            yield number


def _about(asked: Query, document: Skimmed, numbers: Sequence[int], notes: Notes) -> int | None:
    """The symbol that a note is about, else the first whose signature or doc says one of the words."""
    noted = [about for about, _ in notes if about]
    found = [number for number in numbers if noted and qualified(document.symbol(number)) in noted]
    if found:
        return found[0]
    for word in asked.words:
        if len(word.bare) > 2:
            for number in islice(document.symbols_with(word.parts[0] if word.parts else word.bare), _MOST_ALIKE):
                symbol = document.symbol(number)
                text = f"{symbol['signature']} {symbol['doc'] or ''}".lower()
                if number in numbers and _says(word, text.__contains__):
                    found.append(number)
                    break
    return min(found, default=None)


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


def _says(word: Word, says: Callable[[str], bool]) -> bool:
    return says(word.bare) or (len(word.parts) > 1 and all(map(says, word.parts)))
