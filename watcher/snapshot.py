"""What a survey leaves to the next one, of any process: which folders need no look because nothing in them has changed.

What the files of a folder came to rests on the rules, on what git tracks of what they ignore, on the folder's own lstat
(no name came or went), on the lstat of each file, and on the ledger's rows. While all of these are as they were, so is
the outcome. Git looks at the files, by an index of ours; everything else is in that index's note.

Only for trees with git on file systems where a folder's mtime tells of its names: elsewhere all is looked at each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from docwatch import __version__, git
from docwatch.documenters import documenter
from docwatch.index_file import IndexFile
from docwatch.language import LANGUAGES
from docwatch.signature import Signature, signature, signature_of
from docwatch.tree import Tree
from docwatch.watcher import filesystem

if TYPE_CHECKING:
    from docwatch.config import Config
    from docwatch.opened import OpenTree
    from docwatch.store import Store

Lstat = Callable[[bytes], os.stat_result | None]
FORMAT = 2


class Kept(NamedTuple):
    """One folder; without a `stamp`, of its own lstat, it is in doubt from the beginning.

    `rows` is how many of its files have a row in the ledger, `others` how many have none, by reason.
    """

    stamp: tuple[int, ...] | None = None
    rows: int = 0
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen and what that rests on."""

    basis: str
    clock: int  # the ledger's, from before it was looked at
    index: Signature  # of git's own index
    tracked: str = ""  # what that holds in spite of the rules
    settings: dict[str, Signature] = field(default_factory=dict)  # by absolute path
    rules: dict[bytes, Signature] = field(default_factory=dict)  # the rules files in the tree
    folders: dict[bytes, Kept] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=dict)  # rows of files in no folder above, by reason
    tally: list[tuple[str, str, int]] = field(default_factory=list)  # all rows: by state and reason, how many


class Doubts(NamedTuple):
    """The last snapshot, its note as it was read, and the folders in which something may have changed since."""

    past: Snapshot
    note: bytes
    folders: set[bytes]


def is_possible(tree: Tree) -> bool:
    return tree.git_dir is not None and filesystem.folders_tell_of_names(filesystem.type_of(tree.root))


def file(tree: Tree) -> IndexFile:
    return IndexFile(os.path.join(tree.folder, "snapshots", tree.id), tree.object_format)


def doubts(opened: OpenTree) -> Doubts | None:
    """What has to be looked at; None where that is everything."""
    # A snapshot that is damaged, or that git cannot read, says nothing; the next one takes its place.
    with contextlib.suppress(FileNotFoundError, ValueError, LookupError, TypeError, git.GitError):
        note = file(opened.tree).note()
        past = decoded(note)
        same = past.basis == basis(opened.config, opened.store) and past.clock <= opened.ledger.last_change()
        if same and rules_hold(past, opened.scope.lstat):
            return _doubts(opened, past, note)
    return None


def _doubts(opened: OpenTree, past: Snapshot, note: bytes) -> Doubts | None:
    tree, index = opened.tree, index_signature(opened.tree)
    with contextlib.ExitStack() as asked:
        differing = asked.enter_context(git.differing_paths(tree.root, file(tree).path))
        tracked = None
        if index != past.index:
            tracked = asked.enter_context(git.tracked_though_ignored(tree.root))
        found = {folder for folder, kept in past.folders.items() if not holds(folder, kept, opened.scope.lstat)}
        found.update(map(parent, opened.ledger.changed_paths(past.clock)))
        found.update(map(parent, differing()))
        if tracked is not None and digest(tracked()) != past.tracked:
            return None
    return Doubts(replace(past, index=index), note, found)


def rules_hold(past: Snapshot, lstat: Lstat) -> bool:
    """Whether no rules have been written since, in the tree or beside it."""
    return all(signature(path, follow=True) == seen for path, seen in past.settings.items()) and all(
        (found := lstat(path)) is not None and signature_of(found) == seen for path, seen in past.rules.items()
    )


def holds(folder: bytes, kept: Kept, lstat: Lstat) -> bool:
    """Whether no name in the folder has come or gone."""
    return kept.stamp is not None and (found := lstat(folder)) is not None and stamp(found) == kept.stamp


def basis(config: Config, store: Store) -> str:
    """What differs once docwatch, its configuration or the store itself is another."""
    how = documenter(config.documenter)
    said = [FORMAT, __version__, config.exclude, config.max_file_bytes, store.inode]
    return digest(repr([*said, [how.fingerprint(language) for language in sorted(LANGUAGES)]]).encode())


def stamp(found: os.stat_result) -> tuple[int, ...]:
    return found.st_mode, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def index_signature(tree: Tree) -> Signature:
    return signature(os.path.join(tree.git_dir or "", "index"))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def parent(path: bytes) -> bytes:
    return path[: max(path.rfind(b"/"), 0)]


def encoded(snapshot: Snapshot) -> bytes:
    said: dict[str, Any] = {name: getattr(snapshot, name) for name in Snapshot.__slots__}
    said["rules"] = {os.fsdecode(path): seen for path, seen in snapshot.rules.items()}
    said["folders"] = {os.fsdecode(path): kept for path, kept in snapshot.folders.items()}
    return json.dumps(said).encode()


def decoded(note: bytes) -> Snapshot:
    """Raises ValueError, LookupError or TypeError for what is no snapshot."""
    said = json.loads(note)
    said["index"] = _tuple(said["index"])
    said["settings"] = {path: _tuple(seen) for path, seen in said["settings"].items()}
    said["rules"] = {os.fsencode(path): _tuple(seen) for path, seen in said["rules"].items()}
    said["folders"] = {
        os.fsencode(path): Kept(_tuple(seen), rows, others) for path, (seen, rows, others) in said["folders"].items()
    }
    return Snapshot(**said)


def _tuple(numbers: list[int] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)
