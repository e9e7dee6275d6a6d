"""The short form of bench/interleavings.py: whenever an edit comes, the last content is documented, and each once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "interleavings.py"


@pytest.mark.timeout(100)
def test_documents_are_of_the_last_content_and_each_content_is_paid_for_once() -> None:
    done = subprocess.run((sys.executable, "-P", BENCH, "12"), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong 0, calls per content 1.00" in done.stdout
