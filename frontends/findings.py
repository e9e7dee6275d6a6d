"""What a check of `docwatch doctor` comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what is there, `fix` the next step; `state` is "problem" for what keeps docwatch from its work."""

    state: State
    text: str
    fix: str = ""


def ok(text: str) -> Finding:
    return Finding("ok", text)


def note(text: str, fix: str) -> Finding:
    return Finding("note", text, fix)


def problem(text: str, fix: str) -> Finding:
    return Finding("problem", text, fix)


def of_message(message: str, state: State = "problem") -> Finding:
    """A finding from one of our messages, whose last part is its next step."""
    text, _, fix = message.rpartition("; ")
    return Finding(state, text, fix) if text else Finding(state, fix)
