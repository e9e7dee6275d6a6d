"""Text of others inside Markdown: as text it is, so that no name and no comment becomes markup, a link or a mention."""

from __future__ import annotations

import os
import re
import urllib.parse

from docwatch.log import harmless

# Markup anywhere in a line; what makes an address a link by itself; markup at a line's beginning.
_MARKUP = re.compile(r"[\\`*_{}\[\]!|<>~&$]|:(?=/)|(?<=www)\.|^[-+#=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]", re.IGNORECASE)
_MENTION = re.compile(r"@(?=\w)")
_BACKTICKS = re.compile(r"`+")


def text(given: str) -> str:
    """On one line, and nothing but text to any renderer; nobody is notified."""
    return _MENTION.sub("@<!-- -->", _MARKUP.sub(r"\\\g<0>", harmless(" ".join(given.split()))))


def code(given: str) -> str:
    """As a code span on one line."""
    shown = harmless(given) or " "
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def path(given: bytes) -> str:
    return code(os.fsdecode(given))


def link(label: str, target: str) -> str:
    """A link to a relative target; `label` is Markdown already."""
    return f"[{label}]({urllib.parse.quote(target)})"
