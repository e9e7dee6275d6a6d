"""The document of a file, and whether it is fresh."""

from __future__ import annotations

import os

import pytest

from docwatch.entries import Setback
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run

SOURCE = '''"""Counts sheep."""

import os


class Flock:
    """Many sheep."""

    def count(self) -> int:
        """How many there are."""
        return 0
'''


def test_a_document_is_shown_with_its_symbols_as_a_tree(repo: Repo, run: Run) -> None:
    repo.write("farm/sheep.py", SOURCE)
    repo.document()
    assert run("show", "farm/sheep.py").out.splitlines() == [
        "farm/sheep.py  fresh",
        f"python, 2 symbols; outline of {repo.oid('farm/sheep.py')[:10]}",
        "",
        "Counts sheep.",
        "",
        "6  class Flock",
        "     Many sheep.",
        "9    def count(self) -> int",
        "       How many there are.",
        "",
        "imports: os",
    ]


def test_a_file_is_named_from_the_current_folder_or_absolutely(
    repo: Repo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("farm/sheep.py", SOURCE)
    repo.document()
    whole = run("show", "farm/sheep.py").out
    assert run("show", str(repo.root / "farm" / "sheep.py")).out == whole
    monkeypatch.chdir(repo.root / "farm")
    assert run("show", "sheep.py").out == whole
    assert run("show", "../farm/./sheep.py").out == whole


def test_a_root_reached_by_a_link_is_the_same_root(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    os.symlink(repo.root, repo.root.parent / "link")
    assert run("show", str(repo.root.parent / "link" / "sheep.py")).code == 0


def test_a_file_edited_since_is_stale_before_anybody_has_noticed(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    oid = repo.oid("sheep.py")
    repo.write("sheep.py", SOURCE + "# shorn\n")
    found = run("show", "sheep.py", "--json")
    assert (found.code, found.json["state"], found.json["oid"]) == (0, "stale", oid)


def test_a_file_rewritten_in_the_same_size_and_time_is_stale(repo: Repo, run: Run) -> None:
    """Hashed within the clock's grain of being written, its stat says nothing."""
    repo.write("a.py", "a = 1\n")
    repo.document()
    before = os.stat(repo.root / "a.py")
    repo.write("a.py", "a = 2\n")
    os.utime(repo.root / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run("show", "a.py", "--json").json["state"] == "stale"


def test_a_deleted_file_keeps_its_document_and_is_stale(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    (repo.root / "sheep.py").unlink()
    found = run("show", "sheep.py")
    assert found.code == 0
    assert found.out.startswith("sheep.py  stale  gone\n")


def test_a_queued_file_has_no_document_yet(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.scan()
    found = run("show", "sheep.py", "--json")
    assert found.code == 1
    assert (found.json["state"], found.json["oid"], found.json["outline"]) == ("queued", None, None)
    assert found.err == "docwatch: sheep.py is queued and has no document yet; see 'docwatch status'\n"


def test_an_edited_and_queued_file_is_shown_as_it_was(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    oid = repo.oid("sheep.py")
    repo.write("sheep.py", SOURCE + "# shorn\n")
    repo.scan()
    found = run("show", "sheep.py", "--json")
    assert (found.code, found.json["state"], found.json["oid"]) == (0, "queued", oid)
    assert found.json["outline"]["summary"] == "Counts sheep."


def test_a_failed_file_says_why_and_how_to_try_again(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.scan()
    with OpenTree(repo.tree()) as opened:
        ticket = opened.ledger.begin(b"sheep.py").ticket
        opened.ledger.give_back(ticket, b"sheep.py", repo.oid("sheep.py"), Setback("wolves", "Wolves", final=True))
    found = run("show", "sheep.py")
    assert (found.code, found.out) == (1, "")
    assert found.err == "docwatch: sheep.py could not be documented: wolves; run 'docwatch retry sheep.py'\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.py", "there is no missing.py; see 'docwatch files'"),
        ("missing@v1.py", "there is no missing@v1.py, nor such a revision of it; see 'docwatch files'"),
        ("late.py", "late.py has not been seen yet; run 'docwatch scan'"),
        ("ignored.py", "ignored.py is not documented: ignored; see 'docwatch why ignored.py'"),
        ("link.py", "link.py is not documented: symbolic link; see 'docwatch why link.py'"),
        ("farm", "farm is not documented: not a regular file; see 'docwatch why farm'"),
        ("package-lock.json", "package-lock.json is not documented: generated; see 'docwatch why package-lock.json'"),
    ],
)
def test_what_has_no_document_says_why_and_the_next_step(repo: Repo, run: Run, name: str, says: str) -> None:
    repo.write(".gitignore", "ignored.py\n")
    repo.write("farm/sheep.py", SOURCE)
    repo.write("ignored.py", SOURCE)
    repo.write("package-lock.json", "{}")
    os.symlink("farm/sheep.py", repo.root / "link.py")
    repo.document()
    repo.write("late.py", SOURCE)
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("DELETE FROM ledger WHERE state = 'skipped'")
    found = run("show", name)
    assert (found.code, found.out, found.err) == (1, "", f"docwatch: {says}\n")
    found = run("show", name, "--json")
    assert (found.code, found.err) == (1, f"docwatch: {says}\n")
    state = "stale" if name == "late.py" else "skipped"
    assert (found.json["path"], found.json["state"], found.json["outline"]) == (name, state, None)


@pytest.mark.parametrize("name", ["/etc/passwd", "../other.py", "/", "farm/../../repo-evil/a.py", "\0", ""])
def test_nothing_outside_the_tree_is_shown(repo: Repo, run: Run, name: str) -> None:
    repo.write("a.py")
    repo.document()
    os.makedirs(repo.root.parent / "repo-evil")
    (repo.root.parent / "repo-evil" / "a.py").write_text("secret = 1\n")
    found = run("show", name)
    assert (found.code, found.out) == (1, "")
    assert len(found.err.splitlines()) == 1


def test_a_revision_shows_the_document_of_its_content(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    repo.commit()
    old = repo.oid("sheep.py")
    assert run("show", "sheep.py@HEAD", "--json").json["state"] == "fresh"
    repo.write("sheep.py", '"""Counts goats."""\n')
    repo.document()
    repo.commit()
    was, now = run("show", "sheep.py@HEAD~1", "--json").json, run("show", "sheep.py@HEAD", "--json").json
    assert (was["oid"], was["state"], was["outline"]["summary"]) == (old, "stale", "Counts sheep.")
    assert (now["oid"], now["state"], now["outline"]["summary"]) == (repo.oid("sheep.py"), "fresh", "Counts goats.")


def test_a_revision_may_have_an_at_sign_too(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    repo.commit()
    repo.git("branch", "with@sign")
    for revision in ("@", "HEAD@{0}", "with@sign"):
        assert run("show", f"sheep.py@{revision}", "--json").json["path"] == "sheep.py"


def test_an_at_sign_belongs_to_the_name_of_a_file_that_is_there_or_was(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.write("sheep.py@v1.py", '"""Odd."""\n')
    repo.write("@scope/a.py", '"""Scoped."""\n')
    repo.document()
    repo.commit()
    repo.git("tag", "v1.py")
    assert run("show", "sheep.py@v1.py", "--json").json["outline"]["summary"] == "Odd."
    assert run("show", "@scope/a.py@HEAD", "--json").json["outline"]["summary"] == "Scoped."
    (repo.root / "sheep.py@v1.py").unlink()
    assert run("show", "sheep.py@v1.py", "--json").json["outline"]["summary"] == "Odd."
    with OpenTree(repo.tree()) as opened:
        opened.ledger.forget()
    assert run("show", "sheep.py@v1.py", "--json").json["outline"]["summary"] == "Counts sheep."


def test_a_revision_that_was_never_documented_is_outlined_now_and_kept(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.commit()
    repo.write("sheep.py", '"""Counts goats."""\n')
    repo.document()
    assert "made just now" in run("show", "sheep.py@HEAD").out
    again = run("show", "sheep.py@HEAD", "--json").json
    assert (again["outline"]["summary"], again["state"], "made" in again) == ("Counts sheep.", "stale", False)


@pytest.mark.parametrize(("name", "reason"), [("id_rsa.py", "secret"), ("old.py", "ignored"), ("out/a.py", "excluded")])
def test_what_would_not_be_documented_today_is_not_in_a_revision_either(
    repo: Repo, run: Run, name: str, reason: str
) -> None:
    repo.write(name, SOURCE)
    repo.commit()
    repo.git("rm", "-q", name)
    repo.write(".gitignore", "old.py\n")
    repo.write(".docwatchignore", "out/\n")
    repo.document()
    found = run("show", f"{name}@HEAD")
    assert (found.code, found.out) == (1, "")
    assert found.err == f"docwatch: {name}@HEAD is not documented: {reason}; see 'docwatch why {name}'\n"


def test_a_revision_is_never_taken_for_an_option(repo: Repo, run: Run) -> None:
    repo.write("sheep.py", SOURCE)
    repo.document()
    repo.commit()
    found = run("show", "sheep.py@--git-dir")
    assert (found.code, found.out) == (1, "")


def test_the_same_bytes_under_two_names_keep_their_own_language(repo: Repo, run: Run) -> None:
    """Empty files above all: the newest document of the content need not be this file's."""
    repo.write("a.py", "")
    repo.write("b.go", "")
    repo.document()
    repo.commit()
    assert [run("show", name, "--json").json["language"] for name in ("a.py", "b.go", "a.py@HEAD", "b.go@HEAD")] == [
        *("python", "go"),
        *("python", "go"),
    ]


def test_what_does_not_parse_is_said(repo: Repo, run: Run) -> None:
    repo.write("broken.py", "def f(:\n    pass\n\nclass (:\n")
    repo.write("whole.py", SOURCE)
    repo.document()
    assert "! line 1: does not parse" in run("show", "broken.py").out
    assert "problems" in run("show", "broken.py", "--json").json["outline"]
    assert "problems" not in run("show", "whole.py", "--json").json["outline"]


def test_a_document_cannot_steer_the_terminal(repo: Repo, run: Run) -> None:
    repo.write("evil\x1b[2J\n.py", '"""Docs \x1b]0;owned\x07 \u202e."""\ndef f(x="\x1b[31m"): pass\n')
    repo.document()
    found = run("show", "evil\x1b[2J\n.py")
    assert found.code == 0
    assert not set("\x1b\x07\u202e") & set(found.out)
    assert found.out.startswith("evil\\x1b[2J\\n.py  fresh\n")


def test_a_name_that_is_not_utf8_is_shown(repo: Repo, run: Run) -> None:
    repo.write(b"caf\xe9.py", SOURCE)
    repo.document()
    name = os.fsdecode(b"caf\xe9.py")
    assert run("show", name).out.startswith("caf\\udce9.py  fresh\n")
    assert run("show", name, "--json").json["path"] == name


def test_a_method_written_apart_from_its_type_stands_below_it(repo: Repo, run: Run) -> None:
    repo.write(
        "a.go", "package a\n\nfunc (f *Flock) Count() int { return 0 }\n\nfunc Free() {}\n\ntype Flock struct{}\n"
    )
    repo.document()
    lines = run("show", "a.go").out.splitlines()[2:]
    assert [line[3:] for line in lines if line[:1].isdigit()] == [
        "func Free()",
        "type Flock struct",
        "  func (f *Flock) Count() int",
    ]


def test_without_a_store_there_is_nothing_to_show_and_none_is_made(repo: Repo, run: Run) -> None:
    repo.write("a.py")
    found = run("show", "a.py")
    assert (found.code, found.err) == (
        1,
        "docwatch: nothing is documented yet; run 'docwatch up' or 'docwatch scan'\n",
    )
    assert not (repo.root / ".git" / "docwatch").exists()
