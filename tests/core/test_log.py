"""One log for all processes: nothing can forge a line of it, rotation loses none, and its end is read alone."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from docwatch import log

logger = logging.getLogger("docwatch.test")

HOSTILE = (
    "line\nbreak",
    "carriage\rreturn",
    "escape\x1b[2J\x1b]0;title\x07",
    "c1 \x9b31m \x85",
    "separators \u2028 \u2029",
    "bidi \u202e \u2066 \u2069 \u200f \u061c",
    "nul \0 del \x7f back \b",
    os.fsdecode(b"not utf-8 \xff"),
    "lone \ud800",
)


def lines() -> list[str]:
    return Path(log.path()).read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_line_without_anything_that_steers_a_terminal(text: str) -> None:
    log.setup("worker")
    logger.info("%s: documented", text)
    (line,) = lines()
    assert all(character.isprintable() for character in line)
    assert line.endswith(": documented")
    assert line.encode()
    assert text.split()[0][:4] in line


def test_a_forged_line_cannot_appear() -> None:
    log.setup("worker")
    logger.info("a\n2026-01-01T00:00:00 ERROR main[1] all your documents are gone\n")
    assert len(lines()) == len(log.tail(10)) == 1


def test_a_traceback_stays_one_entry_and_its_text_harmless() -> None:
    log.setup("worker")
    try:
        raise ValueError("evil\x1b[31m\u202e")
    except ValueError:
        logger.exception("it broke")
    (line,) = lines()
    assert "it broke" in line
    assert "Traceback" in line
    assert "evil\\x1b[31m\\u202e" in line


@pytest.mark.parametrize("text", ["plain", "ünïcödé 文字 🙂", "a\\nb", "tab-free  spaces"])
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert log.harmless(text) == text


def test_a_line_says_when_what_and_which_process() -> None:
    log.setup("watcher")
    logger.warning("%d files", 3)
    words = lines()[0].split(" ")
    assert len(words[0]) == len("2026-01-01T00:00:00")
    assert words[1:] == ["WARNING", f"watcher[{os.getpid()}]", "3", "files"]


def test_setup_twice_does_not_double_lines_and_the_last_name_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert not log.is_set_up()
    log.setup("first", echo=True)
    log.setup("second")
    assert log.is_set_up()
    logger.info("once")
    assert len(lines()) == 1
    assert "second[" in lines()[0]
    assert capsys.readouterr().err.count("once") == 1, "an echo stays"
    log.tear_down()
    assert not log.is_set_up()


def test_the_log_is_private() -> None:
    log.setup("worker")
    assert os.stat(log.path()).st_mode & 0o077 == 0


# Rotation.

WRITER = """
import logging, sys
from docwatch import log
log.LARGEST_BYTES, log.KEPT = 1_000, 200
log.setup("w")
for number in range(300):
    logging.getLogger("docwatch").info("%s-%d %s", sys.argv[1], number, "x" * 50)
