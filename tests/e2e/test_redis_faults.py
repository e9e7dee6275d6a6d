"""The short form of bench/redis_faults.py: a Redis that fails in every way it can loses nothing and stops nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "redis_faults.py"
FAULTS = ("emptied", "read_only", "locked")


@pytest.mark.timeout(150)
def test_whatever_redis_does_nothing_is_lost_and_it_is_not_hammered() -> None:
    done = subprocess.run((sys.executable, "-P", BENCH, "0.3", *FAULTS), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faults 4, wrong 0" in done.stdout
