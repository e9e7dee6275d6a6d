"""Search over the documents of a tree: by the names and words in them, and by the names of their files.

First indexes name candidates (docwatch.candidates), then these are looked into and put in order (docwatch.likeness).
What a search may cost is bounded: of a word that is nearly everywhere the newest documents are looked at, and names
before text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from docwatch import candidates, documents, freshness, likeness, spelling
from docwatch.candidates import SHOWN_BY_FILTER, Candidates
from docwatch.document import qualified
from docwatch.opened import OpenTree
from docwatch.query import Query, parse

SNIPPET_CHARACTERS = 160
READ = 20  # documents that are looked into for one search, and at least as many as are asked for
SEVERAL_WORDS, READ_FOR_SEVERAL = range(3, 6), 40  # of what has them all the index says little; of a sentence enough


@dataclass(frozen=True, slots=True)
class Hit:
    """One file that matches. `oid` is the content its document is of, `state` how the file is right now.

    `name` is the qualified name of the symbol that matches best, `kind` and `line` what it is and where it begins, all
    None where no single symbol stands out; `snippet` is one line: its signature, or what the document says of the file.
    `matches` are the parts of the snippet that were asked for, as (begin, end). `instead` is what was searched for
    where no file has all that was typed.
    """

    path: bytes
    state: str
    oid: str | None
    name: str | None
    line: int | None
    snippet: str
    kind: str | None = None
    language: str = ""
    matches: tuple[tuple[int, int], ...] = ()
    instead: str | None = None

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The snippet in pieces, each with whether it was asked for."""
        end = 0
        for begin, beyond in self.matches:
            yield self.snippet[end:begin], False
            yield self.snippet[begin:beyond], True
            end = beyond
        yield self.snippet[end:], False


def search(opened: OpenTree, query: str, limit: int = 20) -> list[Hit]:
    """The files that match, best first: those in whose document and path all words are, or else those with any.

    Where no file has all, what has those words that exist and look most like them.
    """
    asked = parse(query)
    looks = _looks(opened, asked, limit)
    instead = None
    if asked.words and not _fit(looks) and (mended := spelling.mended(opened, asked)) is not None:
        better = _looks(opened, mended, limit)
        if _fit(better) or not looks:
            asked, looks, instead = mended, better, mended.raw
    if asked.words and not looks:
        looks = _looked(opened, asked, candidates.by_bytes(opened, asked), limit)
    hits = (_hit(opened, asked, path, look) for path, look, _ in looks[:limit])
    return [replace(hit, instead=instead) for hit in hits if hit is not None]


Looked = list[tuple[bytes, likeness.Look, float]]


def _fit(looks: Looked) -> bool:
    return any(look.is_whole for _, look, _ in looks)


def _looks(opened: OpenTree, asked: Query, limit: int) -> Looked:
    """The paths that match with how they look, best first; all with all the words if there is one."""
    if not asked.words and not asked.filters:
        return []
    looks = _looked(opened, asked, candidates.found(opened, spelling.completed(opened, asked)), limit)
    return [one for one in looks if one[1].is_whole] if _fit(looks) else looks


def _looked(opened: OpenTree, asked: Query, found: Candidates, limit: int) -> Looked:
    enough = READ_FOR_SEVERAL if len(asked.words) in SEVERAL_WORDS else READ
    read = max(SHOWN_BY_FILTER if "kind" in asked.filters else enough, limit)
    likely = sorted(found, key=lambda path: (-found[path][1], len(path), path))[:read]
    noted = candidates.noted(opened, asked)
    looks = []
    for path in likely:
        document, likelihood = found[path]
        skimmed = documents.skimmed(opened.store.connection, document)
        look = likeness.look(asked, path, skimmed, noted.get(path, ()))
        if look is not None:
            looks.append((path, look, likelihood))
    return sorted(looks, key=lambda one: (-one[1].score, -one[2], one[0]))


def _hit(opened: OpenTree, asked: Query, path: bytes, look: likeness.Look) -> Hit | None:
    row = opened.ledger.row(path)
    if row is None or row.document is None:
        return None  # forgotten since it was found
    row = freshness.checked(opened, row)
    symbol = look.symbol
    snippet = _line(look.telling)
    name = line = kind = None
    if symbol is not None:
        name, line, kind = qualified(symbol), symbol["line"], symbol["kind"]
    return Hit(
        *(path, row.state, row.oid, name, line, snippet),
        *(kind, look.language, tuple(likeness.matches(asked, snippet))),
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET_CHARACTERS else line[: SNIPPET_CHARACTERS - 1] + "…"
