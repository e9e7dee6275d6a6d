"""Names and texts that try to run, to break out, to turn what is read, or to leave the tree."""

from __future__ import annotations

import random
from collections.abc import Iterator

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
