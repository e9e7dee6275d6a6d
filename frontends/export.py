"""`docwatch export`: documents as files that others can read without docwatch, or docwatch elsewhere."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from docwatch import tree
from docwatch.errors import UserError
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, inside, reading
from docwatch.frontends.terminal import emit_json

if TYPE_CHECKING:
    from docwatch.frontends.exported import Exported
    from docwatch.frontends.published import Wanted

# Format: the module that has `files`, which gives each file of an export.
FORMATS = {"html": "export_html", "json": "export_json", "markdown": "export_markdown"}
Files = Callable[["Exported"], Iterator["Wanted"]]
MOST_SHOWN = 5


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--format", "kind", type=click.Choice(sorted(FORMATS)), required=True, help="As what.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def export(folder: str, kind: str, *, as_json: bool) -> int:
    """Write the documents and notes of the work tree into DIR: html or markdown to read, json to import.

    Only what changed is made and written. Files of an earlier export that are not to be any more are removed; files
    that are not ours, or were changed since, are left as they are and named.
    """
    from docwatch.frontends import making
    from docwatch.frontends.exported import exported
    from docwatch.frontends.placing import open_folder
    from docwatch.frontends.published import publish
    from docwatch.opened import OpenTree

    files: Files = importlib.import_module("docwatch.frontends." + FORMATS[kind]).files
    found = tree.find(".")
    with reading(found) as opened:
        if opened is None:
            raise UserError(NOTHING_YET)
        without = inside(found.root, folder)
        these = exported(opened, without)

        @contextlib.contextmanager
        def again() -> Iterator[Iterator[Wanted]]:
            with OpenTree(found) as anew:
                yield files(exported(anew, without))

        with open_folder(folder, found.root) as root:
            done = publish(root, kind, these.maker, files(these), lambda needed: making.made(needed, again))
    if as_json:
        emit_json(written=done.written, unchanged=done.unchanged, removed=done.removed, foreign=done.foreign)
    else:
        removed = f", {len(done.removed)} removed" if done.removed else ""
        click.echo(f"{render.counted(len(done.written), 'file')} written, {done.unchanged:,} unchanged{removed}")
    if done.foreign:
        named = ", ".join(sorted(done.foreign)[:MOST_SHOWN])
        count = render.counted(len(done.foreign), "file")
        raise UserError(f"{count} in {folder} not ours, and left alone: {named}; remove them, or name another folder")
    return 0
