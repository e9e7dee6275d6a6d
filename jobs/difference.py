"""What changed in meaning between two revisions, or between one and the work tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from docwatch import revisions
from docwatch.documenters.meaning import FileChange, Version, compare, find_moves
from docwatch.jobs.past import Past
from docwatch.opened import OpenTree
from docwatch.revisions import Blob, Change, Range
from docwatch.scope import Decision


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
        versions: dict[bytes, tuple[Version | None, Version | None]] = {}
        for change in changes:
            before, after = (_version(past, blob, found) for blob in change)
            if before is None and after is None:
                continue
            became = compare(before, after)
            if not became.has_meaning:
                found.without_meaning += 1
                continue
            found.files.append(became)
            versions[became.after or became.before or b""] = (before, after)
        find_moves(found.files, versions)
        found.outlined = past.made
    found.files.sort(key=lambda each: each.after or each.before or b"")
    return found


def file_change(past: Past, change: Change) -> FileChange | None:
    """What became of one file; None where neither version has a document."""
    before, after = (_version(past, blob, None) for blob in change)
    return compare(before, after) if before or after else None


def _version(past: Past, blob: Blob | None, found: Difference | None) -> Version | None:
    version = past.version(blob) if blob is not None else None
    if isinstance(version, Decision):
        if found is not None:
            found.left_alone[version.reason] += 1
        return None
    return version
