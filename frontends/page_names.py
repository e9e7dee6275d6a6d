"""Names of files for pages about files: plain on any system, each another one, and the same again next time."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

FOLDER = "files"
_PLAIN = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._-]*(?<![.])")
_RESERVED = re.compile(rb"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows' devices
_ODD = re.compile(rb"[^A-Za-z0-9._-]+")
_LONGEST_COMPONENT, _LONGEST = 80, 180
_DIGITS = 10


def page_names(paths: Iterable[bytes]) -> dict[bytes, str]:
    """The name of each path's page, without a suffix: the path itself where that is plain, else with a digest.

    Names that differ only in case, and a page that is called like a folder of others, are told apart by theirs too.
    """
    names = {path: _plain(path) for path in paths}
    taken = Counter(name.lower() for name in names.values())
    folders = {folder for name in names.values() for folder in _folders(name.lower())}
    return {
        path: _with_digest(path) if taken[name.lower()] > 1 or name.lower() in folders else name
        for path, name in names.items()
    }


def _plain(path: bytes) -> str:
    components = path.split(b"/")
    is_plain = len(path) <= _LONGEST and all(
        len(one) <= _LONGEST_COMPONENT and _PLAIN.fullmatch(one) and not _RESERVED.fullmatch(one) for one in components
    )
    return f"{FOLDER}/{path.decode('ascii')}" if is_plain else _with_digest(path)


def _with_digest(path: bytes) -> str:
    components = [_ODD.sub(b"-", one).strip(b".-")[: _LONGEST_COMPONENT // 2].decode() for one in path.split(b"/")]
    name = "/".join(["x" if _RESERVED.fullmatch(one.encode()) else one or "x" for one in components])
    if len(name) > _LONGEST:
        name = components[-1] or "x"
    return f"{FOLDER}/{name}-{hashlib.sha256(path).hexdigest()[:_DIGITS]}"


def _folders(name: str) -> Iterator[str]:
    while name := name.rpartition("/")[0]:
        yield name
