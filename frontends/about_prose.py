"""What is to be known of a file's prose beside its words: whether it is still to come, how far to rely on it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docwatch import prose
from docwatch.entries import Row
from docwatch.frontends import render
from docwatch.opened import OpenTree
from docwatch.prose import Written
from docwatch.prose_ledger import ProseRow
from docwatch.strangers import strangers


@dataclass(frozen=True, slots=True)
class About:
    """How the prose of a file stands, where some is to be written; and the prose that is shown, as it was made."""

    row: ProseRow | None = None
    written: Written | None = None

    @property
    def by(self) -> str:
        """Who wrote it."""
        return "" if self.written is None else self.written.documenter.partition(":")[0]

    @property
    def left_out(self) -> list[str]:
        return [] if self.written is None else list(json.loads(self.written.left_out))

    def fields(self, body: dict[str, Any]) -> dict[str, Any]:
        """What `show --json` says of it, where there is something to say."""
        shown = {
            "prose_state": self.row.fields() if self.row is not None else None,
            "masked": self.written.masked if self.written is not None else 0,
            "left_out": self.left_out,
            "unknown_names": _strangers(body),
        }
        return {key: value for key, value in shown.items() if value}

    def lines(self, path: bytes, body: dict[str, Any]) -> Iterator[str]:
        """The same for people."""
        if self.row is not None and self.row.told:
            retry = f"; run 'docwatch retry {os.fsdecode(path)}'" if self.row.state == "failed" else ""
            yield self.row.told + retry
        if self.written is not None and self.written.masked:
            yield f"{render.counted(self.written.masked, 'secret')} masked in what was sent"
        if self.left_out:
            yield f"too long to be sent: {', '.join(self.left_out)}"
        if names := _strangers(body):
            yield f"the prose names what is neither in the outline nor imported: {', '.join(names)}"


NOTHING = About()


def about(opened: OpenTree, row: Row) -> About:
    """Of the file with this row. Prose about what it held before is not shown."""
    owed = opened.prose.row(row.path)
    if owed is None or owed.prose is None or owed.oid != row.oid:
        return About(owed)
    written = prose.by_id(opened.store.connection, owed.prose)
    return About(owed, written if written is not None and written.complete else None)


def _strangers(body: dict[str, Any]) -> list[str]:
    return [] if body["prose"] is None else strangers(body["outline"], body["prose"])
