"""Pages as HTML: templates that escape by themselves, and never print a character that hides or turns what follows."""

from __future__ import annotations

import functools
import os
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from docwatch.document import qualified
from docwatch.frontends import note, render
from docwatch.frontends.web.address import quoted
from docwatch.frontends.web.pages import Page, paragraphs
from docwatch.log import harmless


def html(page: Page, view: dict[str, Any], links: object, **more: object) -> str:
    """`view` is the page's; `more` holds what every page shows: `counts`, and `root`, the tree's."""
    given = view | more | {"page": page, "section": page.section, "links": links}
    return templates().get_template(page.template).render(given, tree_name=os.path.basename(str(more["root"])))


@functools.cache
def templates() -> Environment:
    made = Environment(
        loader=PackageLoader("docwatch.frontends.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    made.filters.update(name=os.fsdecode, counted=render.counted, signature=_signature, qualified=qualified)
    made.globals.update(
        top=b"", crumbs=_crumbs, states=render.STATES, address_of=quoted, paragraphs=paragraphs, flags=note.FLAGS
    )
    return made


def _harmless(value: Any) -> Any:
    # Mark-up is ours, and its texts have passed here or through `colour` already.
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _signature(symbol: dict[str, Any]) -> Markup:
    """A signature with the name that it is of set off."""
    text, name = harmless(" ".join((symbol["signature"] or symbol["name"]).split())), harmless(symbol["name"])
    at = text.find(name)
    while at >= 0 and (_is_word(text[max(0, at - 1) : at]) or _is_word(text[at + len(name) : at + len(name) + 1])):
        at = text.find(name, at + 1)
    if at < 0 or not name:
        return escape(text)
    return Markup(f"{escape(text[:at])}<b>{escape(name)}</b>{escape(text[at + len(name) :])}")  # noqa: S704


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _crumbs(path: bytes) -> list[tuple[bytes, bytes]]:
    """(path, name) of every folder above a path, from the top, and of the path itself."""
    parts = path.split(b"/") if path else []
    return [(b"/".join(parts[: end + 1]), part) for end, part in enumerate(parts)]
