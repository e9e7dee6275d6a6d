"""A file saved half written still shows what stands before and behind the place that does not parse."""

from __future__ import annotations

import pytest

from docwatch.document import Outline
from docwatch.documenters import mending
from docwatch.documenters.languages import grammar
from docwatch.documenters.parsing import parse

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


DECLARATORS = {
    "int (howl)(void);": ("howl", "function"),
    "int *(*howl(int))(void);": ("howl", "function"),
    "Wolf ***howl(void) {}": ("howl", "function"),
    "char *const *howl(void) {}": ("howl", "function"),
    "void *(*howl)(int);": ("howl", "variable"),
    "char *howl[3][4] = {0};": ("howl", "variable"),
    "const char howl[][4] = {0};": ("howl", "constant"),
    "typedef int (*(*howl)(int))[3];": ("howl", "type"),
}


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("code", DECLARATORS)
def test_a_name_is_found_in_any_declarator(code: str, language: str, outline_of: OutlineOf) -> None:
    [symbol] = outline_of(code + "\n", language).symbols

    assert (symbol.name, symbol.kind) == DECLARATORS[code]


def test_members_of_a_type_without_a_name_belong_to_what_has_it(outline_of: OutlineOf) -> None:
    outline = outline_of("static struct {\n  int legs;\n  struct { int legs; } pup;\n} wolves[3];\n", "c")

    assert names(outline) == {"wolves", "wolves.legs", "wolves.pup", "wolves.pup.legs"}
    assert next((symbol.line, symbol.end_line) for symbol in outline.symbols) == (1, 4)


def test_a_friend_is_defined_where_it_is_written(outline_of: OutlineOf) -> None:
    outline = outline_of(
        "struct A {\n  template <class T> friend T f(T t) { return t; }\n  friend void g(A);\n};\n", "cpp"
    )

    assert [symbol.signature for symbol in outline.symbols] == ["struct A", "template <class T> friend T f(T t)"]


def test_a_function_swallowed_by_a_broken_body_is_listed(outline_of: OutlineOf) -> None:
    outline = outline_of("int one(void)\n{\n\tif (a) {\n}\n\nint two(void)\n{\n\treturn (1;\nout:\n\tf();\n}\n", "c")

    assert names(outline) >= {"one", "two"}


@pytest.mark.parametrize(
    ("language", "code", "is_torn"),
    [
        ("c", "int one(void)\n{\n\treturn (1;\nout:\n\tf();\n}\nint two;\n", False),
        ("c", "int one(int (a)\n{\n\treturn 1;\n}\nint two;\n", True),
        ("c", "int one(void)\n{\n\treturn (1;\nint two(void)\n{\n}\n}\n", True),
        ("javascript", "function one() {\n  return a ? b;\n}\n", False),
        ("python", "def one():\n    return (1\n", True),
    ],
)
def test_only_what_may_hide_something_is_read_again(language: str, code: str, is_torn: bool) -> None:
    tree = parse(grammar(language)[0], code.encode())

    assert tree is not None
    assert tree.root_node.has_error
    assert mending.is_needed(tree.root_node, code.encode()) == is_torn


CONDITIONALS = {
    "c": "#if LONG\nint two(void);\n#else\n// About three.\nint three(void);\n#endif\n"
    "int one(\n#ifdef LONG\n  long a\n#else\n  int a\n#endif\n)\n{\n#if X\n}\n#else\n  f();\n}\n#endif\n"
    "#if 0\nint four\n#else\nint five;\n#endif\n",
    "csharp": "interface Wolf\n{\n    int one(int a)\n#if LONG\n        => a\n#endif\n    ;\n"
    "#if LONG\n    int two();\n#else\n    // About three.\n    int three();\n#endif\n    int five();\n}\n",
}


@pytest.mark.parametrize("language", CONDITIONALS)
def test_a_conditional_inside_of_a_definition_is_no_error(language: str, outline_of: OutlineOf) -> None:
    outline = outline_of(CONDITIONALS[language], language)

    assert outline.problems == ()
    assert {symbol.name for symbol in outline.symbols} - {"Wolf"} == {"one", "two", "three", "five"}
    assert {symbol.name: symbol.doc for symbol in outline.symbols}["three"] == "About three."


def test_many_conditionals_within_each_other_cost_little(outline_of: OutlineOf) -> None:
    outline = outline_of("#if A\n" * 20_000 + "int one(\n" + "#endif\n" * 30_000, "c")

    assert outline.problems


def test_a_member_behind_an_error_knows_its_class_though_a_base_is_on_a_line_of_its_own(outline_of: OutlineOf) -> None:
    outline = outline_of("class Wolf\n    : public Dog\n{\n    int a = (1;\n    void howl();\n};\n", "cpp")

    assert "Wolf.howl" in names(outline)


