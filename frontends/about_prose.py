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
from docwatch.prose_entries import ProseRow
from docwatch.strangers import strangers


@dataclass(frozen=True, slots=True)
class About:
    """How the prose of a file stands, where some is to be written; and the prose that is shown, as it was made.

    While it is owed, `before` is what was written about the file before, as plain data: of its symbols only what is
    true of them now, of the whole what was said then.
    """

    row: ProseRow | None = None
    written: Written | None = None
    before: dict[str, Any] | None = None

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
            "prose_before": self.before,
        }
        return {key: value for key, value in shown.items() if value}

    def shown(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as people are shown it: with what was written before, which says so."""
        if self.before is None or body["prose"] is not None:
            return body
        overview, notes = self.before["overview"], self.before["notes"]
        marked = {
            "overview": overview and f"{_BEFORE} {overview}",
            "symbols": self.before["symbols"],
            "notes": [f"{_BEFORE} {note}" for note in notes],
        }
        return body | {"prose": marked}

    def lines(self, path: bytes, body: dict[str, Any]) -> Iterator[str]:
        """The same for people."""
        if self.row is not None and self.row.told:
            steps = {"failed": f"; run 'docwatch retry {os.fsdecode(path)}'", "queued": "; see 'docwatch status'"}
            yield self.row.told + steps.get(self.row.state, "")
        if self.before is not None:
            yield "until then texts stand that were written before, of symbols whose own source is the same"
        if self.written is not None and self.written.masked:
            yield f"{render.counted(self.written.masked, 'secret')} masked in what was sent"
        if self.left_out:
            yield f"too long to be sent: {', '.join(self.left_out)}"
        if names := _strangers(body):
            yield f"the prose names what is neither in the outline nor imported: {', '.join(names)}"


NOTHING = About()
_BEFORE = "(before the last change)"


def about(opened: OpenTree, row: Row) -> About:
    """Of the file with this row, which has a document."""
    owed = opened.prose.row(row.path)
    if owed is None:
        return NOTHING
    written = None if owed.prose is None else prose.by_id(opened.store.connection, owed.prose)
    if written is not None and written.complete and written.oid == row.oid:
        return About(owed, written)
    if owed.state == "fresh":  # nobody has looked yet since it changed
        owed = owed._replace(state="queued", due_at=0.0)
    return About(owed, before=_before(opened, row, written) if row.state == "fresh" else None)


def _before(opened: OpenTree, row: Row, written: Written | None) -> dict[str, Any] | None:
    from docwatch.jobs.prose import known_texts

    said = {"overview": "", "notes": []} if written is None else json.loads(written.body)["prose"]
    symbols = known_texts(opened, row.path, written)
    found = {"overview": said["overview"], "symbols": symbols, "notes": said["notes"]}
    return {"oid": None if written is None else written.oid, **found} if any(found.values()) else None


def _strangers(body: dict[str, Any]) -> list[str]:
    return [] if body["prose"] is None else strangers(body["outline"], body["prose"])
