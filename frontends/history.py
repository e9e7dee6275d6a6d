"""`docwatch log FILE`: how the document of a file changed over its commits."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from typing import Any

import click

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


def tell(file: str, count: int, *, as_json: bool) -> int:
    """The latest commits of the file, newest first, each with what it changed in meaning."""
    found = tree.find(".")
    path = inside(found.root, file)
    if found.git_dir is None or path is None:
        raise UserError(f"{file} is in no git history of {found.root}; name a file inside, or another tree with -C")
    commits = revisions.commits_of(found.root, path, count)
    ends = revisions.shallow_ends(found.root)
    if not commits and count:
        step = f"this clone is shallow, {revisions.DEEPEN}" if ends else f"see 'git log -- {file}'"
        raise UserError(f"git has no commit of {file}; {step}")
    with OpenTree(found) as opened, Past(opened) as past, Bar("outlining") as bar:
        past.outline([blob for commit in commits for blob in commit.change if blob is not None], bar.advance)
        told = [(commit, file_change(past, commit.change)) for commit in commits]
    if as_json:
        emit_json(path=os.fsdecode(path), commits=[_fields(commit, change, ends) for commit, change in told])
        return 0
    for commit, change in told:
        day = time.strftime("%Y-%m-%d", time.gmtime(commit.seconds))
        about = harmless(f"  {day}  {commit.author}  {commit.subject}")
        click.echo(render.bold(commit.oid[:10]) + about)
        if commit.oid in ends:  # all of it would look added
            click.echo(f"  where this shallow clone begins; {revisions.DEEPEN}")
        elif change is None:
            click.echo("  not documented, or not in this clone")
        elif not change.has_meaning:
            click.echo(render.dim("  nothing that it defines"))
        else:
            for line in file_lines(change, "  "):
                click.echo(line)
    return 0


def _fields(commit: Commit, change: FileChange | None, ends: Collection[str]) -> dict[str, Any]:
    return {
        "commit": commit.oid,
        "author": commit.author,
        "at": commit.seconds,
        "subject": commit.subject,
        "file": None if change is None else file_fields(change),
        **({"shallow": True} if commit.oid in ends else {}),
    }
