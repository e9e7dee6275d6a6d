"""What changed in meaning between two revisions, or between one and the work tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from docwatch import revisions
from docwatch.decision import Decision
from docwatch.documenters.meaning import FileChange, Version, compare, find_moves
from docwatch.jobs.past import NOT_HERE, Past
from docwatch.opened import OpenTree
from docwatch.revisions import Change, Range

Sides = tuple[Version | None, Version | None]


@dataclass(slots=True)
class Difference:
    """The files with something to tell, by path; how many differ in their bytes alone; why others were left alone."""

    between: Range
    files: list[FileChange] = field(default_factory=list)
    without_meaning: int = 0
    left_alone: Counter[str] = field(default_factory=Counter)
    outlined: int = 0  # blobs whose outline was made for this


def difference(
    opened: OpenTree,
    between: Range,
    paths: Collection[bytes] = (),
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Difference:
    """Compare the two sides below `paths`, or everywhere; what has no outline yet gets one."""
    found = Difference(between)
    with Past(opened) as past:
        if between.after is None:
            changes = past.against_tree(between.before, paths)
        else:
            changes = revisions.changes(opened.tree.root, between.before, between.after, paths)
        past.outline([blob for change in changes for blob in change if blob is not None], progress)
        versions: dict[bytes, Sides] = {}
        for change in changes:
            sides, refusals = _sides(past, change)
            found.left_alone.update(refusals)
            became = _became(sides, refusals)
            if became is None:
                continue
            if not became.has_meaning:
                found.without_meaning += 1
                continue
            found.files.append(became)
            versions[became.after or became.before or b""] = sides
        find_moves(found.files, versions)
        found.outlined = past.made
    found.files.sort(key=lambda each: each.after or each.before or b"")
    return found


def file_change(past: Past, change: Change) -> FileChange | None:
    """What became of one file; None where that cannot be told."""
    return _became(*_sides(past, change))


def _sides(past: Past, change: Change) -> tuple[Sides, list[str]]:
    """Both versions of a file as far as they have documents, and why there is none where a file was."""
    before, after = (None if blob is None else past.version(blob) for blob in change)
    refusals = [side.reason for side in (before, after) if isinstance(side, Decision)]
    return (
        before if isinstance(before, Version) else None,
        after if isinstance(after, Version) else None,
    ), refusals


def _became(sides: Sides, refusals: list[str]) -> FileChange | None:
    """None where neither version has a document, or one of them is not here to compare with."""
    return None if sides == (None, None) or NOT_HERE in refusals else compare(*sides)
