"""Comments: their marks, the ones a file begins with, and what of them says something about the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docwatch.documenters.text import clean, cut, dedent, fold, paragraphs

DOC_LIMIT = 2_000  # characters of a symbol's doc
SUMMARY_LIMIT = 400  # characters of a file's summary
_LEADING_LIMIT = 32_768  # characters in which a file's leading comments are looked for


@dataclass(frozen=True, slots=True)
class Marks:
    """How a language writes comments: what begins a line comment, and what begins and ends a block comment."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()


_SLASH = Marks(("//",), (("/*", "*/"),))
_HASH = Marks(("#",))
_LISP = Marks((";",), (("#|", "|#"),))
_XML = Marks((), (("<!--", "-->"),))
# Unknown languages: marks that hardly begin a line of anything but a comment.
_ANY = Marks(("#", "//", "--", ";"), (("/*", "*/"), ("<!--", "-->")))

_FAMILIES: dict[Marks, str] = {
    _SLASH: "c cpp csharp css cuda d dart gleam glsl go gomod groovy java javascript kotlin less objectivec prisma "
    "protobuf qml rust sass scala scss solidity swift thrift tsx typescript vala verilog wgsl zig",
    _HASH: "awk bash bazel cmake crystal cython dockerfile elixir fish graphql just makefile meson nim nix org perl "
    "python r sed starlark tcl toml yaml",
    _LISP: "clojure commonlisp emacslisp racket scheme",
    _XML: "astro html markdown svelte vue xml",
    Marks(("--",), (("/*", "*/"),)): "sql vhdl",
    Marks(("--",), (("--[[", "]]"),)): "lua",
    Marks(("--",), (("{-", "-}"),)): "elm haskell",
    Marks(("#",), (("=begin", "=end"),)): "ruby",
    Marks(("#",), (("<#", "#>"),)): "powershell",
    Marks(("#",), (("#=", "=#"), ('"""', '"""'))): "julia",
    Marks(("#", "//"), (("/*", "*/"),)): "hcl php terraform",
    Marks(("#", ";", "//"), (("/*", "*/"),)): "asm",
    Marks(("#", ";")): "ini",
    Marks(("%",), (("/*", "*/"),)): "erlang latex prolog",
    Marks(("!",)): "fortran",
    Marks(('"',)): "vim",
    Marks(("rem ", "REM ", "::")): "batch",
    Marks(("//",), (("(*", "*)"), ("{", "}"))): "pascal",
    Marks(("//",), (("(*", "*)"),)): "fsharp ocaml",
    Marks((), (("{#", "#}"),)): "jinja",
    Marks(): "diff json restructuredtext text",
}
_MARKS = {language: marks for marks, languages in _FAMILIES.items() for language in languages.split()}

# A newline that a pattern begins with is found ten times as fast as `^`.
_LINE_MARK = re.compile(r"\n[ \t]*(?://[/!]?|#+[:!]?|--+|;+|%+|!+|\"|::+|(?:rem|REM)\b)[ \t]?")
_BLOCK_BEGIN = re.compile(r'[ \t]*(?:/\*+[!<]?|<!--|--\[\[|\{[-\#]?|#\||<#|#=|\(\*+|=begin|""")')
_BLOCK_ENDS = ("*/", "-->", "]]", "-}", "#}", "}", "|#", "#>", "=#", "*)", "=end", '"""')
_STAR = re.compile(r"\n[ \t]*\*+(?!/)[ \t]?")
_NO_STAR = re.compile(r"\n(?![ \t]*\*+(?!/)|[^\S\n]*(?:\n|\Z))")

# Lines that speak to a tool, and rulers such as `// -----`: not to the reader. These patterns are in lower case, and so
# is what they look at: that is several times as fast as to match any case.
_PRAGMA_TEXT = r"""(?:
        [-=*_\#~/+.\s]{3,}
      | (?:eslint|tslint|prettier|biome|clang|yapf|rubocop|spell)-[\w-]+.*
      | (?:eslint|js[hl]int|istanbul|c8|v8|globals?|exported)\s.*
      | (?:type|fmt|yapf|isort|ruff|mypy|pyright|pylint|flake8|pragma|coding|rubocop|cspell)[:=].*
      | (?:spdx-|copyright\s.*\d{4}).*
      | [@\\](?:file|module)\s+\S+\s*
      | (?:frozen_string_literal|warn_indent|encoding|typed):.*
      | (?:noqa|nosec|nolint|shellcheck\s|sourcemappingurl=|go:|\+build\s|line\s\S+:\d|@ts-|@(?:no)?flow\b|@jsx).*
    )"""
