"""Names of files for pages about files: plain on any system, each another one, and the same again next time.

What a page is called follows from its path, so that others may link to it; only paths that differ in nothing but case,
which some systems take for one, are told apart by looking at all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

FOLDER = "files"
_PLAIN = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._-]*(?<![.])")
_RESERVED = re.compile(rb"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows' devices
_ODD = re.compile(rb"[^A-Za-z0-9._-]+")
# A folder that is called like a page, as `a.html/` beside `a`; and a name that could be one with a digest.
_LIKE_A_PAGE = re.compile(rb"\.(html|json|md)$", re.IGNORECASE)
_WITH_A_DIGEST = re.compile(rb"-[0-9a-f]{10}$")
_LONGEST_COMPONENT, _LONGEST = 80, 180
_DIGITS = 10


def page_names(paths: Iterable[bytes]) -> dict[bytes, str]:
    """The name of each path's page, without a suffix."""
    names = {path: alone(path) for path in paths}
    taken = Counter(name.lower() for name in names.values())
    return {path: _with_digest(path) if taken[name.lower()] > 1 else name for path, name in names.items()}


def alone(path: bytes) -> str:
    """What its page is called for its own sake: the path itself where that is plain, else with a digest."""
    *folders, last = path.split(b"/")
    is_plain = (
        len(path) <= _LONGEST
        and all(map(_is_plain, (*folders, last)))
        and not any(map(_LIKE_A_PAGE.search, folders))
        and not _WITH_A_DIGEST.search(last)
    )
    return f"{FOLDER}/{path.decode('ascii')}" if is_plain else _with_digest(path)


def _is_plain(component: bytes) -> bool:
    return bool(
        len(component) <= _LONGEST_COMPONENT and _PLAIN.fullmatch(component) and not _RESERVED.fullmatch(component)
    )


def _with_digest(path: bytes) -> str:
    *folders, last = path.split(b"/")
    components = [*(_LIKE_A_PAGE.sub(rb"-\1", folder) for folder in folders), last]
    texts = [_ODD.sub(b"-", one).strip(b".-")[: _LONGEST_COMPONENT // 2].decode() for one in components]
    name = "/".join(["x" if _RESERVED.fullmatch(one.encode()) else one or "x" for one in texts])
    if len(name) > _LONGEST:
        name = texts[-1] or "x"
    return f"{FOLDER}/{name}-{hashlib.sha256(path).hexdigest()[:_DIGITS]}"
