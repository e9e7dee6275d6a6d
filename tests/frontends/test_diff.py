"""What changed in meaning between two revisions, as people, pull requests and programs read it."""

from __future__ import annotations

import ast
import os
from typing import Any

import pytest

from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run, markup

OLD = '''"""Sheep."""


def count(flock):
    """How many."""
    return len(flock)


def free(wolf):
    return wolf


def _own(): pass
'''
NEW = '''"""Sheep."""


def count(flock, *, lambs=True):
    """How many."""
    return len(flock)


def shear(sheep):
    return sheep


def _own(): pass
'''


@pytest.fixture
def releases(repo: Repo) -> Repo:
    """v1 and v2: one file changed, one came, one went, one was renamed and changed."""
    repo.write("sheep.py", OLD)
    repo.write("gone.py", "def lost(): pass\n")
    repo.write("old/name.py", '"""Named."""\n' + "".join(f"def f{number}(): return {number}\n" for number in range(20)))
    repo.write("same.py", "def same():\n    return 1\n")
    repo.commit("one")
    repo.git("tag", "v1")
    repo.write("sheep.py", NEW)
    repo.git("rm", "-q", "gone.py")
    repo.git("mv", "old/name.py", "name.py")
    repo.write("name.py", (repo.root / "name.py").read_text().replace("return 7", "return 70"))
    repo.write("came.go", "package came\n\n// Come comes.\nfunc Come() {}\n")
    repo.write("same.py", "def same():\n    # one\n    return 1\n")
    repo.commit("two")
    repo.git("tag", "v2")
    return repo


def test_where_nothing_differs_it_says_so(releases: Repo, run: Run) -> None:
    assert run("diff", "v2").out.splitlines()[1] == "nothing that files define differs"
    releases.write("same.py", "def same():\n    # other\n    return 1\n")
    releases.commit("three")
    said = " ".join(run("diff", "v2..HEAD").out.split())
    assert said.endswith("nothing that files define differs; 1 file changed without changing what they define")


def told(found: Any) -> dict[str, list[tuple[str, str]]]:
    return {file["path"]: [(each["change"], each["name"]) for each in file["symbols"]] for file in found["files"]}


CHANGED = {
    "came.go": [("added", "Come")],
    "gone.py": [("removed", "lost")],
    "name.py": [("changed", "f7")],
    "sheep.py": [("changed", "count"), ("added", "shear"), ("removed", "free")],
}


def test_files_and_symbols_are_told_and_the_rest_is_counted(releases: Repo, run: Run) -> None:
    found = run("diff", "v1..v2", "--json").json
    assert told(found) == CHANGED
    assert [file["change"] for file in found["files"]] == ["added", "removed", "renamed", "changed"]
    assert [file["from"] for file in found["files"]] == [None, "gone.py", "old/name.py", "sheep.py"]
    assert (found["without_meaning"], found["left_alone"], found["outlined"]) == (1, {}, 8)
    assert found["counts"]["symbols"] == {"added": 2, "removed": 2, "changed": 2, "moved": 0}
    assert list(found) == "from to files counts without_meaning left_alone outlined".split()
    assert list(found["files"][0]) == (
        "path change from language symbols summary overview imports dependencies exports".split()
    )
    [count, *_] = found["files"][-1]["symbols"]
    assert list(count) == "name change kind what from before after".split()
    assert (count["what"], count["before"]["signature"], count["after"]["signature"]) == (
        *(["signature"], "def count(flock)"),
        "def count(flock, *, lambs=True)",
    )
    assert run("diff", "v1..v2", "--json").json["outlined"] == 0


def test_the_terminal_shows_a_line_for_each(releases: Repo, run: Run) -> None:
    lines = run("diff", "v1..v2").out.splitlines()
    assert lines[0] == "v1 and v2"
    assert lines[lines.index("sheep.py  changed") :] == [
        "sheep.py  changed",
        "  ~ def count(flock, *, lambs=True) (signature)",
        "      was def count(flock)",
        "  + def shear(sheep)",
        "  - def free(wolf)",
    ]
    assert "name.py  renamed from old/name.py" in lines


