"""The one gate: which files of a work tree are documented, and the only hand that reads them.

Every decision comes with its reason. What is handed out is bytes that were read below the root's descriptor, never a
path that was checked.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple, Self

from docwatch import confined
from docwatch.blob import blob_oid
from docwatch.check_ignore import CheckIgnore
from docwatch.config import REPOSITORY_FILE, Config
from docwatch.confined import RefusedError, Root
from docwatch.decision import EXCLUDED, IGNORED, Decision, Reading, Stat, by_content, by_name, malformed
from docwatch.folders import GIT_IGNORE_FILE, OWN_IGNORE_FILE, Folder, Folders
from docwatch.ignore import Rule
from docwatch.signature import Signature
from docwatch.tracked import Tracked
from docwatch.tree import Tree
from docwatch.walk import Listing, listings
from docwatch.wildmatch import as_text

RULES_FILES = frozenset((GIT_IGNORE_FILE, OWN_IGNORE_FILE))
_CONFIG_FILES = (REPOSITORY_FILE.encode(), b"pyproject.toml")
_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH

_log = logging.getLogger("docwatch.scope")


class Listed(NamedTuple):
    """One folder of a walk: its own lstat from before it was listed, its files' names and lstats in no order.

    One whose rules refuse all that is in it has no names; one that could not be listed has a `refusal` and no rules.
    """

    path: bytes
    found: os.stat_result
    rules: Folder | None
    names: list[str]
    stats: list[os.stat_result | None]
    refusal: str | None = None


class Scope:
    """Decides and reads for one tree. Close it, or use it in `with`: it holds a descriptor and a git process.

    Its methods raise TransientError when nothing can be said of files for now: the root is gone or was replaced, an
    ignore file changes while it is read, the machine is short of descriptors.
    """

    def __init__(self, tree: Tree, config: Config) -> None:
        self._tree, self._config = tree, config
        self._root = Root(tree.root)
        self._folders = Folders(tree, config, self._root)
        self._tracked = Tracked(tree)
        self._git = CheckIgnore(tree.root) if tree.git_dir is not None else None
        self._git_version = self._folders.version
        self._disagreed: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._git is not None:
            self._git.close()
        self._root.close()

    def refresh(self) -> None:
        """Forget what ignore files, git's settings or the index said, as far as they have changed. Cheap."""
        self._root.check()
        self._folders.refresh()
        self._tracked.refresh()

    def admit(self, path: bytes) -> Decision:
        """The decision by name, rules and lstat; no content is opened. Safe to call from several threads."""
        if (reason := malformed(path)) is not None:
            return Decision(path, False, reason)
        folder_path = path[: max(path.rfind(b"/"), 0)]
        folder = self._folders.get(folder_path)
        if folder.refusal is not None:
            return self._refused(path, folder.refusal, folder.refused_by)
        try:
            found = self._root.stat(path)
        except RefusedError as refused:
            return self._refused(path, refused.reason)
        return self._decide(path, folder, found)

    def descends(self, folder: bytes) -> bool:
        """Whether a walk or a watcher enters the folder; b"" is the root. Cheap, safe to call from several threads."""
        if not folder:
            return self._folders.get(b"").refusal is None
        if malformed(folder) is not None:
            return False
        found = self._folders.get(folder)
        if found.refusal is not None or found.excluded is not None:
            return False
        return found.ignored is None or self._tracked.any_below(folder)

    def read(self, path: bytes) -> Reading:
        """The file's bytes, if it is admitted and git agrees, and its OID.

        Raises TransientError when the file does not hold still, or git does not answer.
        """
        return next(self.read_all([path]))

    def read_all(self, paths: Iterable[bytes]) -> Iterator[Reading]:
        """The same for several, of which git is asked at once."""
        decisions = [self.admit(path) for path in paths]
        doubtful = self._ignored_by_git([decision.path for decision in decisions if decision.admitted])
        for decision in decisions:
            decided = self._reconsidered(decision) if decision.path in doubtful else decision
            yield self._reading(decided) if decided.admitted else Reading(decided)

    def _reading(self, decision: Decision) -> Reading:
        path = decision.path
        try:
            data, found = self._root.read(path, self._config.max_file_bytes)
        except RefusedError as refused:
            return Reading(self._refused(path, refused.reason), stat=_stat(refused.found) if refused.found else None)
        oid = blob_oid(data, self._tree.object_format)
        decision = by_content(decision, data)
        return Reading(decision, data if decision.admitted else b"", oid, _stat(found))

    def past(self, path: bytes, data: bytes, *, is_executable: bool = False) -> Decision:
        """The decision on bytes that git has of a path in some revision: by today's rules, whatever is there today."""
        if (reason := malformed(path)) is not None:
            return Decision(path, False, reason)
        folder = self._folders.past(path[: max(path.rfind(b"/"), 0)])
        if folder.refusal is not None:
            return self._refused(path, folder.refusal, folder.refused_by)
        decision = self._ruled(path, folder, as_text(path)) or by_name(
            path, is_executable, len(data), self._config.max_file_bytes
        )
        if decision.admitted and (rule := self._ignored_by_git([path]).get(path)) is not None:
            decision = Decision(path, False, IGNORED, rule)
        return by_content(decision, data) if decision.admitted else decision

    def walk(self) -> Iterator[tuple[Decision, os.stat_result | None]]:
        """Every file of the tree with its decision and lstat, folder by folder from the top, in the order of names.

        Ignored folders are not entered; a folder that cannot be listed is reported in place of its files.
        """
        for listed in self.folders():
            yield from self.decisions(listed)

    def folders(self, among: Collection[bytes] = (b"",), known: Container[bytes] = ()) -> Iterator[Listed]:
        """The same folder by folder, with the lstat of each file and nothing decided about it yet.

        Only the folders `among` and what is below them, without those below that are `known` already.
        """
        self._root.check()
        for listing in listings(self._root, among):
            if listing.refusal is not None:
                yield Listed(listing.folder, listing.found, None, [], [], listing.refusal)
                continue
            rules = self._folders.met(listing)
            if rules.refusal is not None:
                yield Listed(listing.folder, listing.found, rules, [], [])
                continue
            listing.enter.extend(folder for folder in self._entered(listing, rules) if folder not in known)
            yield Listed(listing.folder, listing.found, rules, listing.files, listing.stats)
        # A root that went away meanwhile must not look like files that are gone.
        self._root.check()

    def decisions(self, listed: Listed) -> list[tuple[Decision, os.stat_result | None]]:
        """What is decided on the files of one folder, in the order of names, with their lstats."""
        if listed.rules is None:
            return [(Decision(listed.path, False, listed.refusal or ""), None)]
        prefix = listed.path + b"/" if listed.path else b""
        made: list[tuple[Decision, os.stat_result | None]] = []
        for name, found in sorted(zip(map(os.fsencode, listed.names), listed.stats, strict=True), key=_first):
            if name.lower() == b".git":
                continue  # in a linked work tree a file: git's, not the tree's
            if found is None:
                made.append((Decision(prefix + name, False, confined.UNREADABLE), None))
            else:
                made.append((self._decide(prefix + name, listed.rules, found), found))
        return made

    def settings(self) -> dict[str, Signature]:
        """The files outside the tree that decisions rest on, each with what differs once it is written again."""
        return self._folders.settings()

    def lstat(self, path: bytes) -> os.stat_result | None:
        """Of whatever is at the path, a folder too; None where nothing is. Nothing may be read on its word."""
        return self._root.lstat(path)

    def is_rules_file(self, path: bytes) -> bool:
        """Whether a change of this file may change decisions on others."""
        return path.rpartition(b"/")[2] in RULES_FILES or path in _CONFIG_FILES

    def _decide(self, path: bytes, folder: Folder, found: os.stat_result) -> Decision:
        if (ruled := self._ruled(path, folder, as_text(path, is_folder=stat.S_ISDIR(found.st_mode)))) is not None:
            return ruled
        if (reason := self._root.refusal(found)) is not None:
            return Decision(path, False, reason)
        return by_name(path, bool(found.st_mode & _EXECUTABLE), found.st_size, self._config.max_file_bytes)

    def _ruled(self, path: bytes, folder: Folder, text: str) -> Decision | None:
        """The refusal by an ignore rule, git's or ours."""
        if (rule := folder.ignoring(text)) is not None and path not in self._tracked:
            return Decision(path, False, IGNORED, rule)
        if (rule := folder.excluding(text)) is not None:
            return Decision(path, False, EXCLUDED, rule)
        return None

    def _entered(self, listing: Listing, rules: Folder) -> Iterator[bytes]:
        """The folders in a folder that the walk goes into, in the order of names."""
        prefix = listing.folder + b"/" if listing.folder else b""
        for name in listing.folders:
            if name.lower() != b".git":
                ignored, excluded = self._folders.deciding(path := prefix + name, rules)
                if excluded is None and (ignored is None or self._tracked.any_below(path)):
                    yield path

    def _refused(self, path: bytes, reason: str, rule: Rule | None = None) -> Decision:
        if reason == confined.GONE:
            self._root.check()
        return Decision(path, False, reason, rule)

    def _reconsidered(self, decision: Decision) -> Decision:
        """The decision on what git ignores and we admit. Where the two differ for good, git wins."""
        # Most likely one of the two has read the rules before they changed: both read them again.
        self._folders.forget()
        decision = self.admit(decision.path)
        rule = self._ignored_by_git([decision.path]).get(decision.path) if decision.admitted else None
        if rule is None:
            return decision
        if decision.path not in self._disagreed:
            self._disagreed.add(decision.path)
            _log.warning(
                "git ignores %a by %s:%d %a, docwatch would not", decision.path, rule.file, rule.line, rule.pattern
            )
        return Decision(decision.path, False, IGNORED, rule)

    def _ignored_by_git(self, paths: Sequence[bytes]) -> dict[bytes, Rule]:
        """Those of the paths that git itself ignores, each with the rule."""
        if self._git is None or not paths:
            return {}
        if self._git_version != self._folders.version:
            self._git.restart()
            self._git_version = self._folders.version
        rules = zip(paths, self._git.rules(paths), strict=True)
        return {path: rule for path, rule in rules if rule is not None and path not in self._tracked}


_first = itemgetter(0)


def _stat(found: os.stat_result) -> Stat:
    return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
