"""A store of their own for the tests of the ground floor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docwatch.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "store/docs.db")) as opened:
        yield opened
