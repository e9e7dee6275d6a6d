"""The short form of bench/storm.py: thousands of changes at once are few batches, and one job for each file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

STORM = Path(__file__).parents[2] / "bench" / "storm.py"


@pytest.mark.parametrize("name", ["checkout", "rebase", "archive"])
def test_a_storm_is_few_batches_and_one_job_for_each_file_that_differs_after_it(name: str) -> None:
    size = ("--files", "500", "--commits", "20", "--only", name)
    done = subprocess.run((sys.executable, "-P", STORM, *size), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[0])
    assert found["owed"] == found["changed"] == {"rebase": 100}.get(name, 500)
    assert found["right"]
    assert found["batches"] <= 5, found
