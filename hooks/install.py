"""Git hooks beside whatever is there: put in, taken out without a trace, looked at.

A hook of somebody else's is kept as `X.docwatch-chained` and run first by ours. Nothing that is not ours is ever
deleted or written into.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from docwatch import git
from docwatch.check_ignore import CheckIgnore
from docwatch.errors import UserError
from docwatch.tree import Tree

NAMES = ("post-commit", "post-merge", "post-checkout", "post-rewrite")
MARK = b"# docwatch hook "  # at the start of our script's second line, before the number of its format
KEPT = ".docwatch-chained"
MOVED = ".legacy"  # what pre-commit makes of a hook that it finds, and goes on running
# For hooks that git tracks. It does nothing for those in the team who do not use docwatch.
LINE = 'h=$(git rev-parse --git-common-dir)/docwatch/hooks/${0##*/}; [ ! -x "$h" ] || "$h" "$@"'


@dataclass(frozen=True, slots=True)
class HookStatus:
    """One hook: `path` is ours where it is installed, else where git looks; `chained` the kept hook that ours runs.

    `state` is "installed"; "outdated": ours, but of another version or interpreter; "foreign": only somebody else's
    is there; "missing". `reason` says in words what is unusual, with the next step; empty when nothing is.
    """

    name: str
    path: str
    state: Literal["installed", "outdated", "foreign", "missing"]
    chained: str | None = None
    reason: str = ""


def install(tree: Tree, *, python: str = sys.executable) -> list[HookStatus]:
    """Put the hooks in; repeatable. `python` is the interpreter that they start.

    Raises UserError where git runs no hooks, or only ones that it tracks; then our scripts lie ready in the tree's
    `folder`, and the message has the line that calls them.
    """
    places = _places(tree)
    try:
        os.makedirs(tree.folder, mode=0o700, exist_ok=True)
        if _is_tracked(places):
            _install_beside(places, python)
        else:
            os.makedirs(places.hooks, exist_ok=True)
            for name in NAMES:
                _write_hook(_find_ours(places, name) or os.path.join(places.hooks, name), _script(name, python))
    except OSError as error:
        raise _cannot_write(places, error) from error
    return status(tree, python=python)


def uninstall(tree: Tree) -> list[HookStatus]:
    """Take our hooks out and put back what they kept, byte for byte. Repeatable."""
    places = _places(tree)
    try:
        for name in NAMES:
            _uninstall(places, name)
    except OSError as error:
        raise _cannot_write(places, error) from error
    return status(tree)


def status(tree: Tree, *, python: str = sys.executable) -> list[HookStatus]:
    """What is there, for each of the four hooks; it changes nothing. Raises UserError where git runs no hooks."""
    places = _places(tree)
    return [_status(places, name, _script(name, python)) for name in NAMES]


@dataclass(frozen=True, slots=True)
class _Places:
    """`hooks` is where git looks; `beside` where our scripts are for hooks that git tracks."""

    root: str
    common_dir: str
    hooks: str
    beside: str


def _places(tree: Tree) -> _Places:
    if tree.common_dir is None:
        raise UserError(f"{tree.root} has no git, so no git hooks; run 'git init' there first")
    hooks = git.hooks_folder(tree.root)
    if os.path.lexists(hooks) and not os.path.isdir(hooks):
        raise UserError(f"git runs no hooks, {hooks} is no folder; see 'git config --show-origin core.hooksPath'")
    return _Places(tree.root, tree.common_dir, hooks, os.path.join(tree.folder, "hooks"))


def _is_tracked(places: _Places) -> bool:
    """Whether files of ours would show up in some repository's `git status`."""
    where = os.path.realpath(places.hooks)
    if _is_inside(where, places.common_dir):
        return False
    existing = where
    while not os.path.isdir(existing):
        existing = os.path.dirname(existing)
    repository = git.find_repository(existing)
    if repository is None:
        return False
    relative = os.path.relpath(where, os.path.realpath(repository.root))
    paths = [os.path.join(relative, name + ending) for name in NAMES for ending in ("", KEPT)]
    with CheckIgnore(repository.root) as git_says:
        return any(git_says.rule(os.fsencode(path)) is None for path in paths)


def _is_inside(path: str, folder: str) -> bool:
    folder = os.path.realpath(folder)
    return os.path.commonpath((path, folder)) == folder


