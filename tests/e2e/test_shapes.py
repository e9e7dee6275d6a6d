"""Every shape a repository has, times the git commands that change a work tree: in the end the ledger is the disk."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from docwatch import freshness, git, jobs
from docwatch import tree as trees
from docwatch.errors import UserError
from docwatch.hooks import __main__ as hooks_main
from docwatch.hooks import install, submitter
from docwatch.hooks.spool import Spool
from docwatch.opened import OpenTree
from docwatch.watcher.reconcile import reconcile
from tests.conftest import Repo, until

BASE, SIDE, TOPIC, RULES = "main", "side", "topic", "rules"
BRANCHES = (BASE, SIDE, TOPIC, RULES)


class Work(Repo):
    """A work tree that is there already, with docwatch's hooks or without, and no docwatch running."""

    def __init__(self, root: Path | str, upstream: Path) -> None:
        self.root, self.upstream, self.start = Path(root), upstream, "work"
        self._found = None

    def run(self, *arguments: str) -> tuple[int, bytes, bytes]:
        """What a user sees of git."""
        done = subprocess.run(("git", *arguments), cwd=self.root, capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def reset(self, branch: str = BASE) -> None:
        """Back to how a branch has it, with nothing else in the tree than a file that git ignores."""
        self.git("checkout", "-q", "-f", *self.at(branch))
        self.git("clean", "-q", "-ffdx")
        self.write("ignored.py", "ignored = 1\n")

    def at(self, branch: str) -> tuple[str, ...]:
        """A branch of its own for each cell; none where the shape is a detached HEAD."""
        return ("--detach", f"refs/heads/{branch}") if self.start == "" else ("-B", self.start, f"refs/heads/{branch}")

    def install(self, python: str = "/nowhere/python") -> None:
        """Hooks that leave their line and, as long as `python` is no program, start nothing."""
        install.install(self.tree(), python=python)

    def drain(self) -> int:
        """What the process that a hook starts would do."""
        return submitter.drain(self.tree().folder, hooks_main._submit, hooks_main._compare, watched=False)

    def work(self) -> None:
        """What a worker would do."""
        identifier = self.tree().id
        with OpenTree(self.tree()) as opened:
            owed = [os.fsdecode(row.path) for row in opened.ledger.rows("state = 'queued'")]
        for path in owed:
            jobs.document_file(identifier, path)

    def settle(self) -> None:
        self.drain()
        with OpenTree(self.tree()) as opened:
            reconcile(opened)
        self.work()

    def answers(self) -> dict[str, str | None]:
        """What docwatch says of each path that it does not leave alone: the OID of a fresh document, else the state."""
        with OpenTree(self.tree()) as opened:
            rows = [row for row in freshness.current(opened) if row.state != "skipped"]
        return {os.fsdecode(row.path): row.oid if row.state == "fresh" else row.state for row in rows}

    def on_disk(self) -> dict[str, str]:
        """Every Python file below the root that git does not ignore, in no other repository, with its OID."""
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name != ".git" and not os.path.lexists(f"{folder}/{name}/.git")]
            names = (
                os.path.relpath(os.path.join(folder, name), self.root)
                for name in files
                if name.endswith((".py", ".gitmodules"))
            )
            found += [name for name in names if not (self.root / name).is_symlink()]
        ignored = "ignored.py" if (self.root / ".gitignore").exists() else None
        excluded = "sub/" if (self.root / ".docwatchignore").exists() else "/"
        kept = sorted(name for name in found if name != ignored and not name.startswith(excluded))
        return {name: self._oid((self.root / name).read_bytes()) for name in kept}

    def _oid(self, content: bytes) -> str:
        return hashlib.new(self.tree().object_format, b"blob %d\0%s" % (len(content), content)).hexdigest()


# --- the shapes that a repository has --------------------------------------------------------------------------------


