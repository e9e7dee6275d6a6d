"""The page in a real browser: it works, it follows what is saved, it asks nobody else, and nothing on it runs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from docwatch.frontends.web.server import Serving
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends import hostile
from tests.frontends.conftest import Run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
SHEEP = '''"""Sheep."""

import os


def count_flock(flock: list[str]) -> int:
    """How many."""
    return len(flock)
'''
PHONE = {"width": 390, "height": 844}
MORE = ("/", "/files/failed.py/", "/search?q=flock")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is on this machine: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One browser's look at the page, and what went wrong in it."""

    def __init__(self, context: BrowserContext, server: Serving) -> None:
        self.server = server
        self.trouble: list[str] = []
        self.page: Page = context.new_page()
        context.on("request", self._asked)
        self.page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: self.trouble.append(f"dialog: {dialog.message}"))
        self.page.add_init_script("window.pwned = () => { document.documentElement.dataset.pwned = 'yes' }")

    def _asked(self, request: object) -> None:
        address = str(request.url)  # type: ignore[attr-defined]
        if not address.startswith(self.server.address):
            self.trouble.append(f"asked {address}")

    def enter(self, ticket: str | None = None) -> Page:
        self.page.goto(ticket or self.server.ticket())
        return self.page

    def at(self, address: str) -> Page:
        self.page.goto(self.server.address.rstrip("/") + address)
        return self.page


@pytest.fixture
def visit(chromium: Browser, server: Serving, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Anything that a test does not expect to go wrong did not."""
    context = chromium.new_context(**getattr(request, "param", {}))
    context.set_default_timeout(15_000)
    visited = Visit(context, server)
    yield visited
    context.close()
    assert visited.trouble == []


def test_somebody_searches_reads_and_sees_what_is_saved(repo: Repo, visit: Visit) -> None:
    repo.write("src/sheep.py", SHEEP)
    repo.write("src/goats.py", '"""Goats."""\nfrom src.sheep import count_flock\n')
    repo.document()
    page = visit.enter()
    assert page.url == visit.server.address  # without the token
    page.keyboard.press("/")
    page.keyboard.type("count flo")
    expect(page.locator(".hits a").first).to_have_text("src/sheep.py:6")
    expect(page).to_have_url(re.compile(r"/search\?q=count\+flo$"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/files/src/sheep\.py/#L6$"))
    expect(page.locator("h1")).to_contain_text("fresh")

    repo.write("src/sheep.py", SHEEP.replace("count_flock", "count_again"))
    repo.scan()
    expect(page.locator("h1")).to_contain_text("queued")
    repo.document()
    expect(page.locator(".symbols")).to_contain_text("count_again")
    expect(page.locator("#L6 .d")).to_have_text("count_again")
    expect(page.locator("h1")).to_contain_text("fresh")

    page.get_by_role("link", name="what imports it").click()
    expect(page.locator(".drawing .node")).to_have_count(2)
    page.locator(".drawing a").filter(has_text="goats.py").hover()
    expect(page.locator(".drawing .edge.on")).to_have_count(1)
    page.locator(".drawing a").filter(has_text="goats.py").click()
    expect(page.locator("h1")).to_contain_text("goats.py")

    visit.at("/files/src/")
    os.unlink(repo.root / "src/goats.py")
    repo.scan()
    expect(page.locator("#counts")).to_contain_text("1 fresh")
    expect(page.locator(".list")).not_to_contain_text("goats.py")


def test_a_failure_is_tried_again(repo: Repo, visit: Visit) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = 'failed', cause = 'FlakyError', reason = 'no answer'")
    visit.enter()
    page = visit.at("/queue")
    expect(page.locator("h3")).to_have_text("1 file: FlakyError: no answer")
    page.get_by_role("button", name="Try FlakyError again").click()
    expect(page.locator("h3")).to_have_count(0)
    expect(page.locator(".list")).to_contain_text("queued")
    assert repo.states() == {"a.py": "queued"}
    repo.document()
    expect(page.locator("main")).to_contain_text("nothing is owed")


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True, ids=["without JavaScript"])
def test_it_can_be_read_and_searched_without_javascript(repo: Repo, visit: Visit) -> None:
    repo.write("src/sheep.py", SHEEP)
    repo.document()
    page = visit.enter()
    page.get_by_role("link", name="src/").click()
    page.get_by_role("link", name="sheep.py").click()
    expect(page.locator(".symbols")).to_contain_text("count_flock")
    page.get_by_role("searchbox").fill("flock")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".hits")).to_contain_text("src/sheep.py:6")


@pytest.mark.parametrize(
    "visit",
    [
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
        {"viewport": PHONE, "color_scheme": "dark"},
    ],
    indirect=True,
    ids=["wide and light", "a phone in the dark"],
)
def test_everybody_can_use_it_on_any_screen(repo: Repo, visit: Visit) -> None:
    """Axe finds nothing serious, and no page is wider than the screen."""
    repo.write("src/sheep.py", SHEEP + "# " + "long " * 100 + "\n")
    repo.write(
        "src/a-very-long-name-that-goes-on-and-on-and-does-not-end-before-the-edge-of-a-phone.py", "import src.sheep\n"
    )
    repo.write("failed.py", SHEEP)
    repo.document()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute("UPDATE ledger SET state = 'failed', cause = 'FlakyError' WHERE path = ?", (b"failed.py",))
    visit.enter()
    is_phone = visit.page.viewport_size == PHONE
    for address in ("/files/src/", "/files/src/sheep.py/", "/queue", "/graph/?depth=2", *(() if is_phone else MORE)):
        page = visit.at(address)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_nothing_that_is_written_in_a_tree_runs(repo: Repo, visit: Visit) -> None:
    names = hostile.write(repo, len(hostile.SCRIPTS))
    visit.enter()
    with OpenTree(repo.tree()) as opened, opened.store.writing() as connection:
        connection.execute(
            "UPDATE ledger SET state = 'failed', cause = ?, reason = ?", (hostile.SCRIPTS[0], hostile.SCRIPTS[3])
        )
    for address in ("/", "/queue", "/search?q=pwned", "/search?q=%3Cscript%3Epwned()%3C/script%3E", "/graph/"):
        page = visit.at(address)
        assert page.evaluate("document.documentElement.dataset.pwned") is None
    for number in range(0, len(names), 12):
        visit.at("/")
        page.locator(".list th a").nth(number).click()
        expect(page.locator("h1")).to_contain_text("failed")
        assert page.evaluate("document.documentElement.dataset.pwned") is None


def test_an_export_is_searched_and_read_from_a_disk(repo: Repo, run: Run, chromium: Browser, tmp_path: Path) -> None:
    repo.write("src/sheep.py", SHEEP)
    hostile.write(repo, len(hostile.SCRIPTS))
    assert run("export", str(tmp_path / "out"), "--format", "html").code == 0
    context = chromium.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.add_init_script("window.pwned = () => { document.documentElement.dataset.pwned = 'yes' }")
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.on("console", lambda said: asked.append(said.text) if said.type == "error" else None)
    page.goto((tmp_path / "out" / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("count_fl")
    expect(page.locator(".hits a").first).to_have_text("src/sheep.py:6")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#L6 .d")).to_have_text("count_flock")
    page.get_by_role("searchbox").fill("pwned")
    expect(page.locator(".hits li").nth(5)).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.pwned") is None
    page.get_by_role("link", name="Graph").click()
    expect(page.locator("h1")).to_contain_text("what imports what")
    context.close()
    assert [one for one in asked if not one.startswith((tmp_path / "out").as_uri())] == []
