"""What somebody typed into a search, taken apart: words, and filters such as `path:core`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from docwatch.documents import identifier_parts

# More than anybody types. SQLite gives up on very large expressions, and takes seconds for `a_a_a_` and so on.
LONGEST, LONGEST_WORD, MOST_WORDS, MOST_PARTS = 1_000, 64, 12, 8
FILTERS = ("path", "lang", "kind")
_NO_TEXT = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")  # NUL, and surrogates that stand for no byte of a name either
_FILTER = re.compile(rf"(?<!\S)({'|'.join(FILTERS)}):(\S+)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:_+[^\W_]+)*")
_PREFIX = 2  # letters: the beginnings of words that the index holds; of one letter there are too many to be of use


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed, how an index has it, and its parts where it is an identifier of several."""

    text: str
    bare: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """`joined` are neighbours written as one word: people type `zip file` for zipfile. `raw` is what was typed.

    `endings` are the words to ask for in place of all that begin so, where those are too many.
    """

    raw: str
    words: tuple[Word, ...] = ()
    joined: tuple[str, ...] = ()
    filters: dict[str, str] = field(default_factory=dict)
    endings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """What is taken for the beginning of a word: the last one, and its last part."""
        last = self.words[-1:]
        return tuple({form for word in last for form in (word.bare, *word.parts[-1:]) if len(form) >= _PREFIX})

    @property
    def exact(self) -> str:
        """For FTS5: all words as they were typed, so that of many that begin so these are found."""
        whole = " AND ".join(f'"{word.bare}"' for word in self.words)
        return " OR ".join((f"({whole})", *(f'"{word}"' for word in self.joined)))

    def expression(self, operator: str) -> str:
        """For FTS5: all words (AND) or any (OR), the last maybe unfinished; every token quoted, so none is syntax."""
        terms = [self._term(word, self.unfinished if word is self.words[-1] else ()) for word in self.words]
        whole = f" {operator} ".join(terms)
        return " OR ".join((f"({whole})", *(f'"{word}"' for word in self.joined))) if terms else ""

    def _term(self, word: Word, unfinished: Collection[str]) -> str:
        def form(text: str) -> str:
            if text in self.endings and text in unfinished:
                return "(" + " OR ".join(f'"{word}"' for word in self.endings[text]) + ")"
            return f'"{text}"*' if text in unfinished else f'"{text}"'

        if len(word.parts) < 2:
            return form(word.bare)
        *parts, last = word.parts
        every = " AND ".join((*(f'"{part}"' for part in parts), form(last)))
        return f"({form(word.bare)} OR ({every}))"


def parse(raw: str) -> Query:
    """Any text is a query; one without words and filters matches nothing."""
    raw = _NO_TEXT.sub(" ", raw[:LONGEST])
    filters = {name.lower(): value for name, value in _FILTER.findall(raw)}
    text = _FILTER.sub(" ", raw)
    words = tuple(_words(text))
    return Query(" ".join(text.split()), words, tuple(_joined(words)), filters)


def _words(text: str) -> Iterator[Word]:
    seen: set[str] = set()
    for found in _WORD.findall(text if text.isascii() else _as_indexed(text)):
        word = found[:LONGEST_WORD]
        bare = word.replace("_", "").lower()
        if bare not in seen and len(seen) < MOST_WORDS:
            seen.add(bare)
            yield Word(word, bare, tuple(dict.fromkeys(identifier_parts(word)))[:MOST_PARTS])


def _as_indexed(text: str) -> str:
    """Without what SQLite's tokens end at though it is a letter to Python: its Unicode is of 2012, this one of before.

    Of what would be two tokens to SQLite our index cannot say that one follows the other, and refuses to be asked.
    """
    from unicodedata import ucd_3_2_0

    return "".join(letter if letter == "_" or ucd_3_2_0.category(letter)[0] in "LN" else " " for letter in text)


def _joined(words: Iterable[Word]) -> Iterator[str]:
    bare = [word.bare for word in words]
    for first, second in pairwise(bare):
        yield first + second
    if len(bare) > 2:
        yield "".join(bare)[:LONGEST_WORD]
