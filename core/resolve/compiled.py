"""Languages whose imports name packages: Go by module path, Rust by module tree, Java and its kin by package."""

from __future__ import annotations

import re

from docwatch.resolve.files import Files, Paths, nearest
from docwatch.resolve.paths import ancestors, join


def go(files: Files, importer: str, imported: str) -> Paths:
    """Every file of the package but its tests."""
    modules = files.settings.go_modules
    nearest_first = dict.fromkeys(folder for folder in ancestors(importer) if folder in modules) | modules
    for folder in nearest_first:
        module = modules[folder]
        inner = imported[len(module) :]
        if (
            imported.startswith(module)
            and inner[:1] in ("", "/")
            and (found := _go_package(files, join(folder, inner)))
        ):
            return found
    return ()


def _go_package(files: Files, folder: str | None) -> Paths:
    inside = files.by_folder.get(folder, ()) if folder is not None else ()
    return tuple(path for path in inside if path.endswith(".go") and not path.endswith("_test.go"))


_CRATE_ROOTS = ("lib.rs", "main.rs")
_OF_CRATES = ("tests", "benches", "examples", "bin")  # folders in which each file is a crate


def rust(files: Files, importer: str, imported: str) -> Paths:
    found = (_rust_path(files, importer, path) for path in expanded(imported.removeprefix("::"), "::"))
    return tuple(dict.fromkeys(one for one in found if one in files.paths))


def _rust_path(files: Files, importer: str, path: str) -> str | None:
    first, *rest = [part.strip().removeprefix("r#") for part in path.split("::")]
    if first == "crate":
        root = _crate_root(files, importer)
    elif first in ("self", "super"):
        root = importer
        rest = [first, *rest]
    else:
        root = files.settings.crates.get(first)
        if root not in files.paths:  # the crate's own child, as of the 2018 edition
            root, rest = importer, ["self", first, *rest]
            if not _descend(files, importer, [first]):
                return None
    return None if root is None else _module(files, root, rest)


def _crate_root(files: Files, importer: str) -> str | None:
    for folder in ancestors(importer):
        if found := files.first(join(folder, name) for name in _CRATE_ROOTS):
            return found[0]
        if folder.rpartition("/")[2] in _OF_CRATES:
            return f"{folder}/main.rs"  # whatever it is called: what it has beside it counts
    return None


def _module(files: Files, start: str, parts: list[str]) -> str | None:
    """The file of the innermost module that the parts lead to from the module in `start`."""
    here = start
    while parts and parts[0] in ("self", "super"):
        if parts[0] == "super":
            above = _parent(files, here)
            if above is None:
                return None
            here = above
        parts = parts[1:]
    return _descend(files, here, parts) or here


def _descend(files: Files, start: str, parts: list[str]) -> str | None:
    found, folder = None, _inner_folder(start)
    for part in parts:
        inner = files.first((join(folder, f"{part}.rs"), join(folder, f"{part}/mod.rs")))
        if not inner:
            break
        found, folder = inner[0], _inner_folder(inner[0])
    return found


def _inner_folder(module: str) -> str:
    """Where the child modules of a module lie."""
    folder, _, name = module.rpartition("/")
    if name in ("mod.rs", *_CRATE_ROOTS) or folder.rpartition("/")[2] in _OF_CRATES:
        return folder
    return module.removesuffix(".rs")


def _parent(files: Files, module: str) -> str | None:
    folder, _, name = module.rpartition("/")
    if name in _CRATE_ROOTS:
        return None
    if name == "mod.rs":
        folder, _, name = folder.rpartition("/")
    near = (join(folder, one) for one in ("mod.rs", *_CRATE_ROOTS))
    return next(iter(files.first((*near, f"{folder}.rs"))), None)


_JVM = (".java", ".kt", ".scala", ".groovy")


def jvm(files: Files, importer: str, imported: str) -> Paths:
    """The file that is called as the class, in the folder that is called as its package; for a package all in it."""
    found: dict[str, None] = {}
    for name in expanded(re.sub(r"\s*=>\s*\w+|\bas\s+\w+|\bgiven\b", "", imported).removeprefix("_root_."), "."):
        parts = [part for part in name.split(".") if part not in ("*", "_", "")]
        found.update(dict.fromkeys(_jvm_class(files, importer, parts) or _jvm_package(files, importer, parts)))
    found.pop(importer, None)
    return tuple(found)


def _jvm_class(files: Files, importer: str, parts: list[str]) -> Paths:
    for end in range(len(parts), 1, -1):
        suffix = "/".join(parts[:end])
        named = [path for ending in _JVM for path in files.ending(suffix + ending)]
        if named:
            return nearest(named, importer)
    return ()


def _jvm_package(files: Files, importer: str, parts: list[str]) -> Paths:
    if len(parts) < 2:
        return ()
    folders = nearest((f"{folder}/" for folder in files.folders_ending("/".join(parts))), importer)
    return tuple(path for folder in folders for path in files.by_folder[folder[:-1]] if path.endswith(_JVM))


def expanded(path: str, separator: str) -> list[str]:
    """`a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`; no more than some hundred."""
    before, brace, after = path.partition("{")
    if not brace:
        return [path.partition(" as ")[0].strip()]
    inner, depth, parts = "", 1, []
    for letter in after:
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            break
        if letter == "," and depth == 1:
            parts.append(inner)
            inner = ""
        else:
            inner += letter
    parts.append(inner)
    prefix = before.strip().removesuffix(separator)
    found = [one for part in parts if part.strip() for one in expanded(part.strip(), separator)]
    return [prefix if one == "self" else f"{prefix}{separator}{one}" for one in found][:200]
