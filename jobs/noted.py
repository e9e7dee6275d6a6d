"""Notes beside the files they are about: where these have gone since, and whether what they say may be out of date."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from docwatch import git, notes, revisions
from docwatch.blob import blob_oid
from docwatch.decision import Decision
from docwatch.documenters.meaning import Version, digests
from docwatch.documenters.prose.pieces import qualified
from docwatch.errors import UserError
from docwatch.jobs.past import Past
from docwatch.notes import Note
from docwatch.opened import OpenTree
from docwatch.revisions import Blob

State = Literal["current", "changed", "gone", "unknown"]


class Noted(NamedTuple):
    """A note, where its file is now, and how what it is about stands.

    It is `current` while the file, or the symbol's own source, is as it was; `unknown` where nobody knows what it was
    written about, or the file has no document now.
    """

    note: Note
    path: bytes
    state: State


def on(opened: OpenTree, path: bytes) -> list[Noted]:
    """The notes on what is at a path now."""
    connection = opened.store.connection
    found = notes.every(connection, path)
    for old, new in whereabouts(opened).items():
        if new == path:
            found += notes.every(connection, old)
    return _judged(opened, path, found)


def every(opened: OpenTree) -> list[Noted]:
    """All notes, by the path at which their file is now."""
    connection, moved = opened.store.connection, whereabouts(opened)
    found = []
    for path in notes.paths(connection):
        now = moved.get(path, path)
        found += _judged(opened, now, notes.every(connection, path))
    return sorted(found, key=lambda noted: (noted.path, noted.note.id))


def whereabouts(opened: OpenTree) -> dict[bytes, bytes]:
    """Where files with notes have gone, for those that are not there: as git saw them renamed, or with their bytes."""
    lost = [path for path in notes.paths(opened.store.connection) if opened.scope.lstat(path) is None]
    if not lost:
        return {}
    wanted: dict[str | None, list[bytes]] = {}
    for row in opened.ledger.all():
        wanted.setdefault(row.wanted, []).append(row.path)
    renames: dict[str, dict[bytes, bytes]] = {}
    moved = {}
    for path in lost:
        for note in notes.every(opened.store.connection, path):
            if note.head is not None and opened.tree.git_dir is not None and note.head not in renames:
                renames[note.head] = revisions.renames_since(opened.tree.root, note.head)
            new = renames.get(note.head or "", {}).get(path)
            bearers = [new] if new is not None else wanted.get(note.oid, []) if note.oid is not None else []
            there = [bearer for bearer in bearers if opened.scope.lstat(bearer) is not None]
            if len(there) == 1:
                moved[path] = there[0]
                break
    return moved


def follow(opened: OpenTree) -> None:
    """Write down where files with notes have gone, while git still knows."""
    for old, new in whereabouts(opened).items():
        notes.move(opened.store, old, new, _head(opened))


def write(opened: OpenTree, path: bytes, symbol: str | None, text: str) -> int:
    """Note something about a file as it is now, or about a symbol in it; the note's number.

    Raises UserError for a file that is not documented, or a symbol that it does not have.
    """
    version = current(opened, path)
    if isinstance(version, Decision):
        shown = path.decode(errors="backslashreplace")
        raise UserError(f"{shown} is not documented: {version.reason}; see 'docwatch why {shown}'")
    oid = blob_oid(version.content, opened.tree.object_format)
    name = None if symbol is None else _named(version, symbol)
    digest = None if name is None else digests(version)[name]
    return notes.add(opened.store, path, name, text, oid=oid, digest=digest, head=_head(opened))


def current(opened: OpenTree, path: bytes) -> Version | Decision:
    """The file as it is at this moment, with its outline, made now if it has none."""
    reading = opened.scope.read(path)
    if not reading.decision.admitted or reading.oid is None:
        return reading.decision
    with Past(opened) as past:
        return past.version(Blob(path, reading.oid, is_executable=True))


def _judged(opened: OpenTree, path: bytes, found: Collection[Note]) -> list[Noted]:
    if not found:
        return []
    if opened.scope.lstat(path) is None:
        return [Noted(note, path, "gone") for note in found]
    oid = opened.scope.read(path).oid
    differ = any(note.symbol is not None and note.oid not in (None, oid) for note in found)
    version = current(opened, path) if differ else None
    now = digests(version) if isinstance(version, Version) else None
    return [Noted(note, path, _state(note, oid, now)) for note in found]


def _state(note: Note, oid: str | None, now: dict[str, str] | None) -> State:
    """How a note stands on a file that has that OID and these symbols' digests now; None where these are not known."""
    if note.oid is None or oid is None:
        return "unknown"
    if note.oid == oid:
        return "current"
    if note.symbol is None:
        return "changed"
    if now is None:
        return "unknown"
    if note.symbol not in now:
        return "gone"
    return "current" if now[note.symbol] == note.digest else "changed"


def _named(version: Version, given: str) -> str:
    """The qualified name of the symbol that is meant: itself, or a name that only one symbol has."""
    names = list(dict.fromkeys(map(qualified, version.document.outline.symbols)))
    if given in names:
        return given
    meant = [name for name in names if name.rpartition(".")[2] == given]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UserError(f"{given} could be {', '.join(meant[:5])}; say which")
    import difflib

    near = difflib.get_close_matches(given, names, n=1)
    shown = version.path.decode(errors="backslashreplace")
    raise UserError(f"{shown} has no {given}; {f'did you mean {near[0]}?' if near else f'see docwatch show {shown}'}")


def _head(opened: OpenTree) -> str | None:
    return None if opened.tree.git_dir is None else git.head(opened.tree.root)
