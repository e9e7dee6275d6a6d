"""Git hooks beside whatever is there: put in, taken out without a trace, looked at.

Where git has hooks in its configuration (`configured`), ours are there. Elsewhere they are files: a hook of somebody
else's is kept as `X.docwatch-chained` and run first by ours. Nothing that is not ours is ever deleted or written into.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from docwatch import git
from docwatch.check_ignore import CheckIgnore
from docwatch.errors import UserError
from docwatch.hooks import configured, script
from docwatch.hooks.hook_status import NAMES, HookStatus
from docwatch.hooks.others import SET_ASIDE, STILL_RUN, tool_of
from docwatch.tree import Tree

KEPT = ".docwatch-chained"
# For hooks that git tracks. It does nothing for those in the team who do not use docwatch.
LINE = 'h=$(git rev-parse --git-common-dir)/docwatch/hooks/${0##*/}; [ ! -x "$h" ] || "$h" "$@"'


def install(tree: Tree, *, python: str = sys.executable) -> list[HookStatus]:
    """Put the hooks in; repeatable. `python` is the interpreter that they start.

    Raises UserError where git runs no hooks, or only ones that it tracks; then our scripts lie ready in the tree's
    `folder`, and the message has the line that calls them.
    """
    places = _places(tree)
    try:
        os.makedirs(tree.folder, mode=0o700, exist_ok=True)
        if configured.is_possible():
            _uninstall_all(places)
            configured.install(tree, python)
            return status(tree, python=python)
        if configured.is_used(tree):  # by a later git, before
            configured.uninstall(tree)
        if _is_tracked(places):
            _install_beside(places, python)
        else:
            os.makedirs(places.hooks, exist_ok=True)
            for name in NAMES:
                _install(places, name, script.made(name, python))
    except OSError as error:
        raise _cannot_write(places, error) from error
    return status(tree, python=python)


def uninstall(tree: Tree) -> list[HookStatus]:
    """Take our hooks out and put back what they kept, byte for byte. Repeatable."""
    places = _places(tree)
    try:
        configured.uninstall(tree)
        _uninstall_all(places)
    except OSError as error:
        raise _cannot_write(places, error) from error
    return status(tree)


def status(tree: Tree, *, python: str = sys.executable) -> list[HookStatus]:
    """What is there, for each of our hooks; it changes nothing. Raises UserError where git runs no hooks."""
    places = _places(tree)
    if configured.is_used(tree):
        return configured.status(tree, python)
    return [_status(places, name, script.made(name, python)) for name in NAMES]


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
        _write_hook(os.path.join(places.beside, name), script.made(name, python))
    if not any(_find_ours(places, name) for name in NAMES):
        raise UserError(
            f"git tracks the hooks in {places.hooks}, so docwatch writes nothing there; run 'git config --unset "
            f"core.hooksPath', or add this line to {', '.join(NAMES[:-1])} and {NAMES[-1]} there: {LINE}"
        )


def _install(places: _Places, name: str, wanted: bytes) -> None:
    hook = os.path.join(places.hooks, name)
    ours = _find_ours(places, name)
    if ours == hook and (kept := _last_kept(hook)) is not None and not os.path.lexists(hook + KEPT):
        os.rename(kept, hook + KEPT)  # the tool that had stood before it is gone
    if (buried := _set_aside(places, name)) is not None:
        os.unlink(buried)  # or the tool would refuse to set ours aside once more
    _write_hook(ours or hook, wanted)


def _uninstall_all(places: _Places) -> None:
    for name in NAMES:
        _uninstall(places, name)


def _uninstall(places: _Places, name: str) -> None:
    hook = os.path.join(places.hooks, name)
    for ours in (_find_ours(places, name), _set_aside(places, name), _left_behind(places, name)):
        if ours is not None:
            _take_out(ours, name)
    # What is kept still had its place taken by somebody else's hook, which may be gone, or would have set it aside.
    place = hook + SET_ASIDE.get(tool_of(hook) or "", "")
    if (kept := _last_kept(hook)) is not None and not os.path.lexists(place):
        os.rename(kept, place)


def _take_out(ours: str, name: str) -> None:
    """What it kept comes back in its place."""
    if (kept := _kept_by(ours, name)) is not None:
        os.replace(kept, ours)
    else:
        os.unlink(ours)


def _status(places: _Places, name: str, wanted: bytes) -> HookStatus:
    hook = os.path.join(places.hooks, name)
    tool = tool_of(hook)
    ours = _find_ours(places, name)
    if ours is None:
        if reason := _silenced_by(places, name, tool):
            return HookStatus(name, hook, "silenced", reason=reason, tool=tool)
        return HookStatus(name, hook, "foreign" if os.path.lexists(hook) else "missing", tool=tool)
    kept = _kept_by(ours, name)
    tool = tool or (tool_of(kept) if kept else None)
    if not script.is_current(ours, wanted):
        return HookStatus(name, ours, "outdated", kept, script.outdated(ours), tool)
    reason = "" if ours == hook else f"called by {hook}"
    if not any(_is_inside(os.path.realpath(places.hooks), folder) for folder in (places.root, places.common_dir)):
        reason = "core.hooksPath is outside this repository: it runs in others too, and does nothing without docwatch"
    return HookStatus(name, ours, "installed", kept, reason, tool)


def _silenced_by(places: _Places, name: str, tool: str | None) -> str:
    """What keeps git from running ours, with the next step; empty where ours was never there."""
    hook = os.path.join(places.hooks, name)
    if (buried := _set_aside(places, name)) is not None:
        return f"{tool} has set ours aside as {os.path.basename(buried)}; run 'docwatch hooks install'"
    if (left := _left_behind(places, name)) is not None:
        whose = f"{tool}'s " if tool else ""
        return f"{whose}core.hooksPath leads away from {os.path.dirname(left)}; run 'docwatch hooks install'"
    if os.path.lexists(hook + KEPT):
        return f"ours is gone and nothing runs {hook}{KEPT}; run 'docwatch hooks install', or move that back"
    return ""


def _find_ours(places: _Places, name: str) -> str | None:
    """Where the script of ours that git runs for this hook is, be it through another tool."""
    hook = os.path.join(places.hooks, name)
    candidates = [hook]
    if (ending := STILL_RUN.get(tool_of(hook) or "")) is not None:
        candidates.append(hook + ending)
    if _mentions(hook, b"/docwatch/hooks/"):
        candidates.append(os.path.join(places.beside, name))
    return next((path for path in candidates if script.is_ours(path)), None)


def _set_aside(places: _Places, name: str) -> str | None:
    """A script of ours that another tool has renamed and does not run."""
    hook = os.path.join(places.hooks, name)
    ending = SET_ASIDE.get(tool_of(hook) or "")
    return hook + ending if ending is not None and script.is_ours(hook + ending) else None


def _left_behind(places: _Places, name: str) -> str | None:
    """A script of ours where git looked before core.hooksPath was set."""
    folder = os.path.join(places.common_dir, "hooks")
    ours = os.path.join(folder, name)
    return ours if os.path.realpath(folder) != os.path.realpath(places.hooks) and script.is_ours(ours) else None


def _last_kept(hook: str) -> str | None:
    """Of the hooks that were kept for this one, maybe one after the other, the last."""
    numbered = (f"{hook}{KEPT}.{number}" for number in itertools.count(1))
    found = [hook + KEPT, *reversed(list(itertools.takewhile(os.path.lexists, numbered)))]
    return next((path for path in found if os.path.lexists(path)), None)


def _mentions(hook: str, words: bytes) -> bool:
    return os.path.isfile(hook) and words in script.content(hook)


def _kept_by(ours: str, name: str) -> str | None:
    kept = os.path.join(os.path.dirname(ours), name + KEPT)
    return kept if os.path.lexists(kept) else None


def _write_hook(path: str, wanted: bytes) -> None:
    """Move the script into place whole; what is there and not ours is kept."""
    script.write(path, wanted, _kept_aside(path))


@contextlib.contextmanager
def _kept_aside(path: str) -> Iterator[None]:
    """Somebody else's hook gets the name that ours runs it by; its own name again if ours cannot take its place."""
    if not os.path.lexists(path) or script.is_ours(path):
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
    return plain and len({(os.stat(path).st_mode, script.content(path)) for path in paths}) == 1


def _cannot_write(places: _Places, error: OSError) -> UserError:
    return UserError(f"cannot write the hooks in {places.hooks}: {error.strerror}; make that folder writable for you")
