"""What coding agents are told: each tool's answer, whatever the repository's names and texts try."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from docwatch.errors import UserError
from docwatch.frontends.mcp import inert
from docwatch.frontends.mcp.questions import QUESTIONS, schema
from docwatch.frontends.mcp.tools import Tools
from docwatch.jobs import run
from tests.conftest import Repo
from tests.frontends import tools as asking

Ask = Callable[..., Any]


@pytest.fixture
def tools(repo: Repo) -> Iterator[Tools]:
    with Tools(repo.tree()) as found:
        yield found


@pytest.fixture
def ask(tools: Tools) -> Ask:
    """Calls a tool; the data of its answer."""

    return partial(asking.ask, tools)


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """money is imported by line, which is imported by order and by a test."""
    repo.write("shop/__init__.py", "")
    repo.write(
        "shop/money.py", '"""Amounts of money."""\n\nclass Coin:\n    def toss(self) -> bool:\n        """Heads?"""\n'
    )
    repo.write("shop/line.py", "from .money import Coin\n")
    repo.write("shop/order.py", "from .line import Coin\n")
    repo.write("test_line.py", "import shop.line\n")
    repo.write("notes.bin", "?")
    repo.commit()
    repo.document()
    return repo


def test_a_document_says_what_it_is_of_and_whether_it_is_fresh(shop: Repo, ask: Ask) -> None:
    found = ask("get_document", path="shop/line.py")
    assert (found["state"], found["oid"]) == ("fresh", shop.oid("shop/line.py"))
    assert (found["imports"], found["imported_files"], found["dependents"]) == ([".money"], ["shop/money.py"], 2)
    assert ask("get_document", path=f"{shop.root}/shop/line.py")["path"] == "shop/line.py"
    shop.write("shop/line.py", "x = 1\n")
    assert ask("get_document", path="./shop/line.py")["state"] == "stale"
    assert "no shop/none.py" in ask("get_document", path="shop/none.py")["why"]


def test_search_finds_and_symbols_are_told_in_full(shop: Repo, ask: Ask) -> None:
    [hit, *_] = ask("search_docs", query="coin", limit=1)["items"]
    assert (hit["path"], hit["state"], hit["symbol"]) == ("shop/money.py", "fresh", "Coin")
    for named in ({"symbol": "Coin.toss"}, {"symbol": "toss", "path": "shop/money.py"}):
        [found] = ask("get_symbol", **named, with_source=True)["matches"]
        assert (found["name"], found["line"], found["doc"]) == ("Coin.toss", 4, "Heads?")
        assert found["source"].startswith("    def toss(self)")
        assert found["oid"] == shop.oid("shop/money.py")
    assert ask("get_symbol", symbol="Coin")["matches"][0]["members"] == ["def toss(self) -> bool"]
    shop.write("shop/money.py", "# others\n" * 9)
    [found] = ask("get_symbol", symbol="toss", path="shop/money.py", with_source=True)["matches"]
    assert (found["source"], found["state"]) == (None, "stale")
    with pytest.raises(UserError, match="no symbol nothing in any document: try search_docs"):
        ask("get_symbol", symbol="nothing")


def test_files_are_listed_page_by_page_with_their_states(shop: Repo, ask: Ask) -> None:
    shop.write("shop/order.py", "x = 1\n")
    states, after = {}, ""
    while after is not None:
        page = ask("list_files", limit=2, after=after)
        states |= {item["path"]: item["state"] for item in page["items"]}
        after = page["next_after"]
    assert states == {**shop.states(), "shop/order.py": "stale"}
    assert [item["path"] for item in ask("list_files", below="shop", state="stale")["items"]] == ["shop/order.py"]
    assert ask("list_files", state="skipped")["items"][0]["reason"] == "unknown language"


def test_dependents_are_found_through_others_too(shop: Repo, ask: Ask) -> None:
    near = ask("dependents_of", path="shop/money.py")
    assert ([item["path"] for item in near["items"]], near["total"]) == (["shop/line.py"], 1)
    far = ask("dependents_of", path="shop/money.py", depth=3)
    assert [(item["path"], item["distance"]) for item in far["items"]] == [
        ("shop/line.py", 1),
        ("shop/order.py", 2),
        ("test_line.py", 2),
    ]
    assert far["items"][0]["oid"] == shop.oid("shop/line.py")


def test_the_map_begins_with_what_most_depend_on_and_keeps_to_its_length(shop: Repo, ask: Ask) -> None:
    whole = ask("repository_map")
    assert [item["path"] for item in whole["items"]][:2] == ["shop/line.py", "shop/money.py"]
    assert whole["items"][1]["symbols"] == ["class Coin"]
    assert whole["next_offset"] is None
    for number in range(60):
        shop.write(f"more/m{number}.py", f"def a_rather_long_name_of_a_function_{number}(): pass\n")
    shop.document()
    items, offset = [], 0
    while offset is not None:
        page = ask("repository_map", tokens=300, offset=offset)
        assert len(json.dumps(page["items"])) < 300 * 4 * 1.2
        items += page["items"]
        offset = page["next_offset"]
    assert len(items) == page["files"] == 65
    assert ask("repository_map", below="more", tokens=200)["items"][0]["path"] == "more/m0.py"


def test_refresh_waits_for_the_new_document(shop: Repo, ask: Ask, redis_url: str) -> None:
    shop.write("shop/line.py", "y = 1\n")
    waited = ask("refresh", paths=["shop/line.py"], wait_seconds=0)
    assert (waited["done"], waited["items"][0]["state"]) == (False, "queued")
    assert "no worker is running: the user starts one with 'docwatch up'" in waited["why"]
    shop.document()
    done = ask("refresh", paths=["shop/line.py", "shop/line.py", "gone.py"])
    assert done["done"]
    assert [item["state"] for item in done["items"]] == ["fresh", "skipped"]
    assert done["items"][0]["oid"] == shop.oid("shop/line.py")


def test_status_counts_and_says_what_is_off(shop: Repo, ask: Ask) -> None:
    found = ask("docs_status")
    assert (found["files"]["fresh"], found["files"]["skipped"]) == (5, 1)
    assert any("no watcher" in line for line in found["advice"])


def test_before_anything_is_documented_each_tool_says_what_to_do(repo: Repo, ask: Ask) -> None:
    assert ask("docs_status")["advice"] == ["nothing is documented yet; run 'docwatch up' or 'docwatch scan'"]
    with pytest.raises(UserError, match="run 'docwatch up'"):
        ask("search_docs", query="x")
    assert not os.path.exists(repo.tree().store_path)


def test_a_store_that_is_made_anew_is_opened_anew(shop: Repo, ask: Ask) -> None:
    assert ask("docs_status")["files"]["fresh"] == 5
    os.unlink(shop.tree().store_path)
    run.close()  # the worker is another process
    shop.document()
    assert ask("docs_status")["files"]["fresh"] == 5


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_document", {}),
        ("get_document", {"path": "a", "pth": 1}),
        ("search_docs", {"query": "x" * 1_001}),
        ("search_docs", {"query": "x", "limit": 1_000}),
        ("list_files", {"state": "lost"}),
        ("refresh", {"paths": []}),
        ("no_such_tool\x1b[2J", {}),
    ],
)
def test_what_does_not_fit_the_schema_is_refused_in_one_line(tool: str, arguments: dict[str, Any], ask: Ask) -> None:
    with pytest.raises(UserError) as refused:
        ask(tool, **arguments)
    assert re.fullmatch(r"[ -~]{1,400}", str(refused.value))


def test_every_argument_is_described(ask: Ask) -> None:
    for question in QUESTIONS.values():
        shown = schema(question)
        assert shown["type"] == "object"
        assert shown["additionalProperties"] is False
        assert set(shown) <= {"type", "properties", "required", "additionalProperties"}


def test_an_answer_is_bounded_however_large_the_file(repo: Repo, ask: Ask) -> None:
    repo.write("big.py", "".join(f'def f{n}(a="{"x" * 900}"):\n    """{"y" * 3_000}"""\n' for n in range(200)))
    repo.document()
    names, offset = [], 0
    while offset is not None:
        found = ask("get_document", path="big.py", offset=offset)
        assert len(json.dumps(found)) < 2 * inert.MOST_CHARACTERS
        names += [symbol["name"] for symbol in found["symbols"]["items"]]
        offset = found["symbols"]["next_offset"]
    assert names == [f"f{n}" for n in range(200)]
    assert len(json.dumps(ask("get_symbol", symbol="f7", path="big.py", with_source=True))) < 20_000


def test_a_name_can_be_given_back_as_it_was_shown(repo: Repo, ask: Ask) -> None:
    names = ["a\u202e.py", "b\U000e0041.py", "c\x1b[2J\n.py", b"d\xff\xfe.py", "e</data>.py", "f\\x41.py"]
    for name in names:
        repo.write(name, "def f(): pass\n")
    repo.document()
    shown = [item["path"] for item in ask("list_files")["items"]]
    assert len(set(shown)) == len(names)
    for path in shown:
        found = ask("get_document", path=path)
        assert (found["path"], found["state"]) == (path, "fresh")


def test_no_path_leads_out_of_the_tree(repo: Repo, tools: Tools, redis_url: str) -> None:
    """bench/mcp.py asks every tool about 10,000 of them."""
    asking.lay_out_secrets(repo)
    repo.write("shop/a.py")
    repo.document()
    assert [path for path in asking.hostile_paths(40, str(repo.root)) if asking.leaks(tools, path)] == []
