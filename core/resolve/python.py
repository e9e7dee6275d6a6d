"""Python: relative imports, packages wherever they lie, `src` layouts, and package folders of another name."""

from __future__ import annotations

from collections.abc import Iterator

from docwatch.resolve.files import Files, Paths, nearest
from docwatch.resolve.paths import ancestors, folder_of, join

_ENDINGS = (".py", "/__init__.py", ".pyi", "/__init__.pyi", ".pyx", ".pyw")
_SOURCES = ("", "src", "lib", "python")  # where the packages of a project lie, from its top


def python(files: Files, importer: str, imported: str) -> Paths:
    name = imported.lstrip(".")
    inner = name.replace(".", "/")
    if dots := len(imported) - len(name):
        folder = join(folder_of(importer), "../" * (dots - 1))
        return () if folder is None else _module(files, folder, inner)
    return _renamed(files, name) or _near(files, importer, inner) or _known(files, importer, inner)


def _module(files: Files, folder: str, inner: str) -> Paths:
    if not inner:
        return files.first((join(folder, "__init__.py"), join(folder, "__init__.pyi")))
    found = f"{folder}/{inner}" if folder else inner
    return files.first(found + ending for ending in _ENDINGS)


def _renamed(files: Files, name: str) -> Paths:
    for package, folder in files.settings.python_packages:
        if not package or name == package or name.startswith(package + "."):
            inner = name.removeprefix(package).lstrip(".").replace(".", "/")
            if found := _module(files, folder, inner):
                return found
    return ()


def _near(files: Files, importer: str, inner: str) -> Paths:
    """Beside the importer or above it."""
    top = inner.partition("/")[0]
    folder = folder_of(importer)
    if folder not in files.places:
        files.places[folder] = tuple(_places(files, importer))
    for place, names in files.places[folder]:
        if top in names and (found := _module(files, place, inner)):
            return found
    return ()


def _places(files: Files, importer: str) -> Iterator[tuple[str, set[str]]]:
    """Where a file's imports are looked for, and what is there: not in folders of packages, on nobody's path."""
    for folder in ancestors(importer):
        if "__init__" not in files.children.get(folder, ()):
            for source in _SOURCES:
                place = f"{folder}/{source}" if folder and source else folder or source
                if place in files.children:
                    yield place, files.children[place]


def _known(files: Files, importer: str, inner: str) -> Paths:
    """In a package anywhere in the tree: the nearest, where several have the name."""
    top, _, rest = inner.partition("/")
    if top not in files.packages:
        return ()
    if inner not in files.modules:
        files.modules[inner] = tuple(found for one in files.packages[top] for found in _module(files, one, rest))
    modules = files.modules[inner]
    if importer in modules:
        return nearest(modules, importer)
    asked = folder_of(importer), inner  # all files of a folder are as near
    if asked not in files.nearest:
        files.nearest[asked] = nearest(modules, importer)
    return files.nearest[asked]
