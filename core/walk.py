"""Walking a folder top-down on directory descriptors, so that no link is followed and no path is resolved twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from docwatch.confined import GONE, RefusedError, Root

# Kept open on the way down; each folder deeper than that is opened anew from the last of them.
_OPEN_FOLDERS = 64


@dataclass(frozen=True, slots=True)
class Listing:
    """What one folder holds, by name. The walk goes on into the folders that are put into `enter`, in that order.

    The entries may be asked (`stat`) until the next listing is taken. A folder that cannot be listed has a `refusal`.
    """

    folder: bytes
    entries: tuple[tuple[bytes, os.DirEntry[str]], ...] = ()
    refusal: str | None = None
    enter: list[bytes] = field(default_factory=list)


def listings(root: Root) -> Iterator[Listing]:
    """The root's listing, then depth first those of the folders its caller wants entered; gone ones are left out."""
    waiting = [b""]
    opened: list[tuple[bytes, int]] = []
    try:
        while waiting:
            folder = waiting.pop()
            while opened and not folder.startswith(opened[-1][0]):
                os.close(opened.pop()[1])
            above, nearest = opened[-1] if opened else (b"", None)
            try:
                descriptor = root.open_folder(folder[len(above) :], nearest)
            except RefusedError as refused:
                if refused.reason != GONE:
                    yield Listing(folder, refusal=refused.reason)
                continue
            opened.append((folder + b"/" if folder else b"", descriptor))
            listing = Listing(folder, _entries(descriptor))
            yield listing
            waiting.extend(reversed(listing.enter))
            if len(opened) > _OPEN_FOLDERS:
                os.close(opened.pop()[1])
    finally:
        for _, descriptor in opened:
            os.close(descriptor)


def _entries(descriptor: int) -> tuple[tuple[bytes, os.DirEntry[str]], ...]:
    with os.scandir(descriptor) as found:
        named = [(os.fsencode(entry.name), entry) for entry in found]
    named.sort(key=lambda pair: pair[0])
    return tuple(named)
