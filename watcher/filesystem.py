"""What a file system can be relied on for: that it tells of changes, and that a folder's mtime tells of its names."""

from __future__ import annotations

import os
import re

# Others can write there without this kernel hearing of it: network file systems, and folders of a virtual machine's or
# container's host, Windows' included.
_SILENT = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ceph|lustre|9p|virtiofs|vboxsf|prl_fs|drvfs|wslfs|fakeowner|davfs\d?"
    r"|fuse\.(sshfs|rclone|glusterfs|s3fs|vmhgfs-fuse|osxfs|grpcfuse|davfs\d?|smbnetfs|curlftpfs)"
)
# Of these it is known that whatever is created, removed or renamed in a folder moves the folder's own mtime.
_EXACT = frozenset("ext2 ext3 ext4 xfs btrfs f2fs zfs bcachefs tmpfs overlay".split())


def type_of(path: str) -> str:
    """The type of the file system that holds an absolute, resolved path; empty where nothing says so (macOS)."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            return type_in(file.read(), os.fsencode(path))
    except FileNotFoundError:
        return ""


def type_in(mounts: bytes, path: bytes) -> str:
    """The same, by the text of /proc/self/mountinfo."""
    best, found = b"", ""
    for line in mounts.splitlines():
        mounted, _, described = line.partition(b" - ")
        point = re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), mounted.split(b" ")[4])
        if os.path.commonpath((point, path)) == point and len(point) >= len(best):  # the last of equals is on top
            best, found = point, described.split(b" ")[0].decode("ascii", "replace")
    return found


def is_silent(kind: str) -> bool:
    """Whether changes made elsewhere come without an event on a file system of this type."""
    return _SILENT.fullmatch(kind) is not None


def folders_tell_of_names(kind: str) -> bool:
    """Whether a folder whose mtime is the same holds the same names. Not so where the type is not known for it."""
    return kind in _EXACT
