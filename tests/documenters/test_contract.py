"""What holds for any bytes in any language: an outline comes back, it is clean, and its lines are the file's."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import runpy
import threading
from dataclasses import asdict
from pathlib import Path

import pytest

from docwatch.document import Outline
from docwatch.documenters import parsing
from docwatch.documenters.grammars import COMMON
from docwatch.documenters.languages import LANGUAGES
from docwatch.documenters.plain import READERS, SYMBOL_LIMIT
from docwatch.errors import TransientError
from docwatch.language import language_of

from .conftest import OutlineOf

GOLDEN = Path(__file__).parent / "golden"
mutations = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "outline_fuzz.py"))["mutations"]
ANY_LANGUAGE = [*LANGUAGES, *READERS, "markdown", "restructuredtext", "no-such-language"]
SHORTER = 10_000  # bytes
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

AWKWARD = {
    "empty": b"",
    "one newline": b"\n",
    "only blanks": b" \t\n" * 100,
    "zeros": b"\0" * 1_000,
    "all bytes": bytes(range(256)) * 4,
    "not UTF-8": b"# caf\xe9\ndef caf\xe9(): pass\nint caf\xe9(void);\n",
    "half a character": "// é".encode()[:-1],
    "encoded surrogates": b"# \xed\xa0\x80\ndef f(): '\xed\xa0\x80'\n",
    "UTF-16": "\ufeffdef f(): pass\n".encode("utf-16-le"),
    "UTF-16 cut": "\ufeffdef f(): pass\n".encode("utf-16-be")[:-1],
    "a lone surrogate in UTF-16": b"\xff\xfe#\x00\x00\xd8\n\x00",
    "escapes for terminals": b"# \x1b[31mred\x9b\nX\x1b = '\x1b]0;title\x07'\n",
    "line of a megabyte": b"x" * 1_000_000,
    "open brackets": b"(" * 40_000,
    "open brackets of all kinds": b"([{" * 2_500,
    "closing brackets": b"}" * 10_000,
    "unary operators": b"!" * 20_000,
    "unary operators on the main thread's stack": b"!" * 57_000,
    "open strings": b"\"'`" * 3_000,
    "open comments": b"/*" * 2_000 + b"<!--" * 2_000,
    "blanks behind a conditional": b"#ifdef __cplusplus\n" + b" " * 50_000 + b"x",
    "dollars": b"$" * 100_000,
    "stars": b"/*" + b"*" * 30_000,
    "nested blocks": b"if (a) {" * 1_500,
    "nested classes": b"class A {" * 1_500,
    "nested indentation": b"".join(b" " * depth + b"class A:\n" for depth in range(300)),
    "blanks in a signature": b"def f(" + b" " * 50_000 + b"): pass",
    "a long signature": b"def f(" + b"a,\n" * 10_000 + b"): pass",
    "a long docstring": b"def f():\n '''" + b"word " * 20_000 + b"'''",
    "a long comment": b"".join(b"// %d\n" % n for n in range(1_500)) + b"function f() {}\n",
    "keywords": b"def class function fn func struct enum import export use " * 200,
    "many errors": b"def (\nclass {\nfn ;\n" * 100,
}


def strings(outline: Outline) -> list[str]:
    found: list[str] = []
    todo: list[object] = [asdict(outline)]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list | tuple):
            todo += value
    return found


def check(outline: Outline, content: bytes) -> None:
    assert not [text for text in strings(outline) if CONTROL.search(text)]
    json.dumps(asdict(outline)).encode()
    assert len(outline.summary) <= 400
    assert len(outline.symbols) <= SYMBOL_LIMIT
    lines = content.count(b"\n") + content.count(b"\r") + 1
    for symbol in outline.symbols:
        assert symbol.name
        assert 1 <= symbol.line <= symbol.end_line <= lines
        assert "\n" not in symbol.signature
        assert len(symbol.signature) <= 300
        assert len(symbol.doc or "") <= 2_000


@pytest.mark.parametrize("language", ANY_LANGUAGE)
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_files_have_an_outline(
    name: str, language: str, outline_of: OutlineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = AWKWARD[name]
    if language in LANGUAGES and language not in COMMON:  # what all parsers share is shown by the common ones
        content = content[:SHORTER]
        monkeypatch.setattr(parsing, "_SECONDS", 0.05)  # some need all the time that a parse may take

    check(outline_of(content, language), content)


@pytest.mark.parametrize("language", ANY_LANGUAGE)
def test_random_bytes_have_an_outline(language: str, outline_of: OutlineOf) -> None:
    chance = random.Random(language)
    words = b"def |class |fn |(|)|{|}|[|]|;|:|,|.|'|\"|\\|/*|*/|//|#|=|=>|a|b |1|@|<|>|--|`|!|\n| ".split(b"|")
    for _ in range(25):
        noise = chance.randbytes(chance.randrange(200))
        code = b"".join(chance.choices(words, k=chance.randrange(200)))
        check(outline_of(noise + code, language), noise + code)


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir() if path.suffix != ".json"))
def test_broken_files_have_an_outline(name: str, outline_of: OutlineOf) -> None:
    """The short form of `bench/outline_fuzz.py`."""
    language = language_of(name.encode())
    assert language is not None
    for _, content in itertools.islice(mutations((GOLDEN / name).read_bytes(), random.Random(name)), 9):
        check(outline_of(content, language), content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_outline_is_the_same_each_time(language: str, outline_of: OutlineOf) -> None:
    content = b"\n".join(AWKWARD.values())[:50_000]

    assert outline_of(content, language) == outline_of(content, language)


def test_an_empty_file_says_so(outline_of: OutlineOf) -> None:
    assert outline_of(b"", "python") == Outline(summary="empty file")


def test_threads_other_than_the_main_one_can_parse_deep_nesting(outline_of: OutlineOf) -> None:
    outlines: list[Outline] = []
    thread = threading.Thread(target=lambda: outlines.append(outline_of(b"!" * 200_000, "javascript")))

    thread.start()
    thread.join()

    assert outlines[0].problems


def test_no_memory_for_the_parser_is_worth_another_try(outline_of: OutlineOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)

    with pytest.raises(TransientError, match="allow this process more"):
        outline_of(b"x = 1\n" * 100_000, "python")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_are_counted_with_any_line_end(end: bytes, outline_of: OutlineOf) -> None:
    content = end.join([b'"""Doc."""', b"", b"def f(", b"    a,", b"):", b"    '''One.", b"    Two.'''", b""])

    outline = outline_of(content, "python")

    [symbol] = outline.symbols
    assert (symbol.line, symbol.end_line) == (3, 7)
    assert symbol.signature == "def f(a)"
    assert symbol.doc == "One.\nTwo."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks_are_understood(encoding: str, outline_of: OutlineOf) -> None:
    text = '"""Größe."""\n\ndef größe(): pass\n'
    content = text.encode(encoding)
    if encoding.endswith("e"):
        content = "\ufeff".encode(encoding) + content

    outline = outline_of(content, "python")

    assert outline.summary == "Größe."
    assert [(symbol.name, symbol.line) for symbol in outline.symbols] == [("größe", 3)]


def test_what_is_no_unicode_is_read_as_latin_1(outline_of: OutlineOf) -> None:
    outline = outline_of(b'"""Gr\xf6\xdfe."""\n', "python")

    assert outline.summary == "Größe."


def test_more_symbols_than_the_limit_are_counted_in_the_problems(outline_of: OutlineOf) -> None:
    content = b"".join(b"def f%d(): pass\n" % n for n in range(SYMBOL_LIMIT + 10))

    outline = outline_of(content, "python")

    assert len(outline.symbols) == SYMBOL_LIMIT
    assert outline.symbols[-1].name == f"f{SYMBOL_LIMIT - 1}"
    assert outline.problems == (f"{SYMBOL_LIMIT + 10} symbols: only the first {SYMBOL_LIMIT} are listed",)


def test_at_most_five_broken_lines_are_named(outline_of: OutlineOf) -> None:
    outline = outline_of(b"def ok(): pass\n" + b"a = ?\nb = 1\n" * 8, "python")

    assert outline.problems[:2] == ("line 2: does not parse", "line 4: does not parse")
    assert outline.problems[5:] == ("and 3 more",)


def test_a_file_too_costly_to_parse_is_read_as_text(outline_of: OutlineOf) -> None:
    outline = outline_of(b"// What it is.\n" + b"->" * 6_000, "go")

    assert outline.summary == "What it is."
    assert outline.problems == ("too large or too tangled to parse",)


@pytest.mark.parametrize("language", ["java", "c"])
def test_what_would_take_memory_with_the_square_of_its_size_is_not_parsed(language: str, outline_of: OutlineOf) -> None:
    outline = outline_of(b"a=>" * 2_000, language)  # parsed to its end it takes 1.2 GB

    assert outline.problems == ("too large or too tangled to parse",)


def test_zeros_are_blanks(outline_of: OutlineOf) -> None:
    outline = outline_of(b"f() {\0\n}\n" + b"\0" * 100_000 + b"\ng() {\n}\n", "bash")

    assert [(symbol.name, symbol.line) for symbol in outline.symbols] == [("f", 1), ("g", 4)]
    assert outline.problems == ()


def test_a_file_too_large_to_parse_is_read_as_text(outline_of: OutlineOf) -> None:
    from docwatch.documenters.parsing import PARSE_LIMIT

    outline = outline_of(b"# What it is.\n" + b"x = 1\n" * (PARSE_LIMIT // 6), "python")

    assert outline.summary == "What it is."
    assert outline.problems == ("too large or too tangled to parse",)


def test_nothing_of_the_source_is_executed(outline_of: OutlineOf, tmp_path: object) -> None:
    marker = f"{tmp_path}/executed"
    trap = f"open({marker!r}, 'w').close()\n__import__('os').system('touch {marker}')\n# coding: {marker}\n"

    outline_of(trap, "python")

    assert not os.path.exists(marker)
