"""What imports what in a tree, as its ledger has it now."""

from __future__ import annotations

from pathlib import Path

from docwatch.opened import OpenTree
from docwatch.relations import relations
from docwatch.schema import MIGRATIONS
from docwatch.store import Store
from tests.conftest import Repo


def test_relations_follow_the_ledger(repo: Repo) -> None:
    repo.write("app/__init__.py", "")
    repo.write("app/money.py")
    repo.write("app/shop.py", "from .money import f\nimport os\n")
    repo.write("main.rs", "mod parts;\nuse parts::x;\n")
    repo.write("parts.rs", "pub fn x() {}\n")
    repo.commit()
    repo.document()
    with OpenTree(repo.tree()) as opened:
        first = relations(opened)
        assert list(first.edges()) == [(b"app/shop.py", b"app/money.py"), (b"main.rs", b"parts.rs")]
        assert first.imports(b"app/shop.py") == (b"app/money.py",)
        assert first.dependents(b"app/money.py") == (b"app/shop.py",)
        assert first.imports(b"nothing") == first.dependents(b"nothing") == ()
        assert relations(opened) is first, "nothing has changed, nothing is made again"

        repo.write("app/other.py", "import app.shop\n")
        repo.document()
        assert relations(opened).dependents(b"app/shop.py") == (b"app/other.py",)
        (repo.root / "app/other.py").unlink()
        repo.document()
        assert relations(opened).dependents(b"app/shop.py") == ()


def test_a_store_that_knew_no_imports_learns_them_from_its_documents(tmp_path: Path) -> None:
    path = str(tmp_path / "store/docs.db")
    body = b'{"language": "python", "outline": {"imports": ["os", ".money"]}}'
    with Store(path, MIGRATIONS[:2]) as old, old.writing() as connection:
        connection.execute("INSERT INTO documents VALUES (7, 'oid', 'outline', ?, 0)", (body,))
    with Store(path) as new:
        assert new.connection.execute("SELECT * FROM imports").fetchall() == [(7, "python", '["os",".money"]')]


def test_a_module_imported_out_of_its_package_is_found(repo: Repo) -> None:
    repo.write("app/__init__.py", "")
    repo.write("app/money.py")
    repo.write("app/shop.py", "from . import money as m\nfrom app import nothing\nfrom os import path\n")
    repo.write("main.py", "def late():\n    from app import money\n")
    repo.document()
    with OpenTree(repo.tree()) as opened:
        assert relations(opened).dependents(b"app/money.py") == (b"app/shop.py", b"main.py")
        assert relations(opened).imports(b"app/shop.py") == (b"app/__init__.py", b"app/money.py")
