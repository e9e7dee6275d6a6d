"""Any program can write: what it is given, what it may answer, and what its exit codes mean."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from docwatch.config import Config
from docwatch.documenters.prose import Usage, prose_documenter
from docwatch.documenters.prose.command import Command
from docwatch.documenters.prose.writing import write
from docwatch.errors import (
    BlockedError,
    ConfigError,
    DocwatchError,
    FlakyError,
    PermanentError,
    ThrottledError,
    TransientError,
)

from .claude_cases import QUESTION
from .conftest import Counting, good, request
from .contract import *  # noqa: F403 - its tests are run with our stage
from .contract import HURRIED_SECONDS, SECONDS, Stage
from .model_server import Reply

READS = "import json, os, sys; asked = json.load(sys.stdin); "
WRITES = (
    "print(json.dumps({'overview': 'It is ' + asked['language'] + '.', "
    "'symbols': {name: 'About ' + name + '.' for name in asked['names']}, 'notes': []}))"
)


def command(code: str, **settings: object) -> Command:
    return Command(Config(prose_command=(sys.executable, "-c", code), **settings))  # type: ignore[arg-type]


def ask(code: str, usages: list[Usage] | None = None, **settings: object) -> object:
    return command(code, **settings).ask(QUESTION, (usages if usages is not None else []).append)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    script = tmp_path / "script"
    code = (
        "import json, sys, time\n"
        f"asked, told = json.load(sys.stdin), json.load(open({str(script)!r}))\n"
        "if told['hangs']: time.sleep(120)\n"
        "if told['status'] != 200: sys.exit('refused')\n"
        "print(told['says'] if told['says'] is not None else json.dumps(told['data'] or {'overview': 'O.', "
        "'symbols': {name: 'S.' for name in asked['names']}, 'notes': []}))"
    )

    def tell(reply: Reply) -> None:
        script.write_text(json.dumps(vars(reply)))

    return Stage(command(code, prose_seconds=SECONDS), command(code, prose_seconds=HURRIED_SECONDS), tell)


def test_it_is_given_everything_as_one_object_and_its_answer_is_taken() -> None:
    code = READS + "print(json.dumps([asked, os.getcwd(), os.listdir('.'), sys.argv]))"
    asked, folder, there, arguments = ask(code)  # type: ignore[misc]

    assert asked["schema"] == 1
    assert asked["source"] == QUESTION.shown.source
    assert tuple(asked["names"]) == QUESTION.names
    assert asked["answer"] == QUESTION.schema
    assert (asked["prompt"], asked["system"]) == (QUESTION.prompt, QUESTION.system)
    assert there == []
    assert folder != os.getcwd()
    assert arguments == ["-c"], "nothing of the file is for everybody on the machine to see"


def test_a_whole_file_goes_through_it() -> None:
    documenter = prose_documenter(Config(prose="command", prose_command=(sys.executable, "-c", READS + WRITES)))
    assert documenter is not None
    meter = Counting()
    *_, done = write(request("def f(): pass\n"), documenter, meter)

    assert done.record.prose.overview == "It is python."
    assert done.record.prose.symbols == {"f": "About f."}
    assert len(meter.usages) == 1


def test_what_it_says_of_its_usage_is_recorded_and_taken_out() -> None:
    usages: list[Usage] = []
    said = {"model": "m", "tokens_in": 7, "tokens_out": 3, "dollars": 0.5}
    assert ask(f"import json; print({json.dumps({**good(QUESTION), 'usage': said})!r})", usages) == good(QUESTION)
    assert usages == [Usage("m", 7, 3, 0.5)]


@pytest.mark.parametrize("said", ["3", '{"tokens_in": -1, "dollars": "much", "model": 7}', '{"dollars": -1}', "null"])
def test_odd_usage_is_none(said: str) -> None:
    usages: list[Usage] = []
    ask(f"print('{{\"usage\": {said}}}')", usages)
    assert [(usage.tokens_in, usage.tokens_out, usage.dollars) for usage in usages] == [(0, 0, None)]


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("sys.exit('no luck')", TransientError, "no luck (exit code 1); it will be tried again"),
        ("print('later', file=sys.stderr); sys.exit(75)", TransientError, "later"),
        ("print('not this', file=sys.stderr); sys.exit(65)", PermanentError, "not this; it is tried again once"),
        ("print('busy', file=sys.stderr); sys.exit(69)", ThrottledError, "busy"),
        ("print('log in', file=sys.stderr); sys.exit(77)", BlockedError, "log in; do what it says"),
        ("print('no model set', file=sys.stderr); sys.exit(78)", BlockedError, "no model set"),
        ("os.kill(os.getpid(), 9)", TransientError, "exit code 137"),
        ("print('{')", FlakyError, "not one JSON object"),
        ("print('x' * 5_000_000)", TransientError, "more than"),
        ("import time; time.sleep(120)", TransientError, "longer than 1 s"),
    ],
)
def test_how_it_ends_says_what_to_do(code: str, error: type[DocwatchError], said: str) -> None:
    usages: list[Usage] = []
    with pytest.raises(error) as caught:
        ask("import os, sys; " + code, usages, prose_seconds=1 if "sleep" in code else 20)

    assert type(caught.value) is error
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(usages) == 1, "it may have cost something"


def test_it_can_say_how_long_it_is_busy() -> None:
    with pytest.raises(ThrottledError) as caught:
        ask("import sys; print('Retry-After: 90\\nbusy', file=sys.stderr); sys.exit(69)")
    assert caught.value.seconds == 90


def test_there_is_no_shell(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    settings = Config(prose_command=(sys.executable, "-c", "print('{}')", f"; touch {trap}", f"$(touch {trap})"))
    Command(settings).ask(QUESTION, [].append)
    assert not trap.exists()


def test_a_program_that_cannot_be_run_blocks(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    with pytest.raises(BlockedError, match="put prose_command right"):
        Command(Config(prose_command=(str(tmp_path / "broken"),))).ask(QUESTION, [].append)
    with pytest.raises(BlockedError, match="there is no program no-such"):
        Command(Config(prose_command=("no-such",))).ask(QUESTION, [].append)


def test_without_a_program_the_configuration_is_wrong() -> None:
    with pytest.raises(ConfigError, match="set prose_command"):
        prose_documenter(Config(prose="command"))
