"""A blob's identity: the OID that git would give the same bytes."""

from __future__ import annotations

import hashlib


def blob_oid(content: bytes, object_format: str) -> str:
    """The OID as `git hash-object --no-filters` gives it; `object_format` is sha1 or sha256."""
    digest = hashlib.new(object_format, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