ODDITIES = {
    "a macro on its line": ("cpp", "API_BEGIN_NAMESPACE\n\nstruct Wolf {};\nAPI_END_NAMESPACE\n", {"Wolf"}),
    "a macro behind a parameter": ("c", "int howl(int times UNUSED, void *at UNUSED)\n{\n}\n", {"howl"}),
    "a macro before a name": ("c", "static void NORETURN die_of(int hunger);\n", {"die_of"}),
    "a macro without underscore": ("c", "static NORETURN void die_of(int hunger)\n{\n}\n", {"die_of"}),
    "two macros before a type": ("cpp", "API_INIT API_DLL const std::array<char, 7> pack{};\n", {"pack"}),
    "a macro before a pointer to a function": (
        "c",
        "API_X const Wolf *(*howl_of)(Pack *pack) API_ATTR;\n",
        {"howl_of"},
    ),
    "a macro behind a star": ("cpp", "Wolf* pack_nonnull Howl(const Wolf* pack_nonnull at) {\n}\n", {"Howl"}),
    "a macro that is called above a declaration": (
        "cpp",
        "struct Wolf {\n  DEPRECATED_FOR(1.2, operator>>(int&))\n  friend int operator<<(Wolf& w, int i) {\n  }\n};\n",
        {"Wolf", "Wolf.operator<<"},
    ),
    "a macro that says who may use what follows": (
        "cpp",
        "class Wolf {\n  PRIVATE_UNLESS_TESTED:\n  int legs;\n};\n",
        {"Wolf", "Wolf.legs"},
    ),
    "a class whose macro is followed by a line end": ("cpp", "class API_X Wolf\n  : public Dog {\n};\n", {"Wolf"}),
    "a macro that makes a function": ("c", "TEST_BEGIN(howls) {\n  f();\n}\nTEST_END\n", {"howls"}),
    "no macro but a type": (
        "c",
        "struct Wolf {\n\tUINT legs : 3;\n\tMY_UINT tails : 1;\n};\n",
        {"Wolf", "Wolf.legs", "Wolf.tails"},
    ),
    "a modifier that is a name": (
        "kotlin",
        "fun f() {\n  val open: Boolean\n  lock {\n    open = isOpen\n  }\n  val in1 = g()\n  in1.close()\n}\n",
        {"f"},
    ),
    "a constructor on its own line": (
        "kotlin",
        "object Pack {\n  class Wolf\n    constructor(val legs: Int) {\n    val teeth = 42\n  }\n"
        "  class Pup\n    @JvmOverloads\n    constructor(val age: Int) {\n    constructor() : this(1)\n  }\n}\n",
        {
            *("Pack", "Pack.Wolf", "Pack.Wolf.legs", "Pack.Wolf.teeth"),
            *("Pack.Pup", "Pack.Pup.age", "Pack.Pup.constructor"),
        },
    ),
    "a function called get, a guard, a context": (
        "kotlin",
        "context(pack: Pack)\nfun howl() {\n  val id = insert { it } get pack.id\n  when (id) {\n"
        "    is Wolf if id.legs > 3 -> 1\n    is Pup<*> if id.old -> 2\n  }\n}\nval legs = 4\n",
        {"howl", "legs"},
    ),
    "an extension in braces": (
        "scala",
        "object Pack {\n  extension (w: Wolf) {\n    def howl = 1\n    def run = 2\n  }\n}\n",
        {"Pack", "Pack.howl", "Pack.run"},
    ),
    "an instance without a name": (
        "scala",
        "object Pack:\n  given Show[Wolf] with\n    def show(w: Wolf) = 1\n",
        {"Pack", "Pack.Show[Wolf]", "Pack.Show[Wolf].show"},
    ),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_what_people_write_and_grammars_do_not_know_is_no_error(oddity: str, outline_of: OutlineOf) -> None:
    language, content, expected = ODDITIES[oddity]

    outline = outline_of(content, language)

    assert outline.problems == ()
    assert names(outline) == expected


def test_a_signature_is_as_written_with_what_the_parser_did_not_see(outline_of: OutlineOf) -> None:
    content = "API_EXPORT const char *name(int of UNUSED)\n{\n}\nclass API_EXPORT Wolf {\n};\n"

    outline = outline_of(content, "cpp")

    signatures = [symbol.signature for symbol in outline.symbols]
    assert signatures == ["API_EXPORT const char *name(int of UNUSED)", "class API_EXPORT Wolf"]


def test_a_function_behind_an_error_ends_where_its_body_does(outline_of: OutlineOf) -> None:
    outline = outline_of("int broken(\n\nint howl(void)\n{\n\treturn 1;\n}\n", "c")

    [howl] = [symbol for symbol in outline.symbols if symbol.name == "howl"]
    assert (howl.line, howl.end_line) == (3, 6)