def _history(folder: Path, *how: str) -> Path:
    """A bare repository with four branches, and a mailbox of what is on one of them."""
    subprocess.run(("git", "init", "-q", "--bare", *how, folder), check=True)
    main = {".gitignore": "ignored.py\n", "a.py": "def a(): pass\n", "b.py": "def b(): pass\n", "gone.py": "gone = 1\n"}
    side = {"a.py": "def side(): pass\n", "gone.py": None, "new.py": "new = 1\n", "sub/c.py": "c = 2\n"}
    stream = [
        _commit(BASE, {"old.py": "old = 1\n"}),
        _commit(BASE, {"old.py": None, "sub/c.py": "c = 1\n", "sub/d.py": "d = 1\n"}),
        _commit(BASE, main),
        _commit(SIDE, side, BASE),
        _commit(TOPIC, {"b.py": "def topic(): pass\n", "topic.py": "t = 1\n"}, BASE),
        _commit(TOPIC, {"topic.py": "t = 2\n", "sub/d.py": None}),
        _commit(RULES, {".docwatchignore": "sub/\n", "a.py": "def rules(): pass\n"}, BASE),
    ]
    subprocess.run(("git", "fast-import", "--quiet"), cwd=folder, input="".join(stream), text=True, check=True)
    patches = subprocess.run(
        ("git", "format-patch", "--stdout", f"{BASE}..{SIDE}"), cwd=folder, capture_output=True, check=True
    ).stdout
    (folder.parent / "patches").write_bytes(patches)
    with (folder / "config").open("a") as settings:
        settings.write("[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")
    return folder


def _commit(branch: str, changes: dict[str, str | None], parent: str = "") -> str:
    """One commit as `git fast-import` reads it."""
    lines = [f"commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1000000000 +0000\ndata 1\nx\n"]
    if parent:
        lines.append(f"from refs/heads/{parent}\n")
    for path, text in changes.items():
        lines.append(f"D {path}\n" if text is None else f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    return "".join(lines)


def _filled(root: Path, upstream: Path, *fetch: str, init: tuple[str, ...] = ()) -> Work:
    """A repository of its own at `root` with all branches, one checked out."""
    root.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(("git", "init", "-q", *init, root), check=True)
    work = Work(root, upstream)
    work.git("fetch", "-q", "--update-head-ok", *(fetch or (str(upstream),)), "refs/heads/*:refs/heads/*")
    work.git("checkout", "-q", "-f", "-B", "work", BASE)
    return work


def _plain(folder: Path, upstream: Path) -> Work:
    return _filled(folder / "repo", upstream)


def _linked(folder: Path, upstream: Path, name: str = "repo") -> Work:
    main = _filled(folder / name, upstream)
    main.git("worktree", "add", "-q", "-b", "linked", str(folder / "linked"), BASE)
    work = Work(folder / "linked", upstream)
    work.start = "linked"  # git lets no branch be checked out twice
    return work


def _linked_to_bare(folder: Path, upstream: Path) -> Work:
    subprocess.run(("git", "clone", "-q", "--bare", upstream, folder / "bare.git"), check=True)
    add = ("git", "-C", folder / "bare.git", "worktree", "add", "-q", "-b", "linked", folder / "linked", BASE)
    subprocess.run(add, check=True)
    return Work(folder / "linked", upstream)


def _superproject(folder: Path, upstream: Path) -> Work:
    work = _plain(folder, upstream)
    work.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(upstream), "module")
    work.git("commit", "-q", "-m", "module")
    work.git("branch", "-f", BASE)
    return work


def _submodule(folder: Path, upstream: Path) -> Work:
    module = Work(_superproject(folder, upstream).root / "module", upstream)
    module.git("fetch", "-q", "--update-head-ok", str(upstream), "refs/heads/*:refs/heads/*")
    return module


def _sparse(folder: Path, upstream: Path) -> Work:
    work = _plain(folder, upstream)
    work.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    assert not (work.root / "sub").exists()
    return work


def _sparse_cone(folder: Path, upstream: Path) -> Work:
    work = _plain(folder, upstream)
    work.git("sparse-checkout", "set", "--cone", "--sparse-index")
    assert not (work.root / "sub").exists()
    return work


def _shallow(folder: Path, upstream: Path) -> Work:
    work = _filled(folder / "repo", upstream, "--depth=3", f"file://{upstream}")
    assert (work.root / ".git" / "shallow").exists()
    return work


