"""How prose, and the want of it, is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

from docwatch.errors import PermanentError
from docwatch.frontends.mcp.tools import Tools
from docwatch.opened import OpenTree
from docwatch.strangers import strangers
from tests.conftest import Repo
from tests.documenters.prose.conftest import Scripted
from tests.frontends import tools as asking
from tests.frontends.conftest import Run, markup
from tests.frontends.web.conftest import asked

SHEEP = "import wool\n\nKEY = 'AKIA" + "QWERTYUIOPASDFGH'\n\n\ndef shear(sheep):\n    return wool.of(sheep)\n"


def test_prose_is_shown_with_what_is_to_be_known_of_it(repo: Repo, run: Run, scripted: Scripted) -> None:
    repo.write("a.py", SHEEP)
    run("scan", "--sync", "--yes")
    shown = run("show", "a.py")
    for text in ("About shear.", "prose by scripted", "1 secret masked"):
        assert text in shown.out
    found = run("show", "a.py", "--json").json
    assert (found["masked"], found["prose_state"]) == (1, {"state": "fresh", "reason": ""})
    assert run("status", "--json").json["prose"] == {"fresh": 1, "queued": 0, "running": 0, "failed": 0}


def test_where_prose_fails_it_is_said_why_and_retried_when_asked(repo: Repo, run: Run, scripted: Scripted) -> None:
    repo.write("a.py", SHEEP)
    scripted.script = [PermanentError("no words for it; write it anew")]
    run("scan", "--sync", "--yes")
    assert run("show", "a.py", "--json").json["prose_state"]["reason"] == "no words for it; write it anew"
    assert "prose failed: no words for it" in run("show", "a.py").out
    assert run("files", "--json").json["files"][0]["prose"]["state"] == "failed"
    (cause,) = run("failed", "--json").json["causes"]
    assert (cause["cause"], cause["prose"]) == ("PermanentError", True)
    run("retry", "a.py")
    scripted.script = []
    assert run("scan", "--sync").code == 0
    assert run("failed", "--json").json["causes"] == []


def test_while_prose_is_owed_what_was_written_before_stands_where_it_is_true_and_says_so(
    repo: Repo, run: Run, scripted: Scripted
) -> None:
    repo.write("a.py", SHEEP + "\n\ndef count(flock):\n    return len(flock)\n")
    run("scan", "--sync", "--yes")
    before = run("show", "a.py", "--json").json
    assert before["prose"]["symbols"].keys() == {"KEY", "shear", "count"}
    repo.write("a.py", SHEEP + "\n\ndef count(flock):\n    return len(flock) + 1\n")
    repo.document()
    found = run("show", "a.py", "--json").json
    assert (found["state"], found["prose"], found["prose_state"]["state"]) == ("fresh", None, "queued")
    said = found["prose_before"]
    assert (said["oid"], said["symbols"].keys()) == (before["oid"], {"KEY", "shear"})
    for form in ((), ("--markdown",)):
        shown = " ".join(run("show", "a.py", *form).out.split())
        assert "prose is pending; see 'docwatch status'" in shown
        assert "texts stand that were written before" in shown
        assert "(before the last change) It is a file." in shown
        assert "About shear." in shown
        assert "About count." not in shown
    (repo.root / "a.py").rename(repo.root / "b.py")
    scripted.script = [PermanentError("no words for it; write it anew")]
    run("scan", "--sync")
    found = run("show", "b.py", "--json").json
    assert (found["prose_state"]["state"], found["prose_before"]["symbols"].keys()) == ("failed", {"KEY", "shear"})
    run("retry", "b.py")
    scripted.script = []
    run("scan", "--sync")
    after = run("show", "b.py", "--json").json
    assert after["prose"]["symbols"].keys() == {"KEY", "shear", "count"}
    assert "prose_before" not in after


def test_pages_tools_and_exports_have_what_was_written_before_and_say_so(
    repo: Repo, run: Run, scripted: Scripted, tmp_path: Path
) -> None:
    def fetch(address: str) -> str:
        ((_, answer),) = asked(repo, [address.encode()])
        return answer.text

    repo.write("a.py", SHEEP + "\n\ndef count(flock):\n    return len(flock)\n")
    run("scan", "--sync", "--yes")
    assert "About shear." in fetch("/files/a.py/")
    repo.write("a.py", SHEEP + "\n\ndef count(flock):\n    return len(flock) + 1\n")
    repo.document()

    def exported(kind: str) -> str:
        assert run("export", str(tmp_path / kind), "--format", kind).code == 0
        (page,) = (tmp_path / kind / "files").glob("a.py.*")
        return page.read_text()

    for text in (fetch("/files/a.py/"), exported("html"), exported("markdown")):
        for part in ("prose is pending", "texts stand that were written before", "About shear."):
            assert part in text
        assert re.search(r"\(before the last change\)\\? It is a file", text)
        assert "About count." not in text
    assert '<p class="before">About shear.' in fetch("/files/a.py/")
    assert json.loads(fetch("/files/a.py.json")) == json.loads(run("show", "a.py", "--json").out)
    with Tools(repo.tree()) as tools:
        found = asking.ask(tools, "get_document", path="a.py")
        assert (found["overview"], found["prose_before"]["overview"]) == (None, "It is a file.")
        assert found["prose_state"] == "prose is pending"
        texts = {one["name"]: (one.get("prose"), one.get("prose_before")) for one in found["symbols"]["items"]}
        assert texts["shear"] == (None, "About shear.")
        assert texts["count"] == (None, None)
        (whole,) = asking.ask(tools, "get_symbol", symbol="shear")["matches"]
        assert (whole.get("prose"), whole["prose_before"]) == (None, "About shear.")
        run("scan", "--sync")
        found = asking.ask(tools, "get_document", path="a.py")
        assert (found["overview"], found.keys() & {"prose_before", "prose_state"}) == ("It is a file.", set())
    for text in (fetch("/files/a.py/"), exported("html"), exported("markdown")):
        assert "About count." in text
        assert "before" not in text


def test_as_markdown_nothing_in_it_is_markup(repo: Repo, run: Run, scripted: Scripted) -> None:
    repo.write("a.py", '"""A <b>file</b> ![x](http://127.0.0.1:9/x)."""\n\n\ndef shear(sheep="`<i>`"):\n    return 1\n')
    scripted.script = [{"overview": "[x](y) <script>", "symbols": {"shear": "# *It*"}, "notes": ["<img src=x>"]}]
    run("scan", "--sync", "--yes")
    run("note", "a.py::shear", "<b>Indeed</b>")
    shown = run("show", "a.py", "--markdown").out
    for title in ("# `a.py`", "**fresh**, python", "prose by scripted", "## Defines", "## Remarks", "## Notes"):
        assert title in shown
    assert markup(shown) == []
    assert run("show", "a.py", "--markdown", "--json").code == 2


def test_names_that_the_file_does_not_know_are_found(repo: Repo) -> None:
    symbol = {"name": "shear_all", "signature": "def shear_all(flock)", "parent": None, "doc": None}
    outline = {"summary": "", "symbols": [symbol], "imports": ["wool.spin"], "exports": [], "dependencies": []}
    prose = {
        "overview": "Calls spin() and `wool.spin` on macOS, then frobnicate().",
        "symbols": {"shear_all": "As shear_all and countSheep do."},
        "notes": ["Beware of wolf_pack."],
    }
    assert strangers(outline, prose) == ["frobnicate", "countSheep", "wolf_pack"]


def test_a_tree_without_prose_says_nothing_of_it(repo: Repo, run: Run) -> None:
    repo.write("a.py", SHEEP)
    assert "prose" not in run("scan", "--sync", "--json").json
    assert "prose" not in run("status", "--json").json
    assert set(run("show", "a.py", "--json").json) & {"prose_state", "masked", "unknown_names"} == set()
    with OpenTree(repo.tree()) as opened:
        assert list(opened.prose.rows()) == []
