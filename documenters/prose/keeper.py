"""Start a program, and leave nothing of it behind. Run by `program.py` as a script of its own, alone with the program.

    python -I -S keeper.py LIFELINE PROGRAM ARGUMENTS…

LIFELINE is a descriptor that is readable once the program is to end: its other end is closed by who holds it, or by
that one's death. The keeper then, or when the program has ended by itself, kills whatever the program has started.

On Linux the keeper is the subreaper of all of it (prctl(2)): what outlives its parent, even in a session of its own,
becomes the keeper's child, so that children remain until all of it is dead. Elsewhere (macOS) there is no such thing:
there it kills the program's process group and what still descends from the program at that moment; a process that has
left both, a daemon, escapes.

Exits with the program's exit code, 128 + N where signal N ended it, 126 where it could not be started.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
_LOOK_SECONDS = 0.02
_KILL_SECONDS = 10.0  # a process in uninterruptible sleep may not die; it is nobody's to wait for


def main() -> int:
    lifeline = int(sys.argv[1])
    os.set_inheritable(lifeline, False)
    _adopt_orphans()
    program = os.fork()
    if program == 0:
        _become(sys.argv[2:])
    os.close(0)  # the program's alone: who writes to it learns that it does not listen any more
    code = _wait(program, lifeline)
    _kill_all(program)
    return code


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _become(command: list[str]) -> None:
    try:
        os.setpgid(0, 0)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # What a worker limits for its own parsers is too little for the address space of Node.
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        os.execv(command[0], command)  # noqa: S606 - that is what we are for
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(126)


def _wait(program: int, lifeline: int) -> int:
    """Until the program has ended, or the lifeline is cut."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == program:
            return _code(status)
        if pid == 0 and select.select([lifeline], [], [], _LOOK_SECONDS)[0]:
            return 128 + signal.SIGKILL


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _kill_all(program: int) -> None:
    """Kill what descends from us, again and again, until nothing is left: new ones may come while we kill."""
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        for pid in _descendants():
            _kill(os.kill, pid)
        _kill(os.killpg, program)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


def _kill(kill: Callable[[int, int], None], target: int) -> None:
    with contextlib.suppress(OSError):  # gone already, or nobody's to kill
        kill(target, signal.SIGKILL)


def _descendants() -> list[int]:
    """The processes below us, parents before their children."""
    children: dict[int, list[int]] = {}
    for pid, parent in _processes():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def _processes() -> list[tuple[int, int]]:
    """(process, parent) of all there are."""
    if not os.path.isdir("/proc/self"):
        listing = subprocess.run(("/bin/ps", "-axo", "pid=,ppid="), capture_output=True, check=False).stdout
        numbers = [line.split() for line in listing.splitlines()]
        return [(int(one), int(other)) for one, other in numbers]
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The program's name, in brackets, may hold anything.
                found.append((int(name), int(file.read().rpartition(b")")[2].split()[1])))
        except OSError:
            continue  # it has ended meanwhile
    return found


if __name__ == "__main__":
    sys.exit(main())
