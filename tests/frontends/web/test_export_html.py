"""The pages as files: all that is linked is there, nothing is elsewhere, and what is the same is left as it is."""

from __future__ import annotations

import os
import posixpath
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import docwatch
from docwatch import prose
from docwatch.frontends import export_html, exported, making
from docwatch.frontends.web import pages as pages_module
from docwatch.frontends.web.pages import Page
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends import hostile
from tests.frontends.conftest import Run

SHEEP = '"""Sheep."""\n\n\ndef count(flock: list[str]) -> int:\n    """How many."""\n    return len(flock)\n'
ODD = (
    b"index",
    b"src/index",
    b"src.html/index",
    b"src/a b%.py",
    b"caf\xe9.py",
    b"A.py",
    b"a.py",
    b"graphs/x.py",
    b"folders/x.py",
    b"x",
    b"x.py.html/index",
    b"X.PY.HTML/x",
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def pages(out: Path) -> dict[str, str]:
    return {str(one.relative_to(out)): one.read_text() for one in sorted(out.rglob("*.html")) if one.is_file()}


def test_every_link_leads_to_a_page_of_the_export(repo: Repo, run: Run, out: Path) -> None:
    for number, name in enumerate(ODD):
        repo.write(name if name.endswith(b".py") else name + b".py", SHEEP + "#" * number)
    repo.write("deep/er/main.py", "import a\n")
    repo.write(hostile.name_of(hostile.SCRIPTS[0]), SHEEP)
    repo.document()
    assert run("export", str(out), "--format", "html").code == 0
    found = pages(out)
    for name, text in found.items():
        made = hostile.Elements(text)
        for address in made.addresses:
            place, _, line = unquote(address).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), place)) if place else name
            assert (out / target).is_file(), (name, address)
            assert not line or f'id="{line}"' in (out / target).read_text(), (name, address)
    documented = [one["path"] for one in run("files", "--state", "fresh", "--json").json["files"]]
    assert sum(name.startswith("files/") for name in found) == len(documented)


def test_only_what_changed_is_written_again(repo: Repo, run: Run, out: Path) -> None:
    for number in range(4):
        repo.write(f"src/{number}.py", f"{SHEEP}# {number}\n")
    repo.write("main.py", "import src\n")
    repo.document()
    run("export", str(out), "--format", "html")
    assert run("export", str(out), "--format", "html", "--json").json["written"] == []
    repo.write("src/2.py", SHEEP + "# again\n")
    repo.document()
    again = run("export", str(out), "--format", "html", "--json").json
    assert again["written"] == ["files/src/2.py.html"]
    (repo.root / "src/3.py").unlink()
    repo.scan()
    again = run("export", str(out), "--format", "html", "--json").json
    assert "files/src/3.py.html" in again["removed"]
    assert "folders/src/index.html" in again["written"]


def test_what_would_be_made_of_the_same_is_not_made_again(
    repo: Repo, run: Run, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    written = export_html._Names.written

    def counted(
        names: object, page: Page, view: dict[str, Any], path: bytes, *more: OpenTree, is_graph: bool = False
    ) -> bytes:
        made.append(f"{'graph of ' if is_graph else ''}{path.decode()}")
        return written(names, page, view, path, *more, is_graph=is_graph)  # type: ignore[arg-type]

    def export() -> list[str]:
        made.clear()
        assert run("export", str(out), "--format", "html").code == 0
        return sorted(made)

    monkeypatch.setattr(export_html._Names, "written", counted)
    repo.write("src/a.py", SHEEP)
    repo.write("src/b.py", "import src.a\n")
    repo.write("c.py", SHEEP + "#\n")
    repo.document()
    above = ["", "graph of ", "graph of src", "src"]
    assert export() == sorted([*above, "c.py", "src/a.py", "src/b.py"])
    assert export() == []
    repo.write("src/b.py", "import c\n")
    repo.document()
    assert export() == sorted([*above, "c.py", "src/a.py", "src/b.py"])
    run("note", "src/a.py", "Beware of wolves.")
    assert export() == sorted([*above, "src/a.py"])
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        text = b'{"prose":{"overview":"Counts.","symbols":{},"notes":[]},"digests":{},"rest":""}'
        prose.keep(connection, "python", prose.Written(0, repo.oid("c.py"), "stub:1", text, True, 0, "[]"))
    assert export() == ["", "c.py", "graph of "]
    assert "Counts." in (out / "files/c.py.html").read_text()
    repo.write("c.py", "x = 1\n")
    assert "c.py" in export()
    repo.write("c.py", "x = 2\n")
    assert export() == ["c.py"], "what it is now is nowhere written down"
    monkeypatch.setattr(exported, "_this_docwatch", lambda: "another")
    assert len(export()) == 7


def test_many_pages_are_made_by_several_processes(
    repo: Repo, run: Run, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        repo.write(f"src/{number}.py", f"{SHEEP}# {number}\n")
    repo.document()
    run("export", str(out), "--format", "html")
    monkeypatch.setattr(making, "_WORTH_IT", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    alone = os.getpid()
    with monkeypatch.context() as patch:
        patch.setattr(pages_module, "file", lambda *_: os._exit(9) if os.getpid() != alone else None)
        died = run("export", f"{out}-2", "--format", "html")
    assert (died.code, "ended early" in died.err) == (1, True)
    assert run("export", f"{out}-2", "--format", "html").code == 0
    assert pages(Path(f"{out}-2")) == pages(out)


def test_what_is_stale_says_so(repo: Repo, run: Run, out: Path) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    repo.write("a.py", "x = 1\n")
    run("export", str(out), "--format", "html")
    assert 'class="state stale"' in (out / "index.html").read_text()
    assert 'class="state stale"' in (out / "files/a.py.html").read_text()


def test_notes_go_along_also_those_of_files_that_are_gone(repo: Repo, run: Run, out: Path) -> None:
    repo.write("a.py", SHEEP)
    repo.write("b.py", SHEEP + "#\n")
    repo.document()
    run("note", "a.py::count", "Beware of wolves.")
    run("note", "b.py", "Once there were goats.")
    (repo.root / "b.py").unlink()
    repo.scan()
    run("export", str(out), "--format", "html")
    assert "Beware of wolves." in (out / "files/a.py.html").read_text()
    assert "Once there were goats." in (out / "index.html").read_text()


def test_it_can_be_moved(repo: Repo, run: Run, out: Path, tmp_path: Path) -> None:
    repo.write("src/a.py", SHEEP)
    repo.document()
    run("export", str(out), "--format", "html")
    shutil.move(out, tmp_path / "elsewhere")
    for text in pages(tmp_path / "elsewhere").values():
        assert str(tmp_path) not in text


def test_a_page_follows_from_every_byte_that_docwatch_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("__init__.py", "relations.py", "frontends/web/templates/file.html", "__pycache__/relations.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(docwatch, "__file__", str(tmp_path / "__init__.py"))
    made = exported._this_docwatch.__wrapped__
    before = made()
    (tmp_path / "__pycache__/relations.pyc").write_text("compiled anew")
    assert made() == before
    (tmp_path / "relations.py").write_text("others")
    assert made() != before
