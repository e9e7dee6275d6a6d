"""What docwatch needs of the machine it runs on, for `docwatch doctor`: programs, limits, disks, the clock."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time

from docwatch import __version__, config, git
from docwatch.frontends import render
from docwatch.frontends.findings import Finding, note, ok, problem
from docwatch.tree import Tree
from docwatch.watcher import filesystem

OLDEST_GIT = (2, 31)  # rev-parse --path-format, ls-files --deduplicate
LEAST_FREE_BYTES, LITTLE_FREE_BYTES = 50 << 20, 500 << 20
FEW_INSTANCES = 16
AHEAD_SECONDS = 120.0
# SQLite's write-ahead log needs memory shared between all that have the file open.
_NO_SHARED_MEMORY = re.compile(r"nfs|cifs|smb|9p|afs|ceph|gluster|lustre|davfs|fuse\.sshfs")


def python() -> Finding:
    return ok(f"docwatch {__version__}, Python {platform.python_version()}, {sys.executable}")


def git_version() -> Finding:
    found = git.version()
    text = ".".join(map(str, found))
    if found < OLDEST_GIT:
        return problem(f"{text} is too old", f"install git {'.'.join(map(str, OLDEST_GIT))} or newer")
    return ok(text)


def disk(folders: list[str]) -> Finding:
    """The fullest of the disks that these folders, or what is there above them, are on."""
    free, folder = min((shutil.disk_usage(_existing(folder)).free, folder) for folder in folders)
    text = f"{free / (1 << 30):,.1f} GiB free for {folder}"
    if free < LEAST_FREE_BYTES:
        return problem(text, "free some space: nothing can be stored")
    return note(text, "free some space") if free < LITTLE_FREE_BYTES else ok(text)


def file_system(tree: Tree) -> Finding | None:
    """What kind the root is on; None where the system does not say."""
    root, store = filesystem.type_of(tree.root), filesystem.type_of(tree.folder)
    return file_system_of(root, store) if root else None


def file_system_of(root: str, store: str) -> Finding:
    """What to think of a root, and a store, on file systems of these types."""
    if _NO_SHARED_MEMORY.match(store):
        return problem(
            f"the store is on {store}, where SQLite cannot rely on its locks", "move the clone to a local disk"
        )
    if filesystem.is_silent(root):
        text = f"{root} does not tell of changes made elsewhere, so the tree is polled, some seconds late"
        return note(text, "keep it on a local disk to have them at once")
    return ok(f"{root}, events of what is changed in this container" if root == "overlay" else root)


def inotify(tree: Tree) -> Finding | None:
    """Whether there are watches enough for the folders git knows; None where there is no inotify."""
    watches, instances = _limit("watches"), _limit("instances")
    if watches is None or instances is None:
        return None
    folders = _folders(tree)
    allowed = f"{watches:,} watches and {instances:,} instances allowed"
    text = f"{allowed}; git tracks files in {render.counted(folders, 'folder')}"
    if folders > watches:
        return problem(text, "sudo sysctl fs.inotify.max_user_watches=524288")
    if folders > 0.8 * watches:
        return note(text, "sudo sysctl fs.inotify.max_user_watches=524288")
    if instances < FEW_INSTANCES:
        return note(text, "sudo sysctl fs.inotify.max_user_instances=1024")
    return ok(text)


def clock(paths: list[str]) -> Finding | None:
    """Whether a file comes from the future; None where all is well."""
    now = time.time()
    for path in filter(os.path.exists, paths):
        ahead = os.stat(path).st_mtime - now
        if ahead > AHEAD_SECONDS:
            text = f"{path} was changed {ahead / 60:,.0f} minutes from now"
            return note(text, "set this machine's clock right, or touch the file")
    return None


def state_folder() -> Finding:
    return ok(f"{config.state_folder()}, yours alone")


def _existing(folder: str) -> str:
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder


def _limit(name: str) -> int | None:
    """How many this user may have: the system's limit, or the user namespace's."""
    found = []
    for path in (f"/proc/sys/fs/inotify/max_user_{name}", f"/proc/sys/user/max_inotify_{name}"):
        if os.path.exists(path):
            with open(path, "rb") as file:
                found.append(int(file.read()))
    return min(found, default=None)


def _folders(tree: Tree) -> int:
    """The root and every folder that holds something tracked, at any depth."""
    found = {b""}
    for path in git.tracked_paths(tree.root) if tree.git_dir is not None else ():
        while (path := os.path.dirname(path)) not in found:
            found.add(path)
    return len(found)
