"""What is decided on a file, and as far as its name, size and content decide it: pure, without tree, rules or disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from docwatch import confined, content
from docwatch.ignore import Rule
from docwatch.language import language_of

OUTSIDE = "outside the root"
GIT_FOLDER = "git folder"
IGNORED = "ignored"
EXCLUDED = "excluded"
UNKNOWN_LANGUAGE = "unknown language"
_HEAD_BYTES = 256


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a path is documented. `reason` is one of a small fixed set, or "python source" and the like.

    `rule` is the ignore rule, where one decided. An admitted file whose language only its content will tell (a script
    without an extension) has `language` None.
    """

    path: bytes
    admitted: bool
    reason: str
    rule: Rule | None = None
    language: str | None = None


class Stat(NamedTuple):
    """What tells cheaply that a file was written: bytes, nanoseconds, and the file's number."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a file. `oid` and `stat` are also set when its content is why it is not admitted."""

    decision: Decision
    content: bytes = b""
    oid: str | None = None
    stat: Stat | None = None


def malformed(path: bytes) -> str | None:
    """Why the path may not be used at all; None for plain components below the root."""
    components = path.split(b"/")
    if b"\0" in path or any(component in (b"", b".", b"..") for component in components):
        return OUTSIDE
    if any(component.lower() == b".git" for component in components):
        return GIT_FOLDER
    return None


def by_name(path: bytes, is_executable: bool, size: int, most_bytes: int) -> Decision:
    """The decision by the file's name and size."""
    name = path[path.rfind(b"/") + 1 :]
    if (reason := content.refused_name(name)) is not None:
        return Decision(path, False, reason)
    language = language_of(name)
    if language is None and (b"." in name or not is_executable):
        return Decision(path, False, UNKNOWN_LANGUAGE)
    if size > most_bytes:
        return Decision(path, False, confined.TOO_LARGE, None, language)
    return _admitted(path, language)


def by_content(decision: Decision, data: bytes) -> Decision:
    """The decision once the content is known too."""
    language = decision.language or language_of(decision.path, data[:_HEAD_BYTES])
    reason = UNKNOWN_LANGUAGE if language is None else content.refused_content(data, language)
    if reason is not None:
        return Decision(decision.path, False, reason, language=language)
    return _admitted(decision.path, language)


def _admitted(path: bytes, language: str | None) -> Decision:
    return Decision(path, True, f"{language} source" if language else "executable without an extension", None, language)
