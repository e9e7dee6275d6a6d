"""Notes that people write: kept, found again where their file has gone, and flagged when that is not as it was."""

from __future__ import annotations

import io
from typing import Any

import pytest

from docwatch import tree
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run

SOURCE = """class Flock:
    def count(self):
        return 0

    def free(self): pass


def free(wolf):
    return wolf
"""


@pytest.fixture
def noted(repo: Repo, run: Run) -> Repo:
    """Two notes on a committed and documented file, and one on another."""
    repo.write("sheep.py", SOURCE)
    repo.write("other.py", "x = 1\n")
    repo.document()
    repo.commit()
    assert run("note", "sheep.py", "All", "about sheep.").out == "note 1 kept\n"
    assert run("note", "sheep.py::Flock.count", "Never negative.").out == "note 2 kept\n"
    assert run("note", "other.py::x", "One.").out == "note 3 kept\n"
    return repo


def states(run: Run) -> dict[int, tuple[str, str]]:
    return {each["id"]: (each["path"], each["state"]) for each in run("note", "--json").json["notes"]}


def shown(run: Run, name: str) -> Any:
    return run("show", name, "--json").json.get("notes", [])


def test_notes_are_shown_with_their_file_and_listed(noted: Repo, run: Run) -> None:
    assert run("show", "sheep.py").out.splitlines()[-3:] == [
        "notes",
        "   1 All about sheep.",
        "   2 Flock.count: Never negative.",
    ]
    [first, second] = shown(run, "sheep.py")
    assert (first["symbol"], first["text"], first["state"]) == (None, "All about sheep.", "current")
    assert (second["symbol"], second["oid"]) == ("Flock.count", noted.oid("sheep.py"))
    assert "notes" not in run("show", "sheep.py@nothing", "--json").json
    assert run("note").out.splitlines()[0] == "other.py"
    assert [each["id"] for each in run("note", "sheep.py::Flock.count", "--json").json["notes"]] == [2]
    noted.write("new.py")
    noted.document()
    assert "notes" not in run("show", "new.py", "--json").json


def test_a_note_is_flagged_when_its_own_source_changes_and_only_then(noted: Repo, run: Run) -> None:
    noted.write("sheep.py", SOURCE.replace("return wolf", "return None").replace("return 0", "return 0  # yet"))
    assert states(run) == {1: ("sheep.py", "changed"), 2: ("sheep.py", "current"), 3: ("other.py", "current")}
    noted.write("sheep.py", SOURCE.replace("return 0", "return 1"))
    assert states(run)[2] == ("sheep.py", "changed")
    noted.document()
    assert "   2 Flock.count: Never negative.\n       ! changed since\n" in run("show", "sheep.py").out
    noted.write("sheep.py", SOURCE.replace("def count", "def number"))
    assert states(run)[2] == ("sheep.py", "gone")
    noted.write("sheep.py", SOURCE)
    assert states(run)[2] == ("sheep.py", "current")


def test_a_note_goes_with_its_file_where_git_sees_it_go(noted: Repo, run: Run) -> None:
    noted.git("mv", "sheep.py", "flock.py")
    noted.document()
    assert [each["id"] for each in shown(run, "flock.py")] == [1, 2]  # not committed yet: by its bytes
    noted.commit("moved")
    noted.git("mv", "flock.py", "herd.py")
    noted.write("herd.py", SOURCE + "# more\n")
    noted.document()
    noted.commit("moved and changed")
    assert states(run)[2] == ("herd.py", "current")
    assert [each["id"] for each in shown(run, "herd.py")] == [1, 2]
    run("note", "herd.py", "A third.")  # by then it is written down where they are
    noted.git("checkout", "-q", "--orphan", "without_a_past")
    noted.commit("again")
    assert {path for path, _ in states(run).values()} == {"herd.py", "other.py"}
    noted.git("checkout", "-q", "main~2")
    assert states(run)[2] == ("sheep.py", "current")


