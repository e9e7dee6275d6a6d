"""What a tree's own build files say of the names in it: read as data, never run, and only inside the tree."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from docwatch.resolve.paths import join

NAMES = frozenset((b"go.mod", b"package.json", b"tsconfig.json", b"jsconfig.json", b"Cargo.toml", b"composer.json"))
MOST = 2_000  # files: a tree with more is a collection of projects
_NOT_OURS = (b"node_modules", b"vendor", b"testdata")


@dataclass(slots=True)
class Settings:
    """Everything as (folder of the file that says so, what it says); folders are relative to the root, "" for it."""

    go_modules: dict[str, str] = field(default_factory=dict)  # folder: module path
    crates: dict[str, str] = field(default_factory=dict)  # crate: its root module's path
    node_packages: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # name: folder, entries
    aliases: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)  # folder: pattern, targets
    psr4: list[tuple[str, str]] = field(default_factory=list)  # namespace prefix, folder
    python_packages: list[tuple[str, str]] = field(default_factory=list)  # dotted package, folder


def read(paths: Iterable[bytes], content: Callable[[bytes], bytes | None]) -> Settings:
    """From those of the paths that are build files, through `content`: the bytes of a file, None if it is not to be
    read. One that cannot be understood says nothing."""
    settings = Settings()
    wanted = sorted((path for path in paths if is_build_file(path)), key=lambda path: (path.count(b"/"), path))
    for path in wanted[:MOST]:
        data = content(path)
        if data is not None:
            folder, _, name = os.fsdecode(path).rpartition("/")
            _READ.get(name, _pyproject)(settings, folder, data.decode(errors="replace"))
    return settings


def is_build_file(path: bytes) -> bool:
    folder, _, name = path.rpartition(b"/")
    if name not in NAMES and name != b"pyproject.toml":
        return False
    return not any(part in _NOT_OURS for part in folder.split(b"/"))


def _go(settings: Settings, folder: str, text: str) -> None:
    found = re.search(r'^module\s+"?([^\s"]+)', text, re.MULTILINE)
    if found:
        settings.go_modules[folder] = found[1]


def _node(settings: Settings, folder: str, text: str) -> None:
    said = _json(text)
    entries = [value for key in ("source", "types", "module", "main") if isinstance(value := said.get(key), str)]
    exports = said.get("exports")
    exported = _strings(exports.get(".", exports) if isinstance(exports, dict) else exports)
    if isinstance(name := said.get("name"), str) and name:
        settings.node_packages.setdefault(name, (folder, [*entries, *exported]))
    if isinstance(own := said.get("imports"), dict):
        settings.aliases.setdefault(folder, []).extend(
            (key, [_below(folder, one) for one in _strings(value)]) for key, value in own.items()
        )


def _typescript(settings: Settings, folder: str, text: str) -> None:
    options = _json(text).get("compilerOptions")
    if not isinstance(options, dict):
        return
    base, paths = options.get("baseUrl"), options.get("paths")
    found = settings.aliases.setdefault(folder, [])
    start = _below(folder, base) if isinstance(base, str) else folder
    if isinstance(paths, dict):
        found += [(key, [_below(start, one) for one in _strings(value)]) for key, value in paths.items()]
    if isinstance(base, str):
        found.append(("*", [_below(start, "*")]))


def _cargo(settings: Settings, folder: str, text: str) -> None:
    said = _toml(text)
    package, library = said.get("package"), said.get("lib")
    library = library if isinstance(library, dict) else {}
    name = library.get("name") or (package.get("name") if isinstance(package, dict) else None)
    path = library.get("path")
    if isinstance(name, str):
        root = _below(folder, path if isinstance(path, str) else "src/lib.rs")
        settings.crates.setdefault(name.replace("-", "_"), root)


def _composer(settings: Settings, folder: str, text: str) -> None:
    said = _json(text)
    for part in ("autoload", "autoload-dev"):
        loaded = said.get(part)
        prefixes = loaded.get("psr-4") if isinstance(loaded, dict) else None
        if isinstance(prefixes, dict):
            settings.psr4 += [
                (prefix, _below(folder, one)) for prefix, value in prefixes.items() for one in _strings(value)
            ]
    settings.psr4.sort(key=lambda pair: -len(pair[0]))


def _pyproject(settings: Settings, folder: str, text: str) -> None:
    tool = _toml(text).get("tool")
    for key in ("setuptools", "package-dir"):
        tool = tool.get(key) if isinstance(tool, dict) else None
    if isinstance(tool, dict):
        settings.python_packages += [
            (package, _below(folder, where)) for package, where in tool.items() if isinstance(where, str)
        ]
        settings.python_packages.sort(key=lambda pair: -len(pair[0]))


_READ: dict[str, Callable[[Settings, str, str], None]] = {
    "go.mod": _go,
    "package.json": _node,
    "tsconfig.json": _typescript,
    "jsconfig.json": _typescript,
    "Cargo.toml": _cargo,
    "composer.json": _composer,
}


def _below(folder: str, relative: str) -> str:
    """Normalised; what leads out of the tree becomes a path that no file has."""
    found = join(folder, relative)
    return "\0" if found is None else found


def _strings(value: object) -> list[str]:
    """All the strings in a value, in order: `exports` and `paths` nest them by conditions."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _strings(one)]


# A comment, or a comma before a bracket, outside of strings: tsconfig.json has both.
_MORE_THAN_JSON = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[\]}])', re.DOTALL)


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(_MORE_THAN_JSON.sub(lambda match: match[1] or "", text))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}
