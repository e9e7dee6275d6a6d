"""What scope knows of each folder: whether it may be entered, and which ignore rules hold in it.

As git has it: a folder's `.gitignore` stands above its parents', these above `info/exclude` and core.excludesFile; the
first of these files that has a matching rule decides; nothing below an ignored folder is taken back in, save what git
tracks. The configured `exclude` and `.docwatchignore` files are further layers of their own: they only narrow.

After each `refresh` a folder is looked at again, by a few lstats, before it is next used.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from threading import RLock
from typing import NamedTuple

from docwatch import confined
from docwatch.config import Config
from docwatch.confined import RefusedError, Root
from docwatch.excludes import Excludes, Layer
from docwatch.ignore import Rule, compile_rules
from docwatch.signature import Signature, signature
from docwatch.tree import Tree
from docwatch.walk import Listing
from docwatch.wildmatch import as_text

GIT_IGNORE_FILE = b".gitignore"
OWN_IGNORE_FILE = b".docwatchignore"
OTHER_REPOSITORY = "another repository"
_TELLING_FILES = (".git", GIT_IGNORE_FILE.decode(), OWN_IGNORE_FILE.decode())
_LARGEST_IGNORE_FILE = 1 << 20
_NO_RULES = (confined.GONE, confined.LINK, confined.UNREADABLE)


class _Sighting(NamedTuple):
    """What a folder looks like from outside; it is read again when this differs."""

    device: int
    inode: int
    holds_repository: bool
    rules: tuple[Signature, Signature]  # of git's ignore file and of ours


_NOTHING_TELLING = (False, (None, None))
_UNSEEN = _Sighting(0, 0, *_NOTHING_TELLING)


@dataclass(slots=True)
class Folder:
    """One folder. `refusal` is why nothing in it is documented, even if git tracks it; None where that is open.

    `ignored` and `excluded` are the rules, git's and ours, that already decide on all it holds.
    """

    refusal: str | None = None
    refused_by: Rule | None = None
    ignored: Rule | None = None
    excluded: Rule | None = None
    git_rules: Layer = ()
    own_rules: Layer = ()
    config_rules: Layer = ()
    sighting: _Sighting = _UNSEEN
    generation: int = -1

    def ignoring(self, path: str) -> Rule | None:
        """The rule by which git ignores a path in this folder, given as `wildmatch.as_text` gives it."""
        return self.ignored or _deciding(self.git_rules, path)

    def excluding(self, path: str) -> Rule | None:
        """The configured rule, or the .docwatchignore's, that leaves the path out."""
        return self.excluded or _deciding(self.config_rules, path) or _deciding(self.own_rules, path)