"""


def everything() -> list[str]:
    """The lines of the log and of all that was rotated away."""
    folder = os.path.dirname(log.path())
    return [line for name in os.listdir(folder) for line in Path(folder, name).read_text().split("\n")[:-1]]


def test_rotation_under_several_processes_loses_and_splits_no_line() -> None:
    processes = [subprocess.Popen((sys.executable, "-c", WRITER, str(number))) for number in range(4)]
    assert [process.wait(30) for process in processes] == [0] * 4
    messages = [line.split(" ")[3] for line in everything()]
    assert len(messages) == 1200
    assert set(messages) == {f"{writer}-{number}" for writer in range(4) for number in range(300)}
    sizes = [os.stat(path).st_size for path in Path(log.path()).parent.glob("docwatch.log.*")]
    assert len(sizes) > 50
    assert min(sizes) > 1_000, "nor is a file rotated that another process has just begun"


def test_only_so_many_rotated_files_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST_BYTES", 100)
    log.setup("worker")
    for number in range(20):
        logger.info("%d %s", number, "x" * 100)
    assert sorted(os.listdir(os.path.dirname(log.path()))) == [
        "docwatch.log",
        *(f"docwatch.log.{n}" for n in (1, 2, 3)),
    ]
    assert [line.split(" ")[3] for line in Path(f"{log.path()}.3").read_text().splitlines()] == ["17"]


def test_a_log_that_was_removed_is_made_again() -> None:
    log.setup("worker")
    logger.info("one")
    os.unlink(log.path())
    logger.info("two")
    assert [line.split(" ")[-1] for line in lines()] == ["two"]


# Reading.


def test_tail_gives_the_last_lines_oldest_first() -> None:
    assert log.tail(5) == []
    Path(log.path()).write_text("".join(f"line {number}\n" for number in range(10)))
    assert log.tail(3) == ["line 7", "line 8", "line 9"]
    assert len(log.tail(99)) == 10
    assert log.tail(0) == []


@pytest.mark.parametrize("size", [10, 65535, 65536, 70000])
def test_tail_never_gives_half_a_line(size: int) -> None:
    Path(log.path()).write_text("".join(f"{number}{'x' * size}\n" for number in range(8)))
    assert [line.rstrip("x") for line in log.tail(3)] == ["5", "6", "7"]
    assert {len(line) for line in log.tail(3)} == {size + 1}


def test_tail_right_after_a_rotation_goes_on_in_the_file_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST_BYTES", 150)
    log.setup("worker")
    for number in range(5):
        logger.info("%d %s", number, "x" * 50)
    assert [line.split(" ")[3] for line in log.tail(3)] == ["2", "3", "4"]
    assert log.tail(0) == []


def test_tail_of_a_huge_log_reads_only_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    last = "".join(f"line {number}\n" for number in range(10))
    with open(log.path(), "wb") as file:
        file.truncate(200 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + last.encode())
    read, pread = [], os.pread
    monkeypatch.setattr(os, "pread", lambda *how: read.append(how[1]) or pread(*how))
    assert log.tail(5) == last.splitlines()[-5:]
    assert sum(read) <= 65536
    assert log.tail(50) == last.splitlines()
    assert sum(read) <= 2 << 20, "nor does a line without end make it read everything"


Pauses = Callable[..., None]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """Called with what is to happen each time `follow` has nothing to give and waits."""

    def plan(*happenings: Callable[[], object]) -> None:
        left = iter(happenings)
        monkeypatch.setattr(log.time, "sleep", lambda _: next(left)())

    return plan


def test_follow_gives_what_is_written_from_now_on(pauses: Pauses) -> None:
    log.setup("worker")
    logger.info("before")
    pauses(lambda: logger.info("one"), lambda: None, lambda: logger.info("two"))
    with contextlib.closing(log.follow()) as following:
        assert [next(following).split(" ")[-1] for _ in range(2)] == ["one", "two"]


def test_follow_goes_on_across_rotation_without_losing_a_line(pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST_BYTES", 200)
    log.setup("worker")
    pauses(*(functools.partial(logger.info, "<%d>", number) for number in range(30)))
    with contextlib.closing(log.follow()) as following:
        assert [next(following).split(" ")[-1] for _ in range(30)] == [f"<{number}>" for number in range(30)]
    assert os.path.exists(log.path() + ".3")


def test_follow_waits_for_the_end_of_a_line(pauses: Pauses) -> None:
    with open(log.path(), "ab", buffering=0) as file, contextlib.closing(log.follow()) as following:
        pauses(
            lambda: file.write(b"one "), lambda: None, lambda: file.write(b"whole\nand "), lambda: file.write(b"two\n")
        )
        assert [next(following), next(following)] == ["one whole", "and two"]


def test_what_goes_wrong_every_second_is_said_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("docwatch.log.time.monotonic", lambda: now)
    log.setup("test")
    logger = logging.getLogger("docwatch.test")
    for now in range(0, 150, 1):
        logger.warning("Redis is away")
        logger.warning("another trouble, %d s old", now)
        logger.info("a file is documented")
    lines = log.tail(1000)
    assert [len([line for line in lines if text in line]) for text in ("Redis is", "another", "a file")] == [
        3,
        150,
        150,
    ]
