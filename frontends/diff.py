"""`docwatch diff`: what changed in meaning between two revisions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from docwatch import revisions, tree
from docwatch.documenters.meaning import FileChange, Listing, SymbolChange
from docwatch.errors import ConfigError, UserError
from docwatch.frontends import markdown, render
from docwatch.frontends.reading import inside
from docwatch.frontends.terminal import Bar, emit_json
from docwatch.jobs.difference import Difference, difference
from docwatch.log import harmless
from docwatch.opened import OpenTree
from docwatch.tree import Tree

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "moved": (">", "cyan")}
_LISTS = ("imports", "dependencies", "exports")
MOST = 200  # files that somebody reads about in a terminal


@click.command()
@click.argument("revisions_given", metavar="[A..B | A...B | A]", default="HEAD")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print as Markdown, for a pull request.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("-n", "count", type=click.IntRange(min=0), help=f"Tell of so many files; {MOST} in a terminal, else all.")
def diff(revisions_given: str, paths: tuple[str, ...], *, as_markdown: bool, as_json: bool, count: int | None) -> int:
    """What files define that was added, removed, changed or moved between two revisions: A and B, where the two parted
    and B, or A and the work tree; HEAD and the work tree by default.

    What was never documented is outlined now, and kept. Line changes without meaning are only counted.
    """
    if as_markdown and as_json:
        raise ConfigError("--markdown and --json exclude each other; choose one")
    found = tree.find(".")
    if found.git_dir is None:
        raise UserError(f"{found.root} has no git history; run 'git init' there")
    between = revisions.range_of(found.root, revisions_given)
    below = [_inside(found, path) for path in paths]
    with OpenTree(found) as opened, Bar("outlining") as bar:
        made = difference(opened, between, below, bar.advance)
    if as_json:
        emit_json(**fields(made))
        return 0
    if count is None and sys.stdout.isatty():
        count = MOST
    for line in _as_markdown(made, count) if as_markdown else _as_text(made, count):
        click.echo(line)
    return 0


def _inside(found: Tree, path: str) -> bytes:
    named = inside(found.root, path)
    if named is None or b"\0" in named:
        raise UserError(f"{path} is outside {found.root}; name a path inside, or another tree with -C")
    return named


def fields(made: Difference) -> dict[str, Any]:
    """The difference as JSON has it."""
    one, other = made.between.names
    return {
        "from": {"revision": one, "commit": made.between.before},
        "to": {"revision": other if made.between.after else None, "commit": made.between.after},
        "files": [file_fields(change) for change in made.files],
        "counts": _counts(made),
        "without_meaning": made.without_meaning,
        "left_alone": dict(made.left_alone),
        "outlined": made.outlined,
    }


def file_fields(change: FileChange) -> dict[str, Any]:
    """What became of one file."""
    shown: dict[str, Any] = {
        "path": os.fsdecode(change.after or change.before or b""),
        "change": status(change),
        "from": os.fsdecode(change.before) if change.before else None,
        "language": change.language,
        "symbols": [_symbol_fields(symbol) for symbol in change.symbols],
        "summary": _pair_fields(change.summary),
        "overview": _pair_fields(change.overview),
    }
    return shown | {name: getattr(change, name)._asdict() for name in _LISTS}


def _symbol_fields(change: SymbolChange) -> dict[str, Any]:
    before, after = change.before, change.after
    symbol = after or before
    return {
        "name": change.name,
        "change": change.how,
        "kind": symbol.kind if symbol else None,
        "what": change.what,
        "from": {"path": os.fsdecode(change.origin[0]), "name": change.origin[1]} if change.origin else None,
        "before": {"line": before.line, "signature": before.signature, "doc": before.doc} if before else None,
        "after": {"line": after.line, "signature": after.signature, "doc": after.doc} if after else None,
    }


def _pair_fields(pair: tuple[str, str] | None) -> dict[str, str] | None:
    return None if pair is None else {"before": pair[0], "after": pair[1]}


def status(change: FileChange) -> str:
    if change.before is None:
        return "added"
    if change.after is None:
        return "removed"
    return "changed" if change.before == change.after else "renamed"


def _counts(made: Difference) -> dict[str, dict[str, int]]:
    files = dict.fromkeys(("added", "removed", "changed", "renamed"), 0)
    symbols = dict.fromkeys(_MARKS, 0)
    for change in made.files:
        files[status(change)] += 1
        for symbol in change.symbols:
            symbols[symbol.how] += 1
    return {"files": files, "symbols": symbols}


def headline(made: Difference) -> str:
    """What it comes to, on one line."""
    counts = _counts(made)
    total = render.counted(len(made.files), "file")
    told = (
        f"{total}{_listed(counts['files'])}; {render.counted(sum(counts['symbols'].values()), 'symbol')}"
        f"{_listed(counts['symbols'])}"
    )
    if not made.files:
        told = "nothing that files define differs"
    if made.without_meaning:
        told += f"; {render.counted(made.without_meaning, 'file')} changed without changing what they define"
    if made.left_alone:
        told += "; left alone: " + ", ".join(f"{count} {reason}" for reason, count in made.left_alone.most_common())
    return told


def _listed(counts: dict[str, int]) -> str:
    told = ", ".join(f"{count:,} {how}" for how, count in counts.items() if count)
    return f" ({told})" if told else ""


def _others(made: Difference, most: int | None) -> str:
    """How many files are not told of, and how they are."""
    more = 0 if most is None else len(made.files) - most
    return f"and {render.counted(more, 'file')} more: name a folder, or say -n {len(made.files)}" if more > 0 else ""


def _as_text(made: Difference, most: int | None) -> Iterator[str]:
    yield render.bold(harmless(" and ".join(made.between.names)))
    yield from render.wrapped(headline(made))
    for change in made.files[:most]:
        yield ""
        yield from file_lines(change)
    if others := _others(made, most):
        yield from ("", others)


def file_lines(change: FileChange, indent: str = "") -> Iterator[str]:
    """What became of one file, for the terminal."""
    renamed = f" from {render.shown(change.before)}" if status(change) == "renamed" and change.before else ""
    yield indent + render.bold(render.shown(change.after or change.before or b"")) + f"  {status(change)}{renamed}"
    for title, pair in (("says", change.summary), ("overview", change.overview)):
        if pair is not None:
            yield from render.wrapped(f"{title}: {pair[1] or 'nothing any more'}", indent + "  ", "  ")
    for symbol in change.symbols:
        yield from _symbol_lines(symbol, indent + "  ")
    for name in _LISTS:
        if listing := getattr(change, name):
            yield from render.wrapped(f"{name}: {_signed(listing)}", indent + "  ", "  ")


def _symbol_lines(change: SymbolChange, indent: str) -> Iterator[str]:
    mark, colour = _MARKS[change.how]
    first, *rest = render.wrapped(f"{_signature(change)}{_what(change)}", indent + "  ", "  ")
    yield f"{indent}{click.style(mark, fg=colour)} {first[len(indent) + 2 :]}"
    yield from rest
    if "signature" in change.what and change.before is not None:
        yield from map(render.dim, render.wrapped(f"was {change.before.signature}", indent + "    ", "  "))


def _signature(change: SymbolChange) -> str:
    """As it is written, with its name where that does not say it whole."""
    symbol = change.after or change.before
    signature = symbol.signature if symbol else ""
    return signature if change.name in signature else f"{change.name}: {signature}"


def _what(change: SymbolChange) -> str:
    """Behind a symbol: what of it changed, or where it came from."""
    if change.origin is not None:
        return f"  (from {os.fsdecode(change.origin[0])}, {change.origin[1]})"
    return f"  ({', '.join(change.what)})" if change.what else ""


def _signed(listing: Listing) -> str:
    return ", ".join([*(f"+{name}" for name in listing.added), *(f"-{name}" for name in listing.removed)])


def _as_markdown(made: Difference, most: int | None) -> Iterator[str]:
    one, other = map(markdown.code, made.between.names)
    yield f"### What changed in meaning: {one} to {other}"
    yield ""
    yield markdown.text(headline(made))
    for change in made.files[:most]:
        yield ""
        renamed = f" from {markdown.path(change.before)}" if status(change) == "renamed" and change.before else ""
        yield f"**{markdown.path(change.after or change.before or b'')}** {status(change)}{renamed}"
        yield ""
        for title, pair in (("says", change.summary), ("overview", change.overview)):
            if pair is not None:
                yield f"- {title}: {markdown.text(pair[1] or 'nothing any more')}"
        yield from map(_symbol_markdown, change.symbols)
        for name in _LISTS:
            if listing := getattr(change, name):
                yield f"- {name}: {markdown.code(_signed(listing))}"
    if others := _others(made, most):
        yield from ("", markdown.text(others))


def _symbol_markdown(change: SymbolChange) -> str:
    line = f"- {change.how} {markdown.code(change.name)}"
    if change.origin is not None:
        return f"{line} from {markdown.path(change.origin[0])}, {markdown.code(change.origin[1])}"
    if "signature" in change.what and change.before is not None:
        line += f": {markdown.code(change.before.signature)} is now"
    symbol = change.after or change.before
    line += f" {markdown.code(symbol.signature if symbol else '')}"
    return line + (f" ({', '.join(change.what)})" if change.what else "")
