"""Who holds a lease: one process, told apart from any later one that gets the same number."""

from __future__ import annotations

import functools
import os
import socket
import subprocess

from docwatch.config import child_environment


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
    return _start_by_proc(pid) if os.path.exists("/proc/self/stat") else _start_by_ps(pid)


def _start_by_proc(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The command's name is in parentheses and may hold anything; the 20th field after it is the start time.
            state, *rest = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # the latter when it ends between opening and reading
        return None
    return None if state == b"Z" else rest[18].decode()


def _start_by_ps(pid: int) -> str | None:
    """For macOS, which has no /proc."""
    # Language and time zone may differ between the process that wrote a name and the one that compares it.
    environment = child_environment(LC_ALL="C", TZ="UTC")
    ask = ("ps", "-o", "stat=,lstart=", "-p", str(pid))
    told = subprocess.run(ask, capture_output=True, check=False, env=environment).stdout.decode().split()
    return "-".join(told[1:]).replace(":", ".") if told and not told[0].startswith("Z") else None
