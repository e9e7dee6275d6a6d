"""`docwatch log FILE`: how the document of a file changed over its commits."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from docwatch import revisions, tree
from docwatch.documenters.meaning import FileChange
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.diff import file_fields, file_lines
from docwatch.frontends.reading import inside
from docwatch.frontends.terminal import Bar, emit_json
from docwatch.jobs.difference import file_change
from docwatch.jobs.past import Past
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.revisions import Commit

MOST = 128  # commits that are outlined together; the first is told at once, then twice as many each time


def tell(file: str, count: int, *, as_json: bool) -> int:
    """The latest commits of the file, newest first, each with what it changed in meaning."""
    found = tree.find(".")
    path = inside(found.root, file)
    if found.git_dir is None or path is None:
        raise UserError(f"{file} is in no git history of {found.root}; name a file inside, or another tree with -C")
    commits = revisions.commits_of(found.root, path, count)
    ends = revisions.shallow_ends(found.root)
    first = next(commits, None)
    if first is None and count:
        step = f"this clone is shallow, {revisions.DEEPEN}" if ends else f"see 'git log -- {file}'"
        raise UserError(f"git has no commit of {file}; {step}")
    with OpenTree(found) as opened, Past(opened) as past, Bar("outlining") as bar:
        told = _told(past, [] if first is None else chain([first], commits), bar)
        if as_json:
            emit_json(path=os.fsdecode(path), commits=[_fields(commit, change, ends) for commit, change in told])
            return 0
        for commit, change in told:
            for line in _lines(commit, change, ends):
                bar.line(line)
    return 0


def _told(past: Past, commits: Iterable[Commit], bar: Bar) -> Iterator[tuple[Commit, FileChange | None]]:
    """Each with what it changed, to be read while the rest is worked on."""
    rest, size = iter(commits), 1
    while some := list(islice(rest, size)):
        past.outline([blob for commit in some for blob in commit.change if blob is not None], bar.advance)
        yield from ((commit, file_change(past, commit.change)) for commit in some)
        size = min(2 * size, MOST)


def _lines(commit: Commit, change: FileChange | None, ends: Collection[str]) -> Iterator[str]:
    day = time.strftime("%Y-%m-%d", time.gmtime(commit.seconds))
    yield render.bold(commit.oid[:10]) + harmless(f"  {day}  {commit.author}  {commit.subject}")
    if commit.oid in ends:  # all of it would look added
        yield f"  where this shallow clone begins; {revisions.DEEPEN}"
    elif change is None:
        yield "  not documented, or not in this clone"
    elif not change.has_meaning:
        yield render.dim("  nothing that it defines")
    else:
        yield from file_lines(change, "  ")


def _fields(commit: Commit, change: FileChange | None, ends: Collection[str]) -> dict[str, Any]:
    return {
        "commit": commit.oid,
        "author": commit.author,
        "at": commit.seconds,
        "subject": commit.subject,
        "file": None if change is None else file_fields(change),
        **({"shallow": True} if commit.oid in ends else {}),
    }
