"""What benches begin with: numbers from the command line, and a place of their own whose home is nobody's."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def begun(description: str | None, **numbers: int) -> Iterator[tuple[Path, argparse.Namespace]]:
    """A folder that goes afterwards, and what was given for each of the numbers, or the one here."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in numbers.items():
        arguments.add_argument(f"--{name}", type=int, default=usual)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="docwatch-bench-") as place:
        os.environ |= {"DOCWATCH_HOME": f"{place}/home", "HOME": place, "GIT_CONFIG_GLOBAL": os.devnull}
        os.environ.pop("DOCWATCH_REDIS_URL", None)
        yield Path(place), given
