"""How the document of a file changed over its commits."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.frontends.conftest import Run


@pytest.fixture
def history(repo: Repo) -> Repo:
    repo.write("a.py", "def f(): pass\n" + "x = 1\n" * 10)
    repo.commit("first")
    repo.write("a.py", "def f(wolf): pass\n" + "x = 1\n" * 10)
    repo.commit("second \x1b[31m")
    repo.git("mv", "a.py", "b.py")
    repo.commit("third")
    repo.write("b.py", "def f(wolf): pass\n\n\n" + "x = 1\n" * 10)
    repo.commit("fourth")
    return repo


def test_commits_are_listed_newest_first_through_a_rename(history: Repo, run: Run) -> None:
    lines = run("log", "b.py").out.splitlines()
    assert [line.split("  ")[-1] for line in lines if line[0] != " "] == [
        "fourth",
        "third",
        "second \\x1b[31m",
        "first",
    ]
    assert [line for line in lines if line[0] == " "] == [
        "  nothing that it defines",
        "  b.py  renamed from a.py",
        "  a.py  changed",
        "    ~ def f(wolf) (signature)",
        "        was def f()",
        "  a.py  added",
        "    + def f()",
        "    + x = 1",
    ]


def test_as_json_each_commit_has_what_diff_says_of_the_file(history: Repo, run: Run) -> None:
    found = run("log", "b.py", "-n", "3", "--json").json
    assert [commit["subject"] for commit in found["commits"]] == ["fourth", "third", "second \x1b[31m"]
    assert [commit["file"]["change"] for commit in found["commits"]] == ["changed", "renamed", "changed"]
    assert found["commits"][2]["file"]["symbols"][0]["what"] == ["signature"]
    assert found["commits"][0]["commit"] == history.git("rev-parse", "HEAD").strip()


def test_a_file_that_is_gone_still_has_its_commits(history: Repo, run: Run) -> None:
    history.git("rm", "-q", "b.py")
    history.commit("fifth")
    assert run("log", "b.py", "-n", "1", "--json").json["commits"][0]["file"]["change"] == "removed"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("never.py",), 1, "git has no commit of never.py; see 'git log -- never.py'"),
        (("../x.py",), 1, "../x.py is in no git history of"),
        (("b.py", "-f"), 2, "-f follows the log; leave it out"),
    ],
)
def test_what_has_no_history_says_so(history: Repo, run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    found = run("log", *arguments)
    assert (found.code, found.out) == (code, "")
    assert says in found.err


def test_without_a_file_it_is_the_log_of_the_workers(history: Repo, run: Run) -> None:
    assert run("log", "--json").json == {"lines": []}


def test_a_partial_clone_tells_what_it_has_and_fetches_nothing(
    history: Repo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.git("config", "uploadpack.allowFilter", "true")
    history.write("b.py", "def f(wolf): pass\n")
    history.commit("fifth")
    clone = history.root.parent / "clone"
    history.git("clone", "-q", "--filter=blob:none", f"file://{history.root}", str(clone))
    monkeypatch.chdir(clone)
    [newest, older] = run("log", "b.py", "-n", "2", "--json").json["commits"]
    assert (newest["subject"], newest["file"], older["file"]) == ("fifth", None, None)
    found = run("diff", "HEAD~1..", "--json").json
    assert (found["files"], found["left_alone"]) == ([], {"not in this clone": 1})
    assert "  not documented, or not in this clone\n" in run("log", "b.py").out
    assert run("show", "b.py@HEAD~1").err.startswith("docwatch: b.py@HEAD~1 is not documented: not in this clone; ")


def test_a_shallow_clone_says_where_it_ends(history: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = Repo(history.root.parent / "shallow")
    clone.git("fetch", "-q", "--depth=2", f"file://{history.root}", "HEAD")
    clone.git("reset", "-q", "--hard", "FETCH_HEAD")
    monkeypatch.chdir(clone.root)
    assert [line for line in run("log", "b.py").out.splitlines() if line[0] == " "] == [
        "  nothing that it defines",
        "  where this shallow clone begins; 'git fetch --unshallow' brings the rest",
    ]
    assert [commit.get("shallow", False) for commit in run("log", "b.py", "--json").json["commits"]] == [False, True]
    for command in (("diff", "HEAD~2"), ("log", "gone.py")):
        done = run(*command)
        assert (done.code, "'git fetch --unshallow' brings the rest" in done.err) == (1, True)
