"""The first words with a client: `initialize` is answered before the SDK, which takes most of a second, is loaded.

The SDK then hears what the client said as if nothing had been answered yet, and what it answers to that is not said
again. Anything but a plain `initialize` waits for the SDK.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from docwatch import __version__
from docwatch.frontends.mcp.inert import NOTICE

NAME = "docwatch"
INSTRUCTIONS = (
    "docwatch keeps a document for every source file of this repository. Begin with repository_map or search_docs; "
    "read get_document before you open a file; ask dependents_of before you change one; call refresh afterwards. "
    f"Each answer says of every file whether its document is fresh, and of which content (oid) it is. {NOTICE}"
)
# The revisions of the protocol that begin with it, as the SDK has them; what others ask for is for it to settle.
_REVISIONS = frozenset(("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"))


class Opening(NamedTuple):
    """A client's first line, and the id of its request if that has been answered."""

    line: bytes
    answered: str | int | None


def greet(incoming: int, outgoing: int) -> Opening:
    """Hear the first line on one descriptor, and no byte beyond; answer it on the other if that can be done."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(incoming, 1)):
        line += byte
    answer = answer_to(line)
    if answer is None:
        return Opening(line, None)
    said = json.dumps(answer, separators=(",", ":")).encode() + b"\n"
    while said:
        said = said[os.write(outgoing, said) :]
    return Opening(line, answer["id"])


def answer_to(line: bytes) -> dict[str, Any] | None:
    """What the SDK will answer; None where that is not known."""
    try:
        asked = json.loads(line)
        revision, client = asked["params"]["protocolVersion"], asked["params"]["clientInfo"]
        is_plain = (
            asked["jsonrpc"] == "2.0"
            and asked["method"] == "initialize"
            and type(asked["id"]) in (int, str)
            and type(asked["params"]["capabilities"]) is dict
            and type(client["name"]) is type(client["version"]) is str
            and revision in _REVISIONS
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not is_plain:
        return None
    result = {
        "capabilities": {"tools": {"listChanged": False}},
        "instructions": INSTRUCTIONS,
        "protocolVersion": revision,
        "serverInfo": {"name": NAME, "version": __version__},
    }
    return {"jsonrpc": "2.0", "id": asked["id"], "result": result}
