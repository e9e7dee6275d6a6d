"""The work trees docwatch knows: found from any folder inside them, remembered by id in the user's state folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

from docwatch import config, git, whole
from docwatch.errors import UserError

log = logging.getLogger("docwatch.tree")
STORE_NAME = "docs.db"


@dataclass(frozen=True, slots=True)
class Tree:
    """One work tree. Paths are absolute and resolved; `git_dir` and `common_dir` are None for a folder without git.

    `id` is what jobs carry: letters and digits, the same for the same root. `folder` holds the store and the hooks'
    spool: `docwatch/` in the git common dir, shared by all linked work trees, or `.docwatch/` without git.
    """

    id: str
    root: str
    folder: str
    git_dir: str | None
    common_dir: str | None
    object_format: str  # sha1 or sha256, as the repository's

    @property
    def store_path(self) -> str:
        return os.path.join(self.folder, STORE_NAME)


def find(folder: str, *, without_git: bool = False) -> Tree:
    """The work tree that holds `folder`.

    `without_git` also takes a folder that no repository holds; without it such a folder is found only once it is
    registered. Raises UserError, with the next step, when there is nothing to find.
    """
    where = os.path.realpath(folder)
    if not os.path.isdir(where):
        raise UserError(f"{folder} is not a folder; name a folder inside a git work tree")
    repository = git.find_repository(where)
    if repository is not None:
        root = os.path.realpath(repository.root)
        return Tree(
            tree_id(root),
            root,
            os.path.join(repository.common_dir, "docwatch"),
            repository.git_dir,
            repository.common_dir,
            repository.object_format,
        )
    for candidate in _ancestors(where):
        if os.path.exists(_entry(tree_id(candidate))) and (found := by_id(tree_id(candidate))).git_dir is None:
            return found
    if without_git:
        return Tree(tree_id(where), where, os.path.join(where, ".docwatch"), None, None, "sha1")
    raise UserError(
        f"{where} is not a git repository; run 'git init' there, or 'docwatch init {where}' to document it without git"
    )


def tree_id(root: str) -> str:
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:16]


def register(tree: Tree) -> None:
    """Remember the tree, so that a job that carries only its id finds it. Makes its folder."""
    if tree.git_dir is None and os.path.islink(tree.folder):
        raise UserError(f"{tree.folder} is a symbolic link, maybe not of your making; remove it")
    try:
        os.makedirs(tree.folder, mode=0o700, exist_ok=True)
        if tree.git_dir is None:
            _put(os.path.join(tree.folder, ".gitignore"), b"*\n")
        _put(_entry(tree.id), json.dumps({"schema": 1, **asdict(tree)}).encode())
    except OSError as error:
        raise UserError(f"cannot write {error.filename}: {error.strerror}; make it writable for you") from error


def is_registered(tree: Tree) -> bool:
    return os.path.exists(_entry(tree.id))


def forget(tree: Tree) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_entry(tree.id))


def by_id(identifier: str) -> Tree:
    """The registered tree of that id. Raises UserError when it has been forgotten or cannot be read."""
    try:
        with open(_entry(identifier), "rb") as file:
            found = json.load(file)
        return Tree(**{field.name: found[field.name] for field in fields(Tree)})
    except FileNotFoundError:
        raise UserError(f"no work tree {identifier} is registered; run 'docwatch init' in it") from None
    except (ValueError, LookupError, TypeError, OSError) as error:
        raise UserError(f"{_entry(identifier)} is damaged; remove it and run 'docwatch init' in its tree") from error


def registered() -> list[Tree]:
    """Every registered tree, by root. One whose entry is damaged is left out, and the log says so."""
    found = []
    for name in os.listdir(_entries()):
        identifier = name.removesuffix(".json")
        if identifier != name and identifier.isalnum():
            try:
                found.append(by_id(identifier))
            except UserError as error:
                log.warning("%s", error)
    return sorted(found, key=lambda tree: tree.root)


def _entries() -> str:
    folder = os.path.join(config.state_folder(), "trees")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def _entry(identifier: str) -> str:
    if not identifier.isalnum():
        raise UserError(f"{identifier!r} is not the id of a work tree; run 'docwatch init' in the work tree")
    return os.path.join(_entries(), identifier + ".json")


def _ancestors(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _put(path: str, content: bytes) -> None:
    """What is so already stays untouched."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        if file.read() == content:
            return
    whole.replace(path, content)
