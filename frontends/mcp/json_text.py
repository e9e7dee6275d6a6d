"""JSON in a file of somebody else's: one member is put into it or taken out, and every other byte stays as it is.

Comments and commas behind the last member, as VS Code and Cursor read them, stay where they are. What is put in is
found again by how it stands: an object of ours has its member on a line of its own, one that was there and empty has
it right behind the brace. So taking out gives back what was there.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_STRING = r'"(?:[^"\\]|\\.)*+"'
_COMMENT = re.compile(rf"{_STRING}|\A\ufeff|//[^\n\r]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|[\[{{,:]\s*,|,(?=\s*[}}\]])", re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r]*")
_BLANKS_AND_COMMENTS = re.compile(r"[ \t\n\r\0]*")
_REST_OF_LINE = re.compile(r"(?:[ \t]*\0+)*")  # comments behind a member
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters, which JSON can name and no file can hold
_DECODER = json.JSONDecoder()


class _Member(NamedTuple):
    """Where one stands: from the quote before its key to the end of its value, which begins at `value`."""

    key: str
    start: int
    value: int
    end: int


class _Text(NamedTuple):
    """A text; the same with NUL in place of what is in comments; the same as plain JSON. All of one length."""

    whole: str
    marked: str
    plain: str


def with_member(text: str, keys: tuple[str, ...], value: dict[str, Any]) -> str:
    """With this value at the end of the keys; objects on the way are made. Raises ValueError where that cannot be."""
    read = _read(text)
    return _put(read, _skip(read, 0), keys, value, 1)


def without_member(text: str, keys: tuple[str, ...]) -> str:
    """Without what is at the end of the keys, and without the objects that were made for it: empty if all of it was."""
    read = _read(text)
    at = _skip(read, 0)
    left, end = _take(read, at, keys), _DECODER.raw_decode(read.plain, at)[1]
    return left or (text[: at + 1] + text[end - 1 :] if "\0" in read.marked[:at] + read.marked[end:] else "")


def anew(keys: tuple[str, ...], value: dict[str, Any]) -> str:
    """The text of a file that holds nothing else."""
    return _written("", _nested(keys, value), 0) + "\n"


def _read(text: str) -> _Text:
    try:
        json.loads(text)
    except ValueError:
        if "\0" in text:
            raise
        marked = _COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else "\0" * len(found[0]), text)
        spaced = _COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else re.sub(".", " ", found[0]), text)
        plain = _LAST_COMMA.sub(lambda found: " " if found[0] == "," else found[0], spaced)
        json.loads(plain)
        return _Text(text, marked, plain)
    return _Text(text, text, text)


def _put(text: _Text, at: int, keys: tuple[str, ...], value: dict[str, Any], depth: int) -> str:
    whole, members, same = text.whole, _members(text, at), _member(text, at, keys[0])
    if same is not None and len(keys) > 1:
        return _put(text, same.value, keys[1:], value, depth + 1)
    if same is not None:
        now = _DECODER.raw_decode(text.plain, same.value)[0]
        return whole if now == value else whole[: same.value] + _written(whole, value, depth) + whole[same.end :]
    inner = f"{_written(whole, keys[0], depth)}: {_written(whole, _nested(keys[1:], value), depth)}"
    if not members:
        place = _last_mark(text, at + 1, _skip(text, at + 1))
        return whole[:place] + (_break(whole, depth) if place > at + 1 else "") + inner + whole[place:]
    end, comma = members[-1].end, _comma(text, members[-1].end)
    place = _over(_REST_OF_LINE, text.marked, end if comma is None else comma + 1)
    is_on_one_line = "\n" not in whole[at : members[0].start] and text.marked[place - 1] != "\0"
    inner = (" " if is_on_one_line else _break(whole, depth)) + inner
    if comma is not None:
        return whole[:place] + inner + "," + whole[place:]
    return whole[:end] + "," + whole[end:place] + inner + whole[place:]


def _take(text: _Text, at: int, keys: tuple[str, ...]) -> str:
    whole, members, same = text.whole, _members(text, at), _member(text, at, keys[0], is_last=len(keys) == 1)
    if same is None:
        return whole
    if len(keys) > 1:
        without = _take(text, same.value, keys[1:])
        return without if without != "" else _take(text, at, keys[:1])
    number, comma = members.index(same), _comma(text, same.end)
    end = same.end if comma is None else comma + 1
    if number + 1 < len(members):  # what is behind it comes to stand in its place
        return whole[: same.start] + whole[_over(_BLANKS, whole, end) :]
    if not number:
        return _alone(text, at, same, end)
    before = _comma(text, members[number - 1].end) or 0
    start = _last_mark(text, before + 1, same.start)
    kept = before if comma is None else before + 1
    return whole[:kept] + whole[before + 1 : start] + whole[end:]


def _alone(text: _Text, at: int, only: _Member, end: int) -> str:
    """Without the only member of an object: empty where nothing of the object is anybody else's."""
    whole = text.whole
    start, closing = _last_mark(text, at + 1, only.start), _skip(text, end)
    is_ours = start == at + 1 and "\n" in whole[start : only.start] and "\0" not in text.marked[end:closing]
    return "" if is_ours else whole[:start] + whole[end:]


def _nested(keys: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return value


def _member(text: _Text, at: int, key: str, *, is_last: bool = False) -> _Member | None:
    found = [member for member in _members(text, at) if member.key == key]
    if len(found) > 1:
        raise ValueError(f"{key!r} stands in it twice")
    if found and not is_last and text.plain[found[0].value] != "{":
        raise ValueError(f"{key!r} is not an object")
    return found[0] if found else None


def _members(text: _Text, at: int) -> list[_Member]:
    """Of the object that begins at `at`."""
    plain = text.plain
    if plain[at : at + 1] != "{":
        raise ValueError("it holds no JSON object")
    found: list[_Member] = []
    at = _skip(text, at + 1)
    while plain[at] == '"':
        key, after = _DECODER.raw_decode(plain, at)
        value = _skip(text, _skip(text, after) + 1)
        end = _DECODER.raw_decode(plain, value)[1]
        found.append(_Member(key, at, value, end))
        comma = _skip(text, end)
        at = _skip(text, comma + 1) if plain[comma] == "," else comma
    return found


def _skip(text: _Text, at: int) -> int:
    """Over blanks and comments, and the comma behind a last member."""
    return _over(_BLANKS, text.plain, at)


def _comma(text: _Text, at: int) -> int | None:
    """Where the comma stands behind a member that ends at `at`."""
    place = _over(_BLANKS_AND_COMMENTS, text.marked, at)
    return place if text.marked[place] == "," else None


def _over(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _last_mark(text: _Text, start: int, end: int) -> int:
    """Where the last comment ends that stands between the two; `start` where none does."""
    return start + len(text.marked[start:end].rstrip(" \t\r\n"))


def _indent(text: str) -> str:
    found = re.search(r"^([ \t]+)\"", text, re.MULTILINE)
    return found[1] if found else "  "


def _break(text: str, depth: int) -> str:
    return ("\r\n" if "\r\n" in text else "\n") + _indent(text) * depth


def _written(text: str, value: object, depth: int) -> str:
    """The value as the rest of the text is written."""
    plain = json.dumps(value, indent=_indent(text), ensure_ascii=False).replace("\n", _break(text, depth))
    return _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", plain)
