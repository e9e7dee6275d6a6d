"""Take a file through to its prose: find what changed, mask it, ask about it, check the answers, keep the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from docwatch.document import Outline, Prose, Source
from docwatch.documenters.prose import ProseDocumenter, Usage
from docwatch.documenters.prose.answer import checked
from docwatch.documenters.prose.parts import Part, parts
from docwatch.documenters.prose.pieces import Piece, Pieces, pieces
from docwatch.documenters.prose.question import Question, Shown
from docwatch.documenters.prose.secrets import Masked, mask
from docwatch.documenters.text import cut, decode
from docwatch.errors import FlakyError

_OUTLINE_CHARACTERS = 4_000
_LINE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a file's prose, to know next time what need not be written again.

    `digests` are of the source that each text of `prose.symbols` is about; `rest` is of what belongs to no symbol,
    and empty while the overview is still owed.
    """

    prose: Prose
    digests: dict[str, str] = field(default_factory=dict)
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A file as the job read it, its outline, and the record of the same path.

    `elsewhere` gives, for digests of symbols, the records that have texts about such, wherever these were written:
    the file may have been renamed, the symbols moved.
    """

    source: Source
    outline: Outline
    earlier: Record | None = None
    elsewhere: Callable[[Collection[str]], Iterable[Record]] = lambda _digests: ()


@dataclass(frozen=True, slots=True)
class Written:
    """How far the writing has come: `record` is worth storing each time, `complete` says that nothing is owed.

    `masked` counts the secrets that were not sent; `left_out` names symbols that are too long to be sent.
    """

    record: Record
    complete: bool
    masked: int = 0
    left_out: tuple[str, ...] = ()


class Meter(Protocol):
    """Who watches over the spending."""

    def before(self, tokens: int, answer_tokens: int) -> None:
        """About so many will be sent, and so many answered at most. Raises ThrottledError or BlockedError if not."""

    def spent(self, usage: Usage) -> None:
        """One call was made, whatever came of it."""


def write(request: Request, documenter: ProseDocumenter, meter: Meter) -> Iterator[Written]:
    """Write what has to be written, call by call; what each call brought is yielded, so that it is not paid twice.

    The last one is complete. Where nothing but white space and comments changed it is the only one, and no call was
    made. Raises what the documenter and the meter raise; an unusable answer is asked for once more before.
    """
    plan = _Plan(request)
    if not plan.parts:
        yield plan.written(complete=True)
    for number, part in enumerate(plan.parts, start=1):
        answer = _ask(plan.question(part), documenter, meter)
        plan.take(part, answer)
        yield plan.written(complete=number == len(plan.parts))


def questions(request: Request) -> list[Question]:
    """What would be asked, without asking: to know the cost before."""
    plan = _Plan(request)
    return [plan.question(part) for part in plan.parts]


def known_texts(request: Request) -> dict[str, str]:
    """What was written of the file's symbols before and is true of them as they are now."""
    found = pieces(decode(request.source.content), request.source.language, request.outline)
    return _known(request, found)[1]


def _ask(question: Question, documenter: ProseDocumenter, meter: Meter) -> Prose:
    try:
        return _asked(question, documenter, meter)
    except FlakyError as error:
        return _asked(replace(question, complaint=str(error)), documenter, meter)


def _asked(question: Question, documenter: ProseDocumenter, meter: Meter) -> Prose:
    meter.before(question.tokens, question.answer_tokens)
    return checked(documenter.ask(question, meter.spent), question)


