"""What every prose documenter must do.

The tests of one import all of this and give the fixture `stage`, which scripts what the documenter hears. Those of a
documenter of another package can do the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from docwatch.document import Prose
from docwatch.documenters.prose import ProseDocumenter, Usage, fingerprint
from docwatch.documenters.prose.answer import checked
from docwatch.errors import DocwatchError, FlakyError, TransientError

from .claude_cases import QUESTION
from .conftest import good
from .model_server import Reply

SECONDS = 20  # what `prose_seconds` of the documenter on the stage is; plenty for a machine with other work
HURRIED_SECONDS = 1


@dataclass
class Stage:
    """A documenter, the same with little time, and how to script what they hear at the next call."""

    documenter: ProseDocumenter
    hurried: ProseDocumenter
    script: Callable[[Reply], object]


def test_a_good_answer_fits_its_question_and_is_counted(stage: Stage) -> None:
    usages: list[Usage] = []
    stage.script(Reply(data=good(QUESTION)))
    prose = checked(stage.documenter.ask(QUESTION, usages.append), QUESTION)

    assert prose == Prose("It is a file.", {name: f"About {name}." for name in QUESTION.names})
    assert len(usages) == 1
    assert usages[0].model


@pytest.mark.parametrize(
    "reply",
    [
        Reply(says="I would rather not."),
        Reply(data={"overview": "Only this."}),
        Reply(data={**good(QUESTION), "symbols": {"f": "F.", "invented": "G."}}),
    ],
)
def test_an_answer_that_does_not_fit_is_never_taken(reply: Reply, stage: Stage) -> None:
    usages: list[Usage] = []
    stage.script(reply)
    with pytest.raises(FlakyError):
        checked(stage.documenter.ask(QUESTION, usages.append), QUESTION)
    assert len(usages) == 1, "it is paid all the same"


def test_a_refusal_is_one_of_our_errors_in_one_line(stage: Stage) -> None:
    stage.script(Reply(500, {"error": {"message": "boom\nand more"}}))
    with pytest.raises(DocwatchError) as caught:
        stage.documenter.ask(QUESTION, [].append)
    assert "\n" not in str(caught.value)


def test_it_ends_within_its_seconds(stage: Stage) -> None:
    """The other side is silent for longer than a test may take."""
    stage.script(Reply(hangs=True))
    with pytest.raises(TransientError):
        stage.hurried.ask(QUESTION, [].append)


def test_its_name_and_model_are_in_its_fingerprint(stage: Stage) -> None:
    name, version, model = fingerprint(stage.documenter).split(":", 2)
    assert (name, model) == (stage.documenter.name, stage.documenter.model)
    assert int(version) >= 1
