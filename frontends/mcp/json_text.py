"""JSON in a file of somebody else's: one member is put into it or taken out, and every other byte stays as it is."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters, which JSON can name and no file can hold
_DECODER = json.JSONDecoder()


class _Member(NamedTuple):
    """Where one stands: from the quote before its key to the end of its value, which begins at `value`."""

    key: str
    start: int
    value: int
    end: int


def with_member(text: str, keys: tuple[str, ...], value: dict[str, Any]) -> str:
    """With this value at the end of the keys; objects on the way are made. Raises ValueError where that cannot be."""
    json.loads(text)
    return _put(text, _skip(text, 0), keys, value, 1)


def without_member(text: str, keys: tuple[str, ...]) -> str:
    """Without what is at the end of the keys, and without the objects that hold nothing then."""
    json.loads(text)
    return _take(text, _skip(text, 0), keys)


def _put(text: str, at: int, keys: tuple[str, ...], value: dict[str, Any], depth: int) -> str:
    members, same = _members(text, at), _member(text, at, keys[0])
    if same is not None and len(keys) > 1:
        return _put(text, same.value, keys[1:], value, depth + 1)
    if same is not None:
        now = _DECODER.raw_decode(text, same.value)[0]
        return text if now == value else text[: same.value] + _written(text, value, depth) + text[same.end :]
    for key in reversed(keys[1:]):
        value = {key: value}
    key = _written(text, keys[0], depth)
    between, inner = _break(text, depth), f"{key}: {_written(text, value, depth)}"
    if not members:
        return text[: at + 1] + between + inner + _break(text, depth - 1) + text[_end(text, at, members) :]
    if "\n" not in text[at : members[0].start]:
        between = " "
    return text[: members[-1].end] + "," + between + inner + text[members[-1].end :]


def _take(text: str, at: int, keys: tuple[str, ...]) -> str:
    members, same = _members(text, at), _member(text, at, keys[0], is_last=len(keys) == 1)
    if same is None:
        return text
    if len(keys) > 1:
        without = _take(text, same.value, keys[1:])
        return without if without == text or _members(without, same.value) else _take(without, at, keys[:1])
    number = members.index(same)
    if number + 1 < len(members):
        return text[: same.start] + text[members[number + 1].start :]
    start = members[number - 1].end if number else at + 1
    return text[:start] + text[same.end if number else _end(text, at, members) :]


def _member(text: str, at: int, key: str, *, is_last: bool = False) -> _Member | None:
    found = [member for member in _members(text, at) if member.key == key]
    if len(found) > 1:
        raise ValueError(f"{key!r} stands in it twice")
    if found and not is_last and text[found[0].value] != "{":
        raise ValueError(f"{key!r} is not an object")
    return found[0] if found else None


def _members(text: str, at: int) -> list[_Member]:
    """Of the object that begins at `at`."""
    if text[at : at + 1] != "{":
        raise ValueError("it holds no JSON object")
    found: list[_Member] = []
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, after = _DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, after) + 1)
        end = _DECODER.raw_decode(text, value)[1]
        found.append(_Member(key, at, value, end))
        comma = _skip(text, end)
        at = _skip(text, comma + 1) if text[comma] == "," else comma
    return found


def _end(text: str, at: int, members: list[_Member]) -> int:
    """Where the brace is that ends the object."""
    return _skip(text, members[-1].end if members else at + 1)


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return at if found is None else found.end()


def _indent(text: str) -> str:
    found = re.search(r"^([ \t]+)\"", text, re.MULTILINE)
    return found[1] if found else "  "


def _break(text: str, depth: int) -> str:
    return ("\r\n" if "\r\n" in text else "\n") + _indent(text) * depth


def _written(text: str, value: object, depth: int) -> str:
    """The value as the rest of the text is written."""
    plain = json.dumps(value, indent=_indent(text), ensure_ascii=False).replace("\n", _break(text, depth))
    return _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", plain)
