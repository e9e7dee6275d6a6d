"""No byte outside the root is read."""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from docwatch.confined import RefusedError, Root
from docwatch.errors import TransientError, UserError

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.skipif(sys.platform != "linux", reason="the racer needs renameat2")
def test_swapping_folders_for_links_while_reading_gains_nothing(tmp_path):
    command = [sys.executable, BENCH / "confined_race.py", "--tries", "30000"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    counted = json.loads(done.stdout)
    assert counted["escapes"] == 0
    assert counted["inside"] > 100
    assert counted["symbolic link"] > 100


def hostile_paths(count: int) -> list[bytes]:
    """Paths made to get out, from the pieces that such paths are made of."""
    pieces = [b"..", b".", b"", b"a", b"outside", b"link", b"to_etc", b"etc", b"passwd", b".git", b"config", b"x.py"]
    pieces += [
        b"..\\..",
        b"%2e%2e",
        b"\xc0\xae\xc0\xae",
        b"~",
        b"C:",
        b"\\\\host\\share",
        b"x.py:stream",
        b"\0",
        b"x\0.py",
    ]
    pieces += [
        b"..;",
        b"...",
        b"\n",
        b"*",
        b"proc",
        b"self",
        b"root",
        b"n" * 255,
        b"n" * 256,
        b"\xe2\x80\xae",
        b"$HOME",
    ]
    chosen = random.Random(1)
    paths = [b"/".join(chosen.choices(pieces, k=chosen.randrange(1, 7))) for _ in range(count)]
    return [
        prefix + path for path in paths for prefix in (chosen.choice((b"", b"", b"", b"/", b"../", b"//", b"link/")),)
    ]


def test_ten_thousand_hostile_paths_are_decisions_and_read_nothing_from_outside(root, write, open_scope, tmp_path):
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    for path in ("x.py", "passwd", "a/x.py", "config"):
        (outside / path).write_text("OUTSIDE")
    for folder in ("", "a/", "a/outside/"):
        write(folder + "x.py", "inside")
        (root / folder / "link").symlink_to(outside)
        (root / folder / "to_etc").symlink_to("/etc")
    (tmp_path / "repo-evil").symlink_to(outside)
    scope = open_scope()
    read = 0
    for path in hostile_paths(10_000):
        decision = scope.admit(path)
        reading = scope.read(path)
        assert reading.content in (b"", b"inside"), path
        assert reading.decision.admitted == (reading.content == b"inside")
        assert decision.admitted == reading.decision.admitted
        scope.descends(path)
        read += reading.content != b""
    assert read > 10


def test_a_file_that_grows_while_it_is_read_is_read_again_later(tmp_path, monkeypatch):
    file = tmp_path / "a.py"
    file.write_bytes(b"x")
    really = os.pread

    def read_and_grow(descriptor: int, size: int, offset: int) -> bytes:
        content = really(descriptor, size, offset)
        with file.open("ab") as opened:
            opened.write(b"y")
        return content

    with Root(str(tmp_path)) as root:
        monkeypatch.setattr(os, "pread", read_and_grow)
        with pytest.raises(TransientError, match="changes while it is read"):
            root.read(b"a.py", 1000)


def test_a_file_that_changes_once_while_it_is_read_is_given_whole(tmp_path, monkeypatch):
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    really, left = os.pread, [b"newer"]

    def read_and_change(descriptor: int, size: int, offset: int) -> bytes:
        content = really(descriptor, size, offset)
        if left:
            file.write_bytes(left.pop())
        return content

    with Root(str(tmp_path)) as root:
        monkeypatch.setattr(os, "pread", read_and_change)
        content, found = root.read(b"a.py", 1000)
    assert (content, found.st_size) == (b"newer", 5)


def test_no_more_than_the_limit_is_read_of_a_file_that_grows_past_it(tmp_path, monkeypatch):
    file = tmp_path / "a.py"
    file.write_bytes(b"x" * 10)
    really, asked = os.pread, []

    def read_and_grow(descriptor: int, size: int, offset: int) -> bytes:
        asked.append(size)
        with file.open("ab") as opened:
            opened.write(b"y" * 1000)
        return really(descriptor, size, offset)

    with Root(str(tmp_path)) as root:
        monkeypatch.setattr(os, "pread", read_and_grow)
        with pytest.raises(RefusedError, match="too large"):
            root.read(b"a.py", 100)
    assert asked == [11]


def test_a_shortage_of_the_machine_is_not_the_files_fault(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_bytes(b"x")

    def too_many_open(*_: object, **__: object) -> int:
        raise OSError(24, "Too many open files")

    with Root(str(tmp_path)) as root, monkeypatch.context() as patch:
        patch.setattr(os, "open", too_many_open)
        with pytest.raises(TransientError, match="Too many open files"):
            root.read(b"a.py", 100)


def test_reading_leaves_no_descriptor_open(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c.py").write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    gc.collect()  # what others left is not to go meanwhile
    with Root(str(tmp_path)) as root:
        before = len(os.listdir("/dev/fd"))
        root.read(b"a/b/c.py", 10)
        for path in (b"a/b/c.py/d", b"link/b/c.py", b"a/b", b"a/missing/c.py", b"a/b/c.pyc"):
            with pytest.raises(RefusedError):
                root.read(path, 10)
        assert len(os.listdir("/dev/fd")) == before


def test_a_root_that_cannot_be_opened_is_the_users_to_put_right(tmp_path):
    with pytest.raises(UserError, match="name a folder that you can read"):
        Root(str(tmp_path / "missing"))
