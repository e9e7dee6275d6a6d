"""What imports what: which nodes are told apart, and where they stand."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from docwatch.frontends.web import graph
from docwatch.frontends.web.folding import FEW, readable
from docwatch.frontends.web.graph import Graph, Node
from docwatch.frontends.web.picture import LONGEST, picture
from docwatch.relations import Relations

SHOP = Relations(
    {
        b"shop/cart/cart.py": (b"shop/cart/items.py", b"shop/money.py"),
        b"shop/cart/items.py": (b"shop/money.py",),
        b"shop/main.py": (b"shop/cart/cart.py",),
        b"tests/deep/test_cart.py": (b"shop/cart/cart.py", b"shop/money.py"),
    }
)
PATHS = (*(path for edge in SHOP.edges() for path in edge), b"shop/alone.py", b"README.md")
ALL = tuple(sorted(set(PATHS)))


def edges(found: Graph) -> dict[tuple[str, str], int]:
    return {(one.decode(), other.decode()): count for (one, other), count in found.edges.items()}


def test_a_file_has_both_sides() -> None:
    found = graph.around(SHOP, b"shop/cart/cart.py")
    assert found.dependents(b"shop/cart/cart.py") == [b"shop/main.py", b"tests/deep/test_cart.py"]
    assert found.imports(b"shop/cart/cart.py") == [b"shop/cart/items.py", b"shop/money.py"]


def test_folders_stand_for_what_is_in_them_and_for_as_many_imports() -> None:
    found = graph.within(SHOP, ALL, b"", 1)
    assert edges(found) == {("tests", "shop"): 2}
    assert found.nodes == (Node(b"shop", 5), Node(b"tests", 1))
    assert found.alone == (Node(b"README.md"),)
    assert found.is_cut


def test_a_folder_shows_who_uses_it_from_outside() -> None:
    found = graph.within(SHOP, ALL, b"shop/cart", 1)
    assert edges(found) == {
        ("shop/cart/cart.py", "shop/cart/items.py"): 1,
        ("shop/cart/cart.py", "shop/money.py"): 1,
        ("shop/cart/items.py", "shop/money.py"): 1,
        ("shop/main.py", "shop/cart/cart.py"): 1,
        ("tests", "shop/cart/cart.py"): 1,
    }
    assert {node.path: (node.is_outside, node.is_folder) for node in found.nodes} == {
        b"shop/cart/cart.py": (False, False),
        b"shop/cart/items.py": (False, False),
        b"shop/main.py": (True, False),
        b"shop/money.py": (True, False),
        b"tests": (True, True),
    }


def test_it_goes_as_deep_as_can_be_read() -> None:
    paths = [b"%s/%d.py" % (folder, number) for folder in (b"a", b"b/c", b"b/d") for number in range(30)]
    related = Relations({path: (paths[(at + 31) % 90],) for at, path in enumerate(paths)})
    assert graph.within(related, paths, b"").depth == 2  # a/*.py, b/c and b/d
    assert [graph.within(related, paths, b"", depth).depth for depth in (1, 2, 3, 9)] == [1, 2, 3, 3]
    assert not graph.within(related, paths, b"", 9).is_cut
    many = [b"a/%d.py" % number for number in range(501)]
    assert graph.within(Relations(dict.fromkeys(many[1:], (many[0],))), many, b"", 2).depth == 1


def test_importers_stand_left_of_what_they_import() -> None:
    found = graph.within(SHOP, ALL, b"", 9)
    place = {box.node.path: box.x for box in picture(found).boxes}
    assert all(place[one] < place[other] for one, other in found.edges)
    assert not any(curve.is_back for curve in picture(found).curves)


def test_a_circle_is_opened_where_least_is_imported() -> None:
    ring = Counter({(b"a", b"b"): 5, (b"b", b"c"): 3, (b"c", b"a"): 1, (b"b", b"x"): 1})
    drawn = picture(Graph(b"", tuple(map(Node, (b"a", b"b", b"c", b"x"))), ring, depth=1))
    name = {box.key: box.node.path for box in drawn.boxes}
    assert [(name[one.source], name[one.target]) for one in drawn.curves if one.is_back] == [(b"c", b"a")]
    place = {box.node.path: box.x for box in drawn.boxes}
    assert place[b"a"] < place[b"b"] < place[b"c"] == place[b"x"]


@pytest.mark.parametrize("count", [1, 60, 500])
def test_boxes_never_overlap(count: int) -> None:
    random_ = random.Random(count)
    paths = [b"%s%d.py" % (b"long-name-" * random_.randint(0, 6), number) for number in range(count)]
    related = Relations({one: tuple(random_.sample(paths, min(3, count))) for one in paths})
    drawn = picture(graph.within(related, paths, b"", 9))
    assert len(drawn.boxes) == (count if count > 1 else 0)
    places = sorted((box.x, box.y, box.width, len(box.label)) for box in drawn.boxes)
    for (x, y, width, label), (next_x, next_y, *_) in itertools.pairwise(places):
        assert label <= LONGEST
        assert (next_x == x and next_y - y > 20) or next_x > x + width
        assert 0 < y < drawn.height
        assert x + width < drawn.width


def test_a_long_chain_needs_no_recursion() -> None:
    names = [b"%04d.py" % number for number in range(450)]
    chain = Relations(dict(zip(names, ((one,) for one in names[1:]), strict=False)))
    assert len(picture(graph.within(chain, names, b"", 9)).boxes) == 450


def test_many_importers_of_one_file_are_drawn_by_folder_as_far_apart_as_can_be_read() -> None:
    paths = [b"app/%s/m%d.py" % (folder, number) for folder in (b"a", b"b/c") for number in range(100)]
    paths += [b"app/main.py", b"tests/test_all.py"]
    found = graph.around(Relations(dict.fromkeys(paths, (b"core.py",))), b"core.py")
    assert len(found.dependents(b"core.py")) == 202
    drawn = readable(found, graph.USUAL)
    assert {(node.path, node.files) for node in drawn.nodes} == {
        (b"core.py", 0),
        (b"app/a", 100),
        (b"app/b/c", 100),
        (b"app/main.py", 0),
        (b"tests/test_all.py", 0),
    }
    assert drawn.edges[b"app/a", b"core.py"] == 100
    few = Relations(dict.fromkeys(paths[:FEW], (b"core.py",)))
    assert readable(graph.around(few, b"core.py"), graph.USUAL) == graph.around(few, b"core.py")
    alone = [b"%d.py" % number for number in range(100)]
    at_top = readable(graph.around(Relations(dict.fromkeys(alone, (b"core.py",))), b"core.py"), graph.USUAL)
    assert [(box.label, box.count) for box in picture(at_top).boxes] == [("/", " 100"), ("core.py", "")]


def test_of_a_folder_with_too_many_files_the_most_linked_are_drawn() -> None:
    names = [b"a/%d.py" % number for number in range(300)]
    related = Relations({name: tuple(names[: number % 10]) for number, name in enumerate(names)})
    whole = graph.within(related, names, b"a")
    drawn = readable(whole, 50)
    assert (len(drawn.nodes), drawn.left_out) == (50, len(whole.nodes) - 50)
    assert {node.path for node in drawn.nodes} >= set(names[:9])
    assert all({one, other} <= {node.path for node in drawn.nodes} for one, other in drawn.edges)
    assert readable(whole, 280) == whole, "a few too many are shown"


@pytest.mark.parametrize("count", [100, 500])
def test_a_drawing_is_not_much_wider_than_high(count: int) -> None:
    paths = [b"rather-long-name-of-a-file-%d.py" % number for number in range(count)]
    drawn = picture(graph.within(Relations(dict.fromkeys(paths[1:], (paths[0],))), paths, b"", 1))
    assert len(drawn.boxes) == count
    assert drawn.width < 2.2 * drawn.height


def test_a_label_is_cut_between_names() -> None:
    drawn = picture(Graph(b"", (Node(b"packages/rather/long/folder/names.py"),), Counter()))
    assert [box.label for box in drawn.boxes] == ["…/rather/long/folder/names.py"]
