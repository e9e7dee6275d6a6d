"""Which definitions that others find are missing from the outline?

    python bench/outline_recall.py [FOLDER]             functions and classes that `ast` finds, by default in this
                                                        Python's standard library
    python bench/outline_recall.py FOLDER LANGUAGE...   what universal-ctags finds in the files of these languages;
                                                        Swift and Scala, which it does not know, by their keywords,
                                                        the top keys of TOML by `tomllib`

Prints every miss as `file:line name`, with a reason where it is none (`outline_tags.py`), then the counts. What stands
inside a function, a string or a comment is left out on both sides, as are minified files and those that `ast` itself
refuses. "set aside" counts by reason what the other side takes for a definition and is none, "shared" is the part of
the outline's symbols that the other side has too, and of the others it tells the kinds. A symbol whose name is not
where it says, or is no name, is printed as `file:line name?`: it is wrong.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import sysconfig
import tomllib
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator

from outline_tags import CTAGS, SCRIPTS, Found, by_ctags, mistake, plain
from tree_sitter import Node, Parser

from docwatch.document import Source, Symbol
from docwatch.documenters import documenter
from docwatch.documenters.blanks import hide
from docwatch.documenters.dialects import reader
from docwatch.documenters.languages import LANGUAGES, grammar
from docwatch.documenters.text import decode
from docwatch.language import language_of

NEAR = 3  # lines that the two sides may differ by: one counts the keyword, the other the name
KEYWORDS = {
    "scala": re.compile(
        r"^[ \t]*(?:[a-z]+(?:\[\w+\])? )*?(?:class|trait|object|def|type|enum) +(\w+_[^\w\s$:(\[]+|[\w$]+)"
    ),
    "swift": re.compile(
        r"^[ \t]*(?:@\w+ +|[a-z]+(?:\(set\))? )*?(?:class|struct|enum|protocol|actor|func|typealias) +"
        r"(?!func|var|let)(\w+)"
    ),
}
# What stands inside of these is no definition of the file's: local functions, members of a value that has no name.
BODIES = ("function", "method", "field", "constant", "variable")
# Functions of these may have no name, so that no symbol tells where they are: types of nodes that have a body, or are.
FUNCTIONS = {
    **dict.fromkeys(
        SCRIPTS,
        (
            *("arrow_function", "function_expression", "generator_function", "function_declaration"),
            *("method_definition", "for_statement", "for_in_statement", "while_statement"),
        ),
    ),
    "bash": ("heredoc_body", "raw_string", "string"),
    "lua": ("function_definition",),
    "ruby": ("heredoc_body", "string", "do_block", "block"),
    "kotlin": ("lambda_literal", "anonymous_function", "anonymous_initializer"),
    "scala": ("block", "case_block", "indented_block"),
}
HEADLESS = ("lua", "ruby")  # their bodies begin with the first statement
# Blocks of these that belong to a macro, whose call the parser takes for a statement: TEST_CASE("a name") { ... }
MACRO_BODIES = ("c", "cpp")
RAW = re.compile(rb"<(textarea|script|style)\b.*?</\1|<!--.*?-->", re.DOTALL)
NO_DEFINITION = re.compile(r"[ \t]*(?:\*|//|/\*|(?:@\w+ |\w+ )?import )")


def definitions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each function and class at module or class level, `if`, `try`, ... included."""
    todo = [tree]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield child.lineno, child.name
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
                todo.append(child)


def files_of(folder: str, languages: set[str]) -> Iterator[tuple[str, str]]:
    """Path and language of each file in `folder` that is written in one of `languages`."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"site-packages", "__pycache__"})
        for name in sorted(names):
            full = os.path.join(path, name)
            language = language_of(os.fsencode(name))
            if language is None or re.search(r"[.-]min\.", name) or not os.path.isfile(full) or os.path.islink(full):
                continue
            if name.endswith(".h"):  # C by its name
                with open(full, "rb") as file:
                    content = file.read()
                language = reader(Source(os.fsencode(full), language, content), decode(content))
            if language in languages:
                yield full, language


def by_ast(path: str) -> set[Found] | None:
    with open(path, "rb") as file:
        content = file.read()
    try:
        return {Found(line, name) for line, name in definitions(ast.parse(content))}
    except (SyntaxError, ValueError):
        return None


def by_keywords(path: str, language: str) -> set[Found]:
    with open(path, encoding="utf-8", errors="replace") as file:
        found = ((number, KEYWORDS[language].match(line)) for number, line in enumerate(file, 1))
        return {Found(number, match[1]) for number, match in found if match and not NO_DEFINITION.match(match.string)}


def by_keys(path: str) -> set[Found]:
    with open(path, "rb") as file:
        return {Found(0, key) for key in tomllib.load(file)}


def inside_functions(content: bytes, language: str) -> set[int]:
    """The lines, from 1, in the body of a function or macro, named or not, in a string or a comment; where needed."""
    lines: set[int] = set()
    if language == "html":
        for raw in RAW.finditer(content):
            first = content.count(b"\n", 0, raw.start()) + 1
            lines.update(range(first, first + raw[0].count(b"\n") + 1))
    if language not in FUNCTIONS and language not in MACRO_BODIES:
        return lines
    readable = hide(decode(content).encode(), LANGUAGES[language].hidden).source
    todo = [Parser(grammar(language)[0]).parse(readable).root_node]
    while todo:
        node = todo.pop()
        if node.type.endswith("comment") or node.type == "heredoc_body":
            lines.update(range(node.start_point.row + 1, node.end_point.row + 2))
        elif _is_body(node, language):
            body = (node if language in HEADLESS else node.child_by_field_name("body")) or node
            lines.update(range(body.start_point.row + 2, body.end_point.row + 2))
        else:
            todo += node.children
    return lines


def _is_body(node: Node, language: str) -> bool:
    if language in MACRO_BODIES:
        above = node.parent
        return node.type == "compound_statement" and above is not None and above.type != "function_definition"
    return node.type in FUNCTIONS[language]


def misses(
    wanted: set[Found], symbols: tuple[Symbol, ...], inside: set[int], lines: list[str]
) -> tuple[set[Found], set[Found]]:
    """What of `wanted` is neither among `symbols` nor inside of a function there; and what of it is not inside."""
    there: dict[str, set[int]] = defaultdict(set)
    for symbol in symbols:
        there[plain(symbol.name)] |= {symbol.line, symbol.end_line}  # of a C type the name stands behind its body
        if symbol.kind == "selector":  # of which ctags gives each alone, and its parts
            for number, line in _head(symbol, lines):
                for part in (*line.split(","), *re.findall(r"[.#%]?[\w-]+", line)):
                    there[plain(part)].add(number)
        if symbol.kind in BODIES:
            inside.update(range(symbol.line + 1, symbol.end_line + 1))
    outside = {found for found in wanted if found.line not in inside or found.line in there[plain(found.name)]}
    # The outline has a variable once, at its first value, and the field of a class.
    values = {plain(symbol.name) for symbol in symbols if symbol.kind in ("variable", "constant", "key")}
    fields = {(plain(symbol.parent or ""), plain(symbol.name)) for symbol in symbols if symbol.kind == "field"}

    def is_there(found: Found) -> bool:
        name = plain(found.name)
        return (
            name in values or (found.within, name) in fields or any(abs(found.line - at) <= NEAR for at in there[name])
        )

    return {found for found in outside if not is_there(found)}, outside


def _head(symbol: Symbol, lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines of a rule's selectors, and what of it each holds."""
    for number, line in enumerate(lines[symbol.line - 1 : symbol.end_line], symbol.line):
        head, brace, _ = re.sub(r"#\{[^}]*\}", " ", line).partition("{")
        yield number, head
        if brace:
            return


