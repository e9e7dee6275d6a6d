"""Who holds a lease: a process is never taken for another that got its number, nor a dead one for alive."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from docwatch import holder
from tests.conftest import until


@pytest.fixture(params=["proc", "ps"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways of asking the system, where it has them."""
    if request.param == "proc" and not os.path.exists("/proc/self/stat"):
        pytest.skip("this system has no /proc")
    if request.param == "ps" and shutil.which("ps") is None:
        pytest.skip("this system has no ps")
    holder._cached_name.cache_clear()
    monkeypatch.setattr(holder, "_start", getattr(holder, f"_start_by_{request.param}"))
    yield
    holder._cached_name.cache_clear()


def child() -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE)


def test_this_process_is_alive_and_a_fork_is_another(start: None) -> None:
    ours = holder.this_process()
    assert holder.is_alive(ours)
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(writer, holder.this_process().encode())
        os._exit(0)
    os.waitpid(pid, 0)
    theirs = os.read(reader, 1000).decode()
    os.close(reader)
    os.close(writer)
    assert theirs.split(":")[1] == str(pid)
    assert not holder.is_alive(theirs)
    assert holder.this_process() == ours


def test_a_process_that_ended_is_dead(start: None) -> None:
    with child() as process:
        name = holder.name_of(process.pid)
        assert holder.is_alive(name)
    assert not holder.is_alive(name)
    assert not holder.is_alive(holder.name_of(process.pid)), "nor one that was dead when it was named"


def test_a_zombie_is_dead(start: None) -> None:
    with child() as process:
        name = holder.name_of(process.pid)
        process.kill()
        until(lambda: not holder.is_alive(name))  # nobody has waited for it yet
        assert process.returncode is None


def test_a_stopped_process_is_alive(start: None) -> None:
    with child() as process:
        name = holder.name_of(process.pid)
        process.send_signal(signal.SIGSTOP)
        assert holder.is_alive(name)
        process.kill()


def test_a_later_process_of_the_same_number_is_another(start: None) -> None:
    host, pid, began = holder.this_process().rsplit(":", 2)
    assert not holder.is_alive(f"{host}:{pid}:{began}1")


def test_a_process_of_another_host_counts_as_alive(start: None) -> None:
    assert holder.is_alive("elsewhere.example.org:1:1")
    assert holder.is_alive("fe80::1:999999999:1")


def test_the_answer_does_not_depend_on_language_or_time_zone(start: None, monkeypatch: pytest.MonkeyPatch) -> None:
    name = holder.name_of(os.getpid())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert holder.name_of(os.getpid()) == name


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="this system has no /proc")
def test_the_name_of_a_command_cannot_forge_the_answer() -> None:
    """The name stands in parentheses before the fields and may hold anything."""
    code = "import ctypes; ctypes.CDLL(None).prctl(15, b') Z 1 2 (', 0, 0, 0); print(flush=True); input()"
    with subprocess.Popen((sys.executable, "-c", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        name = holder.name_of(process.pid)
        assert holder.is_alive(name)
        assert name.rsplit(":", 1)[1].isdigit()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="this system has no /proc")
def test_a_process_that_ends_while_it_is_asked_about_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    with child() as process:
        name = holder.name_of(process.pid)

        def open_then_end(path: str, mode: str) -> object:
            file = open(path, mode, buffering=0)  # noqa: SIM115 - is_alive closes it
            process.kill()
            process.wait()
            return file

        monkeypatch.setattr(holder, "open", open_then_end, raising=False)
        assert not holder.is_alive(name)
