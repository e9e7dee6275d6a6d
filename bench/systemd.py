"""The service under a real systemd: installed, killed, restarted and taken out, by a user's own manager.

    sudo python bench/systemd.py USER      (Linux with systemd installed; it need not have booted the machine)

Runs `systemd --user` of that user in namespaces of its own, so nothing of the machine's systemd is touched. USER must
be able to read this Python, which has docwatch in it. What is asked for is printed with how long it took; the first
thing that is not so ends it.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CGROUPS = "/sys/fs/cgroup"
SYSTEMD = "/lib/systemd/systemd"
DOCWATCH = (sys.executable, "-P", "-m", "docwatch")
INSIDE, MANAGED = "--inside", "--managed"
SECONDS = 30


def main() -> int:
    match sys.argv[1:]:
        case [name, step] if step == INSIDE:
            return inside(pwd.getpwnam(name))
        case [_, step] if step == MANAGED:
            return managed()
        case [name]:
            unshare = ("unshare", "--mount", "--pid", "--fork", "--mount-proc")
            return subprocess.run((*unshare, sys.executable, __file__, name, INSIDE), check=False).returncode
    print(__doc__)
    return 2


def inside(user: pwd.struct_passwd) -> int:
    """As root in the new namespaces: what logind would do, then on as the user."""
    for command in (("mount", "--make-rprivate", "/"), ("mount", "-t", "tmpfs", "tmpfs", "/run")):
        subprocess.run(command, check=True)
    runtime = f"/run/user/{user.pw_uid}"
    for folder in ("/run/systemd/system", runtime):  # by the first systemd knows that there is one
        os.makedirs(folder)
    ours = [Path(CGROUPS, kind, f"docwatch-{os.getpid()}") for kind in ("systemd", "unified", "")]
    for group in (group for group in ours if (group.parent / "cgroup.procs").exists()):
        group.mkdir()
        for path in (group, *group.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
        (group / "cgroup.procs").write_text("0")
    os.chown(runtime, user.pw_uid, user.pw_gid)
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as home:
        os.chown(home, user.pw_uid, user.pw_gid)
        environment = {"HOME": home, "XDG_RUNTIME_DIR": runtime, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        done = subprocess.run(
            (sys.executable, __file__, user.pw_name, MANAGED),
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            env=environment,
            cwd=home,
            check=False,
        )
        return done.returncode


def managed() -> int:
    """As the user, who has a manager and nothing else."""
    with subprocess.Popen((SYSTEMD, "--user"), stderr=subprocess.DEVNULL) as manager:
        try:
            told("the manager runs", lambda: systemctl("is-system-running") == "running")
            root = Path("tree").resolve()
            subprocess.run(("git", "init", "-q", root), check=True)
            (root / "first.py").write_text("first = 1\n")
            docwatch("init", str(root))
            docwatch("service", "install")
            told("a file is fresh", lambda: is_fresh(root, "first.py"))
            pid = int(service()["pid"])
            os.kill(pid, signal.SIGKILL)
            told("killed, it runs again", lambda: service()["pid"] not in (None, pid))
            (root / "second.py").write_text("second = 2\n")
            told("a file saved then is fresh", lambda: is_fresh(root, "second.py"))
            began = time.perf_counter()
            systemctl("stop", "docwatch")
            print(f"stopped in {time.perf_counter() - began:.2f} s")
            systemctl("start", "docwatch")
            told("started again, it runs", lambda: bool(service()["pid"]))
            docwatch("service", "uninstall")
            told("taken out, nothing is left", lambda: not service()["installed"] and not systemctl("cat", "docwatch"))
            told("no process is left", lambda: not running())
        finally:
            manager.terminate()
    return 0


def told(what: str, is_so: Callable[[], bool]) -> None:
    began = time.perf_counter()
    while not is_so():
        if time.perf_counter() - began > SECONDS:
            raise SystemExit(f"not so after {SECONDS} s: {what}")
        time.sleep(0.05)
    print(f"{what}: {time.perf_counter() - began:.2f} s")


def docwatch(*arguments: str) -> str:
    return subprocess.run((*DOCWATCH, *arguments), check=True, stdout=subprocess.PIPE, text=True).stdout


def service() -> dict[str, object]:
    found: dict[str, object] = json.loads(docwatch("service", "status", "--json"))
    return found


def is_fresh(root: Path, name: str) -> bool:
    files = json.loads(docwatch("files", str(root), "--json"))["files"]
    return any((one["path"], one["state"]) == (name, "fresh") for one in files)


def systemctl(*arguments: str) -> str:
    command = ("systemctl", "--user", *arguments)
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def running() -> str:
    """The namespace has no other processes than ours."""
    found = subprocess.run(("pgrep", "-f", "docwatch (up|worker)|valkey"), check=False, capture_output=True, text=True)
    return found.stdout


if __name__ == "__main__":
    sys.exit(main())