def test_a_pull_request_gets_markdown(releases: Repo, run: Run) -> None:
    out = run("diff", "v1..v2", "--markdown").out
    assert out.startswith("### What changed in meaning: `v1` to `v2`\n")
    assert "\n- changed `count`: `def count(flock)` is now `def count(flock, *, lambs=True)` (signature)\n" in out
    assert "\n**`name.py`** renamed from `old/name.py`\n" in out


def test_one_revision_is_compared_with_the_work_tree(releases: Repo, run: Run) -> None:
    """What is there, committed or not; a file that came with the bytes of one that went is that one."""
    releases.document()
    assert run("diff", "--json").json["files"] == []
    releases.write("new.py", "def new(): pass\n")
    releases.write("sheep.py", OLD)
    os.rename(releases.root / "name.py", releases.root / "again.py")
    (releases.root / "came.go").unlink()
    found = run("diff", "--json").json
    assert told(run("diff", "v1", "--json").json).keys() == {"again.py", "gone.py", "new.py", "old/name.py"}
    assert told(found) == {
        "again.py": [],
        "came.go": [("removed", "Come")],
        "new.py": [("added", "new")],
        "sheep.py": [("changed", "count"), ("added", "free"), ("removed", "shear")],
    }
    assert found["files"][0]["from"] == "name.py"
    assert (found["from"]["revision"], found["to"]) == ("HEAD", {"revision": None, "commit": None})


def test_three_dots_compare_with_where_the_two_parted(releases: Repo, run: Run) -> None:
    releases.git("checkout", "-q", "-b", "side", "v1")
    releases.write("side.py", "def side(): pass\n")
    releases.commit("side")
    assert told(run("diff", "v2...side", "--json").json) == {"side.py": [("added", "side")]}
    assert "side.py" in told(run("diff", "v2..side", "--json").json)