class Folders:
    """The folders of one tree, looked at when they are asked for. Safe to share between threads."""

    def __init__(self, tree: Tree, config: Config, root: Root) -> None:
        self._tree, self._root = tree, root
        patterns = "\n".join(config.exclude).encode(errors="surrogateescape")
        rules = compile_rules(patterns, "the setting 'exclude'") if patterns else None
        self._config_rules: Layer = ((0, rules),) if rules else ()
        self._known: dict[bytes, Folder] = {}
        self._excludes: Excludes | None = None
        self._generation = 0
        self._lock = RLock()
        self.version = 0  # another number each time rules are read anew

    def refresh(self) -> None:
        with self._lock:
            self._generation += 1
            if self._excludes is not None and self._excludes.is_stale():
                self.forget()

    def settings(self) -> dict[str, Signature]:
        """The files beside the tree's own that its rules come from, with the signature that each had when read."""
        with self._lock:
            return self._read_excludes().signatures

    def forget(self) -> None:
        """Read all rules anew."""
        with self._lock:
            self._known.clear()
            self._excludes = None
            self.version += 1

    def met(self, listing: Listing) -> Folder:
        """The folder of a walk, which has met its parents before."""
        names = {os.fsencode(name) for name in _TELLING_FILES if name in listing.files}
        if b".git" in listing.folders:
            names.add(b".git")
        if not names:
            known = self._known.get(listing.folder)
            if known is not None and known.sighting == (listing.found.st_dev, listing.found.st_ino, *_NOTHING_TELLING):
                known.generation = self._generation
                return known
        return self.get(listing.folder, names, listing.found)

    def get(self, path: bytes, names: Collection[bytes] | None = None, found: os.stat_result | None = None) -> Folder:
        """The folder at a path of plain components, b"" for the root.

        `names` are those in it and `found` is its lstat, where they are known.
        """
        known = self._known.get(path)
        if known is not None and known.generation == self._generation:
            return known
        with self._lock:
            if path and (parent := self.get(_parent(path))).refusal is not None:
                return parent
            try:
                found = found or (self._root.stat(path) if path else os.fstat(self._root.descriptor))
            except RefusedError as refused:
                return Folder(refused.reason)
            if not stat.S_ISDIR(found.st_mode):
                return Folder(confined.LINK if stat.S_ISLNK(found.st_mode) else confined.GONE)
            return self._current(path, self._sighting(path, found, names))

    def past(self, path: bytes) -> Folder:
        """The folder at a path as it would be, were there one: its parents' rules hold in it."""
        found = self.get(path)
        return self._below(path, self.past(_parent(path))) if path and found.refusal == confined.GONE else found

    def deciding(self, path: bytes, parent: Folder) -> tuple[Rule | None, Rule | None]:
        """The rules, git's and ours, that decide on a folder as a whole. `parent` is its parent as `get` gave it."""
        known = self._known.get(path)
        if known is None or known.refusal is not None:
            text = as_text(path, is_folder=True)
            return parent.ignoring(text), parent.excluding(text)
        return known.ignored, known.excluded

    def _current(self, path: bytes, sighting: _Sighting) -> Folder:
        known = self._known.get(path)
        if known is None or known.sighting != sighting:
            if known is not None and known.sighting.rules != sighting.rules:
                self.forget()  # what is known of the folders below rests on these rules
            self._known[path] = known = self._made(path, sighting)
        known.generation = self._generation
        return known

    def _sighting(self, path: bytes, found: os.stat_result, names: Collection[bytes] | None) -> _Sighting:
        def look(name: bytes) -> Signature:
            return signature(_inside(path, name), self._root.descriptor) if names is None or name in names else None

        return _Sighting(
            found.st_dev,
            found.st_ino,
            path != b"" and look(b".git") is not None,
            (look(GIT_IGNORE_FILE), look(OWN_IGNORE_FILE)),
        )

    def _made(self, path: bytes, sighting: _Sighting) -> Folder:
        if sighting.device != self._root.device:
            return Folder(confined.OTHER_FILE_SYSTEM, sighting=sighting)
        if sighting.holds_repository:
            return Folder(OTHER_REPOSITORY, sighting=sighting)
        made = self._below(path, self.get(_parent(path))) if path else self._top()
        made.sighting = sighting
        git_ignore, own_ignore = sighting.rules
        try:
            if git_ignore is not None and made.ignored is None:
                made.git_rules = self._rules_in(path, GIT_IGNORE_FILE, self._read_excludes().fold) + made.git_rules
            if own_ignore is not None:
                made.own_rules = self._rules_in(path, OWN_IGNORE_FILE, False) + made.own_rules
        except RefusedError as refused:
            # Rules that cannot be known admit nothing; for a FIFO, git itself would wait for ever.
            made.refusal = confined.UNREADABLE
            made.refused_by = Rule(os.fsdecode(refused.path), 0, refused.reason)
        return made

    def _top(self) -> Folder:
        return Folder(git_rules=self._read_excludes().layer, config_rules=self._config_rules)

    def _read_excludes(self) -> Excludes:
        if self._excludes is None:
            self._excludes = Excludes(self._tree)
        return self._excludes

    def _below(self, path: bytes, parent: Folder) -> Folder:
        text = as_text(path, is_folder=True)
        return Folder(
            ignored=parent.ignoring(text),
            excluded=parent.excluding(text),
            git_rules=parent.git_rules,
            own_rules=parent.own_rules,
            config_rules=parent.config_rules,
        )

    def _rules_in(self, folder: bytes, name: bytes, fold: bool) -> Layer:
        path = _inside(folder, name)
        try:
            content, _ = self._root.read(path, _LARGEST_IGNORE_FILE)
        except RefusedError as refused:
            # As git: a link, a folder or an unreadable file holds no rules.
            if refused.reason in _NO_RULES or refused.found is None or stat.S_ISDIR(refused.found.st_mode):
                return ()
            raise
        rules = compile_rules(content, os.fsdecode(path), fold=fold)
        return ((len(folder) + 1 if folder else 0, rules),) if rules else ()


def _deciding(layer: Layer, path: str) -> Rule | None:
    for length, rules in layer:
        if (match := rules.match(path[length:])) is not None:
            return match.rule if match.ignores else None
    return None


def _parent(path: bytes) -> bytes:
    return path[: max(path.rfind(b"/"), 0)]


def _inside(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
