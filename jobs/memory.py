"""How much memory a process that documents may have."""

from __future__ import annotations

import resource

MOST_BYTES = 3 << 30  # of its address space


def limit() -> None:
    """A few kilobytes of hostile source can make a parser take gigabytes: they are to hit a wall, not the machine."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > MOST_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, hard))