def _install_beside(places: _Places, python: str) -> None:
    os.makedirs(places.beside, mode=0o700, exist_ok=True)
    for name in NAMES:
        _write_hook(os.path.join(places.beside, name), _script(name, python))
    if not any(_find_ours(places, name) for name in NAMES):
        raise UserError(
            f"git tracks the hooks in {places.hooks}, so docwatch writes nothing there; run 'git config --unset "
            f"core.hooksPath', or add this line to {', '.join(NAMES[:-1])} and {NAMES[-1]} there: {LINE}"
        )


def _uninstall(places: _Places, name: str) -> None:
    hook = os.path.join(places.hooks, name)
    ours = _find_ours(places, name)
    if ours is None and not os.path.lexists(hook) and os.path.lexists(hook + KEPT):
        os.rename(hook + KEPT, hook)  # somebody has deleted ours
    elif ours is not None and (kept := _kept_by(ours, name)) is not None:
        os.replace(kept, ours)
    elif ours is not None:
        os.unlink(ours)


def _status(places: _Places, name: str, script: bytes) -> HookStatus:
    hook = os.path.join(places.hooks, name)
    ours = _find_ours(places, name)
    if ours is None:
        reason = f"nothing runs {hook}{KEPT}; move it back or delete it" if os.path.lexists(hook + KEPT) else ""
        return HookStatus(name, hook, "foreign" if os.path.lexists(hook) else "missing", reason=reason)
    kept = _kept_by(ours, name)
    if _content(ours) != script or not os.access(ours, os.X_OK):
        reason = "of another version or interpreter; run 'docwatch hooks install'"
        return HookStatus(name, ours, "outdated", kept, reason)
    reason = "" if ours == hook else f"called by {hook}"
    if not any(_is_inside(os.path.realpath(places.hooks), folder) for folder in (places.root, places.common_dir)):
        reason = "core.hooksPath is outside this repository: it runs in others too, and does nothing without docwatch"
    return HookStatus(name, ours, "installed", kept, reason)


def _find_ours(places: _Places, name: str) -> str | None:
    """Where the script of ours that git runs for this hook is, be it through another tool."""
    hook = os.path.join(places.hooks, name)
    candidates = [hook]
    if _mentions(hook, b"generated by pre-commit"):
        candidates.append(hook + MOVED)
    if _mentions(hook, b"/docwatch/hooks/"):
        candidates.append(os.path.join(places.beside, name))
    return next((path for path in candidates if _is_ours(path)), None)


def _is_ours(path: str) -> bool:
    # A symbolic link is never ours, whatever it leads to: it was somebody's decision.
    return os.path.isfile(path) and not os.path.islink(path) and (b"\n" + MARK) in _content(path)[:100]


def _mentions(hook: str, words: bytes) -> bool:
    return os.path.isfile(hook) and words in _content(hook)


def _kept_by(ours: str, name: str) -> str | None:
    kept = os.path.join(os.path.dirname(ours), name + KEPT)
    return kept if os.path.lexists(kept) else None


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _script(name: str, python: str) -> bytes:
    template = resources.files("docwatch.hooks").joinpath("hook.sh").read_text()
    filled = template.replace("'@HOOK@'", shlex.quote(name)).replace("'@PYTHON@'", shlex.quote(python))
    return os.fsencode(filled)


def _write_hook(path: str, script: bytes) -> None:
    """Move the script into place whole; what is there and not ours is kept."""
    if _is_ours(path) and _content(path) == script and os.access(path, os.X_OK):
        return
    temporary = f"{path}.docwatch-{os.getpid()}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o755), "wb") as file:
            file.write(script)
        with _kept_aside(path):
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


@contextlib.contextmanager
def _kept_aside(path: str) -> Iterator[None]:
    """Somebody else's hook gets the name that ours runs it by; its own name again if ours cannot take its place."""
    if not os.path.lexists(path) or _is_ours(path):
        yield
        return
    kept = path + KEPT
    if os.path.lexists(kept) and not _are_equal(path, kept):  # nothing runs the older one, but it is not ours to delete
        free = next(number for number in itertools.count(1) if not os.path.lexists(f"{kept}.{number}"))
        os.rename(kept, f"{kept}.{free}")
    os.rename(path, kept)
    try:
        yield
    except OSError:
        os.rename(kept, path)
        raise


def _are_equal(*paths: str) -> bool:
    """Whether a tool has only written its hook again, as husky does at each `npm install`."""
    plain = all(os.path.isfile(path) and not os.path.islink(path) for path in paths)
    return plain and len({(os.stat(path).st_mode, _content(path)) for path in paths}) == 1


def _cannot_write(places: _Places, error: OSError) -> UserError:
    return UserError(f"cannot write the hooks in {places.hooks}: {error.strerror}; make that folder writable for you")
