"""The git hooks that docwatch uses, and what can be said of one in a work tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NAMES = ("post-commit", "post-merge", "post-checkout", "post-rewrite", "post-applypatch")


@dataclass(frozen=True, slots=True)
class HookStatus:
    """One hook: `path` is ours where git runs it, else where git looks; `chained` the kept hook that ours runs.

    `state` is "installed"; "outdated": ours, but of another version or interpreter; "silenced": ours was installed and
    something has put it out of git's way since; "foreign": only somebody else's is there; "missing". `tool` names the
    tool that the hook beside or instead of ours belongs to, where it is one we know. `reason` says in words what is
    unusual, with the next step; empty when nothing is.
    """

    name: str
    path: str
    state: Literal["installed", "outdated", "silenced", "foreign", "missing"]
    chained: str | None = None
    reason: str = ""
    tool: str | None = None