class _Plan:
    """What is known and what is owed of one file."""

    def __init__(self, request: Request) -> None:
        self._request = request
        text = decode(request.source.content)
        self._found: Pieces = pieces(text, request.source.language, request.outline)
        self._masked: Masked = mask(text)
        self._lines = self._masked.text.split("\n")
        earlier, self._texts = _known(request, self._found)
        self._overview, self._notes = earlier.prose.overview, earlier.prose.notes
        self._rest = earlier.rest
        wanted = [piece for piece in self._askable() if piece.name not in self._texts]
        loose = earlier.rest != self._found.digest
        self.parts: list[Part] = []
        self._left_out: list[Piece] = []
        if wanted or loose:
            self.parts, self._left_out = parts(self._found, wanted, self._lines, loose=loose)

    def _askable(self) -> Iterator[Piece]:
        """The pieces with a name that may be sent: it is a key of the answer, so it cannot be masked."""
        names = [piece.name for piece in self._found.pieces]
        shown = self._masked.hide("\n".join(names)).split("\n")
        return (piece for piece, name in zip(self._found.pieces, shown, strict=False) if piece.name == name)

    def question(self, part: Part) -> Question:
        shown = Shown(
            self._request.source.language,
            _excerpt(self._lines, part.rows),
            tuple(self._outline(part)),
            self._masked.hide("\n".join((self._overview, *(f"- {note}" for note in self._notes))).strip()),
        )
        return Question(shown, tuple(piece.name for piece in part.pieces))

    def _outline(self, part: Part) -> Iterator[str]:
        """A line for each symbol that `part` does not show, the outer ones first, as many as may be.

        Taken from the masked text: a signature of the outline may hold the half of a secret, which none would know.
        """
        left = _OUTLINE_CHARACTERS
        shown = set(part.rows)
        others = [piece.symbols[0] for piece in self._found.pieces if piece.symbols[0].line not in shown]
        for symbol in sorted(others, key=lambda symbol: symbol.parent is not None):
            line = f"{symbol.line}: {cut(self._lines[symbol.line - 1].strip(), _LINE_CHARACTERS)}"
            left -= len(line) + 1
            if left < 0:
                yield f"… and {len(others)} in all"
                return
            yield line

    def take(self, part: Part, answer: Prose) -> None:
        self._overview, self._notes = answer.overview, answer.notes
        self._texts |= answer.symbols
        if part is self.parts[-1]:
            self._rest = self._found.digest

    def written(self, *, complete: bool) -> Written:
        digests = {piece.name: piece.digest for piece in self._found.pieces if piece.name in self._texts}
        texts = {name: self._texts[name] for name in digests}
        record = Record(Prose(self._overview, texts, self._notes), digests, self._rest)
        return Written(record, complete, self._masked.count, tuple(piece.name for piece in self._left_out))


def _known(request: Request, found: Pieces) -> tuple[Record, dict[str, str]]:
    """What the file was before, as far as it is known, and the texts that are true of its symbols."""
    earlier = request.earlier or Record(Prose(""))
    texts = _still_true(earlier, found.pieces)
    missing = [piece.digest for piece in found.pieces if piece.name not in texts]
    others = list(request.elsewhere(missing)) if missing else []
    for other in others:
        texts = _still_true(other, found.pieces) | texts
    if request.earlier is None and others:
        earlier = _as_before(others[0], found) or earlier
    return earlier, texts


def _as_before(other: Record, found: Pieces) -> Record | None:
    """The record of another file as that of this one before, if most of the two is the same.

    What it says of the whole holds only where all of it is the same: there may be other files much like it.
    """
    there, here = set(other.digests.values()), {piece.digest for piece in found.pieces}
    if 2 * len(there & here) < len(here):
        return None
    return other if (there, other.rest) == (here, found.digest) else replace(other, rest="")


def _still_true(earlier: Record, found: Iterable[Piece]) -> dict[str, str]:
    """The earlier texts of pieces whose own source did not change, also where their name had to be qualified since."""
    written = earlier.prose.symbols
    texts = {digest: written[name] for name, digest in earlier.digests.items() if name in written}
    return {piece.name: texts[piece.digest] for piece in found if piece.digest in texts}


def _excerpt(lines: list[str], rows: tuple[int, ...]) -> str:
    """These lines of the file, with a remark where some are left out between them."""
    shown: list[str] = []
    before = 0
    for row in rows:
        if row != before + 1:
            shown.append(_gap(before + 1, row - 1))
        shown.append(lines[row - 1])
        before = row
    if before < len(lines):
        shown.append(_gap(before + 1, len(lines)))
    return "\n".join(shown)


def _gap(first: int, last: int) -> str:
    return f"[line {first} is not shown]" if first == last else f"[lines {first} to {last} are not shown]"
