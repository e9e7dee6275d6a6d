"""Parse anything without harm: with a stack as deep as the file may need, and only as long as it is worth it.

tree-sitter drops its parse stack by recursion, one C frame of some 100 bytes for each token that is still open: 87,000
open brackets overflow the usual 8 MB and kill the process. No look at the source can tell in advance (`!!!!` and
`a => a => a` are as deep as `((((`), but a file cannot have more tokens than bytes.

Long runs of comments and recovery from errors can take time and memory with the square of the file. Most of that ends
at the limits here, of which ordinary files need a tenth. One step is beyond our reach: at the end of a broken file the
parser writes out every way through what it could not fit together, a copy of all tokens for each (12 kB of `a=>` read
as Java: 4 GB), and where its allocator has no more it goes on with a null pointer. What comes to that has taken many
steps for its size before, by which it is known in time. A source made for it could still pass; so the process that
parses should have a limit on its memory, and one above it that takes its death as an answer.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tree_sitter import Language, Parser, Point, Range, Tree

from docwatch.errors import TransientError

PARSE_LIMIT = 4 * 1024 * 1024  # bytes; what is larger is not parsed
_SMALL = 1024  # bytes of source that any stack is good for
_STACK_PER_BYTE = 128  # bytes; measured on x86-64: 96
_SPARE_STACK = 1024 * 1024  # bytes, for Python and the parser itself
_TEXT_BYTES = 128  # more than the names have that queries compare; what is given then is never released
# Calls of the progress callback, one for each 100 steps of the parser: as many as any source may take, and the bytes of
# source that are worth another. Real files have 32 and more, minified ones 45, `a=>` 18.
_STEPS = 160
_BYTES_PER_STEP = 24
_MEMORY_LIMIT = 128 * 1024 * 1024  # bytes that one parse may take,
_MEMORY_PER_BYTE = 128  # and for each byte of source; real files take 70
_SECONDS = 2  # of processor time that one parse may take, and more by its size: real source needs a fifth of that
_SECONDS_PER_BYTE, _MOST_SECONDS = 5e-6, 10.0
_STEPS_PER_LOOK = 16  # at the clock, which is a call of the system,
_STEPS_PER_CHECK = 64  # of memory; most files end before the first

_stack_size_lock = threading.Lock()  # the size is one setting for the whole process


def parse(grammar: Language, source: bytes, parts: list[Range] | None = None) -> Tree | None:
    """The syntax tree of `source`, or of `parts` of it in order; None if that would cost too much.

    `source` has at most `PARSE_LIMIT` bytes of UTF-8. Positions are those in all of it.
    A source with errors has a tree too: it says where it is broken. Raises TransientError if there is no memory.
    """
    size = sum(part.end_byte - part.start_byte for part in parts) if parts else len(source)
    parser = partial(_parse, grammar, source, size, parts)
    if size <= _SMALL or _fits_this_stack(size):
        return parser()
    trees: list[Tree | None] = []
    with _stack_size(_needed_stack(size)):
        # Made, used and dropped in the thread: dropping the parser is what recurses.
        thread = threading.Thread(target=lambda: trees.append(parser()), name="parse", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            need = _needed_stack(size) // 2**20
            raise TransientError(f"no memory for a parser's stack of {need} MiB: allow this process more") from error
    thread.join()
    if not trees:
        raise TransientError("the parser ended without an answer: see the error in the log, most likely no memory")
    return trees[0]


def _fits_this_stack(size: int) -> bool:
    """Whether the stack of the current thread will do. Nobody says how large it is, except for the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return False
    limit = resource.getrlimit(resource.RLIMIT_STACK)[0]
    usual = 8 * 1024 * 1024  # without a limit the system still has its own
    return _needed_stack(size) <= (usual if limit == resource.RLIM_INFINITY else min(limit, usual))


def _needed_stack(size: int) -> int:
    return _SPARE_STACK + _STACK_PER_BYTE * size


def _parse(grammar: Language, source: bytes, size: int, parts: list[Range] | None) -> Tree | None:
    steps, last_step = 0, max(_STEPS, size // _BYTES_PER_STEP)
    memory, end = 0, 0.0
    is_parsed = False

    def read(offset: int, _: Point) -> bytes | memoryview:
        if is_parsed:  # a query asks its tree for the text of a node
            return source[offset : offset + _TEXT_BYTES]
        # The end is asked for again and again; one byte or none is always the same object.
        return lent[offset:] if offset < len(source) - 1 else source[offset:]

    def costs_too_much(_offset: int, _has_error: bool) -> bool:
        nonlocal steps, memory, end
        steps += 1
        if steps % _STEPS_PER_LOOK:
            return False
        now = time.thread_time()
        if not end:
            end = now + min(_MOST_SECONDS, _SECONDS + _SECONDS_PER_BYTE * size)
        if steps == _STEPS_PER_CHECK:
            memory = _resident_memory() + _MEMORY_LIMIT + _MEMORY_PER_BYTE * size
        elif steps % _STEPS_PER_CHECK == 0 and _resident_memory() > memory:
            return True
        return steps > last_step or now > end

    with _lent(source) as lent:
        try:
            return Parser(grammar, included_ranges=parts).parse(read, progress_callback=costs_too_much)
        except ValueError:  # what py-tree-sitter raises when the callback ends the parse
            return None
        finally:
            is_parsed = True


# What py-tree-sitter 0.26.1 is given to read it never releases: so it is given the same memory each time.
_memory = bytearray(1 << 16)
_lending = threading.Lock()


@contextmanager
def _lent(source: bytes) -> Iterator[memoryview]:
    """The bytes of `source`, for one parse."""
    global _memory
    with _lending:
        if len(_memory) < len(source):  # what is lent cannot grow
            _memory = bytearray(1 << len(source).bit_length())
        _memory[: len(source)] = source
        yield memoryview(_memory)[: len(source)].toreadonly()


def _resident_memory() -> int:
    """Bytes of this process in memory now; where the system does not say, the most there ever were."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS, where this is reached
    try:
        return int(os.read(descriptor, 64).split()[1]) * resource.getpagesize()
    finally:
        os.close(descriptor)


@contextmanager
def _stack_size(size: int) -> Iterator[None]:
    """Threads started within get `size` bytes of stack; untouched, they are address space only."""
    page = 64 * 1024
    with _stack_size_lock:
        before = threading.stack_size(-(-size // page) * page)
        try:
            yield
        finally:
            threading.stack_size(before)