def _partial(kind: str) -> Callable[[Path, Path], Work]:
    def make(folder: Path, upstream: Path) -> Work:
        root = folder / "repo"
        subprocess.run(("git", "clone", "-q", f"--filter={kind}", f"file://{upstream}", root), check=True)
        work = Work(root, upstream)
        for branch in BRANCHES:
            work.git("branch", "-f", branch, f"origin/{branch}", check=branch != BASE)
        return work

    return make


def _detached(folder: Path, upstream: Path) -> Work:
    work = _plain(folder, upstream)
    work.start = ""
    return work


def _named(name: bytes) -> Callable[[Path, Path], Work]:
    return lambda folder, upstream: _filled(folder / os.fsdecode(name), upstream)


def _separate(folder: Path, upstream: Path) -> Work:
    return _filled(folder / "repo", upstream, init=("--separate-git-dir", str(folder / "elsewhere")))


def _set(*settings: str) -> Callable[[Path, Path], Work]:
    def make(folder: Path, upstream: Path) -> Work:
        work = _plain(folder, upstream)
        for setting in settings:
            work.git("config", *setting.split("=", 1))
        work.git("rm", "-q", "-r", "--cached", ".")
        work.git("checkout", "-q", "-f", "-B", "work", BASE)
        return work

    return make


def _symlinked(folder: Path, upstream: Path) -> Work:
    _filled(folder / "real" / "repo", upstream)
    (folder / "link").symlink_to("real")
    return Work(folder / "link" / "repo", upstream)


def _within(folder: Path, upstream: Path) -> Work:
    outer = _plain(folder, upstream)
    outer.write(".git/info/exclude", "/inner/\n")
    return _filled(outer.root / "inner", upstream)


SHAPES: dict[str, Callable[[Path, Path], Work]] = {
    "plain": _plain,
    "linked work tree": _linked,
    "linked work tree of an odd name": lambda folder, upstream: _linked(folder, upstream, "a\nb 'c'\t\"$d\" "),
    "linked work tree of a bare repository": _linked_to_bare,
    "superproject": _superproject,
    "submodule": _submodule,
    "sparse": _sparse,
    "sparse index": _sparse_cone,
    "shallow": _shallow,
    "without blobs": _partial("blob:none"),
    "without trees": _partial("tree:0"),
    "detached": _detached,
    "SHA-256": lambda folder, upstream: _filled(folder / "repo", upstream, init=("--object-format=sha256",)),
    "odd name": _named(b'it\'s "a" $HOME\tna\nme '),
    "name in no encoding": _named(b"\xff\xfe"),
    "separate git dir": _separate,
    "hooks elsewhere in the git dir": _set("core.hooksPath=.git/other hooks"),
    "case and line ends": _set("core.ignoreCase=true", "core.autocrlf=true"),
    "untracked cache": _set("core.untrackedCache=true", "index.version=4", "core.splitIndex=true"),
    "below a link": _symlinked,
    "within another repository": _within,
    "reftable": lambda folder, upstream: _filled(folder / "repo", upstream, init=("--ref-format=reftable",)),
}

EVERY_COMMAND = 2  # of the shapes, the first ones

# --- what git does to a tree -----------------------------------------------------------------------------------------

Said = tuple[int, bytes, bytes]


class Cell(NamedTuple):
    """One git command. `prepare` ends before what is looked at; `hook` is the last hook it runs, None where none."""

    name: str
    hook: str | None
    prepare: Callable[[Work], None]
    command: Callable[[Work], Said]


def _from(branch: str) -> Callable[[Work], None]:
    return lambda work: work.reset(branch)


def _dirty(work: Work) -> None:
    work.reset()
    work.write("a.py", "def dirty(): pass\n")
    work.write("untracked.py", "untracked = 1\n")


def _staged(work: Work) -> None:
    _dirty(work)
    work.git("rm", "-q", "-f", "gone.py")
    work.git("add", "-A")


def _stashed(work: Work) -> None:
    _dirty(work)
    work.git("stash", "push", "-q", "-u")


def _unborn(work: Work) -> None:
    work.reset()
    work.git("switch", "-q", "--orphan", "unborn")
    work.write("a.py", "def first(): pass\n")
    work.git("add", "-A")


