"""The paths of a tree, arranged for finding the one that an import means. Text here, as imports are: `os.fsdecode`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import takewhile

from docwatch.resolve.paths import folder_of
from docwatch.resolve.settings import Settings

Paths = tuple[str, ...]


class Files:
    """A set of paths, by name and by folder, and what the tree's own build files say of names."""

    def __init__(self, paths: Iterable[bytes], settings: Settings | None = None) -> None:
        self.paths = frozenset(map(os.fsdecode, paths))
        self.settings = settings or Settings()
        # What docwatch.resolve.python has found of folders, of modules, and from folders of modules.
        self.places: dict[str, tuple[tuple[str, set[str]], ...]] = {}
        self.modules: dict[str, Paths] = {}
        self.nearest: dict[tuple[str, str], Paths] = {}

    def __contains__(self, path: bytes) -> bool:
        return os.fsdecode(path) in self.paths

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Paths by their last component, sorted."""
        return _grouped(self.paths, lambda path: path.rpartition("/")[2])

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """Paths by the folder they are in, sorted."""
        return _grouped(self.paths, folder_of)

    @cached_property
    def folders_by_name(self) -> dict[str, list[str]]:
        """Folders that hold files, by their last component, sorted."""
        return _grouped(self.by_folder, lambda folder: folder.rpartition("/")[2])

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """What is in each folder, files up to their first dot: what cannot be there need not be looked for."""
        found: dict[str, set[str]] = {"": set()}
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            name = name.partition(".")[0]
            while name not in found.setdefault(folder, set()):
                found[folder].add(name)
                folder, _, name = folder.rpartition("/")
                if not name:
                    break
        return found

    @cached_property
    def packages(self) -> dict[str, list[str]]:
        """Folders of top-level Python packages, by their name: those with `__init__.py` in a folder without."""
        inside = {folder_of(path) for path in self.by_name.get("__init__.py", ())}
        return _grouped(
            (one for one in inside if one and folder_of(one) not in inside), lambda one: one.rpartition("/")[2]
        )

    def first(self, candidates: Iterable[str | None]) -> Paths:
        """The first of the candidates that there is."""
        return next(((one,) for one in candidates if one in self.paths), ())

    def ending(self, suffix: str) -> Iterator[str]:
        """The paths that end with these whole components."""
        for path in self.by_name.get(suffix.rpartition("/")[2], ()):
            if path == suffix or path.endswith("/" + suffix):
                yield path

    def folders_ending(self, suffix: str) -> Iterator[str]:
        for folder in self.folders_by_name.get(suffix.rpartition("/")[2], ()):
            if folder == suffix or folder.endswith("/" + suffix):
                yield folder


def _grouped(paths: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        found.setdefault(key(path), []).append(path)
    return found


def nearest(paths: Iterable[str], importer: str) -> Paths:
    """The one that shares the most folders with the importer; none where two are equally near: a guess would be."""
    ranked = sorted(((_shared(path, importer), path) for path in paths if path != importer), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return ()
    return (ranked[0][1],)


def _shared(one: str, other: str) -> int:
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
