"""The rules of one ignore file, compiled: pathspec on RE2 decides, with patterns that mean exactly what git means.

Which files' rules apply to a path, and in which order, is `docwatch.folders`' business.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docwatch import wildmatch

if TYPE_CHECKING:
    from pathspec import PathSpec
    from pathspec.pattern import RegexPattern

# RE2 gives up on a set of patterns too large for its memory, silently or with a flood of messages; so a long file
# becomes several sets. In characters of the regexes.
_LONGEST_SET = 16_384
_CANARY, _CANARY_REGEX = "\0\0", r"^\x00\x00$"  # no path; every set must match it, or it has given up


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule that decided on a path: the ignore file as git names it, its line from 1, the pattern as written."""

    file: str
    line: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Match:
    """The last rule of a file that matches a path, and whether it ignores the path or takes it back in."""

    ignores: bool
    rule: Rule


class Rules:
    """The rules of one ignore file, in its order; the last that matches decides."""

    __slots__ = ("_fold", "_sets")

    def __init__(self, sets: list[tuple[PathSpec[RegexPattern], list[Rule]]], *, fold: bool) -> None:
        self._sets = sets
        self._fold = fold

    def match(self, path: str) -> Match | None:
        """The verdict on a path relative to the file's folder, as `wildmatch.as_text` gives it."""
        if self._fold:
            path = path.encode("latin-1").lower().decode("latin-1")
        for spec, rules in self._sets:
            found = spec.check_file(path, ())
            if found.index is not None:
                return Match(bool(found.include), rules[found.index])
        return None


def compile_rules(content: bytes, file: str, *, fold: bool = False) -> Rules | None:
    """The rules in an ignore file's content; None where it has none. `file` is its name in answers.

    `fold` is git's core.ignoreCase. No content raises: a line that git skips is skipped.
    """
    found = [
        (pattern, Rule(file, number, line.encode("latin-1").decode(errors="surrogateescape")))
        for number, line in _lines(content)
        if (pattern := wildmatch.parse(line, fold=fold)) is not None
    ]
    if not found:
        return None
    return Rules([_compile(part) for part in reversed(list(_parts(found)))], fold=fold)


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    """The lines as git's add_patterns_from_buffer takes them: no BOM, CR or NUL, no trailing spaces, no comments."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line and not line.startswith(b"#"):
            yield number, _trimmed(line.removesuffix(b"\r").partition(b"\0")[0].decode("latin-1"))


def _trimmed(line: str) -> str:
    """The line without its trailing spaces; a backslash keeps the space behind it."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return line[: len(bare) + 1] if backslashes % 2 else bare


def _parts(found: list[tuple[wildmatch.Pattern, Rule]]) -> Iterator[list[tuple[wildmatch.Pattern, Rule]]]:
    part: list[tuple[wildmatch.Pattern, Rule]] = []
    size = 0
    for pattern, rule in found:
        if part and size + len(pattern.regex) > _LONGEST_SET:
            yield part
            part, size = [], 0
        part.append((pattern, rule))
        size += len(pattern.regex)
    yield part


def _compile(part: list[tuple[wildmatch.Pattern, Rule]]) -> tuple[PathSpec[RegexPattern], list[Rule]]:
    regexes = [(pattern.regex, not pattern.negated) for pattern, _ in part]
    rules = [rule for _, rule in part]
    if all(len(regex) <= _LONGEST_SET for regex, _ in regexes):
        import re2  # type: ignore[import-untyped]

        with contextlib.suppress(re2.error):
            made = _spec(regexes)
            if made.check_file(_CANARY, ()).index is not None:
                return made, rules
    # Too large even alone: to ignore everything is the safe side, and `why` names the line.
    return _spec([("", True)]), rules[-1:]


def _spec(regexes: list[tuple[str, bool]]) -> PathSpec[RegexPattern]:
    import re2
    from pathspec import PathSpec
    from pathspec.pattern import RegexPattern

    # RE2's own compiled pattern, as Python's takes four times as long to make and would never be asked.
    patterns = [RegexPattern(re2.compile(regex), include) for regex, include in [*regexes, (_CANARY_REGEX, True)]]
    return PathSpec(patterns, backend="re2")
