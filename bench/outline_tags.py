"""What universal-ctags finds in files, and how to tell which of it defines nothing.

A rule of `MISTAKES` is asked only about a tag that the outline does not have. It is a pattern for the tag's line, in
which `{name}` stands for the tag's name; the rules' reasons are what the bench prints and counts.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from typing import NamedTuple

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
SCRIPTS = ("javascript", "typescript", "tsx")
_NAMELESS = ("Companion", "__anon", "AnonymousFunction", "anonymous", "<", "[")
_VALUE = re.compile(r"\bva[lr]\b")
# A macro without a value: include guards and switches.
_SWITCH = re.compile(r"[ \t]*#[ \t]*define[ \t]+\w+[ \t]*(?:/[*/].*)?$")
_KEYWORDS = {
    **dict.fromkeys(
        SCRIPTS,
        "any boolean class const default export false function get new null number satisfies set string true type "
        "undefined void".split(),
    ),
    "sql": "DEALLOCATE INSERT MOVE PREPARE RESET SELECT SET TRIGGER UPDATE WHERE".split(),
}
_SCRIPT_RULES = {
    "a module that is taken in": r"\brequire\(",
    "part of a number or the flags of a pattern": r"[\d/]{name}\b",
    "a name that is used": r"(?:[=:|&<(\[.?]|=>|\b(?:as|new|extends|readonly|of|in)) *{name}\b(?! *(?:[:=?]|$))"
    r"|unique {name}\b|@__PURE__|\b{name}[.(<]\S* *=|^ *{name}\((?!.*\{{ *$)",
    "the module's own exports": r"module\.{name}\b(?<=exports)",
    "a parameter, or a key of a value": r"^\s*{name},?\s*$"
    r"|[(,{{] *{name}\b *\??:|[{{,] *{name} *[,}}]|[(,] *function {name}\b",
    "a value in an object": r"^\s*[\"']?{name}[\"']?\s*:",
}
MISTAKES: dict[str, dict[str, str]] = {
    **dict.fromkeys(SCRIPTS, _SCRIPT_RULES),
    "bash": {"no name": r"^(?!.*\w)", "an operator": r"[^\w\s] *{name}|{name} *\)"},
    "c": {
        "a macro that is called": r"^ *(?:static )?{name} ?\((?!.*\{{)",
        "a macro, not the name it is given": r"^ *{name} ?\(\w+\) *\{{",
    },
    "cpp": {
        "a template that is instantiated": r"template (?:class|struct) {name}<",
        "a macro around a name": r"\b{name} ?\([\w ]+\)[ *]*(?:\(|\w)|^ *{name}\((?!.*\{{)",
        "a type before a name in brackets": r"{name} ?\(\w+\)\(",
    },
    "csharp": {
        "a name that the file gives to another": r"^ *using .*\b{name}\b *=",
        "a parameter": r"[(,] *(?:[\w<>?,\[\]. ]+ )?{name}[,)].*",
        "a constraint": r"\bwhere\b.*\b{name}\b",
    },
    "css": {"a value of an attribute": r"\[[^\]]*{name}"},
    "java": {
        "an annotation": r"@{name}\b",
        "a default": r"\bdefault {name}\b",
        "a call": r"[(,.] *{name}\(",
    },
    "kotlin": {"the parameter of a lambda": r"[{{,(] *{name}\b[^{{}}=]*->"},
    "lua": {"a word in a string": r"\b{name} *= *[\"'].*function|[\"'][^\"']*{name}[^\"']*[\"']"},
    "php": {"a value inside of a condition": r"\bif\b.*{name} *="},
    "ruby": {
        "a constant that is compared": r"\b{name} *==",
        "a keyword": r"def {name}\.",
    },
    "rust": {"a type behind a lifetime": r"'static {name}\b"},
    "scss": {
        "a value of an attribute": r"\[[^\]]*{name}",
        "part of a number": r"\d{name}\b",
        "a function that is called": r"[\w-]{name}(?=\()",
        "a key or an argument": r"(?:^\s*|[({{,]\s*)\$?[\"']?{name}[\"']?:",
        "the variable of a loop": r"@(?:each|for)\b.*\${name}\b",
    },
    "sql": {
        "what is altered, not created": r"\bALTER\b.*\b{name}\b",
        "the schema of a name": r"\b{name}\.",
        "a cursor": r"\bDECLARE {name}\b",
    },
}


class Found(NamedTuple):
    """A definition: its line, from 1, its name; the last name of what it stands in, and its kind, if they are known."""

    line: int
    name: str
    within: str = ""
    kind: str = ""


def plain(name: str) -> str:
    """A name as both sides may write it: the last part, without marks."""
    name = re.sub(r"\s+", "", name)
    return re.split(r"::|[.:]", name.strip("\"'`$~=:#.?!"))[-1] or name


def by_ctags(paths: list[str], language: str) -> dict[str, set[Found]]:
    name, unwanted = CTAGS[language]
    command = ["ctags", "--output-format=json", "--fields=+nKlZ", "-f", "-", "-L", "-"]
    command += [f"--language-force={name}", *(f"--kinds-{name}=-{kind}" for kind in unwanted if kind.isalpha())]
    told = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, errors="replace")
    found: dict[str, set[Found]] = defaultdict(set)
    for line in filter(None, told.stdout.split("\n")):
        tag = json.loads(line)
        if _is_wanted(tag, language):
            within = plain(tag.get("scope", "").partition("<")[0])
            found[tag["path"]].add(Found(tag["line"], tag["name"], within, tag["kind"]))
    return found


def _is_wanted(tag: dict[str, str], language: str) -> bool:
    """Whether a tag is about a definition of the kinds and of the place that an outline tells of."""
    if tag["_type"] != "tag" or tag["name"].startswith(_NAMELESS) or tag["language"] != CTAGS[language][0]:
        return False
    if language == "json":
        return "scope" not in tag  # top keys
    # For Kotlin it also gives the parameters of lambdas.
    if language == "kotlin" and tag["kind"] in ("variable", "constant"):
        return _VALUE.search(tag["pattern"]) is not None
    return True


def mistake(found: Found, line: str, language: str) -> str | None:
    """Why `found` in `line` is no definition; None if nothing says so."""
    if _SWITCH.match(line) and language in ("c", "cpp"):
        return "a macro without a value"
    if language == "html" and "&" in found.name:
        return "a text with entities, which the outline has as it reads"
    if language == "cpp" and found.kind == "variable" and not found.within and line[:1].isspace():
        return "a variable in the body of a macro"
    if re.sub(r"\s+", "", plain(found.name)) not in re.sub(r"\s+", "", line):
        return "no such name in its line"
    if found.name in _KEYWORDS.get(language, ()):
        return "a keyword"
    name = re.escape(found.name)
    for reason, pattern in MISTAKES.get(language, {}).items():
        if re.search(pattern.format(name=name), line):
            return reason
    return None
