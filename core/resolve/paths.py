"""Paths of a tree as text: relative to its root, which is ""."""

from __future__ import annotations

from collections.abc import Iterator


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def ancestors(path: str) -> Iterator[str]:
    """The folder of a path, the one above it, and so on up to the root, which is "" ."""
    while path:
        path = folder_of(path)
        yield path


def join(folder: str, relative: str) -> str | None:
    """The path that `relative` means from a folder; None outside the tree."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
