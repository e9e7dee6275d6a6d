"""The one door to git: plumbing only, a cleaned environment, NUL between names.

A repository's .git/config can name programs (file system monitor, external diff, filters, hooks, ssh) that even
read-only commands would start, so every call switches them off.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from docwatch.config import child_environment
from docwatch.errors import DocwatchError, UserError

_HARMLESS = (
    "git",
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "safe.bareRepository=explicit",
)
_LITERAL = ("--literal-pathspecs",)  # a name such as ":(glob)x" is a name
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A partial clone must not go to the network behind the user's back, nor run the programs its remote names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # the same for git before 2.39.4
    "LC_ALL": "C",
}


class GitError(DocwatchError):
    """A git command that failed, with its own evidence."""

    def __init__(self, command: Sequence[str], code: int, stderr: bytes) -> None:
        self.command, self.code = tuple(command), code
        self.stderr = stderr.decode(errors="replace").strip()
        first = self.stderr.splitlines()[0] if self.stderr else f"exit code {code}"
        super().__init__(f"git {' '.join(command)}: {first}")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where git says things are; all paths absolute. `object_format` is sha1 or sha256."""

    root: str
    git_dir: str
    common_dir: str
    object_format: str


def run(folder: str, *arguments: str, stdin: bytes | None = None, codes: Sequence[int] = (0,)) -> bytes:
    """What one git command prints. Raises GitError for an exit code that is not among `codes`."""
    return _run((*_HARMLESS, *_LITERAL, *_NO_HOOKS), folder, arguments, stdin, codes)


def fields(folder: str, *arguments: str) -> Iterator[bytes]:
    """What one git command prints, as it does, by what stands between NULs. GitError at the end where it failed."""
    import tempfile  # late: it takes longer than a hook may

    with (
        tempfile.TemporaryFile() as complaint,
        _started(folder, (*_LITERAL, *arguments), stdin=subprocess.DEVNULL, stderr=complaint.fileno()) as process,
    ):
        if process.stdout is None:
            raise RuntimeError("git was started without a pipe")
        rest = b""
        try:
            while chunk := os.read(process.stdout.fileno(), 1 << 16):
                *whole, rest = (rest + chunk).split(b"\0")
                yield from whole
        except BaseException:
            process.kill()  # nobody reads on
            raise
        if process.wait():
            complaint.seek(0)
            raise GitError(arguments, process.returncode, complaint.read())
    yield rest


def find_repository(folder: str) -> Repository | None:
    """The repository whose work tree holds `folder`; None where there is none.

    Raises UserError for a repository without a work tree here, one whose work tree is elsewhere, or one that git
    refuses to touch.
    """
    questions = ("--show-object-format", "--show-toplevel", "--absolute-git-dir", "--git-common-dir")
    ask = ("rev-parse", "--path-format=absolute")
    try:
        answers = run(folder, *ask, *questions).split(b"\n")[:-1]
        if len(answers) != len(questions):  # a newline in a folder's name: ask one by one
            answers = [run(folder, *ask, question)[:-1] for question in questions]
    except GitError as error:
        if "not a git repository (or any" in error.stderr:  # other than a .git that leads nowhere
            return None
        if "must be run in a work tree" in error.stderr or "cannot use bare repository" in error.stderr:
            raise UserError(f"{folder} has no work tree (bare, or inside .git); name a checked-out folder") from error
        raise UserError(
            f"git refuses {folder}: {error.stderr.splitlines()[0]}; see 'git -C {folder} status'"
        ) from error
    root, git_dir, common_dir = (os.fsdecode(answer) for answer in answers[1:])
    if not _is_work_tree_of(root, git_dir):
        # core.worktree can name any folder, "/" too, and all of it would be documented.
        raise UserError(f"{git_dir} names {root} as its work tree; unset core.worktree in it, or name another folder")
    return Repository(root, git_dir, common_dir, answers[0].decode())


def _is_work_tree_of(root: str, git_dir: str) -> bool:
    """Whether the folder's own .git is, or in a linked work tree or a submodule names, this git folder."""
    entry = os.path.join(root, ".git")
    try:
        return entry == git_dir or os.path.samefile(run(root, "rev-parse", "--resolve-git-dir", entry)[:-1], git_dir)
    except (GitError, OSError):
        return False


