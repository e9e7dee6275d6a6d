"""What git ignores beside the .gitignore files: the repository's and the user's own rules, and how case counts."""

from __future__ import annotations

import os
import stat

from docwatch import git
from docwatch.config import child_environment
from docwatch.ignore import Rules, compile_rules
from docwatch.signature import Signature, signature
from docwatch.tree import Tree

# Rules, the strongest first, each with the length of the path of the folder they hold below.
Layer = tuple[tuple[int, Rules], ...]
_LARGEST_FILE = 1 << 20  # rules behind that are left to git, which is asked before a file is read


class Excludes:
    """One reading of a repository's own settings; make a new one when `is_stale`. Without git nothing is in it."""

    def __init__(self, tree: Tree) -> None:
        self.fold = False  # core.ignoreCase
        self.layer: Layer = ()
        self.signatures: dict[str, Signature] = {}  # of the files that all this comes from, links followed
        if tree.git_dir is not None and tree.common_dir is not None:
            self._read_settings(tree.root, tree.common_dir)

    def is_stale(self) -> bool:
        return any(signature(file, follow=True) != seen for file, seen in self.signatures.items())

    def _read_settings(self, root: str, common_dir: str) -> None:
        home = child_environment().get("HOME", "")
        users_folder = os.path.join(child_environment().get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
        for file in (common_dir + "/config", home + "/.gitconfig", users_folder + "/config"):
            self._watch(file)
        # Each question is a process of git's own, which most of the time of a short command goes to.
        settings = git.config_values(root, r"^core\.(ignorecase|excludesfile)$")
        self.fold = settings.get("core.ignorecase", [""])[-1].lower() in ("true", "yes", "on", "1")
        own = os.path.join(common_dir, "info", "exclude")
        users = os.path.join(users_folder, "ignore")
        if "core.excludesfile" in settings:  # git itself knows what `~` and its other marks stand for
            named = git.config_value(root, "core.excludesFile", path=True)
            users = os.path.join(root, named) if named else ""
        for file in (own, users):
            self._watch(file)
            rules = compile_rules(_content(file), _shown(file, root), fold=self.fold)
            self.layer += ((0, rules),) if rules else ()

    def _watch(self, file: str) -> None:
        """Before the file is read, so that a change in between is seen."""
        self.signatures[file] = signature(file, follow=True)


def _content(file: str) -> bytes:
    """A file of the user's own, read wherever a link leads, as git reads it; empty where it cannot be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(_LARGEST_FILE) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def _shown(file: str, root: str) -> str:
    return os.path.relpath(file, root) if file.startswith(root + os.sep) else file
