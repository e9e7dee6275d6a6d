"""Which configurations of repositories their user trusts: the digest of each file's content, in the state folder.

A file that changes is as unknown as one that was never seen. Nothing here is read from a repository.
"""

from __future__ import annotations

import contextlib
import hashlib
import os

from docwatch import config, whole


def is_trusted(path: str, digest: str) -> bool:
    """Whether the file at `path` was trusted with just this content."""
    try:
        with open(entry(path), encoding="ascii", errors="replace") as file:
            return file.read(256).strip() == digest
    except FileNotFoundError:
        return False


def remember(path: str, digest: str) -> None:
    folder = os.path.join(config.state_folder(), "trust")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    whole.replace(entry(path), f"{digest}\n".encode())


def forget(path: str) -> bool:
    """Trust the file no more; whether it was trusted before."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(entry(path))
        return True
    return False


def entry(path: str) -> str:
    """The file that holds the digest, there or not."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    return os.path.join(config.state_folder(), "trust", name)