def is_unfounded(symbol: Symbol, lines: list[str], language: str) -> bool:
    """Whether the source has no such name where `symbol` says that it is."""
    if language not in LANGUAGES:
        return False  # titles and selectors may be of any form
    here = " ".join((*lines[symbol.line - 1 : symbol.line + 2], lines[min(symbol.end_line, len(lines)) - 1]))
    squeezed = re.sub(r"[\s\\]+", "", here)
    return re.sub(r"\s+", "", symbol.name).split("<")[0] not in squeezed or re.search(r"[{};]", symbol.name) is not None


def expected_of(language: str, paths: list[str], *, with_ast: bool) -> Iterator[set[Found] | None]:
    """What others find in each of `paths`; None where they find nothing."""
    tags = {} if with_ast or language not in CTAGS else by_ctags(paths, language)
    for path in paths:
        if with_ast:
            yield by_ast(path)
        elif language == "toml":
            yield by_keys(path)
        else:
            yield by_keywords(path, language) if language in KEYWORDS else tags.get(path)


def compare(language: str, paths: list[str], *, with_ast: bool) -> int:
    """Print the misses in `paths` and a row of counts; give the number of misses."""
    outline = documenter("outline")
    files = expected = missed = refused = shared = listed = wrong = 0
    others: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for path, wanted in zip(paths, expected_of(language, paths, with_ast=with_ast), strict=True):
        if wanted is None:
            refused += 1
            continue
        with open(path, "rb") as file:
            content = file.read()
        symbols = outline.document(Source(os.fsencode(path), language, content)).outline.symbols
        lines = decode(content).split("\n")
        gone, outside = misses(wanted, symbols, inside_functions(content, language), lines)
        reasons = {found: mistake(found, lines[min(found.line, len(lines)) - 1], language) for found in gone}
        aside.update(filter(None, reasons.values()))
        for found, reason in sorted(reasons.items()):
            if reason:
                print(f"{path}:{found.line} {found.name} ({reason})")
        gone = {found for found, reason in reasons.items() if not reason}
        files, expected, missed = files + 1, expected + len(outside) - len(reasons) + len(gone), missed + len(gone)
        known = {plain(found.name) for found in wanted}
        ours = [symbol.kind for symbol in symbols if plain(symbol.name) not in known]
        others.update(ours)
        listed += len(symbols)
        shared += len(symbols) - len(ours)
        for symbol in symbols:
            if is_unfounded(symbol, lines, language):
                wrong += 1
                print(f"{path}:{symbol.line} {symbol.name}?")
        for found in sorted(gone):
            print(f"{path}:{found.line} {found.name}")
    recall = 100 * (1 - missed / expected) if expected else 100
    part = 100 / listed if listed else 0
    print(
        f"{language:12} {files} files, {expected} definitions, {missed} missed: {recall:.2f} %; {listed} symbols, "
        f"{part * shared:.1f} % shared, {part * (listed - wrong):.2f} % right; {refused} files without any",
        "             others: " + ", ".join(f"{count} {kind}" for kind, count in others.most_common(6)),
        "             set aside: " + ", ".join(f"{count} {reason}" for reason, count in aside.most_common()),
        sep="\n",
        file=sys.stderr,
    )
    return missed


def main() -> int:
    folder = sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib")
    languages = sys.argv[2:] or ["python"]
    warnings.simplefilter("ignore", SyntaxWarning)
    missed = 0
    for language in languages:
        paths = [path for path, _ in files_of(folder, {language})]
        missed += compare(language, paths, with_ast=not sys.argv[2:])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
