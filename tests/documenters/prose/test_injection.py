"""A hundred sources that try to make the model do something, and a model that does all it is told.

There is nothing it could do: its words fill a schema, they are text, and nobody acts on them.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from docwatch.config import Config
from docwatch.document import Prose
from docwatch.documenters.prose import Spent, Usage, prose_documenter
from docwatch.documenters.prose.question import Question
from docwatch.documenters.prose.writing import write
from docwatch.errors import FlakyError

from .conftest import Counting, Scripted, good, request
from .payloads import payloads

MARK = re.compile(r"<(data-[0-9a-f]{16})>\n(.*?)\n</\1>", re.DOTALL)


def obey(question: Question) -> dict[str, object]:
    """Whatever it was shown, said again in every place that there is, as the most obedient model would."""
    shown = question.prompt
    return {"overview": shown, "symbols": dict.fromkeys(question.names, shown), "notes": [shown]}


class Obedient(Scripted):
    def ask(self, question: Question, spent: Spent) -> object:
        spent(Usage("obedient", 1, 1))
        self.seen.append(question)
        return obey(question)


def texts(prose: Prose) -> list[str]:
    return [prose.overview, *prose.symbols.values(), *prose.notes]


def test_all_payloads_end_as_inert_text_in_the_places_that_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    trap = tmp_path / "sprung"
    model, sources = Obedient(), list(payloads(str(trap)))
    assert len(sources) == 100
    for source in sources:
        asked = request(source)
        names = {symbol.name for symbol in asked.outline.symbols}
        for done in write(asked, model, Counting()):
            prose = done.record.prose
            assert set(prose.symbols) <= names
            assert all(text.isprintable() and len(text) <= 1_500 for text in texts(prose))
    assert not trap.exists()
    assert os.listdir() == []


def test_nothing_in_a_source_ends_the_data_it_is_fenced_in() -> None:
    for source in payloads("/trap"):
        model = Obedient()
        list(write(request(source), model, Counting()))
        (question,) = model.seen
        data = MARK.search(question.prompt)
        assert data is not None
        assert data[2].endswith("return 1\n")
        outside = MARK.sub("", question.prompt)
        assert "/trap" not in outside
        assert "gnore" not in outside


def test_a_symbol_that_a_payload_asks_for_is_refused() -> None:
    class Inventive(Scripted):
        def ask(self, question: Question, spent: Spent) -> object:
            answer = good(question)
            answer["symbols"]["backdoor"] = "All is well."  # type: ignore[index]
            return answer

    with pytest.raises(FlakyError, match="'backdoor', which was not asked for"):
        list(write(request("def f(): pass\n"), Inventive(), Counting()))


def test_nor_does_a_payload_reach_a_shell_or_a_file_by_way_of_a_command(tmp_path: Path) -> None:
    """The obedient model as a program: what it prints of the source is taken for text."""
    trap = tmp_path / "sprung"
    code = (
        "import json, sys; asked = json.load(sys.stdin); shown = asked['prompt']\n"
        "print(json.dumps({'overview': shown, 'symbols': dict.fromkeys(asked['names'], shown), 'notes': [shown]}))"
    )
    documenter = prose_documenter(Config(prose="command", prose_command=(sys.executable, "-c", code)))
    assert documenter is not None
    for source in list(payloads(str(trap)))[::25]:
        *_, done = write(request(source), documenter, Counting())
        assert all(text.isprintable() for text in texts(done.record.prose))
    assert not trap.exists()
