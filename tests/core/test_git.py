"""The one door to git: right answers for every shape of repository, and nothing a repository names is run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from docwatch import git, revisions, tree
from docwatch.blobs import Blobs
from docwatch.errors import UserError
from docwatch.git import GitError
from tests.conftest import Repo


def found(folder: Path | str) -> git.Repository:
    repository = git.find_repository(str(folder))
    assert repository is not None
    return repository


def test_a_repository_is_found_from_its_root_and_below(repo: Repo) -> None:
    repo.write("a/b/c.py")
    expected = git.Repository(str(repo.root), str(repo.root / ".git"), str(repo.root / ".git"), "sha1")
    assert found(repo.root) == found(repo.root / "a/b") == expected


@pytest.mark.parametrize("name", ["with space", "new\nline", "two\n\nlines\n", "-dash", os.fsdecode(b"\xff\xfe")])
def test_odd_names_of_folders_come_through_whole(name: str, tmp_path: Path) -> None:
    odd = Repo(tmp_path / name)
    odd.write("sub\ndir/x.py")
    assert found(odd.root / "sub\ndir").root == str(odd.root)
    assert found(odd.root).git_dir == str(odd.root / ".git")
    assert git.hooks_folder(str(odd.root)) == str(odd.root / ".git/hooks")


def test_a_folder_outside_any_repository_has_none(tmp_path: Path) -> None:
    assert git.find_repository(str(tmp_path)) is None


def test_a_bare_repository_and_the_inside_of_one_are_refused(repo: Repo, tmp_path: Path) -> None:
    subprocess.run(("git", "init", "-q", "--bare", tmp_path / "bare"), check=True)
    for folder in (repo.root / ".git", repo.root / ".git/objects", tmp_path / "bare"):
        with pytest.raises(UserError, match=r"has no work tree .* name a checked-out folder"):
            git.find_repository(str(folder))


def test_a_bare_repository_that_was_committed_into_a_tree_is_not_taken_for_one(repo: Repo, tmp_path: Path) -> None:
    """Its configuration came with the clone, and could name a work tree and programs."""
    subprocess.run(("git", "init", "-q", "--bare", repo.root / "inner"), check=True)
    repo.git("-C", "inner", "config", "core.worktree", str(tmp_path))
    repo.git("-C", "inner", "config", "core.bare", "false")
    with pytest.raises(UserError, match="name a checked-out folder"):
        git.find_repository(str(repo.root / "inner"))


def test_a_git_file_that_leads_nowhere_is_an_error_and_not_a_folder_without_git(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(f"gitdir: {tmp_path}/gone\n")
    with pytest.raises(UserError, match=r"git refuses .* see 'git -C"):
        git.find_repository(str(tmp_path))


def test_a_linked_work_tree_shares_the_common_dir(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = found(tmp_path / "linked")
    assert linked.root == str(tmp_path / "linked")
    assert linked.git_dir == str(repo.root / ".git/worktrees/linked")
    assert linked.common_dir == str(repo.root / ".git")


def test_a_submodule_is_a_repository_of_its_own(repo: Repo, tmp_path: Path) -> None:
    part = Repo(tmp_path / "part")
    part.write("p.py")
    part.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(part.root), "sub")
    inner = found(repo.root / "sub")
    assert inner.root == str(repo.root / "sub")
    assert inner.git_dir == inner.common_dir == str(repo.root / ".git/modules/sub")
    assert found(repo.root).root == str(repo.root)


def test_a_git_folder_kept_elsewhere_is_followed(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    subprocess.run(("git", "init", "-q", f"--separate-git-dir={tmp_path / 'elsewhere'}", root), check=True)
    assert found(root).git_dir == str(tmp_path / "elsewhere")


@pytest.mark.parametrize("elsewhere", ["/", "../..", "../../other"])
def test_a_repository_whose_config_puts_its_work_tree_elsewhere_is_refused(elsewhere: str, tmp_path: Path) -> None:
    """Or a .git/config from somewhere could have the whole disk documented."""
    Repo(tmp_path / "other")
    Repo(tmp_path)  # even where that folder is a repository of its own
    repo = Repo(tmp_path / "repo")
    repo.git("config", "core.worktree", elsewhere)
    with pytest.raises(UserError, match=r"unset core.worktree in it, or name another folder"):
        git.find_repository(str(repo.root))


def test_what_git_exports_to_a_hook_does_not_lead_to_another_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.write("theirs.py")
    theirs = other.commit()
    repo.write("ours.py")
    ours = repo.commit()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    assert found(repo.root).root == str(repo.root)
    assert git.head(str(repo.root)) == ours != theirs
    assert git.tracked_paths(str(repo.root)) == [b"ours.py"]


def test_a_repository_with_sha256_is_understood(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    subprocess.run(("git", "init", "-q", "--object-format=sha256", root), check=True)
    repo = Repo(root)
    repo.write("a.py")
    first = repo.commit()
    repo.write("a.py", "x = 1\n")
    second = repo.commit()
    assert found(root).object_format == "sha256"
    assert git.blob_at(str(root), "HEAD", b"a.py") == repo.oid("a.py")
    assert git.changed_paths(str(root), first, second) == [b"a.py"]


def test_an_unborn_branch_has_no_head_and_no_files(repo: Repo) -> None:
    assert git.head(str(repo.root)) is None
    assert git.blob_at(str(repo.root), "HEAD", b"a.py") is None
    assert git.tracked_paths(str(repo.root)) == []
    repo.git("checkout", "-q", "--orphan", "other")
    assert git.head(str(repo.root)) is None


def test_head_is_the_commit_that_is_checked_out(repo: Repo) -> None:
    assert repo.commit() == git.head(str(repo.root))


def test_a_file_is_found_in_any_revision_and_only_there(repo: Repo) -> None:
    repo.write("a/x.py", "x = 1\n")
    first, then = repo.commit(), repo.oid("a/x.py")
    repo.write("a/x.py", "x = 2\n")
    repo.commit()
    root = str(repo.root)
    assert git.blob_at(root, first, b"a/x.py") == git.blob_at(root, "HEAD~1", b"a/x.py") == then
    assert git.blob_at(root, "main", b"a/x.py") == repo.oid("a/x.py") != then
    assert git.blob_at(root, "main", b"b.py") is None
    assert git.blob_at(root, "nobranch", b"a/x.py") is None


def test_a_folder_a_link_and_the_root_have_no_blob(repo: Repo) -> None:
    repo.write("a/x.py")
    (repo.root / "link.py").symlink_to("a/x.py")
    repo.commit()
    for path in (b"a", b"a/", b"", b"link.py", b"./a/x.py", b"../repo/a/x.py", b"*.py", b":(glob)**/x.py", b"a\0b"):
        assert git.blob_at(str(repo.root), "HEAD", path) is None


@pytest.mark.parametrize(
    "revision",
    [
        *("--output=x", "-x", "--help", "", ":", ":/change", "HEAD:", "^HEAD", "HEAD..HEAD", "HEAD^@"),
        "a\0b",
        "\ud800",
        "a b\n",
    ],
)
def test_a_hostile_revision_is_only_one_that_is_not_known(
    revision: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py")
    repo.commit()
    before = sorted(os.listdir(repo.root))
    monkeypatch.chdir(repo.root)
    # These two name a tree and the commit whose message says so: known, in git's own words.
    expected = repo.oid("a.py") if revision in ("HEAD:", ":/change") else None
    assert git.blob_at(str(repo.root), revision, b"a.py") == expected
    assert sorted(os.listdir(repo.root)) == before


ODD_NAMES = (
    b"new\nline.py",
    b'quote".py',
    b"-dash.py",
    b":(glob)x.py",
    b"tab\t.py",
    b"\xff\xfe.py",
    b" lead.py",
    "ä.py".encode(),
)


def test_odd_names_of_files_come_through_whole(repo: Repo) -> None:
    first = repo.commit()
    for name in ODD_NAMES:
        repo.write(name)
    second = repo.commit()
    root = str(repo.root)
    assert sorted(git.changed_paths(root, first, second)) == sorted(git.tracked_paths(root)) == sorted(ODD_NAMES)
    for name in ODD_NAMES:
        assert git.blob_at(root, "HEAD", name) == repo.oid("ä.py"), name


def test_a_rename_is_two_changed_paths(repo: Repo) -> None:
    repo.write("a.py", "x = 1\n" * 50)
    first = repo.commit()
    repo.git("mv", "a.py", "b.py")
    assert git.changed_paths(str(repo.root), first, repo.commit()) == [b"a.py", b"b.py"]


@pytest.mark.parametrize("new", ["0" * 40, "--output=made", "nothing"])
def test_commits_that_are_unknown_are_an_error_with_gits_own_words(
    new: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = repo.commit()
    monkeypatch.chdir(repo.root)
    with pytest.raises(GitError, match=r"^git diff-tree .*: fatal: ") as caught:
        git.changed_paths(str(repo.root), old, new)
    assert caught.value.code == 128
    assert os.listdir(repo.root) == [".git"]


def test_configuration_is_read_as_git_reads_it(repo: Repo, home: Path) -> None:
    root = str(repo.root)
    assert git.config_value(root, "docwatch.nothing") is None
    repo.git("config", "core.excludesFile", "~/ignored\nhere")
    assert git.config_value(root, "core.excludesFile", path=True) == f"{home}/ignored\nhere"
    repo.git("config", "docwatch.empty", "")
    assert git.config_value(root, "docwatch.empty") == ""


def test_the_hooks_folder_is_where_the_repository_says(repo: Repo, tmp_path: Path) -> None:
    root = str(repo.root)
    assert git.hooks_folder(root) == str(repo.root / ".git/hooks")
    repo.git("config", "core.hooksPath", "husky")
    assert git.hooks_folder(root) == str(repo.root / "husky")
    repo.commit()
    repo.git("config", "--unset", "core.hooksPath")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert git.hooks_folder(str(tmp_path / "linked")) == str(repo.root / ".git/hooks")


def test_gits_version_is_a_tuple_of_numbers() -> None:
    assert (2, 20) < git.version() < (9,)


def test_without_git_the_next_step_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install git"):
        git.find_repository(str(tmp_path))


@pytest.fixture
def trapped(repo: Repo, tmp_path: Path) -> Repo:
    """A repository whose .git names a program wherever git would run one."""
    repo.write("a.py")
    repo.write(".gitattributes", "*.py filter=trap diff=trap merge=trap\n")
    repo.commit()
    repo.write("a.py", "x = 2\n")
    repo.commit()
    repo.write("a.py", "x = 3\n")
    canary = tmp_path / "canary.sh"
    canary.write_text(f'#!/bin/sh\necho "$0 $@" >>"{tmp_path}/sprung"\nexit 1\n')
    canary.chmod(0o755)
    for key in (
        *("core.fsmonitor", "diff.external", "core.pager", "pager.diff-tree", "core.sshCommand", "core.editor"),
        *(
            "core.askPass",
            "credential.helper",
            "core.gitProxy",
            "core.alternateRefsCommand",
            "uploadpack.packObjectsHook",
        ),
        *("filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "diff.trap.textconv", "diff.trap.command"),
        *("merge.trap.driver", "remote.origin.uploadpack", "gpg.program"),
    ):
        repo.git("config", key, str(canary))
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-auto-gc"):
        (repo.root / ".git/hooks" / hook).write_bytes(canary.read_bytes())
        (repo.root / ".git/hooks" / hook).chmod(0o755)
    repo.git("config", "log.showSignature", "true")
    signed = repo.git("cat-file", "commit", "HEAD").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n", 1)
    made = subprocess.run(
        ("git", "-C", repo.root, "hash-object", "-t", "commit", "-w", "--stdin"),
        input=signed.encode(),
        capture_output=True,
        check=True,
    )
    (repo.root / ".git/refs/heads/main").write_bytes(made.stdout)
    for command in ("rev-parse", "ls-files", "diff-tree", "config", "ls-tree", "check-ignore", "log", "cat-file"):
        repo.git("config", f"alias.{command}", f"!{canary}")
    return repo


def ask_everything(root: str) -> None:
    git.find_repository(root)
    git.head(root)
    git.blob_at(root, "HEAD", b"a.py")
    git.changed_paths(root, "HEAD~1", "HEAD")
    git.tracked_paths(root)
    git.config_value(root, "user.name")
    git.hooks_folder(root)
    git.version()
    now = revisions.commit_of(root, "HEAD")
    then = revisions.merge_base(root, revisions.commit_of(root, "HEAD~1"), now)
    revisions.changes(root, then, now)
    revisions.files(root, then)
    list(revisions.commits_of(root, b"a.py", 5))
    revisions.renames_since(root, then)
    with Blobs(tree.find(root)) as blobs:
        blobs.size(git.blob_at(root, "HEAD", b"a.py") or "")
        blobs.read(git.blob_at(root, "HEAD", b"a.py") or "")
    with git.coprocess(root, "check-ignore", "-z", "--stdin", "--verbose", "--non-matching") as asked:
        asked.communicate(b"a.py\0")


def test_nothing_that_a_repository_names_is_run(trapped: Repo, tmp_path: Path) -> None:
    for command in ("status", "log"):
        trapped.git(command, check=False)
        assert (tmp_path / "sprung").exists(), "the traps do not work, so the test says nothing"
        (tmp_path / "sprung").unlink()
    ask_everything(str(trapped.root))
    assert not (tmp_path / "sprung").exists(), (tmp_path / "sprung").read_text()


def test_what_a_partial_clone_lacks_is_not_fetched(trapped: Repo, tmp_path: Path) -> None:
    """Fetching would run what the remote's configuration names, and tell somebody else what is looked at."""
    for key, value in (
        *(("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin")),
        *(("remote.origin.promisor", "true"), ("remote.origin.url", str(tmp_path))),
    ):
        trapped.git("config", key, value)
    tree = trapped.git("rev-parse", "HEAD^{tree}").strip()
    (trapped.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    trapped.git("-c", "core.fsmonitor=false", "ls-tree", "HEAD", check=False)
    assert (tmp_path / "sprung").exists(), "the trap does not work, so the test says nothing"
    (tmp_path / "sprung").unlink()
    assert git.blob_at(str(trapped.root), "HEAD", b"a.py") is None
    with pytest.raises(GitError):
        git.changed_paths(str(trapped.root), "HEAD~1", "HEAD")
    assert not (tmp_path / "sprung").exists(), (tmp_path / "sprung").read_text()