def test_paths_narrow_it_from_where_one_stands(releases: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(told(run("diff", "v1..v2", "came.go", "sheep.py", "--json").json)) == ["came.go", "sheep.py"]
    monkeypatch.chdir(releases.root / ".git" / "..")
    assert told(run("diff", "v1..v2", "old", "--json").json).keys() == {"old/name.py"}
    releases.write("sheep.py", OLD)
    releases.write("more/new.py", "def new(): pass\n")
    assert list(told(run("diff", "v2", "more", "--json").json)) == ["more/new.py"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nothing..v2",), 1, "there is no revision nothing; see 'git log --oneline --all'"),
        (("sheep.py",), 1, "there is no revision sheep.py; see 'git log --oneline --all'"),
        (("v1..--output=x",), 1, "'--output=x' is no revision; name a commit, a branch or a tag"),
        (("v1..v2", "../other"), 1, "../other is outside"),
        (("v1..v2", "--json", "--markdown"), 2, "exclude each other; choose one"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_line(
    releases: Repo, run: Run, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found = run("diff", *arguments)
    assert (found.code, found.out, len(found.err.splitlines())) == (code, "", 1)
    assert says in found.err


def test_what_is_not_documented_is_counted_by_its_reason_and_never_kept(releases: Repo, run: Run) -> None:
    releases.write("id_rsa.py", "KEY = 'x'\n")
    releases.write("big.py", b"#" * ((1 << 20) + 1))
    releases.write("picture.png", b"\x89PNG")
    releases.commit("three")
    found = run("diff", "v2..", "--json").json
    assert (found["files"], found["outlined"]) == ([], 0)
    assert found["left_alone"] == {"secret": 1, "too large": 1, "unknown language": 1}
    with OpenTree(releases.tree()) as opened:
        assert opened.store.connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)


def test_hostile_names_and_texts_stay_text(repo: Repo, run: Run) -> None:
    repo.commit()
    name = "a`b<script>\x1b[31m](javascript:x)@ada\n‮.py"
    repo.write(name, '"""![x](http://evil.example) <img src=x> @ada www.evil.example."""\ndef f(x="`|`"): pass\n')
    repo.commit()
    assert not {"\x1b", "‮"} & set(run("diff", "HEAD~1..").out)
    out = run("diff", "HEAD~1..", "--markdown").out
    assert "**``a`b<script>\\x1b[31m](javascript:x)@ada\\n\\u202e.py``**" in out
    repo.write(name, '"""Other ![x](http://evil.example) <img> @ada www.evil.example."""\ndef f(x="`|`"): pass\n')
    assert markup(out) == []
    out = run("diff", "--markdown").out
    assert markup(out) == []
    assert "- says: Other \\!\\[x\\](http\\://evil.example) \\<img\\> @<!-- -->ada www\\.evil.example." in out


TRICKY = """
import functools

class A:
    @property
    def x(self): return 1
    @x.setter
    def x(self, v): self.v = v

    async def y(self):
        return '''
# no comment
'''

if True:
    def cond(a): return a
else:
    def cond(b): return b

@functools.cache
def deco(): return 1

def outer():
    def inner(): return 1
    return inner
"""


def public_functions(source: str) -> dict[str, str]:
    """By `ast`: each public function and method, by qualified name, with all that it says and does.

    White space in a docstring is nothing to it, nor to docwatch.
    """
    found: dict[str, str] = {}
    todo: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
    while todo:
        within, node = todo.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                todo.append((f"{within}{child.name}.", child))
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
                if ast.get_docstring(child) is not None:
                    child.body[0] = ast.Expr(ast.Constant(" ".join((ast.get_docstring(child) or "").split())))
                found[within + child.name] = found.get(within + child.name, "") + ast.dump(child)
            elif isinstance(child, ast.stmt) and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                todo.append((within, child))
    return found


def missed(found: Any, old: dict[str, str], new: dict[str, str]) -> tuple[int, list[str]]:
    """How many public functions `ast` finds added, removed or changed between sources by path; and those not named."""
    named = {
        (file[key], symbol["from"]["name"] if symbol["from"] and key == "from" else symbol["name"])
        for file in found["files"]
        for symbol in file["symbols"]
        for key in ("path", "from")
    } | {
        (symbol["from"]["path"], symbol["from"]["name"])
        for file in found["files"]
        for symbol in file["symbols"]
        if symbol["from"]
    }
    renamed = {file["from"]: file["path"] for file in found["files"] if file["change"] == "renamed"}
    before = {
        (renamed.get(path, path), name): dump
        for path, text in old.items()
        for name, dump in public_functions(text).items()
    }
    after = {(path, name): dump for path, text in new.items() for name, dump in public_functions(text).items()}
    differ = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return len(differ), [":".join(key) for key in differ if key not in named]


def test_every_public_function_that_ast_finds_changed_is_named(releases: Repo, run: Run) -> None:
    """Three real releases of a package, the same way: bench/release_diff.py."""
    tricky = {"tricky.py": TRICKY}
    changed = {
        "tricky.py": tricky["tricky.py"]
        .replace("self.v = v", "self.w = v")
        .replace("# no comment", "# another")
        .replace("return b", "return 2 * b")
        .replace("@functools.cache", "@functools.lru_cache(2)")
        .replace("inner(): return 1", "inner(): return 2")
    }
    releases.write("tricky.py", tricky["tricky.py"])
    releases.commit()
    releases.write("tricky.py", changed["tricky.py"])
    releases.commit()
    count, lost = missed(run("diff", "HEAD~1..", "--json").json, tricky, changed)
    assert (count, lost) == (5, [])
    count, lost = missed(run("diff", "v1..v2", "sheep.py", "--json").json, {"sheep.py": OLD}, {"sheep.py": NEW})
    assert (count, lost) == (3, [])


def test_of_many_files_so_many_are_told_of_as_somebody_asks_for(
    releases: Repo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = run("diff", "v1..v2").out
    assert run("diff", "v1..v2", "-n", "4").out == told, "in a pipe, and of as few, nothing is left out"
    for form in ((), ("--markdown",)):
        some = run("diff", "v1..v2", "-n", "1", *form).out
        assert some.splitlines()[-1].replace("\\", "") == "and 3 files more: name a folder, or say -n 4"
        assert "came.go" in some
        assert "gone.py" not in some
    assert len(run("diff", "v1..v2", "-n", "1", "--json").json["files"]) == 4


def test_a_content_that_is_known_as_another_language_is_outlined_as_what_it_is_here(repo: Repo, run: Run) -> None:
    repo.write("a.py", "sheep = 1\n")
    repo.commit()
    repo.document()
    repo.git("mv", "a.py", "a.toml")
    repo.commit()
    for _ in range(2):
        (file,) = run("diff", "HEAD~..HEAD", "--json").json["files"]
        assert (file["change"], file["language"]) == ("renamed", "toml")
