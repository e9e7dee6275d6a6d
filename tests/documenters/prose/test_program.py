"""A program is run without a trace: what it reads, writes and starts is bounded, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from docwatch.documenters.prose import program
from docwatch.documenters.prose.program import Finished, Limits
from docwatch.errors import BlockedError
from tests.conftest import until

SECONDS = 20.0


def python(code: str, stdin: bytes = b"", seconds: float = SECONDS, **limits: int) -> Finished:
    return program.run((sys.executable, "-c", code), stdin, {"PATH": "/bin", "A": "b"}, Limits(seconds, **limits))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):  # it may end between the two
        return False


def test_it_gets_its_input_and_an_empty_folder_and_the_environment_alone() -> None:
    done = python(
        "import os, sys; print(sys.stdin.read(), os.listdir('.'), os.environ['A'], 'HOME' in os.environ)", b"x"
    )

    assert (done.code, done.out.decode().split(), done.stopped) == (0, ["x", "[]", "b", "False"], "")


def test_its_folder_is_removed() -> None:
    folder = python("import os; open('left', 'w'); print(os.getcwd(), end='')").out.decode()

    assert os.path.basename(folder).startswith("docwatch-")
    assert not os.path.exists(folder)


@pytest.mark.parametrize(("code", "told"), [("exit(75)", 75), ("import os; os.kill(os.getpid(), 11)", 139), ("1/0", 1)])
def test_its_exit_code_is_told(code: str, told: int) -> None:
    done = python(code)

    assert done.code == told
    if told == 1:
        assert done.last_words == "ZeroDivisionError: division by zero"


def test_much_of_everything_at_once_stops_nothing() -> None:
    """10 MB of error output, 5 MB in, 3 MB out: no pipe waits for another, and little is kept of what is not wanted."""
    code = "import sys; sys.stderr.write('e' * 10_000_000); t = sys.stdin.read(); print('o' * 3_000_000, len(t))"
    done = python(code, b"i" * 5_000_000)

    assert done.out.decode().split()[1] == "5000000"
    assert len(done.err) == Limits(1).err


def test_input_that_nobody_reads_is_no_error() -> None:
    assert python("import os; os.close(0); print(1)", b"i" * 5_000_000).out == b"1\n"


def test_more_output_than_allowed_ends_it() -> None:
    done = python("while True: print('o' * 10_000)", out=100_000)

    assert "more than 100000 bytes" in done.stopped
    assert len(done.out) == 100_000


# Starts processes that no signal but SIGKILL reaches: one in its group, one in a session of its own, and one that its
# parent has left in a third. Each writes down its process id and keeps our pipes open.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def child(*steps):
    if os.fork() == 0:
        for step in steps:
            if step == "leave" and os.fork():
                os._exit(0)
            if step == "session":
                os.setsid()
        os.write(fd, f"{os.getpid()}\\n".encode())
        while True:
            time.sleep(120)
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
child(); child("session"); child("session", "leave"); child("leave", "session", "leave")
while open(sys.argv[1]).read().count("\\n") < 4:
    time.sleep(0.01)
print("ready", flush=True)
"""


def pids_of(place: Path) -> list[int]:
    return [int(line) for line in place.read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a daemon escapes, as keeper.py says")
def test_what_outlives_it_is_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", STUBBORN, str(tmp_path / "pids"))
    done = program.run(command, b"", {}, Limits(SECONDS))

    assert done.out == b"ready\n"
    assert done.stopped == "", "it does not wait for those that keep the pipes open"
    assert len(pids_of(tmp_path / "pids")) == 4
    assert not [pid for pid in pids_of(tmp_path / "pids") if is_alive(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a daemon escapes, as keeper.py says")
def test_one_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    command = (sys.executable, "-c", STUBBORN + "time.sleep(120)", str(tmp_path / "pids"))
    for seconds in (1, 5, 25):  # a busy machine may not even start it in one
        done = program.run(command, b"", {}, Limits(seconds))
        assert done.stopped == f"it took longer than {seconds} s"
        if done.out:
            break

    assert len(pids_of(tmp_path / "pids")) >= 4
    assert not [pid for pid in pids_of(tmp_path / "pids") if is_alive(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a daemon escapes, as keeper.py says")
@pytest.mark.parametrize("killed", ["us", "our group"])
def test_nothing_is_left_where_we_are_killed_ourselves(killed: str, tmp_path: Path) -> None:
    script = (
        "import sys; from docwatch.documenters.prose import program\n"
        "program.run((sys.executable, '-c', sys.argv[1], sys.argv[2]), b'', {}, program.Limits(60))"
    )
    command = (sys.executable, "-c", script, STUBBORN + "time.sleep(120)", str(tmp_path / "pids"))
    us = subprocess.Popen(command, start_new_session=True)
    until(lambda: (tmp_path / "pids").exists() and len(pids_of(tmp_path / "pids")) == 4)
    (os.kill if killed == "us" else os.killpg)(us.pid, signal.SIGKILL)
    us.wait()

    until(lambda: not [pid for pid in pids_of(tmp_path / "pids") if is_alive(pid)])


def test_an_exception_from_a_signal_ends_it_too(tmp_path: Path) -> None:
    """As RQ's alarm does when a job's time is over."""

    def ring(*_: object) -> None:
        if (tmp_path / "pids").exists() and len(pids_of(tmp_path / "pids")) == 4:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        with pytest.raises(TimeoutError):
            program.run(
                (sys.executable, "-c", STUBBORN + "time.sleep(120)", str(tmp_path / "pids")), b"", {}, Limits(60)
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not [pid for pid in pids_of(tmp_path / "pids") if is_alive(pid)]


def test_a_program_that_is_not_there_blocks_and_one_of_the_current_folder_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BlockedError, match="no program no-such-program; install it"):
        program.find("no-such-program")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(BlockedError, match="absolute path"):
        program.find("./tool")
    assert program.find(str(tmp_path / "tool")) == str(tmp_path / "tool")
    assert os.path.isabs(program.find("sh"))


def test_no_process_but_the_keeper_has_the_lifeline() -> None:
    """Else the keeper would not learn of our death while the program, or another of our children, lives."""
    assert python("import os; print(len(os.listdir('/proc/self/fd')))").out == b"4\n", "three, and the listing's own"
