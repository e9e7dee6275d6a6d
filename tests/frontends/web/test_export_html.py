"""The pages as files: all that is linked is there, nothing is elsewhere, and what is the same is left as it is."""

from __future__ import annotations

import posixpath
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import Repo
from tests.frontends.conftest import Run
from tests.frontends.web import hostile

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
