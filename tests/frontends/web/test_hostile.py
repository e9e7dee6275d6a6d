"""Hostile names, texts and addresses: nothing leaves its place on the page, nothing outside the tree is shown."""

from __future__ import annotations

import os
import time
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes

from docwatch.frontends.web import colour
from docwatch.log import harmless
from tests.conftest import Repo
from tests.frontends.web import hostile
from tests.frontends.web.conftest import asked

SECRET = "not for you"
ROUTES = (b"/files/%s", b"/files/%s/", b"/files/%s.json", b"/graph/%s/", b"/static/%s", b"/%s", b"/search.json?q=%s")


class Elements(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.scripts, self.text = 0, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.addresses |= {value or "" for name, value in attributes if name in ("href", "src", "action", "hx-get")}
        self.scripts += tag == "script"

    def handle_data(self, data: str) -> None:
        self.text += data


def test_no_address_leads_out_of_the_tree(repo: Repo) -> None:
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text(f'"""{SECRET}"""\n')
    os.symlink(outside, repo.root / "link")
    os.symlink(outside / "secret.py", repo.root / "linked.py")
    repo.write("src/a.py", '"""Sheep."""\n')
    repo.document()
    addresses = [route % path for path in hostile.paths(150) for route in ROUTES]
    shown = 0
    for address, answer in asked(repo, [*addresses, b"/files/src/a.py/"]):
        assert answer.code in (200, 303, 400, 404), address
        assert SECRET not in answer.text, address
        assert "root:x:0" not in answer.text, address
        shown += "Sheep." in answer.text
    assert shown >= 1


def test_hostile_names_and_texts_stay_text(repo: Repo) -> None:
    """A page has the elements, attributes and addresses of any other page, whatever is written on it."""
    plain = "Sheep."
    repo.write("plain.py", f'"""{plain}"""\n\n\ndef f(a: str = "x") -> None:  # y\n    """{plain}"""\n    return 1\n')
    for number, text in enumerate(hostile.texts(100)):
        safe = text.replace('"""', "'''").replace("\\", "").replace("\0", "")
        literal = f"{safe!a}) -> None:  # {safe!r}"
        content = f'"""{safe}"""\n\nimport os\n\n\ndef f{number}(a: str = {literal}\n    """{safe}"""\n    return 1\n'
        repo.write(hostile.name_of(text), content)
    repo.document()
    names = sorted(name for name in os.listdir(os.fsencode(repo.root)) if name.endswith(b".py"))
    assert len(names) == 101
    pages = [b"/files/" + quote_from_bytes(name).encode() + b"/" for name in names]
    searches = [b"/search?q=" + quote_from_bytes(name).encode() for name in names[::10]]
    answers = dict(asked(repo, [b"/files/plain.py/", b"/search?q=plain", b"/", *pages, *searches]))
    assert {answer.code for answer in answers.values()} == {200}
    usual = [Elements(answers[b"/files/plain.py/"].text), Elements(answers[b"/search?q=plain"].text)]
    tags = usual[0].tags | usual[1].tags | {"table", "thead", "tbody", "tr", "th", "td", "li", "ul", "h2"}
    attributes = usual[0].attributes | usual[1].attributes | {"scope"}
    for address, answer in answers.items():
        found = Elements(answer.text)
        assert found.tags <= tags, (address, found.tags - tags)
        assert found.attributes <= attributes, (address, found.attributes - attributes)
        assert found.scripts == usual[0].scripts
        assert {one[:1] for one in found.addresses} <= {"/", "#"}
        assert not any(one.startswith("//") for one in found.addresses)
        assert not set(answer.text) & set("\x1b\x07\x00\x85\u202e\u2066\u2069\u200f\u2028"), address


def test_colouring_takes_time_that_grows_with_the_text_and_no_faster() -> None:
    """Each piece, repeated for long, in each family of languages: what is quadratic takes a hundred times as long."""

    def seconds(text: str, language: str) -> float:
        began = time.perf_counter()
        assert colour.lines(text.encode(), language, {})
        return time.perf_counter() - began

    usual = max(seconds("def f(a): return 'x'  # y\n" * 240, "python") for _ in range(3))
    for language in ("python", "javascript", "html", "markdown", "css", "json", "yaml", "rust"):
        for piece in hostile.PIECES:
            text = (piece * 6_000)[:6_000]
            assert min(seconds(text, language) for _ in range(2)) < 20 * usual, (language, piece)


def test_colouring_changes_no_character_but_what_hides_or_turns() -> None:
    for language in ("python", "html", "css", "rust", "text"):
        for text in hostile.texts(60):
            expected = ["\t".join(map(harmless, line.split("\t"))) for line in text.split("\n")]
            lines = colour.lines(text.encode(), language, {1: {"pwned", "x"}})
            assert [Elements(str(line)).text for line in lines] == expected
            assert {"span", "b"} >= set().union(*(Elements(str(line)).tags for line in lines))
