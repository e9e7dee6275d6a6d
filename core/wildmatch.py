"""One gitignore pattern as a regular expression that says exactly what git's own matcher (wildmatch.c, dir.c) says.

Git matches bytes. Here a byte is one latin-1 character, on both sides, so that `?` is one byte of a name in any
encoding. `as_text` makes a path such a text. Case is folded as git does, ASCII only; the caller folds the path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FOLDER = "\0"  # at the end of a folder's path; no name holds it
_ANY = "[\\x01-\\xff]"
_NO_SLASH = "[\\x01-.0-\\xff]"
_SPECIAL = re.compile(r"[*?\[\\]")


def _codes(*ranges: str) -> frozenset[int]:
    return frozenset(code for ends in ranges for code in range(ord(ends[0]), ord(ends[1]) + 1))


_UPPER, _LOWER, _DIGIT = _codes("AZ"), _codes("az"), _codes("09")
_PRINT = _codes(" ~")
_SPACE = frozenset(b" \t\n\r")  # git's own table: no vertical tab, no form feed
_CLASSES = {
    "alnum": _UPPER | _LOWER | _DIGIT,
    "alpha": _UPPER | _LOWER,
    "blank": frozenset(b" \t"),
    "cntrl": _codes("\0\x1f", "\x7f\x7f"),
    "digit": _DIGIT,
    "graph": _PRINT - _SPACE,
    "lower": _LOWER,
    "print": _PRINT,
    "punct": _PRINT - _SPACE - _UPPER - _LOWER - _DIGIT,
    "space": _SPACE,
    "upper": _UPPER,
    "xdigit": _DIGIT | _codes("AF", "af"),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of an ignore file. `regex` matches the paths, relative to the file's folder, that the line decides on."""

    negated: bool
    regex: str


class _NeverMatchesError(Exception):
    """The pattern is one that git accepts and that matches nothing, such as an unclosed set."""


def parse(line: str, *, fold: bool) -> Pattern | None:
    """The pattern of a line without its line end; None where it can match nothing.

    `fold` is git's core.ignoreCase: the regex then expects paths whose ASCII letters are lower case.
    """
    negated = line.startswith("!")
    text = line[1:] if negated else line
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    text = text.removeprefix("/")
    if not text:
        return None
    try:
        # Git compares what precedes the first special character by itself, so that "**" right behind it counts as
        # standing at a slash: "a**/b" matches "ab".
        special = _SPECIAL.search(text)
        start = special.start() if special else len(text)
        body = _literal(text[:start], fold) + _glob(text[start:], fold, of_paths=anchored)
    except _NeverMatchesError:
        return None
    leading = "" if anchored else f"(?:{_ANY}*/)?"
    return Pattern(negated, f"^{leading}{body}\\x00{'' if folders_only else '?'}$")


def as_text(path: bytes, *, is_folder: bool = False) -> str:
    """What a pattern's regex is matched against."""
    return path.decode("latin-1") + _FOLDER if is_folder else path.decode("latin-1")


def _glob(glob: str, fold: bool, *, of_paths: bool) -> str:
    """`of_paths` unless git has it match a name alone, in which there is nothing to cross."""
    parts: list[str] = []
    at, end = 0, len(glob)
    while at < end:
        character = glob[at]
        if character == "*":
            part, at = _stars(glob, at, of_paths=of_paths)
        elif character == "[":
            part, at = _set(glob, at, fold)
        elif character == "?":
            part, at = _NO_SLASH, at + 1
        elif character == "\\":
            # Escaped letters are not folded, so under core.ignoreCase "\A" matches nothing, in git as well.
            part, at = _literal(_at(glob, at + 1), fold=False), at + 2
        else:
            part, at = _literal(character, fold), at + 1
        parts.append(part)
    return "".join(parts)


def _literal(text: str, fold: bool) -> str:
    return re.escape(_lower(text) if fold else text)


def _lower(text: str) -> str:
    return text.encode("latin-1").lower().decode("latin-1")


def _stars(glob: str, at: int, *, of_paths: bool) -> tuple[str, int]:
    """One star stays within a component; two between slashes cross them, and with their slash may match nothing."""
    behind = at
    while glob[behind : behind + 1] == "*":
        behind += 1
    crosses = of_paths and behind - at > 1 and (at == 0 or glob[at - 1] == "/")
    if crosses and glob[behind : behind + 1] == "/":
        return f"(?:{_ANY}*/)?", behind + 1
    if crosses and (behind == len(glob) or glob.startswith("\\/", behind)):
        return f"{_ANY}*", behind
    return f"{_NO_SLASH}*", behind


def _set(glob: str, at: int, fold: bool) -> tuple[str, int]:
    """A bracket expression, walked as wildmatch.c walks it, as the very bytes it matches."""
    at += 1
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    found: set[int] = set()
    first, previous = True, 0
    while (character := _at(glob, at)) != "]" or first:
        first = False
        if character == "\\":
            at += 1
            previous = ord(_at(glob, at))
            found.add(previous)
        elif character == "-" and previous and _at(glob, at + 1) != "]":
            at += 1
            if glob[at] == "\\":
                at += 1
            found |= _range(previous, ord(_at(glob, at)), fold)
            previous = 0
        elif (name := _class_name(glob, at)) is not None:
            found |= _class(name, fold)
            at += len(name) + 3
            previous = 0
        else:
            previous = ord(character)
            found.add(previous)
        at += 1
    return _bytes_regex((frozenset(range(1, 256)) - found if negated else found) - {ord("/")}), at + 1


def _at(glob: str, at: int) -> str:
    if at >= len(glob):
        raise _NeverMatchesError
    return glob[at]


def _class_name(glob: str, at: int) -> str | None:
    """The name in "[:name:]" at this place; None where "[" is only a character."""
    if not glob.startswith("[:", at):
        return None
    close = glob.find("]", at + 2)
    if close < 0:
        raise _NeverMatchesError
    return glob[at + 2 : close - 1] if close > at + 2 and glob[close - 1] == ":" else None


def _class(name: str, fold: bool) -> frozenset[int]:
    if name not in _CLASSES:
        raise _NeverMatchesError
    return _CLASSES["alpha"] if fold and name == "upper" else _CLASSES[name]


def _range(low: int, high: int, fold: bool) -> set[int]:
    codes = set(range(low, high + 1))
    return codes | {code + 32 for code in codes & _UPPER} if fold else codes


def _bytes_regex(codes: frozenset[int] | set[int]) -> str:
    if not codes:
        raise _NeverMatchesError
    parts: list[str] = []
    ordered = sorted(codes)
    low = high = ordered[0]
    for code in [*ordered[1:], 999]:
        if code == high + 1:
            high = code
            continue
        parts.append(f"\\x{low:02x}-\\x{high:02x}")
        low = high = code
    return f"[{''.join(parts)}]"
