"""JavaScript and TypeScript: relative paths, index files, `paths` of tsconfig.json, packages of the same repository."""

from __future__ import annotations

from collections.abc import Iterator

from docwatch.resolve.files import Files, Paths
from docwatch.resolve.paths import ancestors, folder_of, join

_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".vue", ".svelte")
# In TypeScript one imports what will be there once it is compiled.
_COMPILED = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


def ecmascript(files: Files, importer: str, imported: str) -> Paths:
    name = imported.partition("?")[0]
    if name.startswith("."):
        return _file(files, join(folder_of(importer), name))
    if name.startswith("/"):
        return _file(files, name.lstrip("/"))
    return _aliased(files, importer, name) or _package(files, name) or _from_source(files, importer, name)


def _file(files: Files, path: str | None) -> Paths:
    return () if path is None else files.first(_candidates(path))


def _candidates(path: str) -> Iterator[str]:
    if path:
        yield path
        yield from (path + ending for ending in _ENDINGS)
        stem, dot, ending = path.rpartition(".")
        yield from (stem + other for other in _COMPILED.get(dot + ending, ()))
    index = f"{path}/index" if path else "index"
    yield from (index + ending for ending in _ENDINGS)


def _aliased(files: Files, importer: str, name: str) -> Paths:
    for folder in ancestors(importer):
        for pattern, targets in files.settings.aliases.get(folder, ()):
            before, star, after = pattern.partition("*")
            if name == pattern or (
                star and len(name) >= len(before + after) and name.startswith(before) and name.endswith(after)
            ):
                inner = name[len(before) : len(name) - len(after)] if star else ""
                for target in targets:
                    if found := _file(files, join("", target.replace("*", inner))):
                        return found
    return ()


def _package(files: Files, name: str) -> Paths:
    parts = name.split("/")
    length = 2 if name.startswith("@") else 1
    folder, entries = files.settings.node_packages.get("/".join(parts[:length]), (None, []))
    if folder is None:
        return ()
    inner = "/".join(parts[length:])
    if inner:
        return _file(files, join(folder, inner)) or _file(files, join(folder, f"src/{inner}"))
    for entry in (*entries, "src", ""):
        if found := _file(files, join(folder, entry)):
            return found
    return ()


def _from_source(files: Files, importer: str, name: str) -> Paths:
    """`@/store` is `src/store` to the usual bundlers."""
    if not name.startswith(("@/", "~/")):
        return ()
    for folder in ancestors(importer):
        for source in ("src/", ""):
            if found := _file(files, join(folder, source + name[2:])):
                return found
    return ()
