"""The short form of bench/kill_campaign.py: whatever is killed when, after quiet every document equals the disk."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "bench" / "kill_campaign.py"
KILLS = 30


@pytest.mark.timeout(150)
def test_after_kills_and_quiet_documents_equal_the_disk() -> None:
    seed = str(random.randrange(1 << 32))
    done = subprocess.run((sys.executable, "-P", CAMPAIGN, str(KILLS), seed), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, stale 0, left over 0, torn 0" in done.stdout
