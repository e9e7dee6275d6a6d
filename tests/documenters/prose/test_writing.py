"""What is asked, what is kept, what is paid: the way of a file to its prose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import msgspec
import pytest

from docwatch.documenters.prose import fingerprint, is_current
from docwatch.documenters.prose.parts import LARGEST_PIECE, PART_CHARACTERS, PART_NAMES
from docwatch.documenters.prose.writing import Record, questions, write
from docwatch.errors import BlockedError, FlakyError, PermanentError, ThrottledError

from .conftest import Counting, Scripted, good, request, written

FILE = '''"""Counts words."""

import re


class Counter:
    """Counts."""

    def __init__(self, text):
        self.text = text

    # The main thing.
    def count(self):
        return len(re.findall("[a-z] +", self.text))


def main(argv):
    print(Counter(argv[1]).count())
'''


def test_a_new_file_is_sent_whole_and_every_symbol_has_its_text(scripted: Scripted) -> None:
    done = written(request(FILE), scripted)

    (question,) = scripted.seen
    assert FILE.strip() in question.prompt
    assert question.names == ("Counter", "__init__", "count", "main")
    assert set(done.record.prose.symbols) == set(question.names)
    assert done.record.prose.overview == "It is a file."


def test_names_that_a_file_has_twice_are_qualified_and_overloads_share_one(scripted: Scripted) -> None:
    written(request("class A:\n def run(self): 1\nclass B:\n def run(self): 2\ndef f(): 1\ndef f(): 2\n"), scripted)

    assert scripted.seen[0].names == ("A", "A.run", "B", "B.run", "f")


def test_the_schema_has_exactly_the_names_and_no_length(scripted: Scripted) -> None:
    written(request(FILE), scripted)

    schema = scripted.seen[0].schema
    symbols = schema["properties"]["symbols"]
    assert tuple(symbols["properties"]) == tuple(symbols["required"]) == scripted.seen[0].names
    assert symbols["additionalProperties"] is schema["additionalProperties"] is False
    assert "maxLength" not in str(schema)


@pytest.mark.parametrize(
    "edited",
    [
        FILE.replace("    def", "\n\n    def"),
        FILE.replace("# The main thing.", "# Another remark.\n    # And more."),
        FILE.replace("self.text = text", "self.text  =  text  # as it comes"),
        FILE.replace("print(Counter(argv[1]).count())", "print(\n        Counter(argv[1]).count()\n    )"),
        FILE.replace("\n", "\r\n"),
        FILE.replace('"""Counts."""', '"""  Counts.\n    """'),
        "# coding: utf-8\n" + FILE,
    ],
)
def test_white_space_and_comments_alone_cost_no_call(edited: str, scripted: Scripted) -> None:
    first = written(request(FILE), scripted)
    again = written(request(edited, earlier=first.record), scripted)

    assert len(scripted.seen) == 1
    assert again.record == first.record


@pytest.mark.parametrize(
    ("edited", "asked"),
    [
        (FILE.replace("argv[1]", "argv[2]"), ("main",)),
        (FILE.replace('"[a-z] +"', '"[a-z]  +"'), ("count",)),
        (FILE.replace("        return len", "        if self:\n            return len"), ("count",)),
        (FILE.replace("import re", "import re, sys"), ()),
        (FILE.replace('"""Counts."""', '"""Counts all."""'), ("Counter",)),
        (FILE.partition("\n\ndef main")[0] + "\n", ()),
        (FILE.replace("    # The main thing.", "    @property"), ("count",)),
        (FILE + "\n\ndef other():\n    pass\n", ("other",)),
    ],
)
def test_only_symbols_whose_own_source_changed_are_asked_for(
    edited: str, asked: tuple[str, ...], scripted: Scripted
) -> None:
    first = written(request(FILE), scripted)
    again = written(request(edited, earlier=first.record), scripted)

    assert scripted.seen[1].names == asked
    assert "It is a file." in scripted.seen[1].prompt, "what was written until now is shown"
    kept = set(again.record.prose.symbols) - set(asked)
    assert all(again.record.prose.symbols[name] == first.record.prose.symbols[name] for name in kept)


def test_indentation_counts_where_it_means_something(scripted: Scripted) -> None:
    source = "def f(a):\n    if a:\n        g()\n        h()\n"
    first = written(request(source), scripted)
    written(request(source.replace("        h()", "    h()"), earlier=first.record), scripted)

    assert scripted.seen[1].names == ("f",)


def test_a_line_break_counts_where_it_ends_a_statement(scripted: Scripted) -> None:
    source = "function f(x) {\n  return x\n}\n"
    first = written(request(source, "javascript"), scripted)
    written(request(source.replace("return x", "return\n  x"), "javascript", first.record), scripted)

    assert scripted.seen[1].names == ("f",)


def test_moving_functions_about_costs_no_call(scripted: Scripted) -> None:
    one, two = "def one():\n    return 1\n", "def two():\n    return 2\n"
    first = written(request(one + "\n" + two), scripted)
    written(request(two + "\n\n" + one, earlier=first.record), scripted)

    assert len(scripted.seen) == 1


def test_symbols_are_known_again_in_another_file_and_what_is_said_of_the_whole_is_not(scripted: Scripted) -> None:
    """A file that looks much like another may be a copy that has come to do something else."""
    two = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
    record = written(request(two), scripted).record

    def elsewhere(digests: Collection[str]) -> list[Record]:
        return [record] if set(digests) & set(record.digests.values()) else []

    same = written(replace(request("# The same.\n" + two), elsewhere=elsewhere), scripted)
    written(replace(request(two.replace("return 2", "return 3")), elsewhere=elsewhere), scripted)
    unlike = "".join(f"def other_{number}(): pass\n" for number in range(3))
    written(replace(request(two.replace("return 2", "return 3") + unlike), elsewhere=elsewhere), scripted)
    assert same.record.prose == record.prose
    assert [question.names for question in scripted.seen] == [
        ("one", "two"),
        ("two",),
        ("two", *(f"other_{number}" for number in range(3))),
    ]
    shown = [question.shown for question in scripted.seen]
    assert [bool(one.before) for one in shown] == [False, True, False], "where most is the same it is a beginning"


def test_a_name_that_becomes_ambiguous_keeps_its_text(scripted: Scripted) -> None:
    first = written(request("class A:\n    def run(self): 1\n"), scripted)
    again = written(
        request("class A:\n    def run(self): 1\nclass B:\n    def run(self): 2\n", earlier=first.record), scripted
    )

    assert scripted.seen[1].names == ("B", "B.run")
    assert again.record.prose.symbols["A.run"] == "About run."


def test_without_a_grammar_only_blank_lines_are_nothing(scripted: Scripted) -> None:
    source = "# Title\n\nText.\n"
    first = written(request(source, "markdown"), scripted)
    written(request(source.replace("\n\n", "  \n\n\n"), "markdown", first.record), scripted)
    assert len(scripted.seen) == 1
    written(request(source.replace("Text", "# Text"), "markdown", first.record), scripted)
    assert len(scripted.seen) == 2


def test_a_text_that_is_missing_is_asked_for(scripted: Scripted) -> None:
    first = written(request(FILE), scripted).record
    del first.prose.symbols["count"]
    written(request(FILE, earlier=first), scripted)

    assert scripted.seen[1].names == ("count",)


def big(functions: int, wide: int = 40) -> str:
    return "import os\n\n" + "\n".join(
        f"def f{n}(a):\n" + f"    a += {n} * '{'word ' * (wide // 5)}'\n" * 8 + "    return a\n"
        for n in range(functions)
    )


def test_a_large_file_is_cut_by_symbols_and_never_in_the_middle_of_one(scripted: Scripted) -> None:
    source = big(130, 100)
    done = written(request(source), scripted)

    assert len(scripted.seen) > 1
    assert [name for question in scripted.seen for name in question.names] == [f"f{n}" for n in range(130)]
    for question in scripted.seen:
        assert len(question.names) <= PART_NAMES
        assert len(question.shown.source) <= PART_CHARACTERS * 1.1
        for name in question.names:
            n = name[1:]
            assert source.partition(f"def f{n}(")[2].partition("def")[0].strip() in question.shown.source
    assert len(done.record.prose.symbols) == 130


def test_a_symbol_larger_than_a_part_goes_alone_and_one_beyond_all_measure_not_at_all(scripted: Scripted) -> None:
    large, huge = (
        f"    a += '{'word ' * 200}'\n" * (size // 1_000) for size in (2 * PART_CHARACTERS, 2 * LARGEST_PIECE)
    )
    source = f"def small(a):\n    a\n\ndef large(a):\n{large}\n\ndef huge(a):\n{huge}\n"
    done = written(request(source), scripted)

    assert [question.names for question in scripted.seen] == [("small",), ("large",)]
    assert done.left_out == ("huge",)
    assert "huge" not in done.record.prose.symbols
    again = written(request(source, earlier=done.record), scripted)
    assert len(scripted.seen) == 2
    assert again.left_out == ("huge",)


def test_a_file_without_symbols_has_an_overview(scripted: Scripted) -> None:
    done = written(request("a = 1\nprint(a)\n" * 20_000, "no-such-language"), scripted)

    assert len(scripted.seen) == 1
    assert len(scripted.seen[0].prompt) < PART_CHARACTERS
    assert "are not shown]" in scripted.seen[0].prompt
    assert done.record.prose.overview


def test_a_one_function_edit_in_a_thousand_lines_sends_little_of_it(scripted: Scripted) -> None:
    source = big(100)
    assert source.count("\n") > 1_000
    whole = sum(question.tokens for question in questions(request(source)))
    first = written(request(source), scripted)
    meter = Counting()
    written(request(source.replace("50 * ", "50 + "), earlier=first.record), scripted, meter)

    assert meter.tokens * 3 < whole
    assert scripted.seen[-1].names == ("f50",)


def test_what_is_estimated_is_what_is_asked(scripted: Scripted) -> None:
    asked = questions(request(FILE))
    written(request(FILE), scripted)

    assert [question.prompt for question in asked] == [question.prompt for question in scripted.seen]


def test_an_unusable_answer_is_asked_for_once_more_with_what_was_wrong(scripted: Scripted) -> None:
    question = questions(request(FILE))[0]
    answer = good(question)
    scripted.script = [{**answer, "symbols": {"Counter": "Counts."}}]
    meter = Counting()
    done = written(request(FILE), scripted, meter)

    assert "symbols lacks '__init__'" in scripted.seen[1].prompt
    assert len(meter.usages) == 2, "both are paid"
    assert done.record.prose.overview == "It is a file."


def test_a_second_unusable_answer_is_flaky_and_nothing_of_it_is_kept(scripted: Scripted) -> None:
    scripted.script = ["{", FlakyError("cut off")]

    with pytest.raises(FlakyError, match="cut off"):
        list(write(request(FILE), scripted, Counting()))
    assert len(scripted.seen) == 2


@pytest.mark.parametrize("error", [ThrottledError("busy", 7.0), BlockedError("no login"), PermanentError("refused")])
def test_other_errors_are_not_asked_again(error: Exception, scripted: Scripted) -> None:
    scripted.script = [error]

    with pytest.raises(type(error)):
        list(write(request(FILE), scripted, Counting()))
    assert len(scripted.seen) == 1


def test_what_was_paid_before_an_error_is_not_paid_again(scripted: Scripted) -> None:
    source = big(130, 100)
    total = len(questions(request(source)))
    scripted.script = [good(questions(request(source))[0]), ThrottledError("busy")]
    writing = write(request(source), scripted, Counting())
    done = next(writing)
    assert not done.complete
    with pytest.raises(ThrottledError):
        next(writing)
    scripted.seen.clear()
    written(request(source, earlier=done.record), scripted)

    assert len(scripted.seen) <= total
    assert "f0" not in [name for question in scripted.seen for name in question.names]


def test_a_record_can_be_stored_as_json(scripted: Scripted) -> None:
    record = written(request(FILE), scripted).record
    stored = msgspec.json.encode(record)

    assert msgspec.json.decode(stored, type=Record) == record
    written(request(FILE, earlier=msgspec.json.decode(stored, type=Record)), scripted)
    assert len(scripted.seen) == 1


def test_a_meter_can_stop_a_call_before_it_is_made(scripted: Scripted) -> None:
    class Empty(Counting):
        def before(self, tokens: int, answer_tokens: int) -> None:
            raise BlockedError("the budget is used up; it is full again tomorrow")

    with pytest.raises(BlockedError):
        list(write(request(FILE), scripted, Empty()))
    assert scripted.seen == []


def test_another_model_makes_prose_stale_only_when_asked(scripted: Scripted) -> None:
    stored = fingerprint(scripted)
    assert stored == "scripted:1:small"
    assert is_current(stored, stored, renew=True)
    other = fingerprint(replace(scripted, model="large:8b"))
    assert is_current(stored, other)
    assert not is_current(stored, other, renew=True)
    assert not is_current(stored, "scripted:2:small")
    assert not is_current(stored, "claude:1:small")
