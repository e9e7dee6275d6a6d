"""What the pages show, and what they give as data."""

from __future__ import annotations

import json
import os
import re
from urllib.parse import quote_from_bytes

import pytest

from docwatch.frontends.web import folders, pages
from docwatch.frontends.web.address import LINES_A_PAGE
from docwatch.opened import OpenTree
from docwatch.scope import Scope
from docwatch.watcher import presence, survey
from tests.conftest import Repo
from tests.frontends.conftest import Run
from tests.frontends.web.conftest import Fetch, asked

SHEEP = (
    '"""Sheep."""\n\nimport os\n\n\ndef count(flock: list[str]) -> int:\n    """How many."""\n    return len(flock)\n'
)


def test_a_folder_lists_folders_then_files_with_their_states(repo: Repo, fetch: Fetch) -> None:
    repo.write("src/sheep.py", SHEEP)
    repo.write("src/deep/x.py")
    repo.write("picture.bin", b"\0\1")
    repo.document()
    text = fetch("/").text
    assert text.index('href="/files/src/"') < text.index('href="/files/picture.bin/"')
    assert '<span class="state fresh">2<span class="word"> fresh' in text
    text = fetch("/files/src/").text
    assert "Sheep." in text
    assert 'href="/files/src/deep/"' in text


def test_a_folder_is_told_by_what_introduces_it(repo: Repo, fetch: Fetch) -> None:
    repo.write("src/__init__.py", '"""All animals."""\n')
    repo.write("src/deep/README.md", "# Not of src\n")
    repo.write("lib/__init__.py", '"""Tools."""\n')
    repo.write("lib/README.md", "# Handy tools\n")
    repo.document()
    text = fetch("/").text
    assert "<td>All animals.</td>" in text
    assert "<td>Handy tools</td>" in text
    assert "Not of src" not in text


def test_what_is_not_there_can_be_searched_for(repo: Repo, fetch: Fetch) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    answer = fetch("/files/src/%22%3Csheep%26%ff/")
    assert answer.code == 404
    assert 'href="/search?q=%22%3Csheep%26%5Cudcff"' in answer.text


def test_a_file_shows_its_outline_beside_its_source(repo: Repo, fetch: Fetch) -> None:
    repo.write("src/sheep.py", SHEEP)
    repo.document()
    text = fetch("/files/src/sheep.py/").text
    assert 'href="#L6"' in text
    assert "def <b>count</b>(flock: list[str]) -&gt; int" in text
    assert '<span class="k">def</span> <b class="d">count</b>' in text
    assert "How many." in text


def test_every_address_gives_data_with_json_at_its_end(repo: Repo, fetch: Fetch, run: Run) -> None:
    repo.write("src/sheep.py", SHEEP)
    repo.write("tsconfig.json", "{}\n")
    repo.write("tsconfig", "a\n")
    repo.document()
    assert fetch("/files/src/sheep.py.json").json == run("show", "src/sheep.py", "--json").json
    assert fetch("/files/src/sheep.py/.json").json == run("show", "src/sheep.py", "--json").json
    assert fetch("/.json").json == run("files", "--json").json
    assert fetch("/files/src.json").json == {"files": [fetch("/.json").json["files"][0]]}
    assert fetch("/search.json?q=count").json == run("search", "count", "--json").json
    assert fetch("/queue.json").json.items() >= run("status", "--json").json.items()
    assert fetch("/files/tsconfig.json.json").json["path"] == "tsconfig.json"
    assert "tsconfig.json" in fetch("/files/tsconfig.json/").text
    assert (fetch("/nothing.json").code, fetch("/files/no.py.json").code) == (404, 404)


def test_states_are_those_of_this_moment(repo: Repo, fetch: Fetch, run: Run) -> None:
    """Nobody watches: the disk is asked, as by the command line."""
    repo.write("a.py", SHEEP)
    repo.document()
    assert fetch("/files/a.py.json").json["state"] == "fresh"
    repo.write("a.py", "x = 1\n")
    assert fetch("/files/a.py.json").json["state"] == run("show", "a.py", "--json").json["state"] == "stale"
    text = fetch("/files/a.py/").text
    assert "of an older content" in text
    assert fetch("/.json").json["files"][0]["state"] == "stale"
    assert '<span class="state stale">1 stale</span>' in fetch("/").text
    os.unlink(repo.root / "a.py")
    assert fetch("/files/a.py.json").json["state"] == "stale"


