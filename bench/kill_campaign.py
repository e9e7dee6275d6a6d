"""Kill -9 everything at random moments while files change; then, after quiet, compare every document with the disk.

    python bench/kill_campaign.py [KILLS] [SEED]

Half of the kills hit a process at a random moment, half a named point in the code (bench/kill_points.py). Runs
`docwatch up` on a new repository, starts it again whenever it was among the killed, and edits, moves, deletes,
commits and switches branches meanwhile. Prints what was lost (a file without a document), stale (a document of other
content), left over (a row without a file) and torn (a document that cannot be read): all must be 0. In the end workers
are killed in the middle of a job while all else is quiet: how long until that file has its document?
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles

sys.path.append(os.path.dirname(__file__))
import kill_points

FILES = 60
QUIET_SECONDS = 60.0
POINT_SECONDS = 1.5  # how long a process may take to come to an armed point
MID_JOB = "documented, not stored"


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"{kills} kills, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="docwatch-kill-") as place:
        os.environ["DOCWATCH_HOME"] = os.path.join(place, "home")
        os.environ["DOCWATCH_QUIET_MS"] = "20"
        campaign = Campaign(Path(place), random.Random(seed))
        try:
            campaign.run(kills)
            found = campaign.verdict()
            print(", ".join(f"{name} {count}" for name, count in found.items()), flush=True)
            campaign.time_recoveries(max(1, kills // 10))
            if any(found.values()):
                campaign.tell_the_end()
        finally:
            campaign.end()
    return 1 if any(found.values()) else 0


class Campaign:
    def __init__(self, place: Path, chance: random.Random) -> None:
        self.environment, self.root, self.chance = place / "python", place / "repository", chance
        self.docwatch = (kill_points.install(self.environment), "-P", "-m", "docwatch")
        self.killed: Counter[str] = Counter()
        self._stop = threading.Event()
        self._up: subprocess.Popen[bytes] | None = None
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        for number in range(FILES):
            self.write(number)
        self.commit()
        self.git("branch", "other")

    def run(self, kills: int) -> None:
        editor = threading.Thread(target=self.edit)
        self.start()
        editor.start()
        try:
            said = 0
            while (done := self.killed.total()) < kills:
                time.sleep(self.chance.choice([0.1, 1.0, 5.0]) * self.chance.random())
                self.kill()
                if done >= said + 50:
                    said = done
                    print(f"{done} kills: {dict(self.killed)}", flush=True)
        finally:
            self._stop.set()
            editor.join()
        self.start()

    def start(self) -> None:
        if self._up is None or self._up.poll() is not None:
            with open(self.root.parent / "up.log", "ab") as said:
                self._up = subprocess.Popen((*self.docwatch, "up"), cwd=self.root, stdout=said, stderr=said)

    def kill(self) -> None:
        """At a named point, or one process or all of them; then `up` again if it is gone."""
        point = self.chance.choice([None, self.chance.choice(list(kill_points.POINTS))])
        if point is not None:
            armed = kill_points.arm(self.environment, point)
            if point in kill_points.AFTER_A_DEATH:
                self.kill_one()
            self.await_death(armed, point)
        else:
            self.kill_one()
        self.start()

    def kill_one(self) -> None:
        found = self.processes()
        if not found:
            return
        kind = self.chance.choice([*sorted(found), "all"])
        self.killed[kind] += 1
        for pid in (
            [pid for one in found.values() for pid in one] if kind == "all" else [self.chance.choice(found[kind])]
        ):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._up is not None and kind in ("up", "all"):
            self._up.wait(30)  # killed is not yet dead

    def await_death(self, armed: Path, point: str) -> None:
        """Of whoever comes to the armed point, if anybody does."""
        until = time.monotonic() + POINT_SECONDS
        while armed.exists() and time.monotonic() < until:
            time.sleep(0.005)
        try:
            armed.unlink()
        except FileNotFoundError:
            self.killed[point] += 1
        if self._up is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._up.wait(0.1)  # if it was the one, it is dead by now

    def time_recoveries(self, count: int) -> None:
        """From the death of a worker in the middle of a job to that file's document."""
        took = []
        for number in range(count):
            armed = kill_points.arm(self.environment, MID_JOB)
            (self.root / "timed.py").write_text(f"def timed{number}(): pass\n")
            while armed.exists():
                time.sleep(0.001)
            began = time.monotonic()
            while any(self.compare().values()) and time.monotonic() < began + QUIET_SECONDS:
                time.sleep(0.01)
            took.append(time.monotonic() - began)
        if len(took) > 1:
            cut = quantiles(took, n=100, method="inclusive")
            print(f"{count} workers killed in a job: document there after p50 {cut[49]:.2f} s, p99 {cut[98]:.2f} s")

    def processes(self) -> dict[str, list[int]]:
        """The pids of this campaign's docwatch, by what they are."""
        assert self._up is not None
        found: dict[str, list[int]] = {}
        if self._up.poll() is None:
            found["up"] = [self._up.pid]
        home = os.environ["DOCWATCH_HOME"].encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes()
                if home in line and b"unixsocket" in line:
                    found.setdefault("redis", []).append(int(folder.name))
                elif home in (folder / "environ").read_bytes() and b"\0worker\0" in line:
                    parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
                    is_pool = b"\0worker\0" not in Path(f"/proc/{parent}/cmdline").read_bytes()
                    found.setdefault("pool" if is_pool else "worker", []).append(int(folder.name))
        return found

    def edit(self) -> None:
        while not self._stop.wait(self.chance.uniform(0.0, 0.06)):
            act = self.chance.random()
            number = self.chance.randrange(FILES)
            path = self.root / f"f{number}.py"
            with contextlib.suppress(FileNotFoundError):
                if act < 0.6:
                    self.write(number)
                elif act < 0.75:
                    path.unlink()
                elif act < 0.9:
                    os.replace(path, self.root / f"f{self.chance.randrange(FILES)}.py")
                elif act < 0.96:
                    self.commit()
                else:
                    self.git("switch", "-q", "-f", self.chance.choice(["main", "other"]), check=False)

    def write(self, number: int) -> None:
        temporary = self.root / f".f{number}.tmp~"
        temporary.write_text(f"def f{number}():\n    return {self.chance.randrange(1000)}\n")
        os.replace(temporary, self.root / f"f{number}.py")

    def commit(self) -> None:
        self.git("add", "-A", check=False)
        identity = ("-c", "user.name=kill", "-c", "user.email=kill@example.org")
        self.git(*identity, "commit", "-q", "--allow-empty", "-m", "change", check=False)

    def git(self, *arguments: str, check: bool = True) -> None:
        subprocess.run(("git", "-C", self.root, *arguments), check=check, capture_output=True)

    def verdict(self) -> dict[str, int]:
        """Wait until all is fresh, and count what is not after too long."""
        until = time.monotonic() + QUIET_SECONDS
        began = time.monotonic()
        while any((found := self.compare()).values()) and time.monotonic() < until:
            time.sleep(0.2)
        print(f"all true {time.monotonic() - began:.1f} s after the last kill; killed {dict(self.killed)}")
        return found

    def compare(self) -> dict[str, int]:
        from docwatch import documents, tree
        from docwatch.opened import OpenTree

        wrong = {"lost": 0, "stale": 0, "left over": 0, "torn": 0}
        with OpenTree(tree.find(str(self.root))) as opened:
            rows = {row.path: row for row in opened.ledger.all()}
            for decision, _ in opened.scope.walk():
                if not decision.admitted:
                    rows.pop(decision.path, None)
                    continue
                row = rows.pop(decision.path, None)
                if row is None or row.state != "fresh" or row.document is None:
                    wrong["lost"] += 1
                elif row.oid != opened.scope.read(decision.path).oid:
                    wrong["stale"] += 1
                else:
                    body = documents.body(opened.store.connection, row.document)
                    wrong["torn"] += not body["outline"]["symbols"]
            wrong["left over"] = len(rows)
            (sound,) = opened.store.connection.execute("PRAGMA integrity_check").fetchone()
            wrong["torn"] += sound != "ok"
        return wrong

    def tell_the_end(self) -> None:
        """What may explain a failure, before all of it is deleted."""
        print(f"up: {'runs' if self._up is not None and self._up.poll() is None else 'has ended'}")
        subprocess.run((*self.docwatch, "status"), cwd=self.root, check=False)
        subprocess.run((*self.docwatch, "log", "-n", "30"), cwd=self.root, check=False)
        print((self.root.parent / "up.log").read_text(errors="replace")[-3000:], flush=True)

    def end(self) -> None:
        if self._up is not None and self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
            self._up.wait(30)
        subprocess.run((*self.docwatch, "stop"), cwd=self.root, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.exit(main())
