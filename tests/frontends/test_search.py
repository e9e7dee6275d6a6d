"""Search: whatever is typed, and the best first."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from docwatch import prose
from docwatch.opened import OpenTree
from docwatch.search import search
from tests.conftest import Repo
from tests.frontends.conftest import Run


def found(repo: Repo, query: str, limit: int = 20) -> list[str]:
    with OpenTree(repo.tree()) as opened:
        return [hit.path.decode() for hit in search(opened, query, limit)]


@pytest.fixture
def flock(repo: Repo) -> Repo:
    repo.write("wool.py", '"""Spins wool."""\n\ndef take_back(yarn):\n    """Return the yarn."""\n')
    repo.write("meadow.py", '"""Where sheep graze. To take a sheep back, whistle."""\n\ndef open_gate(): pass\n')
    repo.write("sheep.py", '"""Counts them."""\n\nclass FlockParser:\n    def shear(self): pass\n')
    repo.write("farm/barn.py", '"""Holds hay for the sheep."""\n')
    repo.document()
    return repo


def test_a_file_called_so_comes_before_those_that_mention_it(flock: Repo) -> None:
    # Of two that mention it alike the one that defines something is first.
    assert found(flock, "sheep") == ["sheep.py", "meadow.py", "farm/barn.py"]


def test_a_name_weighs_more_than_text(flock: Repo) -> None:
    flock.write("named.py", "def comet(): pass\ndef planet(): pass\n")
    flock.write("texty.py", '"""A comet is a comet is a comet."""\n')
    flock.document()
    assert found(flock, "comet") == ["named.py", "texty.py"]
    assert found(flock, "take back") == ["wool.py", "meadow.py"]


@pytest.mark.parametrize("query", ["FlockParser", "flockparser", "flock_parser", "flock parser", "parser", "flockPar"])
def test_an_identifier_is_found_however_it_is_written(flock: Repo, query: str) -> None:
    assert found(flock, query) == ["sheep.py"]


def test_the_last_word_may_be_the_beginning_of_one(flock: Repo) -> None:
    assert found(flock, "spins wo") == ["wool.py"]
    assert found(flock, "gra") == ["meadow.py"]


def test_filters_narrow_by_folder_language_and_kind(flock: Repo) -> None:
    flock.write("farm/sheep.js", "export function sheep() {}\n")
    flock.document()
    assert found(flock, "sheep path:farm") == ["farm/sheep.js", "farm/barn.py"]
    assert found(flock, "lang:javascript sheep") == found(flock, "LANG:JavaScript") == ["farm/sheep.js"]
    assert found(flock, "kind:class flock") == ["sheep.py"]
    assert found(flock, "kind:class") == ["sheep.py"]
    assert found(flock, "kind:class take") == found(flock, "path:nowhere sheep") == []


def test_what_is_mistyped_or_from_the_middle_of_a_word_finds_what_was_meant(flock: Repo, run: Run) -> None:
    assert found(flock, "lockPars") == found(flock, "flokcparser") == ["sheep.py"]
    assert found(flock, "take bakc") == ["wool.py", "meadow.py"]
    assert found(flock, "medow") == ["meadow.py"]  # known as a file's name alone
    told = run("search", "medow")
    assert told.err == "no document has all of that; shown is what matches: meadow\n"
    assert run("search", "medow", "--json").json["hits"][0]["instead"] == "meadow"
    assert found(flock, "zzzzzz") == []


def test_words_may_be_in_the_path_and_in_the_document(flock: Repo) -> None:
    assert found(flock, "farm hay") == ["farm/barn.py"]


def test_a_test_comes_after_what_it_tests_unless_tests_are_asked_for(flock: Repo) -> None:
    flock.write("test_wool.py", '"""Of wool."""\n\ndef take_back(): pass\n')
    flock.document()
    assert found(flock, "take back")[:2] == ["wool.py", "test_wool.py"]
    assert found(flock, "test wool")[0] == "test_wool.py"


def test_what_a_model_wrote_is_found_and_shown(flock: Repo) -> None:
    with OpenTree(flock.tree()) as opened, opened.store.writing() as connection:
        for overview in ("Talks of marmalade.", "Talks of quince."):
            body = json.dumps({"prose": {"overview": overview, "symbols": {}, "notes": []}}).encode()
            prose.keep(connection, "python", prose.Written(0, flock.oid("wool.py"), "model", body, True, 0, "[]"))
    assert found(flock, "quince") == ["wool.py"]
    assert found(flock, "marmalade") == []  # written anew since
    with OpenTree(flock.tree()) as opened:
        (hit,) = search(opened, "quince")
    assert "Talks of quince." in hit.snippet
    assert [piece for piece, is_asked in hit.pieces() if is_asked] == ["quince"]


def test_what_people_noted_is_found_and_shown(flock: Repo, run: Run) -> None:
    assert run("note", "farm/barn.py", "The key hangs behind the lantern.").code == 0
    assert run("note", "sheep.py::FlockParser.shear", "Never before lambing,", "says", "the", "vet.").code == 0
    (hit,) = run("search", "lantern", "--json").json["hits"]
    assert (hit["path"], hit["name"]) == ("farm/barn.py", None)
    assert hit["snippet"] == "Holds hay for the sheep. The key hangs behind the lantern."
    assert [hit["snippet"][begin:end] for begin, end in hit["matches"]] == ["lantern"]
    (hit,) = run("search", "lambing", "--json").json["hits"]
    assert (hit["path"], hit["name"], hit["line"]) == ("sheep.py", "FlockParser.shear", 4)
    assert hit["snippet"] == "def shear(self) Never before lambing, says the vet."
    assert found(flock, "hay lantern") == found(flock, "lant") == ["farm/barn.py"]
    assert found(flock, "lantern path:nowhere") == found(flock, "lambing kind:class") == []
    assert found(flock, "sheep")[0] == "sheep.py"
    run("note", "--edit", "1", "The key is lost.")
    run("note", "--delete", "2")
    assert (found(flock, "lost"), found(flock, "lantern"), found(flock, "lambing")) == (["farm/barn.py"], [], [])


def test_where_no_document_has_all_the_words_any_will_do(flock: Repo) -> None:
    assert found(flock, "who does shear these") == ["sheep.py"]


def test_part_of_a_path_is_enough_and_case_does_not_matter(flock: Repo) -> None:
    assert found(flock, "FARM/ba") == ["farm/barn.py"]
    assert len(found(flock, ".PY")) == 4


def test_a_name_that_is_not_utf8_is_found(repo: Repo) -> None:
    repo.write(b"caf\xe9.py", '"""Coffee."""\n')
    repo.document()
    with OpenTree(repo.tree()) as opened:
        assert [hit.path for hit in search(opened, "coffee")] == [b"caf\xe9.py"]
        assert [hit.path for hit in search(opened, "caf\udce9")] == [b"caf\xe9.py"]


def test_a_hit_names_the_symbol_that_matches_best(flock: Repo, run: Run) -> None:
    assert run("search", "takeBack", "--json").json["hits"][0] == {
        "path": "wool.py",
        "oid": flock.oid("wool.py"),
        "state": "fresh",
        "name": "take_back",
        "line": 3,
        "snippet": "def take_back(yarn)",
        "kind": "function",
        "language": "python",
        "matches": [[4, 8], [9, 13]],
        "instead": None,
    }
    assert run("search", "shear").out.splitlines() == [
        "sheep.py:4  fresh",
        "    FlockParser: def shear(self)",
    ]


def test_a_hit_without_such_a_symbol_says_what_the_file_is(flock: Repo, run: Run) -> None:
    (hit,) = run("search", "hay", "--json").json["hits"]
    assert (hit["path"], hit["name"], hit["line"], hit["snippet"]) == (
        *("farm/barn.py", None, None),
        "Holds hay for the sheep.",
    )


def test_a_hit_says_whether_it_is_fresh(flock: Repo, run: Run) -> None:
    flock.write("wool.py", "changed = 1\n")
    (hit,) = run("search", "yarn", "--json").json["hits"]
    assert hit["state"] == "stale"


def test_only_documents_of_this_tree_as_it_is_are_found(flock: Repo) -> None:
    """Documents of former contents stay in the store, and so do those of other work trees."""
    flock.write("wool.py", '"""Now of cotton."""\n')
    flock.document()
    flock.commit()
    flock.git("worktree", "add", "-q", "../other")
    other = Repo(flock.root.parent / "other")
    other.write("only_there.py", '"""Silk."""\n')
    other.write("wool.py", '"""Velvet."""\n')
    other.document()
    assert found(flock, "yarn") == []
    assert found(flock, "silk") == found(flock, "velvet") == []
    assert found(other, "silk") == ["only_there.py"]


def test_the_same_content_under_two_paths_is_two_hits(repo: Repo) -> None:
    repo.write("a.py", '"""Twins."""\n')
    repo.write("b.py", '"""Twins."""\n')
    repo.document()
    assert found(repo, "twins") == ["a.py", "b.py"]


def test_at_most_so_many(flock: Repo, run: Run) -> None:
    assert found(flock, "sheep", 2) == ["sheep.py", "meadow.py"]
    assert len(run("search", "-n", "1", "sheep", "--json").json["hits"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("", " ", '"', '""', "'", "*", "^", "(", "NOT", "AND OR NOT", "NEAR(a b)", "names:sheep", "-sheep", "{a b}:c"),
        *("a:b*", "sheep*", '"sheep', "\\", "%", "_", "__", "🐑", "🐑 sheep", "\x00", "a\x00b", "\ud800", "\udcff"),
        *(
            "𞤀𞤁",
            "हिन्दी",
            "ﬁ",
            "İ",
            "x" * 10_000,
            "x " * 5_000,
            "aB" * 5_000,
            "a_" * 5_000,
            "\N{COMBINING ACUTE ACCENT}",
        ),
        *("; DROP TABLE words; --", "?1", ":tree", "\n", "a\nb", "١٢٣", "²"),
    ],
)
def test_anything_is_a_query(flock: Repo, query: str) -> None:
    assert len(found(flock, query)) <= 4


def test_noise_is_a_query_too(flock: Repo) -> None:
    dice = random.Random(7)
    signs = "ab \"'*()^:-+{}~\\\0\n_NOTANDOR🐑é\ud800\udc80"
    with OpenTree(flock.tree()) as opened:
        for _ in range(300):
            search(opened, "".join(dice.choices(signs, k=dice.randrange(40))))


def test_no_hit_is_no_error(flock: Repo, run: Run) -> None:
    nothing = run("search", "zebra")
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err == "no document matches; 'docwatch files' lists what there is\n"
    assert run("search", "zebra", "--json").json == {"query": "zebra", "hits": []}


def test_words_need_no_quotes_in_the_shell(flock: Repo, run: Run) -> None:
    assert run("search", "take", "back", "--json").json["query"] == "take back"


def test_without_a_store_nothing_is_found_and_none_is_made(repo: Repo, run: Run) -> None:
    nothing = run("search", "sheep", "--json")
    assert (nothing.code, nothing.json["hits"]) == (0, [])
    assert not (repo.root / ".git" / "docwatch").exists()


def test_no_reading_command_loads_what_is_slow_to_import(flock: Repo) -> None:
    """`import redis` alone takes 100 ms."""
    for arguments in (["status"], ["show", "wool.py"], ["search", "yarn"], ["files"]):
        code = (
            "import sys; from docwatch.frontends.cli import run;"
            f"code = run({arguments!r});"
            "print(code, sorted({'redis', 'rq', 'rich', 'msgspec', 'tree_sitter', 'asyncio'} & set(sys.modules)))"
        )
        done = subprocess.run((sys.executable, "-P", "-c", code), cwd=flock.root, capture_output=True, text=True)
        assert done.stdout.splitlines()[-1:] == ["0 []"], done.stderr