_PRAGMA = re.compile(rf"\s*{_PRAGMA_TEXT}", re.VERBOSE)
_MODELINE = re.compile(r".*-\*-.*-\*-.*|(?:.*\s)?(?:vim?|ex):\s.*")  # of Emacs and Vim
_PRAGMA_LIMIT = 200  # characters; a longer line is no pragma, and the pattern is not linear
# One look at a whole text, which mostly holds none: these find all of them, and some that are none.
_MAYBE_PRAGMA = re.compile(rf"\n[^\S\n]{{0,{_PRAGMA_LIMIT}}}{_PRAGMA_TEXT}$", re.VERBOSE | re.MULTILINE)
_MAYBE_MODELINE = re.compile(r"-\*-|vim?:\s|ex:\s")
_LICENCE = re.compile(
    r"copyright|licen[cs]e|all rights reserved|permission|warrant|liabilit|redistribut|spdx-|\(c\)\s*\d{4}"
    r"|provided ['\"]as is|contributors may be used",
)
_CREDIT = re.compile(r"\s*(?:modified|created|written) by\b")
# A paragraph of the file's name, and maybe its project's, as Xcode writes above every file.
_FILE_NAME = re.compile(r"\s*[\w+-]+(?:\.\w{1,10})+(?:\s+\S+)?\s*")
_FILE_TAG = re.compile(r"\s*[@\\](?:fileoverview|file|overview|brief|module|packagedocumentation|description)\b[ \t:]*")
_OTHER_TAG = re.compile(r"\s*[@\\]\w")
# What may stand above the comment that a file begins with.
_PREAMBLE = re.compile(
    r"""\s*(?:
        \#!.* | <\?php\b.* | <\?xml\b.* | <!doctype\b.* | ['"]use[ ]\w+['"];? | @charset\b.*
      | \#pragma[ ]once | \#\s*ifndef[ ]\w+ | \#\s*define[ ]\w+ | package\s[\w.]+;
    )?\s*""",
    re.VERBOSE | re.IGNORECASE,
)


def marks(language: str) -> Marks:
    """How `language` writes comments; a careful guess for one that is not known."""
    return _MARKS.get(language, _ANY)


def doc_text(comment: str) -> str | None:
    """What a doc comment says, without its marks, or None if it says nothing to a reader."""
    text = strip_marks(comment[: 4 * DOC_LIMIT])
    if _may_hold_pragma(text):
        text = "\n".join(line for line in text.split("\n") if not _is_pragma(line))
    return tidy_doc(text)


def tidy_doc(text: str) -> str | None:
    """`text` dedented, clean and short enough for a symbol's doc; None if nothing is left."""
    # Twice the limit is read, so that a comment of a megabyte costs nothing and indentation does not shorten it.
    tidy = dedent(clean(text[: 2 * DOC_LIMIT].expandtabs())).rstrip()
    return cut(tidy, DOC_LIMIT) or None


def is_licence(text: str) -> bool:
    """Whether `text` reads like a copyright or licence notice."""
    text = text.lower()
    return (_LICENCE.search(text) or _CREDIT.match(text)) is not None


def strip_marks(comment: str) -> str:
    """The text inside `comment`: one block comment, or line comments below each other."""
    begin = _BLOCK_BEGIN.match(comment)
    if begin is None:
        return _LINE_MARK.sub("\n", "\n" + comment)[1:]
    text = _without_end(comment[begin.end() :])
    return dedent(text if _NO_STAR.search(text) else _STAR.sub("\n", text))


def _without_end(block: str) -> str:
    block = block.rstrip()
    for end in _BLOCK_ENDS:
        if block.endswith(end):
            return block.removesuffix(end).rstrip(end[0] + " \t")
    return block


def _is_pragma(line: str) -> bool:
    line = line.lower()
    return 0 < len(line) <= _PRAGMA_LIMIT and (_PRAGMA.fullmatch(line) or _MODELINE.fullmatch(line)) is not None


def _may_hold_pragma(text: str) -> bool:
    text = "\n" + text.lower()
    return (_MAYBE_PRAGMA.search(text) or _MAYBE_MODELINE.search(text)) is not None


def leading_comments(text: str, language: str) -> Iterator[str]:
    """The comments before the first line of code, each with its marks; blank lines part line comments."""
    style = marks(language)
    lines = text[:_LEADING_LIMIT].split("\n")
    at = 0
    while at < len(lines):
        end = _comment_end(lines, at, style)
        if end > at:
            yield "\n".join(lines[at:end])
        elif not _PREAMBLE.fullmatch(lines[at]):
            return
        at = max(end, at + 1)


def _comment_end(lines: list[str], at: int, style: Marks) -> int:
    """The line after the comment that begins on line `at`, or `at` if none does."""
    line = lines[at].lstrip()
    for begin, end in style.block:
        if line.startswith(begin):
            return _block_end(lines, at, begin, end)
    if line.startswith("#!"):
        return at
    while at < len(lines) and lines[at].lstrip().startswith(style.line or ("\0",)):
        if _PREAMBLE.fullmatch(lines[at]):
            break
        at += 1
    return at


def _block_end(lines: list[str], at: int, begin: str, end: str) -> int:
    first = lines[at].lstrip()[len(begin) :]
    for number, line in enumerate([first, *lines[at + 1 :]], start=at + 1):
        if end in line:
            # Code behind the comment on its last line: the comment is about that code.
            return number if not line.split(end, 1)[1].strip() else at
    return len(lines)


def summarise(texts: Iterable[str]) -> str:
    """The first paragraph in `texts` that is neither licence nor pragma, on one line; empty if there is none."""
    for text in texts:
        for paragraph in paragraphs(clean(text)):
            summary = fold(" ".join(_said(paragraph)))
            if any(map(str.isalnum, summary)) and not is_licence(summary) and not _FILE_NAME.fullmatch(summary):
                return cut(summary, SUMMARY_LIMIT)
    return ""


def _said(paragraph: str) -> Iterator[str]:
    """The lines of `paragraph` that speak of the file, without a tag such as `@fileoverview`."""
    has_tags = "@" in paragraph or "\\" in paragraph
    if not has_tags and not _may_hold_pragma(paragraph):
        yield paragraph
        return
    for line in paragraph.split("\n"):
        if _is_pragma(line):
            continue
        if has_tags and _FILE_TAG.match(line):
            line = _FILE_TAG.sub("", line, count=1)
            if _is_pragma(line):
                continue
        if not has_tags or not _OTHER_TAG.match(line):
            yield line
