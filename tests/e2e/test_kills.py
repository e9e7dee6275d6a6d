"""The short form of bench/kill_campaign.py: whatever is killed when, after quiet every document equals the disk."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "bench" / "kill_campaign.py"
CAMPAIGNS, KILLS = 2, 25  # side by side, each with a repository of its own: most of the time they wait


@pytest.mark.timeout(150)
def test_after_kills_and_quiet_documents_equal_the_disk() -> None:
    with ExitStack() as stack:
        campaigns = [
            stack.enter_context(
                subprocess.Popen(
                    (sys.executable, "-P", CAMPAIGN, str(KILLS), str(random.randrange(1 << 32))),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            for _ in range(CAMPAIGNS)
        ]
        for campaign in campaigns:
            said, _ = campaign.communicate()
            assert campaign.returncode == 0, said
            assert "lost 0, stale 0, left over 0, torn 0" in said
