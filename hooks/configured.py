"""Hooks in git's configuration, from Git 2.54 on: they run beside whatever is in the hooks folder.

Nobody's hook has to be moved, and no tool silences ours by putting its own in or by pointing core.hooksPath elsewhere.
The scripts lie in the tree's folder, and the repository's configuration names one for each hook.
"""

from __future__ import annotations

import os
import shlex

from docwatch import git
from docwatch.hooks import script
from docwatch.hooks.hook_status import NAMES, HookStatus
from docwatch.tree import Tree

SINCE = (2, 54)  # https://git-scm.com/docs/git-hook
_FALSE = frozenset(("false", "no", "off", "0"))


def is_possible() -> bool:
    """Whether the git that is installed runs them."""
    return git.version() >= SINCE


def is_used(tree: Tree) -> bool:
    return bool(_settings(tree).keys() & {_key(name, "command") for name in NAMES})


def install(tree: Tree, python: str) -> None:
    """Write the scripts and name them in the repository's configuration; repeatable."""
    found = _settings(tree)
    os.makedirs(_folder(tree), mode=0o700, exist_ok=True)
    for name in NAMES:
        script.write(_path(tree, name), script.made(name, python))
        for key, value in _wanted(tree, name).items():
            if found.get(key) != [value]:
                git.set_config(tree.root, key, value)


def uninstall(tree: Tree) -> None:
    """Take out of the configuration what is ours, and the scripts."""
    found = _settings(tree)
    for name in NAMES:
        if any(key in found for key in _wanted(tree, name)):
            git.remove_config_section(tree.root, f"hook.{_called(name)}")
        if script.is_ours(_path(tree, name)):
            os.unlink(_path(tree, name))


def status(tree: Tree, python: str) -> list[HookStatus]:
    found, possible = _settings(tree), is_possible()
    return [_status(tree, name, python, found, possible=possible) for name in NAMES]


def _status(tree: Tree, name: str, python: str, found: dict[str, list[str]], *, possible: bool) -> HookStatus:
    path, wanted = _path(tree, name), _wanted(tree, name)
    if not found.keys() & wanted.keys():
        return HookStatus(name, path, "missing")
    if not possible:
        reason = f"it is in git's configuration, and git runs those from {'.'.join(map(str, SINCE))} on"
        return HookStatus(name, path, "silenced", reason=f"{reason}; run 'docwatch hooks install'")
    off = next((key for key in (f"hook.{name}.enabled", _key(name, "enabled")) if _is_off(found.get(key))), None)
    if off is not None:
        return HookStatus(name, path, "silenced", reason=f"{off} is false; run 'git config --unset {off}'")
    current = script.is_ours(path) and script.is_current(path, script.made(name, python))
    if not current or any(found.get(key) != [value] for key, value in wanted.items()):
        return HookStatus(name, path, "outdated", reason=script.outdated(path))
    return HookStatus(name, path, "installed", reason="in git's configuration")


def _is_off(values: list[str] | None) -> bool:
    return bool(values) and values is not None and values[-1].lower() in _FALSE


def _settings(tree: Tree) -> dict[str, list[str]]:
    return git.config_values(tree.root, r"^hook\.")


def _wanted(tree: Tree, name: str) -> dict[str, str]:
    """A repository that was moved, or has lost its scripts, must not make git complain: then nothing runs."""
    path = shlex.quote(_path(tree, name))
    return {_key(name, "command"): f"[ ! -x {path} ] || exec {path}", _key(name, "event"): name}


def _key(name: str, setting: str) -> str:
    return f"hook.{_called(name)}.{setting}"


def _called(name: str) -> str:
    return f"docwatch-{name}"


def _folder(tree: Tree) -> str:
    return os.path.join(tree.folder, "hooks")


def _path(tree: Tree, name: str) -> str:
    return os.path.join(_folder(tree), name)
