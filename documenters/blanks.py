"""What grammars cannot read and people write all the same: hidden from the parser, every line and column where it was.

Each pattern begins with what is always the same, most with the newline before a line: that is found ten times as fast
as anything else. Its named group tells what to hide and how: `lines` become blank and count for nothing; so does a
`head`, but it begins the signature of what it stands before; a `part` becomes blank; a `name` becomes another one; a
`stub`, which is blank, becomes an annotation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Patterns = tuple[re.Pattern[bytes], ...]

_INK = re.compile(rb"[^\n]")
_BLANKS = re.compile(rb"[ \t]*+")


@dataclass(frozen=True, slots=True)
class Readable:
    """What the parser sees, the rows that are blank now, and where a head begins by the byte that it stands before."""

    source: bytes
    rows: set[int]
    heads: dict[int, int]


def hide(source: bytes, patterns: Patterns) -> Readable:
    """`source` without what `patterns` find."""
    kept, rows, heads = bytearray(source), set[int](), dict[int, int]()
    lines = b"\n" + source
    for pattern in patterns:
        row = seen = 0
        for found in pattern.finditer(lines):
            kind = found.lastgroup or ""
            start, end = found.start(kind) - 1, found.end(kind) - 1
            blank = _INK.sub(b"_" if kind == "name" else b" ", source[start:end])
            kept[start:end] = b"@_" + blank[2:] if kind == "stub" else blank
            if kind == "lines":
                first = row + source.count(b"\n", seen, start)
                row, seen = first + source.count(b"\n", start, end), end
                rows.update(range(first, row + 1))
            elif kind == "head":
                heads[_BLANKS.match(source, end).end()] = start  # type: ignore[union-attr]  # it matches anything
    return Readable(bytes(kept), rows, heads)


def _patterns(*texts: bytes) -> Patterns:
    return tuple(re.compile(text, re.VERBOSE) for text in texts)


# A macro before a type, `API_EXPORT`: to the parser it is the type, the type a name, and the rest a mistake.
_MACRO = rb"""(?P<head>
        [A-Z][A-Z0-9]*+_[A-Z0-9_]*+(?:[ \t]+[A-Z][A-Z0-9]*+_[A-Z0-9_]*+)*
        |
        [A-Z][A-Z0-9]{2,}+(?![ \t]+(?:const|volatile)\b)
    )
    (?=
        [ \t]+[A-Za-z_][\w:]*+(?:<[^<>\n;(){}]{0,99}+>)?
        (?:[ \t*&]+[~A-Za-z_][\w:~]*+(?:<[^<>\n;(){}]{0,99}+>)?){1,9}[ \t]*[({;=\[]
        |
        [ \t]+(?:template\b|[A-Za-z_][^\n;(){}=]{0,99}?\boperator\b)
        |
        [ \t]+[A-Za-z_]\w*+\((?:[^;{}()]++|\([^()]*+\)){0,50}\)\s*+:(?!:)  # API Constructor(int x) : x_(x)
        |
        (?:[ \t]+[A-Za-z_]\w*+){1,9}[ \t*]+\(\*?\w++\)[ \t]*+\(  # API int (*pointer)(int)
        |
        [ \t]+[A-Za-z_]\w*+(?:<[^<>\n;(){}]*+>)?+\s*+(?:final\s*+)?
        (?:\{|:(?![ \t]*+\w++[ \t]*+[;,]))  # no field of some bits
    )"""
C = _patterns(
    # `extern "C" {` and its `}` for C++ alone: on their own in a conditional they are half a block.
    rb"""\n(?P<lines>
        [ \t]*+\#[ \t]*+if(?:def[ \t]++|[ \t]++defined[ \t(]++)__cplusplus\b[^\n]*+\n
        (?:[ \t]*+(?:extern[ \t]++"C"[ \t]*+\{|\})?+[ \t]*+(?:/\*[^*\n]*+\*/|//[^\n]*+)?+[ \t]*+\n)++
        [ \t]*+\#[ \t]*+endif\b
    )""",
    rb"\n[ \t]*+(?:(?:inline|static|extern|virtual|explicit|friend|const|constexpr)[ \t]++)*+" + _MACRO,
    *(rb"%b(?<!\w%b)[ \t]++" % (word, word) + _MACRO for word in (b"class", b"struct", b"union")),
    # `BEGIN_NAMESPACE` on a line of its own: not the type of a function whose name is on the next.
    rb"""\n(?P<lines>[A-Z][A-Z0-9]*+_[A-Z0-9_]*+[ \t]*+)
    (?=\n?\Z|\n(?:
        [ \t]*+\n|\#|//|/\*|\}[ \t]*+//[ \t]*+(?:end\b[ \t]*+)?(?:of[ ])?namespace
        |[A-Z0-9_]++[ \t]*+\n|(?:template|namespace|class|struct|enum|using)\b
    ))""",
    # `PRIVATE_UNLESS_TESTED:` in a class
    rb"\n(?P<lines>[ \t]*+[A-Z][A-Z0-9]*+_[A-Z0-9_]*+:[ \t]*+)(?=\n)",
    # `DEPRECATED_FOR(1.2, f(int))` on a line of its own above what it is about
    rb"""\n(?P<lines>
        [ \t]*+[A-Z][A-Z0-9]*+_[A-Z0-9_]*+
        (?:\((?:[^()\n]++|\((?:[^()\n]++|\([^()\n]*+\))*+\))*+\))?+[ \t]*+
    )
    (?=\n(?:[ \t]*+\n)*+[ \t]*+(?:
        template|namespace|class|struct|enum|using|friend|static|inline|virtual|explicit|constexpr
    )\b)""",
    # `int argc UNUSED`, `void NORETURN fail(int)`, `char *NONNULL name(void)`
    rb"[ ](?<=[a-z0-9_\]][ ])(?<!sizeof[ ])(?<!defined[ ])(?P<part>[A-Z][A-Z0-9_]{3,}+)(?=[,)])",
    rb"void[ ](?P<part>[A-Z][A-Z0-9_]{3,}+)(?=[ \t]+\w+[ \t]*\()",
    rb"""\*[ ]?(?P<part>(?!(?:const|volatile|restrict|__restrict|noexcept)\b)[A-Za-z_]\w*+)
    (?=[ ]++[A-Za-z_]\w*+(?:::~?\w++)*+[ ]*+[(,;)=])""",
    # `GUARDED_BY(lock)`, `NO_INLINE` behind parameters
    rb"""\)(?:\s*+(?:(?:const|noexcept|override|final)\b|&&?))*+\s++
    (?P<part>[A-Z][A-Z0-9]*+_[A-Z0-9_]*+(?:\([^()\n]*+\))?+)(?=\s*+[{;=])""",
    # A comment inside of a macro ends it for the parser.
    rb"(?P<part>/\*(?:[^*\n]|\*(?!/))*+\*/)(?=[^\n]*+(?<=\\)\n)",
    rb"\n[ \t]*+\#[ \t]*+define\b[^\n/]*+(?P<part>/\*(?:[^*\n]|\*(?!/))*+\*/)(?=[ \t]*+[^\s\\])",
)
KOTLIN = _patterns(
    # Two annotations above a class make the class an expression; on lines of their own they can go.
    rb"""\n(?P<lines>
        [ \t]*+(?:@(?!file:)[\w.:]++(?:<[^<>\n]*+>)?(?:\((?:[^()"]++|"[^"\n]*+"|\([^()]*+\)){0,50}\))?[ \t]*+)++
    )(?=\n(?![ \t]*+constructor\b)|\Z)""",
    # `class A` and `constructor(` below it: in a class it is taken for another one's, except behind an annotation.
    rb"class[ ]++\w++(?:<[^\n{}()]*+>)?+[ \t]*+\n(?P<stub>[ \t]{2,}+)(?=constructor[ \t]*+\()",
    rb"\n(?P<lines>[ \t]*+context\([^()\n]++\)[ \t]*+)(?=\n)",  # above a function
    rb"\n[ \t]++!?is[ ][\w.]++(?:<[^\n()]*?>)?+(?P<part>[ ]if[ ][^\n]*?)(?=[ ]->)",  # `is A if b -> ...`
    rb"\}[ ](?P<name>[gs]et)(?=[ ]++[\w(])",  # `insert { } get id`: a function, no accessor
    rb"(?P<part>suspend)(?<=[=(,{}\s]suspend)(?=[ \t]*+\{)",
    rb'(?P<part>\$\${1,9})(?=")',  # of `$$"text"`
    # The words before a declaration are names elsewhere: `open = true`. So is what begins with the word `in`.
    rb"""\n[ \t]++(?P<name>
        in\w*+|open|[gs]et|infix|sealed|abstract|final|override|lateinit|tailrec|external|suspend|public|private
        |protected|crossinline|noinline|vararg|by|where|dynamic
    )(?=[ \t]*+(?:[-+*/%]?=[^=>]|\??\.\w|\[))""",
)
