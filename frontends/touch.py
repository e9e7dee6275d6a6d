"""`docwatch touch`: an editor or an agent says what it has changed, as git's hooks do, and waits for nothing."""

from __future__ import annotations

import click

from docwatch import tree
from docwatch.errors import UserError
from docwatch.frontends.reading import inside
from docwatch.hooks import spool, submitter


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def touch(paths: tuple[str, ...]) -> int:
    """Have these files documented again if their content is another, without waiting for it."""
    found = tree.find(".")
    if not tree.is_registered(found):
        raise UserError(f"{found.root} is not registered; run 'docwatch init' there")
    told = []
    for given in paths:
        if not (path := inside(found.root, given)):
            raise UserError(f"{given} is no file inside {found.root}; name one, or another tree with -C")
        told.append(path)
    spool.leave(found.folder, found.root, told)
    submitter.have_run(found.folder)
    return 0
