"""Which definitions that others find are missing from the outline?

    python bench/outline_recall.py [FOLDER]             functions and classes that `ast` finds, by default in this
                                                        Python's standard library
    python bench/outline_recall.py FOLDER LANGUAGE...   what universal-ctags finds in the files of these languages;
                                                        Swift and Scala, which it does not know, by their keywords

Prints every miss as `file:line name`, then the counts. What stands inside a function or a comment is left out on both
sides, as are files that `ast` itself refuses. "shared" is the part of the outline's symbols that the other side has
too, and of the others it tells the kinds. A symbol whose name is not where it says, or is no name, is printed as
`file:line name?`: it is wrong.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator

from tree_sitter import Parser

from docwatch.document import Source, Symbol
from docwatch.documenters import documenter
from docwatch.documenters.languages import LANGUAGES, grammar
from docwatch.documenters.text import decode
from docwatch.language import language_of

Found = tuple[int, str]
NEAR = 3  # lines that the two sides may differ by: one counts the keyword, the other the name
# The language for ctags, and the kinds of tags that are no definitions of the file's own.
CTAGS = {
    "bash": ("Sh", "sh"),
    "c": ("C", "hlzLD"),
    "cpp": ("C++", "hlzLDNUZ"),
    "csharp": ("C#", "l"),
    "css": ("CSS", ""),
    "go": ("Go", "pPRu"),
    "html": ("HTML", "CJc"),
    "java": ("Java", "lp"),
    "javascript": ("JavaScript", ""),
    "json": ("JSON", ""),
    "kotlin": ("Kotlin", "p"),
    "lua": ("Lua", ""),
    "markdown": ("Markdown", ""),
    "php": ("PHP", "lan"),
    "python": ("Python", "Iixzl"),
    "ruby": ("Ruby", "L"),
    "rust": ("Rust", "c"),
    "scss": ("SCSS", "z"),
    "sql": ("SQL", "lLE"),
    "tsx": ("TypeScript", "zlaG"),
    "typescript": ("TypeScript", "zlaG"),
}
KEYWORDS = {
    "scala": re.compile(r"^[ \t]*(?:[a-z]+(?:\[\w+\])? )*?(?:class|trait|object|def|type|enum) +([\w$]+)"),
    "swift": re.compile(
        r"^[ \t]*(?:@\w+ +|[a-z]+(?:\(set\))? )*?(?:class|struct|enum|protocol|actor|func|typealias) +"
        r"(?!func|var|let)(\w+)"
    ),
}
# What stands inside of these is no definition of the file's: local functions, members of a value that has no name.
BODIES = ("function", "method", "field", "constant", "variable")
NAMELESS = ("Companion", "__anon", "AnonymousFunction", "anonymous", "<", "[")
VALUE = re.compile(r"\bva[lr]\b")
# Functions of these may have no name, so that no symbol tells where they are: types of nodes that have a body, or are.
SCRIPTS = ("javascript", "typescript", "tsx")
FUNCTIONS = {
    **dict.fromkeys(
        SCRIPTS,
        ("arrow_function", "function_expression", "generator_function", "function_declaration", "method_definition"),
    ),
    "kotlin": ("lambda_literal", "anonymous_function", "anonymous_initializer"),
    "scala": ("block", "case_block", "indented_block"),
}
# What ctags takes for definitions and is none.
NONE = {
    # A module that is imported; a name in a value or a type; the name that a function has for itself.
    **dict.fromkeys(SCRIPTS, r"\brequire\(|@__PURE__|\b{name}[.(<]\S* *=|unique {name}\b|[(,] *function {name}\b"),
    "kotlin": r"[{{,(] *{name}\b[^{{}}=]*->",  # the parameter of a lambda
    "css": r"\[[^\]]*{name}",
    "scss": r"\[[^\]]*{name}|^/\^[ \t]+\$?{name}:|^/\^[ \t]*\"?{name}\"?:",  # of attributes, keys, arguments
}
# A macro without a value: include guards and switches.
SWITCH = re.compile(r"^/\^[ \t]*#[ \t]*define[ \t]+\w+[ \t]*(?:/\*.*)?\$/$")
NO_DEFINITION = re.compile(r"[ \t]*(?:\*|//|/\*|(?:@\w+ )?import )")


def definitions(tree: ast.AST) -> Iterator[Found]:
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
            if language in languages and os.path.isfile(full) and not os.path.islink(full):
                yield full, language


def by_ast(path: str) -> set[Found] | None:
    with open(path, "rb") as file:
        content = file.read()
    try:
        return set(definitions(ast.parse(content)))
    except (SyntaxError, ValueError):
        return None


def by_keywords(path: str, language: str) -> set[Found]:
    with open(path, encoding="utf-8", errors="replace") as file:
        found = ((number, KEYWORDS[language].match(line)) for number, line in enumerate(file, 1))
        return {(number, match[1]) for number, match in found if match and not NO_DEFINITION.match(match.string)}


def by_ctags(paths: list[str], language: str) -> dict[str, set[Found]]:
    name, unwanted = CTAGS[language]
    command = ["ctags", "--output-format=json", "--fields=+nK", "-f", "-", "-L", "-"]
    command += [f"--language-force={name}", *(f"--kinds-{name}=-{kind}" for kind in unwanted if kind.isalpha())]
    told = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, errors="replace")
    found: dict[str, set[Found]] = defaultdict(set)
    for line in told.stdout.splitlines():
        tag = json.loads(line)
        if tag["_type"] != "tag" or tag["name"].startswith(NAMELESS):
            continue
        none = NONE[language].format(name=re.escape(tag["name"])) if language in NONE else None
        if (none and re.search(none, tag["pattern"])) or SWITCH.match(tag["pattern"]):
            continue
        # For Kotlin it also gives the parameters of lambdas.
        if language != "kotlin" or tag["kind"] not in ("variable", "constant") or VALUE.search(tag["pattern"]):
            found[tag["path"]].add((tag["line"], tag["name"]))
    return found


def plain(name: str) -> str:
    """A name as both sides may write it: the last part, without marks."""
    name = re.sub(r"\s+", "", name)
    return re.split(r"::|[.:]", name.strip("\"'`$~=:#.?!"))[-1] or name


def inside_functions(content: bytes, language: str) -> set[int]:
    """The lines, from 1, inside the body of a function, named or not, or a comment; for languages in `FUNCTIONS`."""
    lines: set[int] = set()
    if language in FUNCTIONS:
        todo = [Parser(grammar(language)[0]).parse(content).root_node]
        while todo:
            node = todo.pop()
            if node.type.endswith("comment"):
                lines.update(range(node.start_point.row + 1, node.end_point.row + 2))
            elif node.type in FUNCTIONS[language]:
                body = node.child_by_field_name("body") or node
                lines.update(range(body.start_point.row + 2, body.end_point.row + 2))
            else:
                todo += node.children
    return lines


def misses(wanted: set[Found], symbols: tuple[Symbol, ...], inside: set[int]) -> tuple[set[Found], set[Found]]:
    """What of `wanted` is neither among `symbols` nor inside of a function there; and what of it is not inside."""
    lines: dict[str, set[int]] = defaultdict(set)
    for symbol in symbols:
        lines[plain(symbol.name)].add(symbol.line)
        if symbol.kind == "selector":  # of which ctags gives each alone, and its parts
            for number, name in enumerate(symbol.name.split(",")):
                for part in (name, *re.findall(r"[.#%]?[\w-]+", name)):
                    lines[plain(part)].add(symbol.line + number)
        if symbol.kind in BODIES:
            inside.update(range(symbol.line + 1, symbol.end_line + 1))
    outside = {(line, name) for line, name in wanted if line not in inside or line in lines[plain(name)]}
    values = {plain(symbol.name) for symbol in symbols if symbol.kind in ("variable", "constant")}

    def is_there(line: int, name: str) -> bool:
        # The outline has a variable once, at its first value.
        return name in values or any(abs(line - at) <= NEAR for at in lines[name])

    return {(line, name) for line, name in outside if not is_there(line, plain(name))}, outside


def is_unfounded(symbol: Symbol, lines: list[str], language: str) -> bool:
    """Whether the source has no such name where `symbol` says that it is."""
    if language not in LANGUAGES:
        return False  # titles and selectors may be of any form
    here = " ".join(lines[symbol.line - 1 : symbol.line + 2])
    squeezed = re.sub(r"[\s\\]+", "", here)
    return re.sub(r"\s+", "", symbol.name).split("<")[0] not in squeezed or re.search(r"[{};]", symbol.name) is not None


def compare(language: str, paths: list[str], *, with_ast: bool) -> int:
    """Print the misses in `paths` and a row of counts; give the number of misses."""
    outline = documenter("outline")
    tags = {} if with_ast or language in KEYWORDS else by_ctags(paths, language)
    files = expected = missed = refused = shared = listed = wrong = 0
    others: Counter[str] = Counter()
    for path in paths:
        wanted = by_ast(path) if with_ast else by_keywords(path, language) if language in KEYWORDS else tags.get(path)
        if wanted is None:
            refused += 1
            continue
        with open(path, "rb") as file:
            content = file.read()
        symbols = outline.document(Source(os.fsencode(path), language, content)).outline.symbols
        gone, outside = misses(wanted, symbols, inside_functions(content, language))
        known = {plain(name) for _, name in wanted}
        files, expected, missed = files + 1, expected + len(outside), missed + len(gone)
        ours = [symbol.kind for symbol in symbols if plain(symbol.name) not in known]
        others.update(ours)
        listed += len(symbols)
        shared += len(symbols) - len(ours)
        lines = decode(content).split("\n")
        for symbol in symbols:
            if is_unfounded(symbol, lines, language):
                wrong += 1
                print(f"{path}:{symbol.line} {symbol.name}?")
        for line, name in sorted(gone):
            print(f"{path}:{line} {name}")
    recall = 100 * (1 - missed / expected) if expected else 100
    part = 100 / listed if listed else 0
    print(
        f"{language:12} {files} files, {expected} definitions, {missed} missed: {recall:.2f} %; {listed} symbols, "
        f"{part * shared:.1f} % shared, {part * (listed - wrong):.2f} % right; {refused} files without any",
        "             others: " + ", ".join(f"{count} {kind}" for kind, count in others.most_common(6)),
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