def test_one_page_asks_the_disk_once(repo: Repo, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("src/a.py", SHEEP)
    repo.document()
    repo.write("src/a.py", "x = 1\n")
    surveys, read = [], []
    monkeypatch.setattr(survey, "survey", lambda opened, ask=survey.survey: surveys.append(1) or ask(opened))
    monkeypatch.setattr(Scope, "read", lambda scope, path, ask=Scope.read: read.append(path) or ask(scope, path))
    for address in ("/", "/files/src/", "/queue"):
        surveys.clear()
        read.clear()
        assert "1 stale" in fetch(address).text
        assert (len(surveys), read) == (1, [b"src/a.py"])


def test_no_page_waits_for_a_look_at_the_disk_that_it_can_do_without(
    repo: Repo, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    monkeypatch.setattr(survey, "survey", lambda _: pytest.fail("the disk was looked at"))
    for address in ("/files/a.py/", "/search?q=count", "/graph/"):
        text = fetch(address).text
        assert 'id="counts"' in text
        assert "1 fresh" not in text
    with presence.announced(repo.tree()) as watcher:
        watcher.say("events", None)
        assert "1 fresh" in fetch("/files/a.py/").text


def test_what_is_too_much_for_a_page_is_shown_in_parts(
    repo: Repo, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/x", "b/x", "c", "d", "e", "f"):
        repo.write(f"{name}.py", f'"""Says {name}."""\n')
    repo.document()
    monkeypatch.setattr(folders, "MOST_LISTED", 3)
    monkeypatch.setattr(pages, "MOST_AS_DATA", 4)
    seen: list[str] = []
    address = "/"
    while address:
        text = fetch(address).text
        seen += re.findall(r'row"><a href="/files/([^"]+)/"', text)
        more = re.search(r'href="(/\?from=\d)">and \d more<', text)
        address = more[1] if more else ""
    assert seen == ["a", "b", "c.py", "d.py", "e.py", "f.py"]
    first = fetch("/.json").json
    assert len(first["files"]) == 4
    rest = fetch("/.json?after=" + quote_from_bytes(os.fsencode(first["next_after"]))).json
    assert "next_after" not in rest
    assert [file["path"] for file in first["files"] + rest["files"]] == sorted(repo.states())


def test_a_long_source_is_shown_in_parts_and_every_link_leads_to_its_line(repo: Repo, fetch: Fetch) -> None:
    lines = ['"""Long.'] + ["text"] * (LINES_A_PAGE - 2) + ["end", '"""', "", "def late(): pass", ""]
    repo.write("long.py", "\n".join(lines))
    repo.document()
    first = fetch("/files/long.py/").text
    assert f'id="L{LINES_A_PAGE}"' in first
    assert f'id="L{LINES_A_PAGE + 1}"' not in first
    late = f"/files/long.py/?from={LINES_A_PAGE + 1}#L{LINES_A_PAGE + 3}"
    assert f'<a href="{late}">' in first
    assert late in fetch("/search?q=late").text
    text = fetch(late.partition("#")[0]).text
    assert f'<a href="#L{LINES_A_PAGE + 1}">{LINES_A_PAGE + 1}</a><span class="s">"""</span>' in text
    assert f'<a href="#L{LINES_A_PAGE + 3}"><span class="line">' in text
    assert f'id="L{LINES_A_PAGE}"' not in text
    assert fetch("/files/long.py/?from=99999999999999").code == 200


def test_prose_stands_at_its_symbols(repo: Repo, fetch: Fetch) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        body = json.loads(connection.execute("SELECT body FROM documents").fetchone()[0])
        body["prose"] = {"overview": "All about sheep.", "symbols": {"count": "Counts a flock."}, "notes": ["Slow."]}
        connection.execute("UPDATE documents SET body = ?", (json.dumps(body).encode(),))
    text = fetch("/files/a.py/").text
    assert text.index("All about sheep.") < text.index("Counts a flock.") < text.index("Slow.")


def test_nothing_documented_yet_is_said_and_nothing_is_made(repo: Repo, fetch: Fetch) -> None:
    answer = fetch("/")
    assert (answer.code, "nothing is documented yet" in answer.text) == (200, True)
    assert not os.path.exists(repo.tree().store_path)
    repo.write("a.py", SHEEP)
    repo.document()
    assert 'href="/files/a.py/"' in fetch("/").text


def test_names_that_are_not_utf8_have_addresses_that_work(repo: Repo, fetch: Fetch) -> None:
    names = (
        b"caf\xe9.py",
        b"a b%2f?#&.py",
        b"q'\"<i>.py",
        b"\xe2\x80\xaegpj.py",
        b"new\nline.py",
        b".json.py",
        b"d\xff/x.py",
    )
    for name in names:
        repo.write(name, SHEEP)
    repo.document()
    listing = fetch("/").text + fetch("/files/d%FF/").text
    for name in names:
        address = f"/files/{quote_from_bytes(name)}/"
        assert address in listing
        assert "Sheep." in fetch(address).text
        assert os.fsencode(fetch(address + ".json").json["path"]) == name


def test_what_is_not_documented_is_not_shown_either(repo: Repo, fetch: Fetch) -> None:
    repo.write(".env", "TOKEN=hunter2\n")
    repo.write(".gitignore", "private.py\n")
    repo.write("private.py", "hunter2 = 1\n")
    repo.write("a.py", SHEEP)
    os.symlink("/etc/passwd", repo.root / "link.py")
    repo.document()
    for name in (".env", "private.py", "link.py", ".git/config", ".gitignore"):
        text = fetch(f"/files/{name}/").text
        assert "hunter2" not in text
        assert "root:" not in text
        assert "repositoryformatversion" not in text


def test_the_queue_tells_failures_by_cause_and_owes_them_again(repo: Repo, fetch: Fetch) -> None:
    repo.write("a.py", SHEEP)
    repo.write("b.py", SHEEP + "\n")
    repo.document()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = 'failed', cause = 'FlakyError', reason = 'no <b>answer</b>'")
    text = fetch("/queue").text
    assert "2 files: FlakyError: no &lt;b&gt;answer&lt;/b&gt;" in text
    assert 'value="FlakyError"' in text
    answer = fetch("/retry", "POST", "path=a.py")
    assert (answer.code, answer.headers["location"]) == (303, "/queue")
    assert repo.states() == {"a.py": "queued", "b.py": "failed"}
    assert fetch("/retry", "POST", "cause=FlakyError").code == 303
    assert repo.states() == {"a.py": "queued", "b.py": "queued"}
    assert fetch("/retry", "POST", "cause=FlakyError").code == 400
    assert fetch("/retry", "POST", "").code == 400
    assert fetch("/retry", "POST", "all=" + "x" * 70_000).code == 413


def test_a_bug_gets_a_line_and_the_log_the_rest(repo: Repo, fetch: Fetch, home: object) -> None:
    from docwatch import log

    repo.write("a.py", SHEEP)
    repo.document()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE documents SET body = 'no JSON'")
    log.setup("serve")
    answer = fetch("/files/a.py/")
    assert (answer.code, "a bug in docwatch" in answer.text, "Traceback" in answer.text) == (500, True, False)
    assert "JSONDecodeError" in log.tail(1)[0]


def test_many_addresses_are_answered_without_a_socket_as_well(repo: Repo) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    assert [answer.code for _, answer in asked(repo, (b"/", b"/files/a.py/", b"/nothing"))] == [200, 200, 404]


def test_what_imports_what_is_drawn_and_linked(repo: Repo, fetch: Fetch) -> None:
    repo.write("shop/__init__.py", "")
    repo.write("shop/money.py", "x = 1\n")
    repo.write("shop/cart.py", "from shop.money import x\n")
    repo.document()
    assert fetch("/graph/shop/cart.py.json").json["edges"][-1] == {
        "from": "shop/cart.py",
        "to": "shop/money.py",
        "imports": 1,
    }
    for address in ("/graph/", "/graph/shop/", "/graph/shop/cart.py/", "/graph/?depth=2", "/graph/?depth=-1"):
        text = fetch(address).text
        assert "<svg" in text
        assert 'href="/graph/shop/money.py/"' in text
    assert 'href="/files/shop/cart.py/"' in fetch("/files/shop/money.py/").text
    assert fetch("/graph/nothing/").code == 404


def test_what_people_noted_stands_at_its_symbol(repo: Repo, fetch: Fetch, run: Run) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    assert run("note", "a.py::count", "Beware of <wolves>.").code == 0
    assert run("note", "a.py", "Once there were goats.").code == 0
    text = fetch("/files/a.py/").text
    assert text.index("Once there were goats.") < text.index("<b>count</b>") < text.index("Beware of &lt;wolves&gt;.")
    assert fetch("/files/a.py.json").json == run("show", "a.py", "--json").json
