"""`docwatch show`: the document of a file as it is now, or as it was in a revision."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from docwatch import documents, freshness, git, notes, tree
from docwatch.confined import GONE
from docwatch.decision import Decision
from docwatch.entries import Row
from docwatch.errors import ConfigError, UserError
from docwatch.frontends import note, render
from docwatch.frontends.about_prose import NOTHING, About, about
from docwatch.frontends.reading import NOTHING_YET, inside, reading
from docwatch.frontends.terminal import emit_json
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.revisions import Blob

if TYPE_CHECKING:
    from docwatch.jobs.noted import Noted


@dataclass(frozen=True, slots=True)
class View:
    """A file with its document, or in place of that a line that says why there is none and what to do.

    `oid` is the content that the document is of. `is_new` says that its outline was made for this answer.
    """

    path: bytes
    oid: str | None
    state: str
    reason: str
    documenter: str | None
    body: dict[str, Any] | None
    why_none: str = ""
    is_new: bool = False
    notes: tuple[Noted, ...] = ()
    prose: About = NOTHING


@click.command()
@click.argument("file", metavar="FILE[@REV]")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print as Markdown, for a forge or an agent.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(file: str, *, as_markdown: bool, as_json: bool) -> int:
    """The document of FILE and whether it is fresh; with @REV, of FILE as it was in that revision.

    Its state is asked of the disk at this moment. For a revision it says whether the file still is as it was then.
    """
    if as_markdown and as_json:
        raise ConfigError("--markdown and --json exclude each other; choose one")
    found = tree.find(".")
    with reading(found) as opened:
        if opened is None:
            raise UserError(NOTHING_YET)
        view = find(opened, file)
        view = replace(view, notes=noted_on(opened, view.path))
    if as_json:
        emit_json(**fields(view))
    elif view.body is not None:
        for line in _as_markdown(view, view.body) if as_markdown else _lines(view, view.body):
            click.echo(line)
    if view.body is None:
        for line in note.lines(view.notes) if not as_json else ():
            click.echo(line)
        raise UserError(view.why_none)
    return 0


def find(opened: OpenTree, file: str) -> View:
    """What FILE[@REV] names. An `@` belongs to the name if there is such a file.

    Raises UserError for a path outside the tree; for any other the view says what there is of it.
    """
    path = inside(opened.tree.root, file)
    if path is None or not (os.path.lexists(file) or opened.ledger.row(path)):
        for name, revision in _splits(file):
            past = inside(opened.tree.root, name)
            if past is not None and (blob := _blob_at(opened, revision, past)) is not None:
                return _then(opened, blob, file)
    if path is None:
        raise UserError(f"{file} is outside {opened.tree.root}; name a file inside, or another tree with -C")
    return now(opened, path, file)


def _splits(file: str) -> Iterator[tuple[str, str]]:
    """FILE and REV, for each `@` that may stand between the two: the last first, since `HEAD@{1}` has one too."""
    at = len(file)
    while (at := file.rfind("@", 1, at)) > 0:
        if file[at + 1 :]:
            yield file[:at], file[at + 1 :]


def _blob_at(opened: OpenTree, revision: str, path: bytes) -> Blob | None:
    oid = None if opened.tree.git_dir is None else git.blob_at(opened.tree.root, revision, path)
    # Whether it was executable only matters where its first line has to tell the language.
    return None if oid is None else Blob(path, oid, is_executable=True)


def now(opened: OpenTree, path: bytes, file: str) -> View:
    """A file as it is at this moment; messages call it `file`."""
    row = opened.ledger.row(path)
    if row is None:
        return _unseen(opened, path, file)
    row = freshness.checked(opened, row)
    found = (path, row.oid, row.state, row.reason, _name(row.documenter))
    if row.document is None:
        return View(*found, None, _why_none(row, file))
    return View(*found, documents.body(opened.store.connection, row.document), prose=about(opened, row))


def _then(opened: OpenTree, blob: Blob, file: str) -> View:
    """The newest document of a blob, or its outline made now; fresh where the file has that content right now."""
    row = opened.ledger.row(blob.path)
    document, documenter = _of_blob(opened, row, blob.oid)
    is_new = document is None
    if is_new:
        from docwatch.jobs.past import Past

        with Past(opened) as past:
            made = past.version(blob)
        if isinstance(made, Decision):
            why = f"{file} is not documented: {made.reason}; see 'docwatch why {os.fsdecode(blob.path)}'"
            return View(blob.path, None, "skipped", made.reason, None, None, why)
        document, documenter = _of_blob(opened, row, blob.oid)
    same = opened.scope.read(blob.path).oid == blob.oid
    state = ("fresh", "") if same else ("stale", "changed since")
    body = None if document is None else documents.body(opened.store.connection, document)
    why = "" if body else f"the outline of {file} could not be kept: no parser survived it; see 'docwatch log'"
    return View(blob.path, blob.oid, *state, _name(documenter), body, why, is_new)


def _of_blob(opened: OpenTree, row: Row | None, oid: str) -> tuple[int | None, str | None]:
    # The file's own document first: the same bytes may be another language under another name.
    if row is not None and row.oid == oid:
        return row.document, row.documenter
    return documents.by_oid(opened.store.connection, oid) or (None, None)


def _name(fingerprint: str | None) -> str | None:
    return None if fingerprint is None else fingerprint.partition(":")[0]


def fields(view: View) -> dict[str, Any]:
    """What `show --json` prints."""
    body = view.body or {"language": None, "outline": None, "prose": None}
    outline = body["outline"]
    if outline is not None:  # what most files do not have is not shown as empty
        outline = {key: value for key, value in outline.items() if value or key not in ("problems", "members")}
    shown: dict[str, Any] = {
        "path": os.fsdecode(view.path),
        "oid": view.oid,
        "state": view.state,
        "language": body["language"],
        "documenter": view.documenter,
        "outline": outline,
        "prose": body["prose"],
    }
    if view.is_new:
        shown["made"] = "now"
    if view.body is not None:
        shown |= view.prose.fields(view.body)
    if view.notes:
        shown["notes"] = [note.fields(each) for each in view.notes]
    return shown


def _lines(view: View, body: dict[str, Any]) -> Iterator[str]:
    reason = render.dim(f"  {harmless(view.reason)}") if view.reason else ""
    yield f"{render.bold(render.shown(view.path))}  {render.coloured(view.state)}{reason}"
    symbols = render.counted(len(body["outline"]["symbols"]), "symbol")
    made = ", made just now" if view.is_new else f"; prose by {view.prose.by}" if view.prose.by else ""
    yield render.dim(f"{body['language']}, {symbols}; {view.documenter} of {(view.oid or '')[:10]}{made}")
    for line in view.prose.lines(view.path, body):
        yield from (click.style(part, fg="yellow") for part in render.wrapped(f"! {line}", hanging="  "))
    yield ""
    yield from render.document(view.prose.shown(body))
    if view.notes:
        yield ""
        yield render.dim("notes")
        yield from note.lines(view.notes)


def _as_markdown(view: View, body: dict[str, Any]) -> Iterator[str]:
    from docwatch.frontends import markdown, markdown_document

    made = "made just now" if view.is_new else f"prose by {markdown.text(view.prose.by)}" if view.prose.by else ""
    yield from markdown_document.head(view.path, view.state, view.reason, body, view.documenter, view.oid, made)
    yield from markdown_document.quoted(view.prose.lines(view.path, body))
    yield from markdown_document.document(view.prose.shown(body))
    yield from markdown_document.notes(view.notes)


def noted_on(opened: OpenTree, path: bytes) -> tuple[Noted, ...]:
    """What people have noted; most repositories have no notes at all."""
    if not notes.paths(opened.store.connection):
        return ()
    from docwatch.jobs import noted

    return tuple(noted.on(opened, path))


def _why_none(row: Row, file: str) -> str:
    match row.state:
        case "queued":
            tried = f" ({row.reason})" if row.reason else ""
            return f"{file} is queued and has no document yet{tried}; see 'docwatch status'"
        case "running":
            return f"{file} is being documented right now; try again in a moment"
        case "failed":
            return f"{file} could not be documented: {row.reason}; run 'docwatch retry {file}'"
    return f"{file} is not documented: {row.reason}; see 'docwatch why {file}'"


def _unseen(opened: OpenTree, path: bytes, file: str) -> View:
    """A path the ledger does not know: as `docwatch check` has it, stale if it is to be documented."""
    decision = opened.scope.admit(path)
    if decision.admitted:
        why = f"{file} has not been seen yet; run 'docwatch scan'"
    elif decision.reason == GONE:
        also = ", nor such a revision of it" if "@" in file else ""
        why = f"there is no {file}{also}; see 'docwatch files'"
    else:
        why = f"{file} is not documented: {decision.reason}; see 'docwatch why {file}'"
    state = freshness.STALE if decision.admitted else "skipped"
    return View(path, None, state, decision.reason, None, None, why)
