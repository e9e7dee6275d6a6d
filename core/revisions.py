"""What git knows of revisions: which commit a name means, which files differ between two, the commits of one file.

Only git's objects are asked, never the files of the work tree; what is asked of git goes through `docwatch.git`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from docwatch import git
from docwatch.errors import UserError
from docwatch.git import GitError

DEEPEN = "'git fetch --unshallow' brings the rest"
_RENAMES = ("-M", "-l2000")  # a rename is seen among so many files; the limit is git's own guard against the square
# `log` is porcelain: what a repository's configuration could add to it (signatures checked by a program of its choice,
# notes, decorations, other formats) is switched off one by one.
_PLAIN_LOG = ("--no-show-signature", "--no-notes", "--no-decorate", "--no-color", "--encoding=UTF-8", "--no-mailmap")
_NO_PROGRAMS = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all")


class Blob(NamedTuple):
    """A regular file in a revision."""

    path: bytes
    oid: str
    is_executable: bool = False


class Change(NamedTuple):
    """A file that differs: None where there was none before, or is none after. A rename has two paths."""

    before: Blob | None
    after: Blob | None


class Commit(NamedTuple):
    """A commit of one file's history, and what it did to the file. `seconds` since 1970 are the author's."""

    oid: str
    author: str
    seconds: int
    subject: str
    change: Change


class Range(NamedTuple):
    """Two commits to compare, with the names they were given by; `after` is None for the work tree."""

    before: str
    after: str | None
    names: tuple[str, str]


def range_of(root: str, text: str) -> Range:
    """What `A..B`, `A...B` (from where the two parted) or `A` (beside the work tree) means; an empty side is HEAD."""
    if ".." not in text:
        return Range(commit_of(root, text), None, (text, "the work tree"))
    dots = "..." if "..." in text else ".."
    one, other = (name or "HEAD" for name in text.split(dots, 1))
    before, after = commit_of(root, one), commit_of(root, other)
    return Range(merge_base(root, before, after) if dots == "..." else before, after, (one, other))


def commit_of(root: str, revision: str) -> str:
    """The commit that a revision names. Raises UserError for one that is none, or more than one."""
    if not revision or revision.startswith(("-", "^")) or not git.is_argument(revision):
        raise UserError(f"{revision!r} is no revision; name a commit, a branch or a tag")
    try:
        found = git.run(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except GitError as error:
        if "is ambiguous" in error.stderr:
            raise UserError(f"{revision} is short for several objects; write more of it") from error
        if shallow_ends(root):
            raise UserError(f"there is no revision {revision} in this shallow clone; {DEEPEN}") from error
        raise UserError(f"there is no revision {revision}; see 'git log --oneline --all'") from error
    both = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    if not {*both} - {*git.run(root, "for-each-ref", "--format=%(refname)", *both).decode().splitlines()}:
        raise UserError(f"{revision} is a branch and a tag; say {both[0]} or {both[1]}")
    return found


def merge_base(root: str, one: str, other: str) -> str:
    """The commit that two commits have parted from; the best one where there are several."""
    found = git.run(root, "merge-base", one, other, codes=(0, 1)).decode().strip()
    if not found:
        but = f" in this shallow clone; {DEEPEN}" if shallow_ends(root) else "; compare them with two dots"
        raise UserError(f"{one[:10]} and {other[:10]} have no commit in common{but}")
    return found


def shallow_ends(root: str) -> frozenset[str]:
    """The commits whose parents a shallow clone has left out; other clones have none."""
    path = git.run(root, "rev-parse", "--git-path", "shallow").removesuffix(b"\n")
    try:
        with open(os.path.join(os.fsencode(root), path), "rb") as file:
            return frozenset(file.read().decode("ascii", "replace").split())
    except FileNotFoundError:
        return frozenset()


def changes(root: str, old: str, new: str, paths: Collection[bytes] = ()) -> list[Change]:
    """The regular files that differ between two commits, below `paths` if there are any; renames as git sees them."""
    ask = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", *_NO_PROGRAMS)
    fields = iter(_compared(root, ask, _RENAMES, "--end-of-options", old, new, "--", *paths).split(b"\0")[:-1])
    return [change for field in fields if (change := _change(field, fields)) is not None]


def files(root: str, commit: str, paths: Collection[bytes] = ()) -> dict[bytes, Blob]:
    """The regular files of a commit, below `paths` if there are any."""
    ask = ("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    found = {}
    for entry in git.run(root, *ask, *map(os.fsdecode, paths)).split(b"\0")[:-1]:
        described, _, path = entry.partition(b"\t")
        mode, kind, oid = described.split()
        if kind == b"blob" and mode != _LINK:
            found[path] = Blob(path, oid.decode(), mode == _EXECUTABLE)
    return found


def commits_of(root: str, path: bytes, limit: int) -> Iterator[Commit]:
    """The latest commits that changed a file, newest first, through its renames: what `git log --follow` gives.

    As git finds them, which in a long history takes seconds. Without renames from where git lacks the content to see
    them by, as in a partial clone.
    """
    if not path or git.head(root) is None:
        return
    ask, rest = ("log", f"--max-count={limit}", *_LOG), ("--end-of-options", "HEAD", "--", os.fsdecode(path))
    given = set()
    try:
        for commit in _commits(git.fields(root, *ask, "--follow", *_RENAMES, *rest)):
            given.add(commit.oid)
            yield commit
    except GitError:
        for commit in _commits(_fields(_git(root, *ask, "--no-renames", *rest))):
            if commit.oid not in given:
                yield commit


def renames_since(root: str, commit: str) -> dict[bytes, bytes]:
    """Where files of a commit are in HEAD, for those that git sees renamed: between the two, or step by step since.

    Nothing is known of a commit that is no more.
    """
    ask = ("log", "--reverse", "--diff-filter=R", *_LOG)
    try:
        net = changes(root, commit, "HEAD")
        made = list(_commits(_fields(_compared(root, ask, _RENAMES, "--end-of-options", f"{commit}..HEAD", "--"))))
    except UserError:
        return {}
    steps: dict[bytes, bytes] = {}
    for old, new in _renamed(each.change for each in made):
        steps |= dict.fromkeys([first for first, last in steps.items() if last == old] or [old], new)
    return dict(_renamed(net)) | steps


def _renamed(those: Iterable[Change]) -> Iterator[tuple[bytes, bytes]]:
    for before, after in those:
        if before is not None and after is not None and before.path != after.path:
            yield before.path, after.path


def _compared(root: str, ask: Sequence[str], renames: Sequence[str], *rest: str | bytes) -> bytes:
    """What git prints; without renames where it lacks the content to see them by, as in a partial clone."""
    arguments = tuple(map(os.fsdecode, rest))
    try:
        return git.run(root, *ask, *renames, *arguments)
    except GitError:
        return _git(root, *ask, "--no-renames", *arguments)


def _git(root: str, *arguments: str) -> bytes:
    try:
        return git.run(root, *arguments)
    except GitError as error:
        said = error.stderr.splitlines()[-1] if error.stderr else str(error)
        raise UserError(f"git cannot compare these: {said}; see 'git -C {root} fsck'") from error


def _fields(output: bytes) -> Iterator[bytes]:
    return iter(output.split(b"\0"))


_LINK, _EXECUTABLE = b"120000", b"100755"
_REGULAR = (b"100644", b"100664", _EXECUTABLE)
# The empty field before it tells a commit from a change.
_LOG = ("-z", "--raw", "--no-abbrev", "--format=%x00%H%x00%an%x00%at%x00%s", *_NO_PROGRAMS, *_PLAIN_LOG)


def _commits(fields: Iterator[bytes]) -> Iterator[Commit]:
    """Git ends each field with NUL, and puts a newline before the first change of a commit."""
    header: tuple[str, str, int, str] | None = None
    for field in fields:
        if not field:
            if (oid := next(fields, b"")) == b"":
                return
            author, seconds, subject = next(fields), next(fields), next(fields)
            header = (oid.decode(), _text(author), int(seconds or 0), _text(subject))
        elif header is not None and (change := _change(field.lstrip(b"\n"), fields)) is not None:
            yield Commit(*header, change)


def _change(described: bytes, names: Iterator[bytes]) -> Change | None:
    """One entry of git's raw format, `:MODE MODE OID OID STATUS` and one path, or two of a rename."""
    old_mode, new_mode, old_oid, new_oid, status = described.removeprefix(b":").split(b" ")
    path = next(names)
    new_path = next(names) if status[:1] in (b"R", b"C") else path
    before = _blob(old_mode, path, old_oid) if status[:1] != b"C" else None
    after = _blob(new_mode, new_path, new_oid)
    return Change(before, after) if before or after else None


def _blob(mode: bytes, path: bytes, oid: bytes) -> Blob | None:
    return Blob(path, oid.decode(), mode == _EXECUTABLE) if mode in _REGULAR else None


def _text(field: bytes) -> str:
    return field.decode(errors="replace")