def _git(*arguments: str) -> Callable[[Work], Said]:
    return lambda work: work.run(*arguments)


def _am(work: Work) -> Said:
    return work.run("am", str(work.upstream.parent / "patches"))


def _pull(work: Work) -> Said:
    return work.run("pull", "--no-rebase", str(work.upstream), SIDE)


def _pull_rebase(work: Work) -> Said:
    return work.run("pull", "--rebase", str(work.upstream), SIDE)


def _worktree_add(work: Work) -> Said:
    return work.run("worktree", "add", "--detach", str(work.root.parent / "added"), SIDE)


CELLS = (
    Cell("commit", "post-commit", _staged, _git("commit", "-m", "x")),
    Cell("commit --amend", "post-rewrite", _staged, _git("commit", "--amend", "-m", "x")),
    Cell("merge", "post-merge", _from(TOPIC), _git("merge", "--no-edit", SIDE)),
    Cell("pull", "post-merge", _from(TOPIC), _pull),
    Cell("rebase", "post-rewrite", _from(TOPIC), _git("rebase", SIDE)),
    Cell("cherry-pick", "post-commit", _from(TOPIC), _git("cherry-pick", SIDE)),
    Cell("am", "post-applypatch", _from(BASE), _am),
    Cell("checkout BRANCH", "post-checkout", _from(BASE), _git("checkout", SIDE, "--")),
    Cell("checkout -f BRANCH", "post-checkout", _dirty, _git("checkout", "-f", TOPIC, "--")),
    Cell("checkout -- FILE", "post-checkout", _dirty, _git("checkout", "--", "a.py")),
    Cell("restore", "post-checkout", _dirty, _git("restore", f"--source={SIDE}", "--", ".")),
    Cell("switch", "post-checkout", _dirty, _git("switch", "--detach", TOPIC)),
    Cell("worktree add", "post-checkout", _from(BASE), _worktree_add),
    Cell("stash", None, _dirty, _git("stash", "push", "-u")),
    Cell("stash pop", None, _stashed, _git("stash", "pop")),
    Cell("reset --hard", None, _dirty, _git("reset", "--hard", SIDE)),
    Cell("clean", None, _dirty, _git("clean", "-fd")),
)
# What differs from one of those only in how git does it; for one shape.
VARIANTS = (
    Cell("commit FILE", "post-commit", _dirty, _git("commit", "-m", "x", "a.py")),
    Cell("merge, fast-forward", "post-merge", _from(BASE), _git("merge", SIDE)),
    Cell("merge --squash", "post-merge", _from(BASE), _git("merge", "--squash", SIDE)),
    Cell("pull --rebase", "post-rewrite", _from(TOPIC), _pull_rebase),
    Cell("rebase --apply", "post-rewrite", _from(TOPIC), _git("rebase", "--apply", SIDE)),
    Cell("revert", "post-commit", _from(SIDE), _git("revert", "--no-edit", "HEAD")),
    Cell("checkout with other rules", "post-checkout", _from(BASE), _git("checkout", RULES, "--")),
    Cell("checkout to fewer rules", "post-checkout", _from(RULES), _git("checkout", BASE, "--")),
    Cell("checkout BRANCH -- FILE", "post-checkout", _dirty, _git("checkout", "--no-overlay", SIDE, "--", "*.py")),
    Cell("switch --orphan", "post-checkout", _from(BASE), _git("switch", "--orphan", "unborn")),
    Cell("first commit", "post-commit", _unborn, _git("commit", "-m", "x")),
)


def _check(work: Work, cell: Cell) -> None:
    cell.prepare(work)
    work.settle()
    before = work.on_disk()

    code, out, error = cell.command(work)

    assert code == 0, (cell.name, out, error)
    after = work.on_disk()
    for path, answer in work.answers().items():
        assert answer == "stale" or answer == after.get(path), f"{path} is silently stale after {cell.name}"
    assert Spool(work.tree().folder).is_empty() == (cell.hook is None), cell.name
    if cell.hook is None:
        assert after != before, f"{cell.name} changes nothing"
        work.settle()
    else:
        work.drain()
        work.work()
    assert work.answers() == after, f"after {cell.name}"


