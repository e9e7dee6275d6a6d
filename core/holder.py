"""Who holds a lease: one process, told apart from any later one that gets the same number."""

from __future__ import annotations

import functools
import os
import socket
import subprocess


def this_process() -> str:
    """This process as `host:pid:start`, where start is what the system says of its beginning."""
    return _cached_name(os.getpid())


def name_of(pid: int) -> str:
    """A process of this host as `host:pid:start`."""
    return f"{socket.gethostname()}:{pid}:{_start(pid)}"


def is_alive(holder: str) -> bool:
    """Whether the holder's process still runs. One on another host counts as alive: it can't be seen from here."""
    host, pid, start = holder.rsplit(":", 2)
    return host != socket.gethostname() or _start(int(pid)) == start


_cached_name = functools.lru_cache(maxsize=1)(name_of)


def _start(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The command's name is in parentheses and may hold anything; the 20th field after it is the start time.
            state, *rest = file.read().rpartition(b")")[2].split()
            return None if state == b"Z" else rest[18].decode()
    except FileNotFoundError:
        if os.path.exists("/proc/self/stat"):
            return None
    # macOS has no /proc.
    told = subprocess.run(("ps", "-o", "lstart=", "-p", str(pid)), capture_output=True, check=False).stdout.split()
    return "-".join(word.decode().replace(":", ".") for word in told) or None
