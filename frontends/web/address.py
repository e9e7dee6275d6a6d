"""Addresses of the page: paths of the tree in them, whose names need not be UTF-8.

A page of the tree ends with a slash, `/files/src/a.py/`, its data with `.json`, `/files/src/a.py.json`: so both are
there for a file that is itself called `a.json`.
"""

from __future__ import annotations

from urllib.parse import quote_from_bytes, unquote_to_bytes

LINES_A_PAGE = 2_000  # of a source; a longer one is shown in parts


def quoted(path: bytes) -> str:
    """The path as it stands in an address; `/` stays."""
    return quote_from_bytes(path)


def unquoted(address: bytes) -> bytes | None:
    """The path that stands in an address; None where that is none, as with a component that hides a slash."""
    components = [unquote_to_bytes(component) for component in address.strip(b"/").split(b"/")]
    if any(b"/" in component for component in components):
        return None
    return b"/".join(components)


def part_of(line: int) -> int:
    """The first line of the part of a source that has this one."""
    return (line - 1) // LINES_A_PAGE * LINES_A_PAGE + 1


class Live:
    """Where things are on the running page."""

    is_live = True

    def page(self, path: bytes, line: int | None = None) -> str:
        """Of a file or a folder; b"" is the root."""
        place = f"/files/{quoted(path)}/" if path else "/"
        if line is None:
            return place
        first = part_of(line)
        return f"{place}?from={first}#L{line}" if first > 1 else f"{place}#L{line}"

    def graph(self, path: bytes, depth: int | None = None) -> str:
        place = f"/graph/{quoted(path)}/" if path else "/graph/"
        return place if depth is None else f"{place}?depth={depth}"

    def asset(self, name: str) -> str:
        return f"/static/{name}"
