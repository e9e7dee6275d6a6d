"""Random ignore files and paths: does scope decide as git does?

    python bench/ignore_differential.py --files 2000 --seed 1

Makes real trees, asks `git check-ignore` about every file in them, and compares with `Scope.admit` and `Scope.walk`,
verdict and deciding rule. Prints one JSON object and, on stderr, each disagreement; exits 1 if there was one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

from docwatch import tree
from docwatch.config import Config
from docwatch.decision import Decision
from docwatch.scope import Scope

FILES_PER_TREE = 10  # ignore files, that is
PATHS_PER_TREE = 450

# Few short names, so that patterns hit, and every odd kind of name that a file system takes.
NAMES = [
    b"a",
    b"b",
    b"ab",
    b"abc",
    b"A",
    b"Ab.C",
    b"a.b",
    b"x.py",
    b"X.PY",
    b"build",
    b"foo",
    b"bar",
    b"foobar",
    b"lib",
]
NAMES += [
    b".x",
    b"a b",
    b"a ",
    b" a",
    b"a\t",
    b"a\n",
    b"\n",
    b"-a",
    b"!a",
    b"#a",
    b"a*",
    b"a?b",
    b"[a]",
    b"a]",
    b"\\",
    b"a\\b",
]
NAMES += [
    b"\xc3\xa9",
    b"\xe9",
    b"\xc9",
    b"\xff",
    b"a\xc3\xa9b",
    b"\xe2\x82\xac",
    b"1",
    b"a1",
    b"{a,b}",
    b"\x1b",
    b"^",
    b"~",
    b":a",
    b"$",
]
PIECES = [
    b"*",
    b"*",
    b"**",
    b"?",
    b"***",
    b"[ab]",
    b"[!a]",
    b"[^a]",
    b"[a-c]",
    b"[a-",
    b"[z-a]",
    b"[]a]",
    b"[!]a]",
    b"[[:alpha:]]",
]
PIECES += [
    b"[[:upper:]b]",
    b"[[:digit:][:space:]]",
    b"[[:nope:]]",
    b"[[:punct:]]",
    b"[[:alnum:]-z]",
    b"[a\\]b]",
    b"[\\a-\\c]",
    b"[,-9]",
    b"[a/b]",
]
PIECES += [
    b"[\x80-\xff]",
    b"[[]",
    b"[[:a]",
    b"[-a]",
    b"[a-]",
    b"[!-~]",
    b"[A-Z]",
    b"[!A-Z]",
    b"[^[:lower:]]",
    b"\\",
    b"\\*",
    b"\\a",
    b"\\A",
    b"\\/",
    b"/",
    b"//",
]
PIECES += [
    b"a",
    b"b",
    b"c",
    b"A",
    b".",
    b"\xc3\xa9",
    b"\xe9",
    b"\xc9",
    b" ",
    b"[[:",
    b"[:]a]",
    b"[[:]]",
    b"[]",
    b"[",
    b"]",
    b"\t",
    b"a**",
    b"**/",
    b"/**",
    b"/**/",
    b"*/",
    b"!",
    b"#",
    b"[a-[:digit:]]",
]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=2000, help="how many ignore files")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    count: Counter[str] = Counter()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = os.path.join(folder, "config")
        os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
        for number in range(max(1, given.files // FILES_PER_TREE)):
            where = os.path.join(folder, str(number))
            one_tree(where, random.Random(f"{given.seed}/{number}"), count)
            shutil.rmtree(where)
    print(json.dumps({"seed": given.seed, **count, "seconds": round(time.perf_counter() - started, 1)}))
    return 1 if count["disagreements"] else 0


def one_tree(root: str, random: random.Random, count: Counter[str]) -> None:
    paths = make_tree(root, random)
    write_rules(root, random, paths)
    git(root, "config", "core.ignoreCase", random.choice(("true", "false", "false")))
    git(root, "update-index", "--add", "-z", "--stdin", stdin=b"\0".join(random.sample(paths, 12)))
    truth = ask_git(root, paths)
    with Scope(tree.find(root), Config()) as scope:
        decisions = {path: scope.admit(path) for path in paths}
        walked = {decision.path: decision for decision, _ in scope.walk()}
    count["ignore_files"] += FILES_PER_TREE
    for path in paths:
        count["decisions"] += 1
        count["ignored"] += truth[path] is not None
        compare(root, path, truth[path], decisions[path], count)
        if walked.get(path, decisions[path]) != decisions[path] or (path not in walked and truth[path] is None):
            disagree(count, f"{root}: {path!a}: walk says {walked.get(path)}, admit {decisions[path]}")


def compare(
    root: str, path: bytes, truth: tuple[str, int, str] | None, decision: Decision, count: Counter[str]
) -> None:
    rule = decision.rule if decision.reason == "ignored" else None
    found = None if rule is None else (rule.file, rule.line, rule.pattern)
    if found != truth:
        disagree(count, f"{root}: {path!a}: git {truth!a}, scope {found!a}")


def disagree(count: Counter[str], message: str) -> None:
    count["disagreements"] += 1
    print(message, file=sys.stderr)


def make_tree(root: str, random: random.Random) -> list[bytes]:
    os.mkdir(root)
    git(root, "init", "-q")
    folders, paths = [b""], set[bytes]()
    while len(paths) < PATHS_PER_TREE:
        folder, name = random.choice(folders), random.choice(NAMES) + random.choice((b"", b"", random.choice(NAMES)))
        path = folder + name
        if path in paths or path + b"/" in folders:
            continue
        full = os.path.join(os.fsencode(root), path)
        if random.random() < 0.15 and path.count(b"/") < 6:
            os.mkdir(full)
            folders.append(path + b"/")
        else:
            os.close(os.open(full, os.O_CREAT | os.O_WRONLY))
            paths.add(path)
    return sorted(paths)


def write_rules(root: str, random: random.Random, paths: list[bytes]) -> None:
    folders = sorted({path.rpartition(b"/")[0] for path in paths} - {b""})
    chosen = [b"", *random.sample(folders, min(len(folders), FILES_PER_TREE - 3))]
    for folder in chosen:
        below = (
            [path.removeprefix(folder + b"/") for path in paths if path.startswith(folder + b"/")] if folder else paths
        )
        write(os.path.join(os.fsencode(root), folder, b".gitignore"), ignore_file(random, below))
    write(os.path.join(os.fsencode(root), b".git/info/exclude"), ignore_file(random, paths))
    users = os.path.join(os.fsencode(os.environ["XDG_CONFIG_HOME"]), b"git")
    os.makedirs(users, exist_ok=True)
    write(os.path.join(users, b"ignore"), ignore_file(random, paths))


def write(path: bytes, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def ignore_file(random: random.Random, paths: list[bytes]) -> bytes:
    lines = [line(random, paths) for _ in range(random.randrange(1, 7))]
    content = random.choice((b"\n", b"\n", b"\r\n")).join(lines) + random.choice((b"\n", b"", b"\r", b" "))
    return random.choice((b"", b"", b"", b"\xef\xbb\xbf")) + content


def line(random: random.Random, paths: list[bytes]) -> bytes:
    kind = random.random()
    if kind < 0.45 and paths:
        pattern = from_path(random, random.choice(paths))
    elif kind < 0.55:
        pattern = random.choice(
            (
                b"",
                b"#a",
                b"\\#a",
                b"!",
                b"\\!a",
                b"/",
                b"//",
                b"*",
                b"!*",
                b"/*",
                b"!/*/",
                b"*/",
                b"**",
                b"**/",
                b"a\0b",
                b"!**/",
            )
        )
    else:
        pattern = b"".join(random.choice(PIECES) for _ in range(random.randrange(1, 6)))
    negated = b"!" if random.random() < 0.25 else b""
    return negated + pattern + random.choice((b"",) * 8 + (b"/", b"/", b" ", b"  ", b"\\ ", b"\t", b"\r", b"\\\\ "))


def from_path(random: random.Random, path: bytes) -> bytes:
    """A pattern near a path: a part of it, with some of its bytes generalised."""
    components = path.split(b"/")
    first = random.randrange(len(components))
    kept = b"/".join(components[first : random.randrange(first, len(components)) + 1])
    changed = b"".join(
        random.choice(PIECES)
        if random.random() < 0.12
        else b"\\" + kept[at : at + 1]
        if random.random() < 0.05
        else kept[at : at + 1]
        for at in range(len(kept))
    )
    return random.choice((b"", b"", b"/", b"**/")) + changed + random.choice((b"", b"", b"", b"/**", b"*", b"/*"))


def ask_git(root: str, paths: list[bytes]) -> dict[bytes, tuple[str, int, str] | None]:
    """Git's verdict on each path: the rule that ignores it, or None."""
    # With the index, check-ignore takes a file called "a*" for tracked where "ab" is: it reads paths as globs there.
    asked = b"".join(b"./" + path + b"\0" for path in paths)
    fields = git(root, "check-ignore", "--no-index", "-z", "-v", "-n", "--stdin", stdin=asked).split(b"\0")
    tracked = set(git(root, "ls-files", "-z").split(b"\0"))
    truth: dict[bytes, tuple[str, int, str] | None] = {}
    for at, path in enumerate(paths):
        source, number, pattern = fields[4 * at : 4 * at + 3]
        ignored = source and not pattern.startswith(b"!") and path not in tracked
        truth[path] = (os.fsdecode(source), int(number), os.fsdecode(pattern)) if ignored else None
    return truth


def git(root: str, *arguments: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(("git", "-C", root, *arguments), input=stdin, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
