"""What the older system knew of a tree comes along, and is never taken for newer than it is."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Repo
from tests.frontends.conftest import Run

SOURCE = "class Login:\n    def enter(self, name): pass\n\n\nLIMIT = 3\n"
COLUMNS = """dataset_id filepath filename overview ddd_context functions exports imports types_interfaces_classes
constants dependencies other_notes documented_at_commit documented_at full_content""".split()
LOGIN: dict[str, Any] = {
    "dataset_id": "app",
    "filepath": "src/login.py",
    "filename": "login.py",
    "overview": "Lets people in.",
    "ddd_context": "accounts",
    "functions": {"enter": {"purpose": "Checks a name.", "parameters": ["name: str"], "returns": "None"}},
    "exports": {"Login": "The way in."},
    "imports": {"os": ["path"]},
    "types_interfaces_classes": {"Login": "One attempt.", "Ghost": "Was never there."},
    "constants": {"LIMIT": 3},
    "dependencies": ["react"],
    "other_notes": ["Mind the limit.", ""],
    "full_content": SOURCE,
}


def database(place: Path, *rows: dict[str, Any], columns: list[str] | None = None) -> str:
    """As the server writes it: lists and maps as JSON in columns of text."""
    path = str(place / "code_data.db")
    columns = COLUMNS if columns is None else columns
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE files ({', '.join(f'{name} TEXT' for name in columns)})")
        for row in rows:
            values = [
                json.dumps(row[name]) if isinstance(row.get(name), list | dict) else row.get(name) for name in columns
            ]
            connection.execute(f"INSERT INTO files VALUES ({', '.join('?' * len(columns))})", values)
    connection.close()
    return path


@pytest.fixture
def app(repo: Repo) -> Repo:
    repo.write("src/login.py", SOURCE)
    repo.write(".gitignore", "ignored.py\n")
    repo.write("ignored.py", SOURCE)
    repo.document()
    repo.commit()
    return repo


def take(run: Run, path: str, *arguments: str) -> Any:
    done = run("import", "--from", "code-query", path, *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


def shown(run: Run, name: str = "src/login.py") -> dict[str, str]:
    return {each["text"]: each["state"] for each in run("show", name, "--json").json["notes"]}


def test_what_was_written_about_files_and_names_becomes_notes(app: Repo, run: Run, tmp_path: Path) -> None:
    path = database(tmp_path, LOGIN)
    before = Path(path).read_bytes()
    assert take(run, path) == {
        "taken": {"files": 1, "files as they are now": 1, "notes": 7},
        "not_taken": {
            "second descriptions of a name, in exports": 1,
            "lists of imports: the outline has its own": 1,
            "lists of dependencies: the outline has its own": 1,
        },
    }
    notes = run("show", "src/login.py", "--json").json["notes"]
    assert {(each["symbol"], each["text"], each["source"]) for each in notes} == {
        (None, "Lets people in.", "code-query"),
        (None, "Domain: accounts", "code-query"),
        (None, "Mind the limit.", "code-query"),
        ("Login.enter", "Checks a name.", "code-query"),
        ("Login", "One attempt.", "code-query"),
        ("LIMIT", "3", "code-query"),
        ("Ghost", "Was never there.", "code-query"),
    }
    assert "! from code-query" in run("show", "src/login.py").out
    assert Path(path).read_bytes() == before
    assert take(run, path)["taken"] == {"files": 1, "files as they are now": 1, "notes that were here already": 7}


def test_only_what_is_proven_to_be_of_this_content_counts_as_current(app: Repo, run: Run, tmp_path: Path) -> None:
    take(run, database(tmp_path, LOGIN))
    states = shown(run)
    assert states.pop("Was never there.") == "unknown"
    assert set(states.values()) == {"current"}
    app.write("src/login.py", SOURCE.replace("pass", "return 1"))
    states = shown(run)
    assert (states["Lets people in."], states["Checks a name."], states["One attempt."], states["3"]) == (
        *("changed", "changed"),
        *("current", "current"),
    )


def test_without_its_content_nothing_is_known_even_with_a_commit(app: Repo, run: Run, tmp_path: Path) -> None:
    head = app.git("rev-parse", "HEAD").strip()
    take(run, database(tmp_path, LOGIN | {"full_content": None, "documented_at_commit": head}))
    assert set(shown(run).values()) == {"unknown"}
    assert "written about an unknown version" in run("show", "src/login.py").out


def test_another_content_is_known_to_be_another(app: Repo, run: Run, tmp_path: Path) -> None:
    take(run, database(tmp_path, LOGIN | {"full_content": "other = 1\n"}))
    states = shown(run)
    assert (states["Lets people in."], states["Checks a name."], states["Was never there."]) == (
        *("changed", "changed"),
        "gone",
    )


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_hash_of_the_content_will_do_in_its_place(app: Repo, run: Run, tmp_path: Path, algorithm: str) -> None:
    digest = hashlib.new(algorithm, SOURCE.encode()).hexdigest()
    row = {"filepath": "src/login.py", "overview": "Lets people in.", "content_hash": digest}
    take(run, database(tmp_path, row, columns=["filepath", "overview", "content_hash"]))
    assert shown(run) == {"Lets people in.": "current"}


def test_of_several_datasets_one_is_to_be_chosen(app: Repo, run: Run, tmp_path: Path) -> None:
    path = database(tmp_path, LOGIN, LOGIN | {"dataset_id": "feature", "overview": "Other."}, LOGIN)
    done = run("import", "--from", "code-query", path)
    assert (done.code, done.out) == (1, "")
    assert "has several datasets: app (2 files), feature (1 file); choose one with --dataset" in done.err
    assert (
        "has no dataset x; there is app, feature" in run("import", "--from", "code-query", path, "--dataset", "x").err
    )
    assert take(run, path, "--dataset", "feature")["taken"]["files"] == 1
    assert "Other." in shown(run)
    assert run("import", path, "--dataset", "app").code == 2


def test_missing_columns_and_odd_values_are_borne(app: Repo, run: Run, tmp_path: Path) -> None:
    rows = [
        {"filepath": "src/login.py", "functions": "no JSON", "other_notes": "Just so.", "exports": "[1, null]"},
        {"filepath": "./src/login.py", "functions": [{"name": "enter", "description": "As a list."}, "named"]},
        {"filepath": str(app.root / "src/login.py"), "functions": "[" * 5_000},
        {"filepath": None},
        {"filepath": "../outside.py", "other_notes": ["x"]},
        {"filepath": "ignored.py", "other_notes": ["x"]},
        {"filepath": "gone.py", "other_notes": {"why": "Long ago."}},
        {"filepath": "a\0b.py", "other_notes": ["x"]},
    ]
    done = take(run, database(tmp_path, *rows, columns=["filepath", "functions", "other_notes", "exports"]))
    assert done["taken"] == {"files": 4, "files that are gone": 1, "notes": 3}
    assert done["not_taken"] == {
        "functions that are no JSON": 2,
        "names in functions of which nothing is said": 1,
        "rows without a path": 1,
        "files outside the tree": 2,
        "files that are not documented: ignored": 1,
    }
    assert shown(run) == {"Just so.": "unknown", "As a list.": "unknown"}
    [gone] = [each for each in run("note", "--imported", "--json").json["notes"] if each["path"] == "gone.py"]
    assert (gone["text"], gone["state"]) == ("why: Long ago.", "gone")


def test_notes_of_people_stay_apart_from_them(app: Repo, run: Run, tmp_path: Path) -> None:
    run("note", "src/login.py", "Mine.")
    take(run, database(tmp_path, LOGIN))
    assert [each["text"] for each in run("note", "--json").json["notes"]] == ["Mine."]
    assert run("note", "--delete-imported").out == "7 notes deleted\n"
    assert shown(run) == {"Mine.": "current"}


def test_what_is_no_such_database_is_said(app: Repo, run: Run, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE VIEW files AS SELECT 'a.py' AS filepath")
    connection.close()
    (tmp_path / "empty.db").touch()
    for name in ("text", "other.db", "empty.db", "."):
        done = run("import", "--from", "code-query", str(tmp_path / name))
        assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
        assert "name " in done.err
    assert "has nothing in it" in run("import", "--from", "code-query", database(tmp_path)).err
