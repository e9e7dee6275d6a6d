"""The script that git runs for us: what is in it, and how it is told from anybody else's."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from contextlib import AbstractContextManager
from importlib import resources

_MARK = b"\n# docwatch hook "  # its second line, before the number of its format
_PYTHON = re.compile(rb"^python=(.*)$", re.MULTILINE)


def made(name: str, python: str) -> bytes:
    """The script for the hook `name`; where no docwatch runs it starts the interpreter `python`."""
    template = resources.files("docwatch.hooks").joinpath("hook.sh").read_text()
    filled = template.replace("'@HOOK@'", shlex.quote(name)).replace("'@PYTHON@'", shlex.quote(python))
    return os.fsencode(filled)


def is_ours(path: str) -> bool:
    # A symbolic link is never ours, whatever it leads to: it was somebody's decision.
    return os.path.isfile(path) and not os.path.islink(path) and _MARK in content(path)[:100]


def is_current(path: str, script: bytes) -> bool:
    return content(path) == script and os.access(path, os.X_OK)


def interpreter(path: str) -> str:
    """What the script of ours at this path starts; empty where somebody has edited that away."""
    found = _PYTHON.search(content(path))
    try:
        words = shlex.split(os.fsdecode(found[1])) if found else []
    except ValueError:
        words = []
    return words[0] if words else ""


def outdated(path: str) -> str:
    """In words what is wrong with a script that is not as we would write it now, with the next step."""
    python = interpreter(path) if os.path.isfile(path) else ""
    if not os.path.isfile(path):
        what = f"{path} is gone"
    elif not os.access(python, os.X_OK):
        what = f"it starts {python}, which is gone"
    else:
        what = "of another version or interpreter"
    return f"{what}; run 'docwatch hooks install'"


def write(path: str, script: bytes, around: AbstractContextManager[None] | None = None) -> None:
    """Move the script into place whole, unless it is there already; `around` surrounds that last step alone."""
    if is_ours(path) and is_current(path, script):
        return
    temporary = f"{path}.docwatch-{os.getpid()}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o755), "wb") as file:
            file.write(script)
        with around or contextlib.nullcontext():
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
