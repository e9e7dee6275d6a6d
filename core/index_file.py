"""Files in the format of git's index, so that git can tell which of many files are not as they were.

`git diff-files` makes an lstat of each file of an index and compares it with what the index has, several times as fast
as Python could. An index of ours holds lstats and nothing else: no content is behind it, nothing is staged by it, and
git is only told of it by GIT_INDEX_FILE. Git compares whole seconds, so a file that could change within the one it
was last changed in has to be entered as not settled: git then always finds it changed.

The format, version 2 and an extension of ours that git skips: https://git-scm.com/docs/index-format
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

_HEADER = struct.Struct(">4sLL")
_STAT = struct.Struct(">10L")
_FLAGS, _LENGTH = struct.Struct(">H"), struct.Struct(">L")
_LONGEST_NAME = 0xFFF
# A longer path has a file all the same, reached from folder to folder, but git would make one lstat of it and fail.
_LONGEST_PATH_BYTES = 4000
_LOW = 0xFFFFFFFF
_NOTE = b"DWCH"  # begins with a capital: git may skip it
# Git reads the content of a file that is as young as the index it is in, and runs filters over it. Ours are from the
# future.
_FUTURE_SECONDS = 0xF0000000


class IndexFile:
    """The index at `path`, which carries a note beside its entries; `object_format` is the repository's."""

    def __init__(self, path: str, object_format: str) -> None:
        self.path = path
        self._hash = object_format
        self._oid_of_nothing = hashlib.new(object_format, b"blob 0\0").digest()
        self._oid_of_anything = b"\1" * len(self._oid_of_nothing)

    def entry(self, path: bytes, found: os.stat_result, *, settled: bool) -> bytes | None:
        """The entry of a file with this lstat; None for what git would not look at by an index."""
        if len(path) > _LONGEST_PATH_BYTES:
            return None
        if stat.S_ISREG(found.st_mode):
            mode = 0o100755 if found.st_mode & stat.S_IXUSR else 0o100644
        elif stat.S_ISLNK(found.st_mode):
            mode = 0o120000
        else:
            return None
        # To git, size 0 with the OID of something means that it must look.
        size = found.st_size & _LOW if settled else 0
        oid = self._oid_of_nothing if settled and not size else self._oid_of_anything
        created_s, created_ns = divmod(found.st_ctime_ns, 10**9)
        modified_s, modified_ns = divmod(found.st_mtime_ns, 10**9)
        made = b"".join(
            (
                _STAT.pack(
                    *(created_s & _LOW, created_ns, modified_s & _LOW, modified_ns, found.st_dev & _LOW),
                    *(found.st_ino & _LOW, mode, found.st_uid & _LOW, found.st_gid & _LOW, size),
                ),
                oid,
                _FLAGS.pack(min(len(path), _LONGEST_NAME)),
                path,
            )
        )
        return made + bytes(8 - len(made) % 8)

    def write(self, entries: Mapping[bytes, bytes], note: bytes) -> None:
        """Put an index of these entries, by path, in place, whole."""
        length = _LENGTH.pack(len(note))
        extension = (_NOTE, _LENGTH.pack(len(note) + len(length)), note, length)
        content = b"".join(
            (_HEADER.pack(b"DIRC", 2, len(entries)), *(entries[path] for path in sorted(entries)), *extension)
        )
        temporary = f"{self.path}.{os.getpid()}"
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content + hashlib.new(self._hash, content).digest())
            os.utime(temporary, (_FUTURE_SECONDS, _FUTURE_SECONDS))
            os.replace(temporary, self.path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)

    def note(self) -> bytes:
        """Raises FileNotFoundError, and ValueError for a file that is not as `write` leaves it."""
        with open(self.path, "rb") as file:
            return self._note(file)

    def read(self) -> tuple[dict[bytes, bytes], bytes]:
        """The entries by path, and the note. Raises the same."""
        with open(self.path, "rb") as file:
            try:
                return dict(self._entries(file.read())), self._note(file)
            except struct.error as error:
                raise ValueError(f"{self.path}: {error}") from error

    def _note(self, file: BinaryIO) -> bytes:
        end = file.seek(0, os.SEEK_END) - len(self._oid_of_nothing) - _LENGTH.size
        length = int.from_bytes(_read(file, max(0, end), _LENGTH.size), "big")
        begin = end - length
        marked = begin - _LENGTH.size - len(_NOTE)
        if marked < _HEADER.size or _read(file, marked, len(_NOTE)) != _NOTE:
            raise ValueError(f"{self.path} is cut off")
        return _read(file, begin, length)

    def _entries(self, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        _, _, count = _HEADER.unpack_from(content)
        at, fixed = _HEADER.size, _STAT.size + len(self._oid_of_nothing)
        for _ in range(count):
            (length,) = _FLAGS.unpack_from(content, at + fixed)
            begin = at + fixed + _FLAGS.size
            end = begin + length if length < _LONGEST_NAME else content.index(b"\0", begin)
            after = end + 8 - (end - at) % 8
            yield content[begin:end], content[at:after]
            at = after


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)
