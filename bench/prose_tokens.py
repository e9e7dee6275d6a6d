"""How many calls and tokens does each kind of edit cost, beside sending the file each time?

    python bench/prose_tokens.py [FILE]     (default: smtplib of the standard library, 1,140 lines)

Nobody is asked: the tokens are those of the questions (characters divided by four), the answers are made up.
"""

from __future__ import annotations

import re
import smtplib
import sys
import textwrap
import time

from docwatch.document import Source
from docwatch.documenters import documenter
from docwatch.documenters.prose import Spent, Usage
from docwatch.documenters.prose.question import Question
from docwatch.documenters.prose.writing import Record, Request, questions, write
from docwatch.language import language_of

# Some 40 tokens, as models answer.
TEXT = "Takes what it is given, does what its name says, and returns what came of it; raises ValueError for the rest."


class Nobody:
    """Answers without asking, and counts."""

    name, model = "nobody", "none"

    def __init__(self) -> None:
        self.calls = self.tokens_in = self.tokens_out = 0

    def before(self, tokens: int, answer_tokens: int) -> None:  # noqa: ARG002 - the protocol
        self.calls += 1
        self.tokens_in += tokens

    def spent(self, usage: Usage) -> None:
        self.tokens_out += usage.tokens_out

    def ask(self, question: Question, spent: Spent) -> object:
        spent(Usage(self.model, 0, len(TEXT) * (1 + len(question.names)) // 4))
        return {"overview": TEXT, "symbols": dict.fromkeys(question.names, TEXT), "notes": []}


def request(text: str, language: str, earlier: Record | None) -> Request:
    source = Source(b"file", language, text.encode())
    return Request(source, documenter("outline").document(source).outline, earlier)


def edits(text: str) -> dict[str, str]:
    """The same file after an edit of each kind. Those of one function are made in the one nearest to the middle."""
    middle = len(text) // 2
    found = min(re.finditer(r"(?m)^(    )?def \w+\([^\n]*\n", text), key=lambda found: abs(found.end() - middle))
    indent = re.match(r"\s*", text[found.end() :].lstrip("\n"))
    body = (indent[0] if indent else "    ") or "    "
    return {
        "one function": text[: found.end()] + f"{body}edited = True\n" + text[found.end() :],
        "one new function": text.rstrip("\n") + "\n\n\ndef added(a, b):\n    return a + b\n",
        "one import": re.sub(r"(?m)^import \w+$", r"\g<0>, added", text, count=1),
        "blank lines and line ends": text.replace("\n\n", "\n\n\n").replace("\n", "\r\n"),
        "a comment above each function": re.sub(r"(?m)^( *)(def )", r"\1# Said again.\n\1\2", text),
        "all of it into a class": "class Everything:\n" + textwrap.indent(text, "    "),
    }


def main() -> int:
    path = sys.argv[1] if len(sys.argv) > 1 else smtplib.__file__
    with open(path, encoding="utf-8") as file:
        text = file.read()
    language = language_of(path.encode()) or "text"
    first = Nobody()
    *_, done = write(request(text, language, None), first, first)
    whole = sum(question.tokens for question in questions(request(text, language, None)))
    print(
        f"{path}: {text.count(chr(10)):,} lines, {len(done.record.prose.symbols)} symbols, {done.masked} secrets masked"
    )
    print(f"{'edit':32}{'calls':>6}{'tokens in':>11}{'out':>7}{'of all':>9}{'ms':>7}")
    print(f"{'the first time':32}{first.calls:6}{first.tokens_in:11,}{first.tokens_out:7,}{1:9.1%}")
    for name, edited in {"nothing": text, **edits(text)}.items():
        again = Nobody()
        began = time.perf_counter()
        *_, _ = write(request(edited, language, done.record), again, again)
        took = (time.perf_counter() - began) * 1_000
        share = (again.tokens_in + again.tokens_out) / (whole + first.tokens_out)
        print(f"{name:32}{again.calls:6}{again.tokens_in:11,}{again.tokens_out:7,}{share:9.1%}{took:7.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
