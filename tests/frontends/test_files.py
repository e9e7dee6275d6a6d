"""Every file seen, what decided it, and whether all are fresh."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docwatch.entries import Setback
from docwatch.opened import OpenTree
from docwatch.watcher import presence
from tests.conftest import Repo
from tests.frontends.conftest import Run


def fail(repo: Repo, path: str, reason: str) -> None:
    """As a job does whose error is final."""
    with OpenTree(repo.tree()) as opened:
        ticket = opened.ledger.begin(path.encode()).ticket
        opened.ledger.give_back(ticket, path.encode(), repo.oid(path), Setback(reason, "Wolves", final=True))


def digest(folder: Path) -> dict[str, bytes]:
    """What a folder holds, SQLite's own bookkeeping aside."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "-shm" not in path.name}


class TestFiles:
    def test_each_has_its_state_as_the_disk_has_it_and_the_reason(self, repo: Repo, run: Run) -> None:
        for name in ("a.py", "edited.py", "gone.py", "package-lock.json"):
            repo.write(name)
        repo.document()
        oid = repo.oid("a.py")
        repo.write("edited.py", "def g(): pass\n")
        (repo.root / "gone.py").unlink()
        assert run("files", "--json").json["files"] == [
            {"path": "a.py", "state": "fresh", "oid": oid, "reason": ""},
            {"path": "edited.py", "state": "stale", "oid": oid, "reason": "changed since"},
            {"path": "gone.py", "state": "stale", "oid": oid, "reason": "gone"},
            {"path": "package-lock.json", "state": "skipped", "oid": None, "reason": "generated"},
        ]
        assert run("files").out.splitlines() == [
            "fresh    a.py",
            "stale    edited.py          changed since",
            "stale    gone.py            gone",
            "skipped  package-lock.json  generated",
        ]

    def test_a_watcher_that_is_well_spares_asking_the_disk(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.document()
        repo.write("a.py", "def g(): pass\n")
        with presence.announced(repo.tree()) as announcement:
            announcement.say("events", None)
            assert run("files").out == "fresh    a.py\n"
        assert run("files").out == "stale    a.py  changed since\n"

    def test_only_those_in_one_state(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.write("package-lock.json")
        repo.document()
        assert run("files", "--state", "skipped").out == "skipped  package-lock.json  generated\n"
        assert run("files", "--state", "failed", "--json").json["files"] == []
        assert run("files", "--state", "lost").code == 2

    def test_the_tree_is_the_one_that_holds_the_folder(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.write("sub/b.py")
        repo.document()
        assert run("files", "sub").out == run("-C", "sub", "files").out == "fresh    a.py\nfresh    sub/b.py\n"

    def test_names_are_harmless_and_never_lost(self, repo: Repo, run: Run) -> None:
        repo.write("a\x1b[31m\nfresh    b.py")
        repo.write(b"caf\xe9.py")
        repo.document()
        assert run("files").out.splitlines() == ["fresh    a\\x1b[31m\\nfresh    b.py", "fresh    caf\\udce9.py"]
        paths = [one["path"] for one in run("files", "--json").json["files"]]
        assert [os.fsencode(path) for path in paths] == [b"a\x1b[31m\nfresh    b.py", b"caf\xe9.py"]

    def test_without_a_store_there_are_none_and_none_is_made(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        found = run("files", "--json")
        assert (found.code, found.json) == (0, {"files": []})
        assert found.err == "docwatch: nothing is documented yet; run 'docwatch up' or 'docwatch scan'\n"
        assert not (repo.root / ".git" / "docwatch").exists()


class TestWhy:
    def test_an_admitted_file_is_decided_by_its_language(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        found = run("why", "a.py", "--json")
        assert found.json == {"path": "a.py", "admitted": True, "reason": "python source", "rule": None}
        assert run("why", "a.py").out == "a.py is documented: python source\n"

    def test_an_ignored_file_names_the_rule_and_its_place(self, repo: Repo, run: Run) -> None:
        repo.write(".gitignore", "# ours\n/build\n")
        repo.write("build/a.py")
        found = run("why", "build/a.py", "--json")
        rule = {"file": ".gitignore", "line": 2, "pattern": "/build"}
        assert found.json == {"path": "build/a.py", "admitted": False, "reason": "ignored", "rule": rule}
        assert run("why", "build/a.py").out == "build/a.py is not documented: ignored, by .gitignore:2: /build\n"

    def test_the_content_may_decide(self, repo: Repo, run: Run) -> None:
        repo.write("a.py", b"\0\1\2")
        assert run("why", "a.py").out == "a.py is not documented: binary\n"

    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            ("/etc/passwd", "outside the root"),
            ("../other.py", "outside the root"),
            (".git/config", "git folder"),
            ("link.py", "symbolic link"),
            ("linked/passwd", "symbolic link"),
            ("missing.py", "gone"),
            (".", "not a regular file"),
            (".env", "secret"),
        ],
    )
    def test_any_path_gets_an_answer(self, repo: Repo, run: Run, path: str, reason: str) -> None:
        repo.write(".env", "TOKEN=1\n")
        os.symlink("/etc/passwd", repo.root / "link.py")
        os.symlink("/etc", repo.root / "linked")
        found = run("why", path, "--json")
        assert (found.code, found.json) == (0, {"path": path, "admitted": False, "reason": reason, "rule": None})

    def test_nothing_is_registered_or_written_for_an_answer(self, repo: Repo, run: Run, home: Path) -> None:
        repo.write("a.py")
        before = digest(repo.root)
        assert run("why", "a.py").code == 0
        assert digest(repo.root) == before


class TestCheck:
    def test_all_fresh_is_no_complaint(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.write("package-lock.json")
        repo.document()
        found = run("check")
        assert (found.code, found.out, found.err) == (0, "every document is fresh\n", "")
        assert run("check", "--json").json == {"files": []}
        (repo.root / "package-lock.json").unlink()
        assert run("check").code == 0

    @pytest.mark.parametrize("settled", [False, True])
    def test_whatever_lacks_a_fresh_document_is_named(self, repo: Repo, run: Run, *, settled: bool) -> None:
        """Whether or not what stat says of the files is to be relied on."""
        for number, name in enumerate(("edited.py", "failed.py", "fine.py", "gone.py", "owed.py")):
            repo.write(name, f"a = {number}\n")
        repo.document()
        repo.write("failed.py", "a = 11\n")
        repo.write("owed.py", "a = 12\n")
        repo.scan()
        fail(repo, "failed.py", "wolves")
        with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
            connection.execute("UPDATE ledger SET settled = ?", (settled,))
        repo.write("edited.py", "a = 13\n")
        repo.write("new.py", "a = 14\n")
        repo.write("new.bin", b"\0")
        repo.write("new-package-lock.py", b"\0")
        (repo.root / "gone.py").unlink()
        found = run("check")
        assert (found.code, found.out.splitlines()) == (
            1,
            [
                "stale    edited.py  changed since",
                "failed   failed.py  wolves",
                "stale    gone.py    gone",
                "stale    new.py     no document yet",
                "queued   owed.py",
            ],
        )
        assert found.err == "docwatch: 5 files without a fresh document; run 'docwatch scan --wait'\n"

    def test_a_file_that_was_only_touched_is_fresh(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.document()
        os.utime(repo.root / "a.py", (1, 1))
        assert run("check").code == 0

    def test_a_document_of_a_file_that_is_no_longer_admitted_is_stale(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.write("b.py")
        repo.document()
        repo.write("a.py", b"\0\1")
        repo.write(".gitignore", "b.py\n")
        assert run("check").out.splitlines() == ["stale    a.py  binary", "stale    b.py  gone"]

    def test_a_document_by_another_documenter_is_stale(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.document()
        with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
            connection.execute("UPDATE ledger SET documenter = 'outline:0:python'")
        assert run("check").out == "stale    a.py  made by another documenter\n"

    def test_when_all_have_failed_the_next_step_is_another(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.scan()
        fail(repo, "a.py", "wolves")
        found = run("check")
        assert (found.code, found.err) == (
            1,
            "docwatch: 1 file without a fresh document; see 'docwatch failed'\n",
        )

    def test_of_many_twenty_are_named_and_json_has_all(self, repo: Repo, run: Run) -> None:
        repo.document()
        for number in range(23):
            repo.write(f"f{number:02}.py", f"a = {number}\n")
        found = run("check")
        assert len(found.out.splitlines()) == 21
        assert found.out.endswith("stale    f19.py  no document yet\nand 3 more\n")
        assert len(run("check", "--json").json["files"]) == 23

    def test_it_writes_nothing(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        repo.document()
        repo.write("a.py", "a = 1\n")
        repo.write("b.py", "a = 2\n")
        before = repo.states()
        assert run("check").code == 1
        assert repo.states() == before

    def test_without_a_store_it_is_not_all_right(self, repo: Repo, run: Run) -> None:
        repo.write("a.py")
        found = run("check")
        assert (found.code, found.err) == (
            1,
            "docwatch: nothing is documented yet; run 'docwatch up' or 'docwatch scan'\n",
        )
        assert not (repo.root / ".git" / "docwatch").exists()
