"""Names and texts that try to run, to break out, to turn what is read, or to leave the tree."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes

from tests.conftest import Repo
from tests.frontends.web.conftest import asked

SECRET = "not for you"
ROUTES = (b"/files/%s", b"/files/%s/", b"/files/%s.json", b"/graph/%s/", b"/static/%s", b"/%s", b"/search.json?q=%s")
HIDDEN = frozenset("\x1b\x07\x00\x85\u202e\u2066\u2069\u200f\u2028")

SCRIPTS = (
    *("<script>pwned()</script>", "<ScRiPt src=//evil.example/x.js></ScRiPt>", "</script><script>pwned()</script>"),
    *(
        "<img src=x onerror=pwned()>",
        "<svg onload=pwned()>",
        "<svg><script>pwned()</script></svg>",
        "<iframe src=//evil.example>",
    ),
    *(
        "javascript:pwned()",
        "data:text/html,<script>pwned()</script>",
        "[x](javascript:pwned())",
        "![x](http://evil.example/x.png)",
    ),
    *(
        '" onmouseover="pwned()',
        "' onfocus='pwned()' autofocus='",
        "--><script>pwned()</script><!--",
        "]]><script>pwned()</script>",
    ),
    *(
        "{{ 7*7 }}",
        "{% include 'x' %}",
        "${pwned()}",
        "#{pwned()}",
        "</code></pre><script>pwned()</script>",
        "</title><script>pwned()</script>",
    ),
    *(
        "<a href='javascript:pwned()'>x</a>",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;//evil.example'>",
    ),
    *(
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<style>@import '//evil.example/x.css'</style>",
        "<form action=//evil.example>",
    ),
    *(
        "\x1b[31mred\x1b[0m",
        "\x1b]8;;http://evil.example\x07x",
        "\u202egnp.exe",
        "\u2066\u2069\u200f",
        "\x00\x01\x7f\x85",
        "\u2028pwned()",
    ),
    *(
        "<button hx-get=//evil.example hx-trigger=load>",
        "<b hx-on:load=pwned()>",
        "<math><mtext></mtext><script>pwned()</script></math>",
    ),
    *(
        "&lt;script&gt;pwned()&lt;/script&gt;",
        "&#60;script&#62;",
        "\\u003cscript\\u003e",
        "%3Cscript%3Epwned()%3C/script%3E",
        "<noscript><p title='</noscript><img src=x onerror=pwned()>'>",
    ),
)


def texts(count: int) -> Iterator[str]:
    """So many different ones: those above, alone and joined with each other and with harmless words."""
    random_ = random.Random(53)
    yield from SCRIPTS[:count]
    for number in range(count - len(SCRIPTS)):
        between = random_.choice(("", " ", "/", "x", "\n"))
        yield f"{random_.choice(SCRIPTS)}{between}{random_.choice(SCRIPTS)}{number}"


def name_of(text: str) -> bytes:
    """A file name made of a text."""
    return text.replace("/", "\u2215").replace("\0", "").encode("utf-8", "surrogateescape")[:200] + b".py"


PARTS = (
    *(b"..", b".", b"", b"%2e%2e", b"%2E.", b"..%2f", b"%2f", b"%5c", b"..\\", b"%00", b"a.py%00.txt", b"\xff", b"%ff"),
    *(b"etc", b"passwd", b"outside", b"secret.py", b"link", b"linked.py", b".git", b".GIT", b"config", b"a.py", b"src"),
    *(
        b"%252e%252e",
        b"..;",
        b"C:",
        b"file:",
        b"~",
        b"-",
        b"con",
        b"%0a",
        b"%c0%ae%c0%ae",
        b"\xe2\x80\xa5",
        b"*",
        b"proc",
    ),
)


def paths(count: int) -> Iterator[bytes]:
    """So many addresses that try to leave the tree."""
    random_ = random.Random(2)
    for _ in range(count):
        yield b"/".join(random_.choices(PARTS, k=random_.randint(1, 7)))


# Repeated for long, each makes some careless expression take very long.
PIECES = (
    *('"""', "'\\", '"', "/*", "`", "<a ", "0", " ", "- ", "-", "a", "x:", '"a" ', "#", "{-", "\\", '="', "<!--"),
    *("0_", "@", "_0", "0.", "\n", '"\n', "x=", "```", "=", "$", "(", "a b"),
)


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


def write(repo: Repo, count: int) -> list[bytes]:
    """So many files whose names and texts are hostile, documented; their names."""
    for number, text in enumerate(texts(count)):
        safe = text.replace('"""', "'''").replace("\\", "").replace("\0", "")
        literal = f"{safe!a}) -> None:  # {safe!r}"
        content = f'"""{safe}"""\n\nimport os\n\n\ndef f{number}(a: str = {literal}\n    """{safe}"""\n    return 1\n'
        repo.write(name_of(text), content)
    repo.document()
    return sorted(name for name in os.listdir(os.fsencode(repo.root)) if name.endswith(b".py"))


def leaks(repo: Repo, count: int) -> list[tuple[bytes, int]]:
    """So many hostile paths through every route: (address, status) of what shows anything from outside, or fails."""
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text(f'"""{SECRET}"""\n')
    os.symlink(outside, repo.root / "link")
    os.symlink(outside / "secret.py", repo.root / "linked.py")
    repo.write("src/a.py", '"""Sheep."""\n')
    repo.document()
    inside = [answer.text for _, answer in asked(repo, [b"/files/src/a.py/"])]
    assert "Sheep." in inside[0]  # else nothing would be shown at all
    return [
        (address, answer.code)
        for address, answer in asked(repo, (route % path for path in paths(count) for route in ROUTES))
        if answer.code not in (200, 400, 404) or SECRET in answer.text or "root:x:0" in answer.text
    ]


def outbreaks(repo: Repo, count: int) -> list[tuple[bytes, object]]:
    """So many hostile names and texts on every kind of page: whatever one has that a page of harmless ones has not."""
    repo.write("plain.py", '"""Sheep."""\n\n\ndef f(a: str = "x") -> None:  # y\n    """Sheep."""\n    return 1\n')
    names = write(repo, count)
    assert len(names) == count + 1
    pages = [b"/files/" + quote_from_bytes(name).encode() + b"/" for name in names]
    searches = [b"/search?q=" + quote_from_bytes(name).encode() for name in names[::10]]
    usual = [Elements(answer.text) for _, answer in asked(repo, (b"/files/plain.py/", b"/search?q=plain"))]
    tags = usual[0].tags | usual[1].tags | {"table", "thead", "tbody", "tr", "th", "td", "li", "ul", "h2", "mark"}
    attributes = usual[0].attributes | usual[1].attributes | {"scope"}
    broken: list[tuple[bytes, object]] = []
    for address, answer in asked(repo, (b"/", b"/graph/", b"/queue", *pages, *searches)):
        found = Elements(answer.text)
        odd = (found.tags - tags) | (found.attributes - attributes) | (set(answer.text) & HIDDEN)
        odd |= {one for one in found.addresses if one[:1] not in ("/", "#") or one.startswith("//")}
        if odd or answer.code != 200 or found.scripts != usual[0].scripts:
            broken.append((address, odd or answer.code))
    return broken
