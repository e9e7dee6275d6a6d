"""Where the grammar of each language comes from, and whether it is here. Light: it loads none."""

from __future__ import annotations

import functools
from importlib.util import find_spec

# A wheel's module, and its function that gives the grammar.
GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "swift": ("tree_sitter_swift", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "bash": ("tree_sitter_bash", "language"),
    "lua": ("tree_sitter_lua", "language"),
}

# Loaded before any worker is forked; compiling all the queries would take seconds.
COMMON = ("python", "javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp")


@functools.cache
def can_parse(language: str) -> bool:
    """Whether the wheel with the grammar of this language is here."""
    return language in GRAMMARS and find_spec(GRAMMARS[language][0]) is not None
