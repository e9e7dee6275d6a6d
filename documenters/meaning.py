"""What changed in meaning between two versions of a file: not which lines, but which of the things it defines.

A symbol is the same one if its qualified name is; of several with one name (overloads, a property's setter) those with
the same signature go together first. White space and comments alone change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from docwatch.document import Document, Outline, Symbol
from docwatch.documenters.comments import marks
from docwatch.documenters.prose.pieces import NOBODY, owners, pieces, qualified
from docwatch.documenters.text import decode

How = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was at one time."""

    path: bytes
    content: bytes
    document: Document


class SymbolChange(NamedTuple):
    """What became of one symbol. `before` or `after` is None for one that was added or removed.

    `what` of a changed one: signature, kind, doc, source, prose. `origin` of a moved one is where it was: the path, and
    its qualified name there.
    """

    how: How
    before: Symbol | None
    after: Symbol | None
    what: tuple[str, ...] = ()
    origin: tuple[bytes, str] | None = None

    @property
    def name(self) -> str:
        symbol = self.after or self.before
        return "" if symbol is None else qualified(symbol)


class Listing(NamedTuple):
    """What a list of names lost and won, such as that of a file's imports."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


_NOTHING = Listing((), ())


@dataclass(slots=True)
class FileChange:
    """What became of one file. Both paths are set where it is there before and after, and differ if it was renamed."""

    before: bytes | None
    after: bytes | None
    language: str
    symbols: list[SymbolChange] = field(default_factory=list)
    summary: tuple[str, str] | None = None  # what the file says of itself, before and after
    overview: tuple[str, str] | None = None  # what somebody wrote about it
    imports: Listing = _NOTHING
    dependencies: Listing = _NOTHING
    exports: Listing = _NOTHING

    @property
    def has_meaning(self) -> bool:
        """Whether there is anything to tell besides the file's bytes."""
        parts = (self.symbols, self.summary, self.overview, self.imports, self.dependencies, self.exports)
        return self.before != self.after or any(parts)


def compare(before: Version | None, after: Version | None) -> FileChange:
    """What became of a file, of which at least one version is there."""
    old, new = _Read(before), _Read(after)
    change = FileChange(before.path if before else None, after.path if after else None, new.language or old.language)
    change.symbols.extend(_symbols(old, new))
    if before is not None and after is not None:
        one, other = before.document, after.document
        change.summary = _pair(_said(one), _said(other))
        if one.prose is not None and other.prose is not None:
            change.overview = _pair(one.prose.overview, other.prose.overview)
        change.imports = _listing(one.outline.imports, other.outline.imports)
        change.dependencies = _listing(one.outline.dependencies, other.outline.dependencies)
        # What was added or removed is told by the symbols: here is what the file itself only passes on.
        told = {symbol.name for symbol in change.symbols if symbol.how != "changed"}
        exports = _listing(one.outline.exports, other.outline.exports)
        change.exports = Listing(
            tuple(name for name in exports.added if name not in told),
            tuple(name for name in exports.removed if name not in told),
        )
    return change


def find_moves(changes: Sequence[FileChange], versions: dict[bytes, tuple[Version | None, Version | None]]) -> None:
    """Join what left one place and came, unchanged, to another, where it is plain which is which."""
    gone: dict[tuple[object, ...], list[tuple[FileChange, SymbolChange]]] = defaultdict(list)
    came: dict[tuple[object, ...], list[tuple[FileChange, SymbolChange]]] = defaultdict(list)
    for change in changes:
        before, after = versions[change.after or change.before or b""]
        for side, version, found in (("removed", before, gone), ("added", after, came)):
            those = [symbol for symbol in change.symbols if symbol.how == side]
            sources = _Read(version).sources if those else {}
            for one in those:
                symbol = one.after or one.before
                if symbol is not None and (source := sources[id(symbol)].telling):
                    found[symbol.name, symbol.kind, source].append((change, one))
    for key, froms in gone.items():
        tos = came.get(key, [])
        if len(froms) == len(tos) == 1:
            (source_file, left), (target_file, arrived) = froms[0], tos[0]
            moved = SymbolChange("moved", left.before, arrived.after, (), (source_file.before or b"", left.name))
            source_file.symbols.remove(left)
            target_file.symbols[target_file.symbols.index(arrived)] = moved


def digests(version: Version) -> dict[str, str]:
    """What of a file is each symbol's own, by qualified name, as a digest that white space and comments leave alone."""
    read = _Read(version)
    return {qualified(symbol): read.digests[id(symbol)] for symbol in read.symbols}


class _Source(NamedTuple):
    """Lines of a symbol's own: those that count, each as `INDENT TEXT` with its indentation from the first, and all."""

    telling: tuple[str, ...]
    whole: tuple[str, ...]


