"""Languages whose imports name files, in one way or another: C, Ruby, PHP, Lua, shells, styles, pages, SQL."""

from __future__ import annotations

import re
from urllib.parse import unquote

from docwatch.resolve.compiled import expanded
from docwatch.resolve.files import Files, Paths, nearest
from docwatch.resolve.paths import ancestors, folder_of, join

_QUOTED = re.compile(r"""["']([^"']+)["']""")
_EXPANSION = re.compile(r"""^["']?(?:\$\(.*\)|\$\{.*\}|\$\w+|`.*`|~)["']?/""")


def beside(files: Files, importer: str, imported: str) -> Paths:
    return files.first((join(folder_of(importer), imported),))


def c(files: Files, importer: str, imported: str) -> Paths:
    """Beside the file, else the nearest whose path ends so. In angle brackets only by a path, or below `include`."""
    name = imported.strip("<>")
    if not imported.startswith("<"):
        return beside(files, importer, name) or nearest(files.ending(name), importer)
    found = list(files.ending(name))
    return nearest(found if "/" in name else [one for one in found if f"include/{name}" in one], importer)


def ruby(files: Files, importer: str, imported: str) -> Paths:
    """By `require_relative` from beside, by `require` from a `lib` folder."""
    name = imported if imported.endswith(".rb") else imported + ".rb"
    if imported.startswith("."):
        return beside(files, importer, name)
    libraries = (join(folder, inner + name) for folder in ancestors(importer) for inner in ("lib/", "app/", ""))
    return files.first(libraries) or nearest(files.ending(f"lib/{name}"), importer)


def php(files: Files, importer: str, imported: str) -> Paths:
    if quoted := _QUOTED.search(imported):
        return _page(files, importer, quoted[1].lstrip("/"))
    if "\\" not in imported:
        return _page(files, importer, imported) if "." in imported else ()
    name = re.sub(r"^(?:function|const)\s+", "", imported).lstrip("\\")
    found = (_php_class(files, importer, one) for one in expanded(name, "\\"))
    return tuple(dict.fromkeys(path for paths in found for path in paths))


def _php_class(files: Files, importer: str, name: str) -> Paths:
    """By composer's PSR-4 prefixes, else the nearest file called so in folders called so: two at least."""
    for prefix, folder in files.settings.psr4:
        if name.startswith(prefix):
            inner = name[len(prefix) :].replace("\\", "/") + ".php"
            if found := files.first((join(folder, inner),)):
                return found
    parts = name.split("\\")
    for start in range(len(parts) - 1):
        if found := nearest(files.ending("/".join(parts[start:]) + ".php"), importer):
            return found
    return ()


def lua(files: Files, importer: str, imported: str) -> Paths:
    name = imported.replace(".", "/")
    near = (
        join(folder, f"{inner}{name}{ending}")
        for folder in ancestors(importer)
        for inner in ("", "lua/", "src/", "lib/")
        for ending in (".lua", "/init.lua")
    )
    if found := files.first(near):
        return found
    return nearest(files.ending(f"{name}.lua"), importer) if "/" in name else ()


def shell(files: Files, importer: str, imported: str) -> Paths:
    """What follows an expansion such as `$(dirname "$0")` is looked for beside the file and above it."""
    name = _EXPANSION.sub("", imported).strip("\"'")
    if "$" in name or "`" in name:
        return ()
    above = (join(folder, name) for folder in ancestors(importer)) if not imported.startswith("/") else ()
    return files.first(above)


def style(files: Files, importer: str, imported: str) -> Paths:
    """CSS by path; for Sass also partials, folders with an index, and endings that are left out."""
    name = re.sub(r"[?#].*", "", imported.removeprefix("~"))
    if ":" in name:
        return ()
    folder, _, last = name.rpartition("/")
    inner = f"{folder}/" if folder else ""
    endings = ("",) if "." in last else ("", ".scss", ".sass", ".css", ".less")
    names = [f"{inner}{mark}{last}{ending}" for ending in endings for mark in ("", "_")]
    names += [f"{name}/{index}" for index in ("_index.scss", "index.scss", "_index.sass")]
    if name.startswith("/"):
        return _page(files, importer, name)
    return files.first(join(start, one) for start in ancestors(importer) for one in names)


def page(files: Files, importer: str, imported: str) -> Paths:
    """An address in a page: none that has a scheme or a host."""
    name = unquote(re.sub(r"[?#].*", "", imported))
    return () if not name or ":" in name or name.startswith("//") else _page(files, importer, name)


def _page(files: Files, importer: str, name: str) -> Paths:
    """A relative path from beside; one from the top of a site, whichever folder above that may be."""
    if not name.startswith("/"):
        return files.first((join(folder_of(importer), name), join("", name)))
    tops = (join(folder, top + name) for folder in ancestors(importer) for top in ("", "public", "static"))
    return files.first(tops)
