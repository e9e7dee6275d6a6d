#!/usr/bin/env python3
# -*- coding: utf-8 -*-
# Copyright 2024 The Inventory Authors. All rights reserved.
"""Keep an inventory
of parts.

Nothing of this paragraph is in the summary.
"""

from __future__ import annotations

import os.path
import json as js, sys
from collections import abc
from typing import Final, overload

import requests
from yaml.loader import SafeLoader

from . import shelf
from ..core.parts import Part as P

try:
    import orjson
except ImportError:
    orjson = None

__all__ = ["Inventory", "count"]
__all__ += ("LIMIT",)

LIMIT: Final = 10
#: Seconds to wait.
#: None waits for ever.
timeout: float | None = 2.5
_TABLE = {
    "a": 1,
    "b": 2,
}
total = 0
total = 1
first, second = 1, 2

type Names = list[str]


class Inventory(abc.Mapping):
    """All parts.

        An indented line stays indented.
    """

    MAX = 5
    parts: dict[str, P]
    owner = "nobody"

    def __init__(
        self,
        parts,  # the parts, by name
        *,
        strict: bool = True,
    ) -> None:
        def local():
            """Not seen from outside, so not in the outline."""

        self.parts = parts

    @property
    def size(self) -> int:
        r"""How many; a raw \d docstring."""
        return len(self.parts)

    @size.setter
    def size(self, value): ...

    class Error(Exception):
        # Raised for everything.
        class Deep:
            def method(self): pass

    if sys.platform == "win32":
        def path(self): return "\\"
    else:
        def path(self): return "/"


@overload
def count(of: str) -> int: ...
@overload
def count(of: bytes) -> int: ...
def count(of):
    "One" " line."
    return 0


# Asynchronous
# on purpose.
@os.path.join
@requests.get("https://example.org/#fragment")
async def fetch(url: str = "https://example.org/#fragment"):
    f"""not a docstring"""


for _ in range(2):
    with open(__file__):
        def in_loop(): b"""no docstring either"""

match LIMIT:
    case 10:
        class Ten: pass

if __name__ == "__main__":
    answer = 42


def late() -> None:
    """Imports what few need."""
    import json.decoder
    from http import client

    print(json, client, """
    import nothing
    """)
