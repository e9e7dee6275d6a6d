"""Two versions of a file, and what became of the things it defines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docwatch.document import Prose, Source
from docwatch.documenters import documenter
from docwatch.documenters.meaning import FileChange, Version, compare, find_moves


def version(source: str, path: bytes = b"a.py", language: str = "python", prose: Prose | None = None) -> Version:
    content = source.encode()
    document = documenter("outline").document(Source(path, language, content))
    return Version(path, content, replace(document, prose=prose))


def told(change: FileChange) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(symbol.how, symbol.name, symbol.what) for symbol in change.symbols]


BASE = '''"""Sheep."""
import os


class Flock:
    """Many."""

    def count(self) -> int:
        """How many."""
        return 1


def free(wolf):
    return wolf
'''


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("return wolf", "return None", [("changed", "free", ("source",))]),
        ("free(wolf)", "free(wolf, dog=None)", [("changed", "free", ("signature",))]),
        ("free(wolf)", "free(\n    wolf,\n    dog=None,\n)", [("changed", "free", ("signature",))]),
        (
            "def free(wolf):\n    return wolf",
            "def free(a):\n    return a",
            [("changed", "free", ("signature", "source"))],
        ),
        ("def free", "async def free", [("changed", "free", ("signature",))]),
        ("def free", "@cache\ndef free", [("changed", "free", ("source",))]),
        ("How many.", "The number.", [("changed", "Flock.count", ("doc",))]),
        ("def count", "def number", [("added", "Flock.number", ()), ("removed", "Flock.count", ())]),
        ("\n\ndef free(wolf):\n    return wolf\n", "", [("removed", "free", ())]),
        ("return 1", "return 1\n\n    def lose(self): pass", [("added", "Flock.lose", ())]),
        ("        return 1", "        if self:\n            return 1", [("changed", "Flock.count", ("source",))]),
    ],
)
def test_each_symbol_is_told_with_what_of_it_changed(
    before: str, after: str, expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    assert before in BASE
    assert told(compare(version(BASE), version(BASE.replace(before, after)))) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os", "import os  "),
        ("    return wolf", "    # why\n\n    return wolf  "),
        ("return 1\n", "return 1\n        # or so\n"),
        ('"""Sheep."""\n', '\n\n"""Sheep."""\n\n\n'),
    ],
)
def test_white_space_and_comments_mean_nothing(before: str, after: str) -> None:
    change = compare(version(BASE), version(BASE.replace(before, after)))
    assert (told(change), change.has_meaning) == ([], False)


def test_moving_within_the_file_means_nothing_either() -> None:
    flock, free = BASE[BASE.index("class") : BASE.index("def free")], BASE[BASE.index("def free") :]
    turned = f'"""Sheep."""\nimport os\n\n\n{free}\n\n{flock}'
    assert not compare(version(BASE), version(turned)).has_meaning


def test_overloads_go_with_those_of_the_same_signature() -> None:
    two = "class A:\n    @property\n    def x(self): return 1\n    @x.setter\n    def x(self, to): self.y = to\n"
    three = two.replace("class A:\n", "class A:\n    def x(self, a, b): pass\n")
    assert told(compare(version(two), version(three))) == [("added", "A.x", ())]
    assert told(compare(version(two), version(two.replace("self.y = to", "pass")))) == [("changed", "A.x", ("source",))]


def test_imports_dependencies_and_what_the_file_says_are_told() -> None:
    change = compare(version('"""One."""\nimport os, numpy\n'), version('"""Two."""\nimport os, httpx\n'))
    assert change.summary == ("One.", "Two.")
    assert (change.imports, change.dependencies) == ((("httpx",), ("numpy",)), (("httpx",), ("numpy",)))
    assert compare(version("a = 1\n", language="ini"), version("a = 22\n", language="ini")).summary is None


def test_prose_is_compared_where_both_sides_have_some() -> None:
    one, other = Prose("Old.", {"free": "Frees."}), Prose("New.", {"free": "Lets go."})
    change = compare(version(BASE, prose=one), version(BASE, prose=other))
    assert (told(change), change.overview) == ([("changed", "free", ("prose",))], ("Old.", "New."))
    assert not compare(version(BASE), version(BASE, prose=other)).has_meaning


def test_what_left_one_file_and_came_to_another_has_moved() -> None:
    free = BASE[BASE.index("def free") :]
    pairs = {
        b"a.py": (version(BASE), version(BASE.replace(free, ""))),
        b"b.py": (None, version(f"class Pen:\n    def shut(self): pass\n\n\n{free}", b"b.py")),
    }
    changes = [compare(*pair) for pair in pairs.values()]
    find_moves(changes, pairs)
    assert told(changes[0]) == []
    assert told(changes[1]) == [("added", "Pen", ()), ("added", "Pen.shut", ()), ("moved", "free", ())]
    assert changes[1].symbols[2].origin == (b"a.py", "free")


def test_what_could_have_gone_to_two_places_is_not_said_to_have_moved() -> None:
    free = BASE[BASE.index("def free") :]
    pairs = {
        b"a.py": (version(BASE), version(BASE.replace(free, ""))),
        b"b.py": (None, version(free, b"b.py")),
        b"c.py": (None, version(free, b"c.py")),
    }
    changes = [compare(*pair) for pair in pairs.values()]
    find_moves(changes, pairs)
    assert [told(change) for change in changes] == [[("removed", "free", ())], *[[("added", "free", ())]] * 2]