class _Read:
    """A version with its symbols by name, and the source of each when it is asked for; an empty one for None."""

    def __init__(self, version: Version | None) -> None:
        self._version = version
        self._sources: dict[int, _Source] | None = None
        self._digests: dict[int, str] | None = None
        self.language = version.document.language if version else ""
        self.symbols = version.document.outline.symbols if version else ()
        self.prose = version.document.prose.symbols if version and version.document.prose else None
        self.by_name: dict[str, list[Symbol]] = defaultdict(list)
        for symbol in self.symbols:
            self.by_name[qualified(symbol)].append(symbol)

    @property
    def _text(self) -> str:
        return decode(self._version.content) if self._version else ""

    @property
    def sources(self) -> dict[int, _Source]:
        """By the identity of each symbol."""
        if self._sources is None:
            self._sources = _own_sources(self._text, self.language, self.symbols)
        return self._sources

    @property
    def digests(self) -> dict[int, str]:
        """Of the syntax of each symbol, by its identity."""
        if self._digests is None:
            outline = self._version.document.outline if self._version else Outline()
            found = pieces(self._text, self.language, outline).pieces
            self._digests = {id(symbol): piece.digest for piece in found for symbol in piece.symbols}
        return self._digests

    def said_of(self, symbol: Symbol) -> str:
        prose = self.prose or {}
        return prose.get(qualified(symbol)) or prose.get(symbol.name) or ""


def _symbols(old: _Read, new: _Read) -> Iterator[SymbolChange]:
    """In the order of the new version; what is gone comes last."""
    pairs: dict[int, Symbol] = {}
    gone: list[Symbol] = []
    for name, befores in old.by_name.items():
        lonely = list(befores)
        afters = list(new.by_name.get(name, ()))
        for alike in (lambda one, other: one.signature == other.signature, lambda _one, _other: True):
            for after in list(afters):
                if (match := next((each for each in lonely if alike(each, after)), None)) is not None:
                    pairs[id(after)] = match
                    lonely.remove(match)
                    afters.remove(after)
        gone.extend(lonely)
    for symbol in new.symbols:
        before = pairs.get(id(symbol))
        if before is None:
            yield SymbolChange("added", None, symbol)
        elif what := tuple(_differences(old, before, new, symbol)):
            yield SymbolChange("changed", before, symbol, what)
    for symbol in gone:
        yield SymbolChange("removed", symbol, None)


def _differences(old: _Read, before: Symbol, new: _Read, after: Symbol) -> Iterator[str]:
    if before.signature != after.signature:
        yield "signature"
    if before.kind != after.kind:
        yield "kind"
    if (before.doc or "") != (after.doc or ""):
        yield "doc"
    if _is_other_source(old, before, new, after):
        yield "source"
    if old.prose is not None and new.prose is not None and old.said_of(before) != new.said_of(after):
        yield "prose"


def _is_other_source(old: _Read, before: Symbol, new: _Read, after: Symbol) -> bool:
    """Whether more than the signature and the doc differs, however that is laid out."""
    one, other = old.sources[id(before)], new.sources[id(after)]
    if one.telling != other.telling:
        return before.signature == after.signature or _beside_signature(before, one) != _beside_signature(after, other)
    if one.whole == other.whole or before.doc != after.doc:
        return False
    # Comments, or lines of a string that look like some: a parser can tell, and is slow to.
    return old.digests[id(before)] != new.digests[id(after)]


def _beside_signature(symbol: Symbol, source: _Source) -> str:
    bare = "".join(line.partition(" ")[2] for line in source.telling)
    return _squashed(bare).replace(_squashed(symbol.signature), "", 1)


def _squashed(text: str) -> str:
    return "".join(text.split()).replace(",)", ")")


def _said(document: Document) -> str:
    """What a file says of itself; nothing where its outline only counts its bytes."""
    summary = document.outline.summary
    return "" if summary.startswith(f"{document.language}, ") and " bytes, " in summary else summary


def _own_sources(text: str, language: str, symbols: tuple[Symbol, ...]) -> dict[int, _Source]:
    lines = text.expandtabs().split("\n")
    rows: dict[int, list[str]] = defaultdict(list)
    for line, owner in zip(lines, owners(lines, symbols), strict=True):
        if owner != NOBODY:
            rows[owner].append(line.rstrip())
    comment = marks(language).line
    return {
        id(symbol): _Source(tuple(_telling(rows[index], comment, symbol)), tuple(map(str.lstrip, rows[index])))
        for index, symbol in enumerate(symbols)
    }


def _telling(lines: Iterable[str], comment: tuple[str, ...], symbol: Symbol) -> Iterator[str]:
    """The lines that count, indented from the first: the doc is compared by itself."""
    doc = {line.strip() for line in (symbol.doc or "").split("\n")}
    indent: int | None = None
    for line in lines:
        bare = line.strip()
        if not bare or (comment and bare.startswith(comment)) or bare.strip("\"'") in doc:
            continue
        here = len(line) - len(line.lstrip())
        indent = here if indent is None else indent
        yield f"{here - indent} {bare}"


def _pair(before: str, after: str) -> tuple[str, str] | None:
    return (before, after) if before != after else None


def _listing(before: Sequence[str], after: Sequence[str]) -> Listing:
    then, now = set(before), set(after)
    return Listing(tuple(name for name in after if name not in then), tuple(name for name in before if name not in now))
