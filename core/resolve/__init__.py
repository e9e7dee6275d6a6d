"""Which files of the same tree an import means, by its text and the tree's paths alone: nothing is run or searched for.

An import that may mean several files, or one outside the tree, means none here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from docwatch.resolve import compiled, ecmascript, python, scripts
from docwatch.resolve.files import Files, Paths
from docwatch.resolve.settings import Settings, is_build_file, read

__all__ = ["Files", "Settings", "is_build_file", "read", "resolve"]

_RULES: dict[str, Callable[[Files, str, str], Paths]] = {
    "bash": scripts.shell,
    "c": scripts.c,
    "cpp": scripts.c,
    "css": scripts.style,
    "cuda": scripts.c,
    "go": compiled.go,
    "html": scripts.page,
    "java": compiled.jvm,
    "javascript": ecmascript.ecmascript,
    "kotlin": compiled.jvm,
    "lua": scripts.lua,
    "markdown": scripts.page,
    "objectivec": scripts.c,
    "php": scripts.php,
    "python": python.python,
    "ruby": scripts.ruby,
    "rust": compiled.rust,
    "scala": compiled.jvm,
    "scss": scripts.style,
    "sql": scripts.beside,
    "tsx": ecmascript.ecmascript,
    "typescript": ecmascript.ecmascript,
}


def resolve(files: Files, importer: bytes, language: str, imports: Iterable[str]) -> tuple[bytes, ...]:
    """The files that the imports, as written in the file `importer`, mean, each once; never the importer itself."""
    rule = _RULES.get(language)
    if rule is None:
        return ()
    path = os.fsdecode(importer)
    found: dict[str, None] = {}
    for imported in imports:
        if "\0" not in imported:
            found.update(dict.fromkeys(rule(files, path, imported)))
    found.pop(path, None)
    return tuple(map(os.fsencode, found))