@pytest.fixture(params=SHAPES)
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Work:
    """One repository of each shape, without docwatch."""
    if request.param == "reftable" and git.version() < (2, 45):
        pytest.skip("this git keeps references in files only")
    how = ("--object-format=sha256",) if request.param == "SHA-256" else ()
    return SHAPES[request.param](tmp_path, _history(tmp_path / "upstream.git", *how))


def test_after_each_git_command_the_ledger_is_the_disk(work: Work, request: pytest.FixtureRequest) -> None:
    """All of them where docwatch is at its most usual, every other one in the odd shapes."""
    place = list(SHAPES).index(request.node.callspec.params["work"])
    work.install()
    work.document()
    for cell in CELLS if place < EVERY_COMMAND else CELLS[place % 2 :: 2]:
        _check(work, cell)


@pytest.fixture
def plain(tmp_path: Path) -> Work:
    made = _plain(tmp_path, _history(tmp_path / "upstream.git"))
    made.reset()
    return made


@pytest.mark.parametrize("cell", VARIANTS, ids=[cell.name for cell in VARIANTS])
def test_after_each_variant_of_a_git_command_the_ledger_is_the_disk(plain: Work, cell: Cell) -> None:
    plain.install()
    plain.document()
    _check(plain, cell)


def test_the_first_commit_of_an_unborn_branch_is_documented(tmp_path: Path) -> None:
    Repo(tmp_path / "repo")
    work = Work(tmp_path / "repo", tmp_path)
    work.install()
    work.document()
    assert work.answers() == {}
    work.write("a.py")
    assert work.commit()
    assert work.drain() == 1
    work.work()
    assert work.answers() == work.on_disk() != {}


def test_the_first_hook_of_a_tree_finds_also_what_git_has_removed(plain: Work) -> None:
    plain.document()
    plain.install()
    plain.git("checkout", "-q", SIDE, "--")
    assert plain.answers()["gone.py"] == "stale"
    assert plain.drain() == 1
    plain.work()
    assert "gone.py" not in plain.answers()
    assert plain.answers() == plain.on_disk()


def _refused(folder: Path) -> str:
    with pytest.raises(UserError) as refusal:
        trees.find(str(folder))
    return str(refusal.value)


def test_what_has_no_work_tree_is_refused_with_the_next_step(tmp_path: Path) -> None:
    bare = _history(tmp_path / "upstream.git")
    work = _linked_to_bare(tmp_path, bare)
    for folder in (bare, bare / "objects", tmp_path / "bare.git", _plain(tmp_path, bare).root / ".git"):
        assert _refused(folder) == f"{folder} has no work tree (bare, or inside .git); name a checked-out folder"
    assert trees.find(str(work.root)).root == str(work.root)


def _saying(work: Work, cell: Cell) -> tuple[int, bytes, bytes]:
    cell.prepare(work)
    code, out, error = cell.command(work)
    here = os.fsencode(work.root.parent)
    return code, out.replace(here, b""), error.replace(here, b"")


@pytest.mark.parametrize("shape", ["plain", "linked work tree", "odd name"])
def test_git_says_the_same_with_and_without_our_hooks(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2001-01-01T00:00:00Z")
    upstream = _history(tmp_path / "upstream.git")
    hooked, plain = (SHAPES[shape](tmp_path / name, upstream) for name in ("hooked", "plain"))
    hooked.install()
    for cell in (*CELLS, *VARIANTS):
        assert _saying(hooked, cell) == _saying(plain, cell), cell.name
    assert not Spool(hooked.tree().folder).is_empty()


@pytest.mark.parametrize(
    "how", [_git("rebase", SIDE), _git("rebase", "--apply", SIDE), _am], ids=["rebase", "apply", "am"]
)
def test_after_a_rebase_the_process_that_the_hooks_start_owes_all_of_it_and_ends(
    plain: Work, how: Callable[[Work], Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    plain.reset(BASE if how is _am else TOPIC)
    plain.document()
    plain.install(sys.executable)

    assert how(plain)[0] == 0

    folder = Path(plain.tree().folder)
    until(lambda: not (folder / "submitter").exists() and Spool(str(folder)).is_empty())
    plain.work()
    assert plain.answers() == plain.on_disk()
