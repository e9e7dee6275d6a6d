"""The spool: what hooks append is taken once, also after a crash."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from docwatch.hooks import spool
from docwatch.hooks.spool import ANYTHING, Notice, Spool, announce


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docwatch").mkdir()
    return tmp_path / "docwatch"


def test_lines_are_taken_once_and_in_order(folder: Path) -> None:
    (folder / "spool").write_bytes(b"post-commit \t/a b\tc\npost-checkout x y 1\t/\xff\npost-rewrite amend\t\n")
    with closing(Spool(str(folder))) as waiting:
        assert not waiting.is_empty()
        assert waiting.take() == [
            Notice("post-commit", "/a b\tc"),
            Notice("post-checkout", os.fsdecode(b"/\xff"), ("x", "y", "1")),
            Notice("post-rewrite", "", ("amend",)),
        ]
        assert waiting.take() == []
        assert waiting.is_empty()
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_had_renamed_is_taken_first(folder: Path) -> None:
    (folder / "spool.4711").write_bytes(b"post-commit \t/first\n")
    (folder / "spool").write_bytes(b"post-commit \t/second\n")
    with closing(Spool(str(folder))) as waiting:
        assert sorted(notice.root for notice in waiting.take()) == ["/first", "/second"]
    assert list(folder.iterdir()) == []


def test_a_line_written_by_a_hook_that_had_the_spool_open_is_not_lost(folder: Path) -> None:
    with (
        open(folder / "spool", "ab", buffering=0) as hook,
        closing(Spool(str(folder))) as waiting,
    ):
        assert waiting.take() == []
        hook.write(b"post-commit \t/late\n")
        assert waiting.take() == [Notice("post-commit", "/late")]


@pytest.mark.parametrize("line", [b"post-commit", b"rm -rf\t/", b"post-commit\trelative", b"\0\xff\t", b"\t/root"])
def test_a_line_that_no_hook_wrote_is_skipped_and_logged(
    folder: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "spool").write_bytes(line + b"\npost-commit \t/good\n")
    with closing(Spool(str(folder))) as waiting:
        assert waiting.take() == [Notice("post-commit", "/good")]
    assert "skipped a line" in caplog.text


def test_a_spool_that_nobody_took_for_long_means_that_anything_may_have_changed(folder: Path) -> None:
    (folder / "spool").write_bytes(b"post-commit \t/a\n" * (spool.LARGEST_BYTES // 16 + 1))
    with closing(Spool(str(folder))) as waiting:
        assert waiting.take() == [ANYTHING]


def test_the_word_of_a_watcher_stands_as_long_as_it_lives(folder: Path) -> None:
    with announce(str(folder)):
        pid, start = (folder / "watcher").read_text().split()
        assert pid == str(os.getpid())
        told = subprocess.run(("cat", f"/proc/{pid}/stat"), capture_output=True, check=False).stdout
        assert not told or told.rpartition(b") ")[2].split()[19].decode() == start
    assert list(folder.iterdir()) == []


def test_the_word_of_a_later_watcher_is_not_taken_back_by_an_earlier_one(folder: Path) -> None:
    with announce(str(folder)):
        (folder / "watcher").write_text("1 1\n")
    assert (folder / "watcher").read_text() == "1 1\n"