def coprocess(root: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A git command kept open, to be asked on its standard input. Its caller ends it by closing that input."""
    return _started(root, arguments, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _started(
    root: str, arguments: Sequence[str], *, stdin: int, stderr: int, **environment: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*_HARMLESS, *_NO_HOOKS, "-C", root, *arguments),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=child_environment(**_QUIET, **environment),
    )


def version() -> tuple[int, ...]:
    """Git's version, such as (2, 39, 5). Raises UserError where git is missing."""
    words = run(os.sep, "version").split()
    return tuple(int(part) for part in words[2].split(b".") if part.isdigit())


def head(root: str) -> str | None:
    """The commit that is checked out; None on an unborn branch."""
    return run(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", codes=(0, 1, 128)).decode().strip() or None


def blob_at(root: str, revision: str, path: bytes) -> str | None:
    """The OID of a file in a revision; None where the revision or the file is not known."""
    if b"\0" in path or not is_argument(revision):
        return None
    ask = ("ls-tree", "-z", "--end-of-options", revision, "--", os.fsdecode(path))
    for entry in _names(run(root, *ask, codes=(0, 128))):
        described, _, name = entry.partition(b"\t")
        mode, kind, oid = described.split()
        if name == path and kind == b"blob" and mode != b"120000":  # a link's blob is no file's content
            return oid.decode()
    return None


def changed_paths(root: str, old: str, new: str) -> list[bytes]:
    """The paths that differ between two commits. Raises GitError when one of them is unknown."""
    ask = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--end-of-options")
    return _names(run(root, *ask, old, new, "--"))


def tracked_paths(root: str) -> list[bytes]:
    """Every path in the index, submodules and symbolic links among them."""
    return _names(run(root, "ls-files", "-z", "--cached", "--deduplicate"))


@contextmanager
def differing_paths(root: str, index: str) -> Iterator[Callable[[], list[bytes]]]:
    """Ask git which files of an index of ours (see `docwatch.index_file`) are not as that has them any more.

    Git looks while the block runs; calling what the block is given waits for its answer. It reads no content. Raises
    GitError when git cannot tell.
    """
    exact = ("-c", "core.fileMode=true", "-c", "core.checkStat=default", "-c", "core.trustCtime=true")
    ask = ("diff-files", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=all")
    with _asked(root, (*exact, *ask), GIT_INDEX_FILE=index) as answer:
        yield lambda: _names(answer())


@contextmanager
def tracked_though_ignored(root: str) -> Iterator[Callable[[], bytes]]:
    """The same for the paths in the repository's own index that its rules ignore, as git prints them."""
    with _asked(root, ("ls-files", "-z", "--cached", "--ignored", "--exclude-standard")) as answer:
        yield answer


@contextmanager
def _asked(root: str, arguments: Sequence[str], **environment: str) -> Iterator[Callable[[], bytes]]:
    """A command that runs while the block does."""
    process = _started(root, arguments, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **environment)

    def answer() -> bytes:
        output, complaint = process.communicate()
        if process.returncode:
            raise GitError(arguments, process.returncode, complaint)
        return output

    with process:  # waits for its end and closes its pipes
        try:
            yield answer
        finally:
            process.kill()


def config_value(root: str, key: str, *, path: bool = False) -> str | None:
    """One value of git's configuration, `~` expanded for a path; None when unset."""
    kind = ("--type=path",) if path else ()
    answer = run(root, "config", "-z", *kind, "--get", key, codes=(0, 1))
    return os.fsdecode(answer.rstrip(b"\0")) if answer else None


def config_values(root: str, pattern: str) -> dict[str, list[str]]:
    """All values of the keys that match a regular expression, in the order in which git reads them."""
    answer = run(root, "config", "-z", "--get-regexp", pattern, codes=(0, 1))
    found: dict[str, list[str]] = {}
    for entry in _names(answer):
        key, _, value = os.fsdecode(entry).partition("\n")
        found.setdefault(key, []).append(value)
    return found


def set_config(root: str, key: str, value: str) -> None:
    """Give a key this one value, in the repository's own configuration. Raises UserError where that cannot be done."""
    _configure(root, "--replace-all", key, value)


def remove_config_section(root: str, section: str) -> None:
    _configure(root, "--remove-section", section)


def _configure(root: str, *change: str) -> None:
    try:
        run(root, "config", "--local", *change)
    except GitError as error:
        raise UserError(f"{error}; put the repository's configuration right, see 'git -C {root} config -l'") from error


def hooks_folder(root: str) -> str:
    """Where git looks for this work tree's hooks, core.hooksPath included."""
    # The one question that must see the repository's own core.hooksPath; rev-parse itself runs no hook.
    answer = _run(_HARMLESS, root, ("rev-parse", "--git-path", "hooks"), None, (0,))
    return os.path.abspath(os.path.join(root, os.fsdecode(answer[:-1])))


def _run(git: Sequence[str], folder: str, arguments: Sequence[str], stdin: bytes | None, codes: Sequence[int]) -> bytes:
    try:
        done = subprocess.run(
            (*git, "-C", folder, *arguments),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            check=False,
            env=child_environment(**_QUIET),
        )
    except FileNotFoundError as error:
        raise UserError("git was not found; install git and try again") from error
    if done.returncode not in codes:
        raise GitError(arguments, done.returncode, done.stderr)
    return done.stdout


def is_argument(text: str) -> bool:
    """Whether a program can be given the text; some of what arrives as JSON cannot be."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _names(output: bytes) -> list[bytes]:
    return output.split(b"\0")[:-1]
