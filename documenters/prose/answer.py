"""Check an answer against its question, strictly, and make plain text of it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from docwatch.document import Prose
from docwatch.documenters.prose.question import Question
from docwatch.errors import FlakyError

ANSWER_CHARACTERS = 400_000
OVERVIEW_CHARACTERS, TEXT_CHARACTERS, NOTE_CHARACTERS, NOTES = 1_500, 600, 400, 5
# Control, format (bidi, zero width, tags), surrogate, private: none of it is text to a reader, some of it is a trick.
_NOT_TEXT = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_VARIATION = re.compile("[\U000e0100-\U000e01ef]")  # letters to Unicode, but they can smuggle bytes into a text
_STOP = re.compile(r"[.!?。！？][\"')\]]*(?=\s|$)")  # noqa: RUF001 - the full stops of other scripts


def checked(answer: object, question: Question) -> Prose:
    """The answer as prose. FlakyError says what is wrong with it, in words that a model can mend it by."""
    found = _object(_parsed(answer), "the answer", ("overview", "symbols", "notes"))
    symbols = _object(found["symbols"], "symbols", question.names)
    if not isinstance(found["notes"], list):
        raise FlakyError("notes is not a list; it was asked again")
    return Prose(
        overview=_text(found["overview"], "overview", OVERVIEW_CHARACTERS),
        symbols={name: _text(symbols[name], f"the text for {name!r}", TEXT_CHARACTERS) for name in question.names},
        notes=tuple(_text(note, "a note", NOTE_CHARACTERS) for note in found["notes"][:NOTES] if note != ""),
    )


def plain(text: str, limit: int) -> str:
    """`text` on one line, without anything that is not text, in at most `limit` characters: whole sentences of it."""
    # Blanks first: they are control characters too.
    folded = " ".join(_VARIATION.sub("", text[: 4 * limit]).split())
    clean = "".join(character for character in folded if unicodedata.category(character) not in _NOT_TEXT)
    clean = " ".join(clean.split())
    if len(clean) <= limit:
        return clean
    stops = [stop.end() for stop in _STOP.finditer(clean, 0, limit)]
    return clean[: stops[-1]] if stops else clean[: limit - 1].rpartition(" ")[0].rstrip() + "…"


def _parsed(answer: object) -> object:
    if not isinstance(answer, str | bytes):
        return answer
    if len(answer) > ANSWER_CHARACTERS:
        raise FlakyError(f"the answer is longer than {ANSWER_CHARACTERS} characters")
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise FlakyError(f"the answer is not one JSON object ({str(error)[:100]})") from error


def _object(value: object, what: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    """`value` as an object with exactly these keys."""
    if not isinstance(value, dict):
        raise FlakyError(f"{what} is not an object")
    if missing := [name for name in names if name not in value]:
        raise FlakyError(f"{what} lacks {missing[0]!r}{_more(missing)}")
    if invented := [str(name)[:80] for name in value if name not in names]:
        raise FlakyError(f"{what} has {invented[0]!r}{_more(invented)}, which was not asked for")
    return value


def _more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def _text(value: object, what: str, limit: int) -> str:
    if not isinstance(value, str):
        raise FlakyError(f"{what} is not a string")
    if not (text := plain(value, limit)):
        raise FlakyError(f"{what} is empty")
    return text
