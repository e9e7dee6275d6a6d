"""Mask the secrets in a text before it leaves the machine: line by line the same text, in time linear in its length.

This is the second net. The first is scope: files that are secret by their name are never read for a documenter.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from docwatch.documenters.prose.secret_patterns import LOUD, PLACES, TOKENS

MASK = "[secret]"
_SHORTEST = 8  # characters of a value that is also masked wherever else it stands
_MOST_VALUES = 2_000
_WORD = re.compile(r"[a-z]+(?:[ _.:/-]+[a-z]+)*|[A-Z]+(?:[_-][A-Z]+)*|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*")
_STAND_IN = re.compile(
    r"[<{$%@\[].*|.*(?:\$\{|\{\{|%\(|%s|\.\.\.|…|<\w+>).*|(.)\1*|[\W_]*|(?i:none|null|true|false|undefined)"
    r"|(?i:.*(?:example|placeholder|changeme|change_me|your[-_ ]|dummy|redacted|xxxx).*)"
)
_CODE = re.compile(
    r"[A-Za-z_][\w]*(?:[.:]+[A-Za-z_]\w*)+|[A-Za-z_]*[a-z]_\w*|\w+://.*"
    r"|/?[a-z\d_.*-]+(?:/[a-z\d_.*-]+)+/?|/?[A-Za-z_.*-]+(?:/[A-Za-z_.*-]+)+/?"
)
# What stands at a password's place and speaks of it: the name of a field, a type, a state.
_TALK = re.compile(
    r"(?i)pass|pwd|secret|token|key|user|name|field|text|string|type|hidden|required|optional|input|prompt"
)
_RANDOM_BITS, _KEY_BITS = 4.2, 3.0  # Shannon entropy in bits a character, as the scanners take it


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` without its secrets, which `values` are; `kinds` counts them."""

    text: str
    kinds: dict[str, int]
    values: frozenset[str]

    @property
    def count(self) -> int:
        return sum(self.kinds.values())

    def hide(self, text: str) -> str:
        """Another text of the same file, such as a signature, without the secrets that either holds."""
        return mask(_without(text, self.values)).text if text else text


def mask(text: str) -> Masked:
    """`text` with each secret replaced; the line ends inside a secret stay."""
    spans = sorted({*_tokens(text), *_placed(text)})
    kinds: Counter[str] = Counter()
    values: set[str] = set()
    shown: list[str] = []
    at = 0
    for start, end, kind in spans:
        if end <= at:
            continue
        start = max(start, at)
        value = text[start:end]
        shown += (text[at:start], MASK + "\n" * value.count("\n"))
        kinds[kind] += 1
        values.add(value)
        at = end
    shown.append(text[at:])
    return Masked(_without("".join(shown), values), dict(kinds), frozenset(values))


Span = tuple[int, int, str]


def _tokens(text: str) -> Iterator[Span]:
    for found in _compiled_tokens().finditer(text):
        yield found.start(), found.end(), str(found.lastgroup)


def _placed(text: str) -> Iterator[Span]:
    for pattern in _compiled_places():
        groups = [index for name, index in pattern.groupindex.items() if name != "name"]
        for found in pattern.finditer(text):
            start, end = max(found.span(group) for group in groups)
            name = found["name"] if "name" in pattern.groupindex else None
            if _is_secret(text[start:end], name):
                yield start, end, "assigned" if name else "placed"


def _is_secret(value: str, name: str | None) -> bool:
    """Whether what stands at a telling place is a secret, not a word, a path, or what is to be filled in.

    `name` is the name beside it; empty where it has none and has to look random, None where the place says it all.
    """
    value = value.strip()
    if _STAND_IN.fullmatch(value) or name is None:
        return name is None and not _STAND_IN.fullmatch(value)
    if not name:
        return _bits(value) >= _RANDOM_BITS and _is_mixed(value) and not _CODE.fullmatch(value)
    if _loud().search(name) and " " not in value:
        return not _CODE.fullmatch(value) and not _TALK.search(value)
    if len(value) < _SHORTEST or _WORD.fullmatch(value) or _CODE.fullmatch(value):
        return False
    return " " not in value and _bits(value) >= _KEY_BITS and any(map(str.isdigit, value))


def _is_mixed(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.islower, value)) and any(map(str.isupper, value))


def _bits(value: str) -> float:
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def _without(text: str, values: Iterable[str]) -> str:
    """`text` without these values wherever they stand."""
    long = sorted((value for value in values if len(value) >= _SHORTEST and "\n" not in value), key=len, reverse=True)
    if not any(value in text for value in long):
        return text
    return str(_re2().sub("|".join(map(_re2().escape, long[:_MOST_VALUES])), MASK, text))


@functools.cache
def _re2() -> Any:
    import re2  # type: ignore[import-untyped]  # has no stubs. At first use: most processes never write prose

    return re2


@functools.cache
def _compiled_tokens() -> Any:
    kinds = (f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in TOKENS.items())
    return _re2().compile("|".join(kinds), _options())


@functools.cache
def _compiled_places() -> tuple[Any, ...]:
    return tuple(_re2().compile(pattern, _options()) for pattern in PLACES)


@functools.cache
def _loud() -> Any:
    return _re2().compile(LOUD)


def _options() -> Any:
    options = _re2().Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    return options