def test_a_note_on_a_file_that_is_gone_is_kept_and_said_to_be(noted: Repo, run: Run) -> None:
    noted.git("rm", "-q", "other.py")
    noted.commit()
    noted.document()
    assert states(run)[3] == ("other.py", "gone")
    found = run("show", "other.py")
    assert (found.code, found.out) == (1, "   3 x: One.\n       ! gone\n")


def test_notes_outlive_documents_a_forgotten_tree_and_a_full_scan(noted: Repo, run: Run) -> None:
    run("scan", "--full", "--sync")
    assert run("forget").code == 0
    run("init", "--no-hooks")
    with OpenTree(tree.find(".")) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET document = NULL")
        connection.execute("DELETE FROM documents")
    assert len(states(run)) == 3
    run("forget", "--delete")
    assert run("note", "--json").json == {"notes": []}


def test_a_note_can_be_edited_and_deleted_and_its_number_is_not_used_again(noted: Repo, run: Run) -> None:
    assert run("note", "--edit", "3", "Still", "one.").out == "note 3 edited\n"
    [note] = shown(run, "other.py")
    assert (note["text"], note["edited_at"] is not None, note["state"]) == ("Still one.", True, "current")
    assert run("note", "--delete", "3").out == "note 3 deleted\n"
    assert 3 not in states(run)
    assert run("note", "other.py", "Another.", "--json").json == {"id": 4}


def test_a_note_is_read_from_standard_input(noted: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("First line.\n\nSecond \x1b[31mline.\n"))
    assert run("note", "other.py", "-").code == 0
    assert shown(run, "other.py")[-1]["text"] == "First line.\n\nSecond \x1b[31mline."
    assert "\x1b" not in run("note", "other.py").out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("sheep.py::nothing", "x"), 1, "sheep.py has no nothing; see docwatch show sheep.py"),
        (("sheep.py::Flock.cuont", "x"), 1, "sheep.py has no Flock.cuont; did you mean Flock.count?"),
        (("missing.py", "x"), 1, "there is no missing.py; see 'docwatch files'"),
        (("../x.py", "x"), 1, "../x.py is outside"),
        (("picture.png", "x"), 1, "picture.png is not documented: unknown language; see 'docwatch why picture.png'"),
        (("--delete", "99"), 1, "there is no note 99; see 'docwatch note'"),
        (("--edit", "99", "x"), 1, "there is no note 99; see 'docwatch note'"),
        (("--edit", "1"), 2, "--edit needs the new text"),
        (("--delete", "1", "sheep.py"), 2, "--delete takes the number of a note and nothing else"),
        (("sheep.py", "x" * 20_001), 1, "a note has at most 20,000 characters"),
    ],
)
def test_what_cannot_be_noted_is_said(noted: Repo, run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    noted.write("picture.png", b"\x89PNG")
    found = run("note", *arguments)
    assert (found.code, found.out) == (code, "")
    assert says in found.err
    assert len(states(run)) == 3


def test_a_bare_name_will_do_where_it_is_the_only_one(noted: Repo, run: Run) -> None:
    run("note", "sheep.py::count", "Also.")
    run("note", "sheep.py::free", "The function: that is its whole name.")
    assert [each["symbol"] for each in shown(run, "sheep.py")[2:]] == ["Flock.count", "free"]


def test_two_colons_belong_to_the_name_of_a_file_that_is_there(noted: Repo, run: Run) -> None:
    noted.write("a::b.py", "y = 1\n")
    run("note", "a::b.py", "Odd.")
    run("note", "a::b.py::y", "Odder.")
    assert [(each["path"], each["symbol"]) for each in shown(run, "a::b.py")] == [("a::b.py", None), ("a::b.py", "y")]


def test_a_name_that_is_not_utf8_has_notes_too(repo: Repo, run: Run) -> None:
    repo.write(b"caf\xe9.py")
    repo.document()
    assert run("note", "caf\udce9.py", "Hot \udcff.").code == 0
    found = run("note", "--json").json["notes"][0]
    assert (found["path"], found["text"]) == ("caf\udce9.py", "Hot ?.")
