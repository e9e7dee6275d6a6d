"""What may be asked: each tool's name, what it is for, and its arguments, of which its JSON Schema is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from docwatch.frontends.mcp.inert import MOST_ITEMS

Path = Annotated[str, Meta(max_length=4_096, description="Path of a file, relative to the root of the work tree.")]
Below = Annotated[str, Meta(max_length=4_096, description="Only files below this folder; empty for all.")]
Limit = Annotated[int, Meta(ge=1, le=MOST_ITEMS, description="At most so many items.")]
Offset = Annotated[int, Meta(ge=0, le=10_000, description="next_offset of the answer before this one.")]
State = Literal["fresh", "stale", "queued", "running", "failed", "skipped"]


class Question(Struct, forbid_unknown_fields=True, kw_only=True):
    """The arguments of one tool; its docstring is what agents read of it."""


class SearchDocs(Question):
    """Find files by words, parts of identifiers or parts of names; best first, with the symbol that matches best.

    path:TEXT, lang:LANGUAGE and kind:KIND (class, function, method, ...) in the query narrow it: lock kind:class."""

    query: Annotated[
        str, Meta(max_length=1_000, description="Words, identifiers or parts of them; path:, lang: and kind: narrow.")
    ]
    limit: Limit = 10
    offset: Offset = 0


class GetDocument(Question):
    """What one file is about: summary, prose, imports and what they resolve to, exports, and its symbols, paged."""

    path: Path
    limit: Limit = 30
    offset: Offset = 0


class GetSymbol(Question):
    """One symbol in full: signature, lines, doc, prose, members, and its source if asked for.

    Without a path it is looked for in all files."""

    symbol: Annotated[str, Meta(max_length=600, description="Its name, or its qualified name: Outer.Inner.")]
    path: Path | None = None
    with_source: Annotated[bool, Meta(description="Also the lines of the file that define it.")] = False


class ListFiles(Question):
    """Files by path, with their states: every one that was seen, documented or not and why."""

    below: Below = ""
    state: State | None = None
    after: Annotated[str, Meta(max_length=4_096, description="next_after of the answer before this one.")] = ""
    limit: Limit = 50


class DependentsOf(Question):
    """Which files import a file, directly or through others: what a change to it may break."""

    path: Path
    depth: Annotated[int, Meta(ge=1, le=10, description="1: direct importers; 2: theirs as well; and so on.")] = 1
    limit: Limit = 50
    offset: Offset = 0


class RepositoryMap(Question):
    """An outline of the repository, or of one folder, in about so many tokens: most-depended-on files first."""

    below: Below = ""
    tokens: Annotated[int, Meta(ge=200, le=8_000, description="About how long the answer may be.")] = 2_000
    offset: Offset = 0


class DocsStatus(Question):
    """How many files are in which state, and whether anything keeps the documents up to date."""


class Refresh(Question):
    """After changing files: have them documented again and wait until they are, or until the time is up."""

    paths: Annotated[list[Path], Meta(min_length=1, max_length=MOST_ITEMS)]
    wait_seconds: Annotated[float, Meta(ge=0, le=60, description="How long to wait at most.")] = 10.0


QUESTIONS: dict[str, type[Question]] = {
    "search_docs": SearchDocs,
    "get_document": GetDocument,
    "get_symbol": GetSymbol,
    "list_files": ListFiles,
    "dependents_of": DependentsOf,
    "repository_map": RepositoryMap,
    "docs_status": DocsStatus,
    "refresh": Refresh,
}


def schema(question: type[Question]) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments."""
    found: dict[str, Any] = msgspec.json.schema(question)["$defs"][question.__name__]
    return {key: value for key, value in found.items() if key not in ("title", "description")}


def description(question: type[Question]) -> str:
    return " ".join((question.__doc__ or "").split())
