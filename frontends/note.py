"""`docwatch note`: what people write about files and symbols, kept across whatever docwatch makes anew."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from docwatch import notes, tree
from docwatch.errors import ConfigError, UserError
from docwatch.frontends import render
from docwatch.frontends.reading import inside, reading
from docwatch.frontends.terminal import emit_json, remark
from docwatch.opened import OpenTree

if TYPE_CHECKING:
    from docwatch.jobs.noted import Noted

FLAGS = {"current": "", "changed": "changed since", "gone": "gone", "unknown": "written about an unknown version"}


@click.command()
@click.argument("target", metavar="[FILE[::SYMBOL]]", required=False)
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@click.option("--delete", "deleted", type=int, metavar="ID", help="Delete that note.")
@click.option("--edit", "edited", type=int, metavar="ID", help="Give that note the text that follows.")
@click.option("--imported", is_flag=True, help="Those that 'docwatch import' brought, instead of people's.")
@click.option("--delete-imported", is_flag=True, help="Delete all that 'docwatch import' brought.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def note(
    target: str | None,
    words: tuple[str, ...],
    deleted: int | None,
    edited: int | None,
    *,
    imported: bool,
    delete_imported: bool,
    as_json: bool,
) -> int:
    """Note TEXT about FILE, or about a SYMBOL in it (`-` reads it from standard input); without TEXT show the notes
    there are, on FILE or all of them. A note is flagged once what it is about has changed since or is gone.
    """
    if deleted is not None and (edited is not None or target is not None):
        raise ConfigError("--delete takes the number of a note and nothing else; see 'docwatch note'")
    found = tree.find(".")
    text = _text(words if edited is None else (*([target] if target else ()), *words))
    if edited is not None and not text:
        raise ConfigError("--edit needs the new text behind the number of the note")
    if delete_imported:
        with OpenTree(found) as opened:
            count = notes.delete_imported(opened.store)
        emit_json(deleted=count) if as_json else click.echo(f"{render.counted(count, 'note')} deleted")
        return 0
    if deleted is None and not text:
        return _list(found, target, imported=imported, as_json=as_json)
    with OpenTree(found) as opened:
        if deleted is not None:
            if not notes.delete(opened.store, deleted):
                raise UserError(f"there is no note {deleted}; see 'docwatch note'")
            number, did = deleted, "deleted"
        elif edited is not None:
            if not notes.edit(opened.store, edited, text):
                raise UserError(f"there is no note {edited}; see 'docwatch note'")
            number, did = edited, "edited"
        else:
            from docwatch.jobs import noted

            noted.follow(opened)
            number, did = noted.write(opened, *_meant(opened, target or ""), text), "kept"
    emit_json(id=number) if as_json else click.echo(f"note {number} {did}")
    return 0


def fields(found: Noted) -> dict[str, Any]:
    """A note as JSON has it."""
    written = found.note
    return {
        "id": written.id,
        "path": os.fsdecode(found.path),
        "symbol": written.symbol,
        "text": written.text,
        "state": found.state,
        "source": written.source or None,
        "oid": written.oid,
        "made_at": written.made_at,
        "edited_at": written.edited_at,
    }


def lines(found: Iterable[Noted]) -> Iterator[str]:
    """Notes for the terminal, each with its number, what it is about, and a flag if that is not as it was."""
    for each in found:
        about = f"{each.note.symbol}: " if each.note.symbol else ""
        flag = ", ".join(filter(None, (each.note.source and f"from {each.note.source}", FLAGS[each.state])))
        first, *rest = render.wrapped(f"{about}{each.note.text}", "     ", "  ") or [""]
        yield render.dim(str(each.note.id).rjust(4)) + first[4:]
        yield from rest
        if flag:
            yield click.style(f"       ! {flag}", fg="yellow")


def _list(found: tree.Tree, target: str | None, *, imported: bool, as_json: bool) -> int:
    from docwatch.jobs import noted

    with reading(found) as opened:
        if opened is None:
            told = []
        elif target is None:
            told = [each for each in noted.every(opened) if bool(each.note.source) == imported]
        else:
            path, symbol = _meant(opened, target)
            told = [each for each in noted.on(opened, path) if symbol in (None, each.note.symbol)]
    if as_json:
        emit_json(notes=[fields(each) for each in told])
        return 0
    for path, those in groupby(told, attrgetter("path")):
        click.echo(render.bold(render.shown(path)))
        for line in lines(those):
            click.echo(line)
    if not told:
        remark("no notes; 'docwatch note FILE TEXT' writes one")
    return 0


def _text(words: tuple[str, ...]) -> str:
    text = sys.stdin.read(notes.LONGEST + 1) if words == ("-",) else " ".join(words)
    if len(text) > notes.LONGEST:
        raise UserError(f"a note has at most {notes.LONGEST:,} characters; keep more in a file of its own")
    return text.encode(errors="replace").decode().strip()


def _meant(opened: OpenTree, target: str) -> tuple[bytes, str | None]:
    """FILE and SYMBOL. A `::` belongs to the name if there is such a file, or notes on one."""
    at = len(target)
    whole: tuple[bytes, str | None] | None = None
    while at > 0:
        path = inside(opened.tree.root, target[:at])
        if path is not None:
            known = (path, target[at + 2 :] or None)
            whole = whole or known
            if opened.scope.lstat(path) is not None or notes.every(opened.store.connection, path):
                return known
        at = target.rfind("::", 0, at)
    if whole is None:
        raise UserError(f"{target} is outside {opened.tree.root}; name a file inside, or another tree with -C")
    raise UserError(f"there is no {target}; see 'docwatch files'")
