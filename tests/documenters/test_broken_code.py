"""A file saved half written still shows what stands before and behind the place that does not parse."""

from __future__ import annotations

import pytest

from docwatch.document import Outline

from .conftest import OutlineOf

PYTHON = '''\
import os


class Before:
    def method(self):
        return {broken}

    def after_method(self):
        """Says what it does."""


# About the function.
def behind(a):
    pass


class Last:
    def one(self): pass
'''

JAVASCRIPT = """\
import { a } from './a.js';

class Before {
  method() {
    return {broken};
  }

  afterMethod() {}
}

// About the function.
export function behind(a) {
  return 1;
}

const last = () => 1;
"""


def names(outline: Outline) -> set[str]:
    return {f"{symbol.parent}.{symbol.name}" if symbol.parent else symbol.name for symbol in outline.symbols}


@pytest.mark.parametrize("broken", ["call(1", "[1, 2", "{1: ", "'open", '"""open', "1 +", "a ? b", "lambda :: x"])
def test_python_behind_an_error_is_listed(broken: str, outline_of: OutlineOf) -> None:
    outline = outline_of(PYTHON.replace("{broken}", broken), "python")

    assert names(outline) >= {"Before", "Before.method", "Before.after_method", "behind", "Last", "Last.one"}
    assert outline.imports == ("os",)
    assert "does not parse" in outline.problems[0]
    docs = {symbol.name: symbol.doc for symbol in outline.symbols}
    assert docs["behind"] == "About the function."


@pytest.mark.parametrize("broken", ["call(1", "[1, 2", "{a: ", "'open", "1 +", "a ? b"])
def test_javascript_behind_an_error_is_listed(broken: str, outline_of: OutlineOf) -> None:
    outline = outline_of(JAVASCRIPT.replace("{broken}", broken), "javascript")

    assert names(outline) >= {"Before", "Before.method", "Before.afterMethod", "behind", "last"}
    assert outline.imports == ("./a.js",)
    assert "behind" in outline.exports
    assert "does not parse" in outline.problems[0]


def test_lines_behind_an_error_are_the_files_own(outline_of: OutlineOf) -> None:
    content = PYTHON.replace("{broken}", "call(1")

    outline = outline_of(content, "python")

    lines = content.split("\n")
    for symbol in outline.symbols:
        assert symbol.name in lines[symbol.line - 1]


def test_a_broken_head_does_not_hide_its_neighbours(outline_of: OutlineOf) -> None:
    outline = outline_of("def one(a, b:\n    return 1\n\ndef two(): pass\n", "python")

    assert "two" in names(outline)


def test_a_conditional_around_extern_c_is_no_error(outline_of: OutlineOf) -> None:
    header = '#ifdef __cplusplus\nextern "C" {\n#endif\n\nint f(void);\n\n#ifdef __cplusplus\n}\n#endif\n'

    outline = outline_of(header, "c")

    assert outline.problems == ()
    assert [(symbol.name, symbol.line) for symbol in outline.symbols] == [("f", 5)]
