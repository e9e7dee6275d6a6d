"""Names as they are written, parted into the qualified name of their owner, where they have one, and their own."""

from __future__ import annotations

import re

from docwatch.documenters.walk import SplitName


def whole(name: str) -> tuple[str | None, str]:
    return None, name


def split_at(separators: str) -> SplitName:
    """Owner and name of a name whose parts these characters separate."""
    parts = re.compile(f"[{separators}]+")

    def split(name: str) -> tuple[str | None, str]:
        *owners, last = filter(None, parts.split(name)) if name.strip(separators) else [name]
        return ".".join(owners) or None, last

    return split


def without_arguments(name: str) -> tuple[str | None, str]:
    """`Array` for `Array<Int>`."""
    return None, name.partition("<")[0] if name[0] != "<" else name


def cpp(name: str) -> tuple[str | None, str]:
    """Owner and name of `ns::Class<T>::name`, template arguments left out."""
    scope, operator = _OPERATOR.fullmatch(name).groups()  # type: ignore[union-attr]  # it matches anything
    while scope != (shorter := _TEMPLATE_ARGUMENTS.sub("", scope)):
        scope = shorter
    owners = [part.strip() for part in scope.split("::")]
    last = operator or owners.pop()
    return ".".join(filter(None, owners)) or None, last


_OPERATOR = re.compile(r"(.*?)(\boperator\b(?:\s*\(\)|[^(]*))?(?:\(.*)?", re.DOTALL)
_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")
