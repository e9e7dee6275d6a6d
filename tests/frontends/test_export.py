"""Documents as files: read by people, read back by docwatch, and never written where they have no business."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from docwatch import documents, log, notes, prose
from docwatch.frontends import making
from docwatch.frontends.mermaid import graph
from docwatch.frontends.page_names import page_names
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


@pytest.fixture
def farm(repo: Repo, run: Run) -> Repo:
    repo.write("farm/sheep.py", SOURCE)
    repo.write("a.py", "import farm.sheep\n")
    repo.write("broken.py", "def f(:\n")
    repo.document()
    repo.commit()
    run("note", "farm/sheep.py::Flock.count", "Never negative.")
    return repo


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def export(run: Run, out: Path, kind: str = "markdown", code: int = 0) -> dict[str, object]:
    done = run("export", str(out), "--format", kind, "--json")
    assert done.code == code, done.err
    found: dict[str, object] = done.json
    return found


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_markdown_has_a_page_for_each_file_and_an_index(farm: Repo, run: Run, out: Path) -> None:
    assert run("export", str(out), "--format", "markdown").out == "4 files written, 0 unchanged\n"
    page = (out / "files/farm/sheep.py.md").read_text().splitlines()
    assert page[:7] == [
        "# `farm/sheep.py`",
        "",
        f"**fresh**, python, outline of {farm.oid('farm/sheep.py')[:10]}; [all files](../../index.md)",
        "",
        "Counts sheep.",
        "",
        "## Defines",
    ]
    assert "- `class Flock`, line 5: Many sheep." in page
    assert "  - `def count(self) -> int`, line 8: How many there are." in page
    assert page[-1] == "- `Flock.count`: Never negative."
    assert "> line 1: does not parse" in (out / "files/broken.py.md").read_text()
    other = (out / "files/a.py.md").read_text()
    assert 'n0["a.py"]\n  n1["farm/sheep.py"]\n  n0 --> n1\n```\n' in other
    assert "\nImports [`farm/sheep.py`](farm/sheep.py.md)\n" in other
    assert "Imported by [`a.py`](../a.py.md)" in page
    index = (out / "index.md").read_text()
    assert '```mermaid\ngraph LR\n  n0["/"]\n  n1["farm/"]\n  n0 --> n1\n```' in index
    assert "- [`sheep.py`](files/farm/sheep.py.md): Counts sheep.\n" in index
    for name, (content, _) in snapshot(out).items():
        for target in re.findall(r"\]\(([^)]+)\)", content.decode()):
            assert (out / name).parent.joinpath(target).is_file(), (name, target)


@pytest.mark.parametrize("kind", ["markdown", "json"])
def test_only_what_changed_is_written_and_what_is_gone_is_removed(farm: Repo, run: Run, out: Path, kind: str) -> None:
    export(run, out, kind)
    before = snapshot(out)
    assert export(run, out, kind) == {"written": [], "unchanged": len(before) - 1, "removed": [], "foreign": []}
    assert snapshot(out) == before
    farm.write("a.py", '"""Other."""\n')
    farm.git("rm", "-q", "farm/sheep.py")
    farm.document()
    done = export(run, out, kind)
    suffix = "md" if kind == "markdown" else "json"
    assert f"files/a.py.{suffix}" in str(done["written"])
    assert f"files/broken.py.{suffix}" not in str(done["written"])
    assert done["removed"] == [f"files/farm/sheep.py.{suffix}"]
    assert not (out / "files/farm").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EAGAIN, "Resource temporarily unavailable"), "this machine says: Resource temporarily"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "end something else, then try again"),
        (MemoryError(), "no memory left"),
        ("busy", "the store cannot be read now: database is locked; try again"),
    ],
)
def test_a_machine_that_is_short_of_something_is_no_bug(
    farm: Repo, run: Run, out: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | str, said: str
) -> None:
    if isinstance(error, str):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def fork() -> int:
        raise error  # type: ignore[misc]

    monkeypatch.setattr(making, "_WORTH_IT", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "fork", fork)
    done = run("export", str(out), "--format", "markdown")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert said in done.err
    assert "Traceback" in log.tail(1)[0]


def test_files_of_others_are_never_touched(farm: Repo, run: Run, out: Path) -> None:
    """Not those that are in the way, nor ours that somebody changed, nor any beside them."""
    (out / "files").mkdir(parents=True)
    (out / "files/a.py.md").write_text("mine\n")
    (out / "README.md").write_text("mine too\n")
    done = export(run, out, code=1)
    assert done["foreign"] == ["files/a.py.md"]
    export(run, out, code=1)
    (out / "files/broken.py.md").write_text("edited\n")
    (out / "files/farm/own.md").write_text("own\n")
    farm.git("rm", "-q", "broken.py", "farm/sheep.py")
    farm.document()
    assert export(run, out, code=1)["foreign"] == ["files/a.py.md", "files/broken.py.md"]
    left = {
        name: content
        for name, (content, _) in snapshot(out).items()
        if name not in ("index.md", ".docwatch-markdown.json")
    }
    assert left == {
        "README.md": b"mine too\n",
        "files/a.py.md": b"mine\n",
        "files/broken.py.md": b"edited\n",
        "files/farm/own.md": b"own\n",
    }
    done_text = run("export", str(out), "--format", "markdown")
    assert "files in" in done_text.err or "file in" in done_text.err
    assert "remove them, or name another folder" in done_text.err


def test_nothing_is_written_through_a_link(farm: Repo, run: Run, out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.symlink(elsewhere, out)
    assert "cannot use" in run("export", str(out), "--format", "markdown").err
    out.unlink()
    os.symlink(elsewhere, farm.root / "docs")
    assert "cannot use" in run("export", "docs/site", "--format", "markdown").err
    assert "name one of its own" in run("export", ".git/site", "--format", "markdown").err
    assert "name one of its own" in run("export", ".", "--format", "markdown").err
    out.mkdir()
    os.symlink(elsewhere, out / "files")
    (elsewhere / "target").write_text("kept")
    os.symlink(elsewhere / "target", out / "index.md")
    assert len(export(run, out, code=1)["foreign"]) == 4  # type: ignore[arg-type]
    assert {path.name: path.read_text() for path in elsewhere.iterdir()} == {"target": "kept"}


def test_a_list_that_was_made_up_leads_nowhere(farm: Repo, run: Run, out: Path, tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "secret").write_text("secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    out.mkdir()
    names = {
        name: [digest] for name in ("../secret", "/" + str(tmp_path / "secret"), "a//b", "", ".", "x\0y", "\ud800")
    }
    (out / ".docwatch-markdown.json").write_text(json.dumps({"schema": 1, "files": names}))
    assert export(run, out)["removed"] == []
    assert (tmp_path / "secret").read_text() == "secret"
    (out / ".docwatch-markdown.json").write_text("[broken")
    assert len(export(run, out)["written"]) == 0  # type: ignore[arg-type]


def test_an_export_that_was_killed_takes_nothing_of_its_own_for_foreign(
    farm: Repo, run: Run, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docwatch.frontends import placing

    export(run, out)
    farm.write("a.py", '"""Second."""\n')
    farm.write("farm/sheep.py", '"""Second too."""\n')
    farm.document()
    write = placing.write

    def killed(root: object, name: str, content: bytes) -> None:
        write(root, name, content)  # type: ignore[arg-type]
        if name.endswith(".md"):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(placing, "write", killed)
        assert run("export", str(out), "--format", "markdown").code == 130
    (out / ".docwatch-writing-0123").write_text("half")
    farm.write("a.py", '"""Third."""\n')
    farm.document()
    export(run, out)
    assert "Third." in (out / "files/a.py.md").read_text()
    assert not (out / ".docwatch-writing-0123").exists()


def test_an_export_inside_the_tree_does_not_export_itself(farm: Repo, run: Run) -> None:
    assert run("export", "docs/api", "--format", "markdown").code == 0
    farm.document()
    assert export(run, Path("docs/api"))["written"] == []


HOSTILE = [
    *(
        "<script>alert(1)</script>.py",
        "[x](javascript:alert(1)).py",
        "![x](http:evil).py",
        "a`b``c.py",
        "con.py",
        "NUL",
    ),
    *("aux.tar.py", ".hidden/x.py", "trailing./x.py", "dot..", "-dash.py", "a b.py", "a\nb.py", "\x1b[31mred.py"),
    *(
        "‮evil.py",
        "x" * 200 + ".py",
        "/".join(["deep"] * 60) + "/x.py",
        "A.py",
        "a.py",
        "a.md",
        "a.md.md/b",
        "a.py.html/x",
        "A.PY.HTML/y",
        "a.py-0123456789",
        "%2e%2e/x",
    ),
    *("ä.py", "a\\..\\b.py", "..a/...b", "index.md", "files", "C:x.py", "a|b.py", "{{7*7}}.py", "$(id).py", "a#b.py"),
    os.fsdecode(b"caf\xe9.py"),
    *(f"<img src=x onerror={number}>/\u202e{number}\x1b]8;;x.py" for number in range(460)),
]


def above_of(name: str) -> list[str]:
    parts = name.lower().split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def test_a_page_is_called_the_same_whatever_is_beside_it() -> None:
    paths = [os.fsencode(name) for name in HOSTILE]
    together = page_names(paths)
    apart = {path for path in paths if page_names([path])[path] != together[path]}
    assert apart == {b"a.py", b"A.py"}


def test_pages_of_500_hostile_names_are_plain_and_apart() -> None:
    paths = [os.fsencode(name) for name in HOSTILE]
    names = page_names(paths)
    assert len({name.lower() for name in names.values()}) == len(paths) == len(names)
    assert page_names(reversed(paths)) == names
    folders = {above for name in names.values() for above in above_of(name)}
    for suffix in ("html", "json", "md"):
        assert folders.isdisjoint(f"{name}.{suffix}".lower() for name in names.values())
    for name in names.values():
        assert re.fullmatch(r"files(/[A-Za-z0-9_][A-Za-z0-9._-]*)+", name)
        assert len(name) <= 240
        for part in name.split("/"):
            assert not part.endswith(".")
            assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part)
    assert names[b"\xc3\xa4.py"].startswith("files/py-")


def test_nothing_in_a_name_ends_the_label_of_a_graph() -> None:
    lines = list(graph((name, f'{name}"]; click x') for name in HOSTILE))
    assert len(lines) <= 3 + 3 * 300
    for line in lines[2:-1]:
        assert re.fullmatch(r'  n\d+(\["([\w ./+@-]|#\d+;)*"\]| --> n\d+)', line), line
    assert "".join(lines).count("```") == 2


@pytest.fixture
def odd_name(repo: Repo) -> None:
    """Documented before the test begins: what is logged in it goes to xdist, which takes nothing but UTF-8."""
    repo.write(b"caf\xe9.py", '"""Hot."""\n')


def test_json_is_read_back_without_a_loss(odd_name: None, farm: Repo, run: Run, out: Path, redis_url: str) -> None:
    farm.write("a.py", '"""Second."""\n')
    farm.document()
    run("note", "caf\udce9.py", "Odd.")
    run("note", "--edit", "2", "Odder.")

    text = b'{"prose":{"overview":"Hot.","symbols":{},"notes":[]},"digests":{},"rest":"x"}'
    with OpenTree(farm.tree()) as opened, opened.store.writing() as connection:
        prose.keep(connection, "python", prose.Written(0, farm.oid("a.py"), "stub:1", text, True, 2, '["big"]'))
        prose.keep(connection, "python", prose.Written(0, "0" * 40, "stub:1", text, False, 0, "[]"))

    def all_of_it() -> tuple[object, ...]:
        with OpenTree(farm.tree()) as opened:
            kept = opened.store.connection
            return (
                list(documents.every(kept)),
                list(prose.every(kept)),
                sorted(note[1:] for note in notes.every(kept)),
            )

    before = all_of_it()
    export(run, out, "json")
    shutil.rmtree(farm.root / ".git/docwatch")
    done = run("import", str(out), "--json").json
    assert done == {"taken": {"documents": 5, "texts of models": 2, "notes": 2}, "not_taken": {}}
    assert all_of_it() == before
    assert run("scan", "--json").json["submitted"] == 0  # all that is wanted is there: no job is made
    assert run("show", "a.py", "--json").json["prose"]["overview"] == "Hot."
    assert run("import", str(out), "--json").json["taken"] == {
        "documents that were here already": 5,
        "texts of models that were here already": 2,
        "notes that were here already": 2,
    }
    assert all_of_it() == before


def test_what_is_no_export_is_not_taken_and_said(farm: Repo, run: Run, out: Path) -> None:
    export(run, out, "json")
    page = json.loads((out / "files/a.py.json").read_text())
    [whole] = page["documents"]
    bad = [
        {**whole, "oid": "../../etc"},
        {**whole, "document": {"language": 1}},
        {**whole, "made_at": -1},
        "x",
        {**whole, "document": {**whole["document"], "outline": {"summary": "\ud800"}}},
    ]
    (out / "files/a.py.json").write_text(json.dumps({"schema": 1, "documents": bad, "notes": [{"path": ""}, 7]}))
    (out / "odd.json").write_text("[" * 100_000)
    os.symlink("/etc/passwd", out / "link.json")
    shutil.rmtree(farm.root / ".git/docwatch")
    done = run("import", str(out))
    assert (done.code, done.out.splitlines()[0]) == (0, "taken: 1 notes, 2 documents")
    assert sum(int(line.split()[0]) for line in done.out.splitlines()[2:] if line.strip()[0].isdigit()) == 8
    (out / "odd.json").write_text('{"schema": 2}')
    assert "upgrade docwatch" in run("import", str(out / "odd.json")).err
    assert run("import", str(out / "missing")).err.startswith("docwatch: there is no ")


def test_without_a_store_there_is_nothing_to_export(repo: Repo, run: Run, out: Path) -> None:
    assert "nothing is documented yet" in run("export", str(out), "--format", "json").err
    assert not out.exists()
