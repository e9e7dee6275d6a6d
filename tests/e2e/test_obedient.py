"""A repository that speaks to models, and one that obeys it, the whole way: the short form of bench/obedient.py."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from docwatch import config
from docwatch.jobs import server
from tests.e2e.obedient import FOLDER, TRAP, bodies, is_inert, left_behind, plant, program, secrets, seen, wrong
from tests.e2e.test_hostile import Hostile, run


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    hostile = Hostile(tmp_path)
    hostile.arm()
    monkeypatch.setenv("DOCWATCH_EXCLUDE", f"*,!/{FOLDER}/,!/{FOLDER}/*")
    yield hostile
    server.stop(config.load(), even_if_kept=True)


def test_what_files_say_to_an_obedient_model_ends_as_text_and_no_secret_reaches_it(
    spoken: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, log = program(tmp_path)
    monkeypatch.setenv("DOCWATCH_PROSE", "command")
    monkeypatch.setenv("DOCWATCH_PROSE_COMMAND", ",".join(command))
    paths = plant(spoken, tmp_path, every=11, seeds=1)  # each wish and each disguise once
    before = left_behind(tmp_path)
    run(spoken, "scan", "--wait", "--yes")
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(asked) >= len(paths) + 1
    received = seen(asked)
    assert [secret for secret in secrets(seeds=1) if secret in received] == []
    documents = bodies(spoken.tree())
    assert {path: problem for path, body in documents.items() if (problem := wrong(body))} == {}
    assert set(paths) < documents.keys()
    for command in (("show", paths[8], "--markdown"), ("log",)):
        assert is_inert(run(spoken, *command)), command
    assert spoken.sprung() == []
    assert left_behind(tmp_path) == before
    assert TRAP not in "".join(os.listdir(tmp_path))
