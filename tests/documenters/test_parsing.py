"""What a parse leaves behind."""

from __future__ import annotations

import gc
import tracemalloc

from docwatch.document import Source
from docwatch.documenters import documenter

PARSES = 20


def test_a_parse_keeps_hardly_anything_of_its_source() -> None:
    outline = documenter("outline")
    sources = [b"# %d\n" % number + b"def first(one, two):\n    return one\n\n\n" * 1_000 for number in range(PARSES)]
    outline.document(Source(b"a.py", "python", sources[0]))
    tracemalloc.start()
    try:
        for source in sources:
            outline.document(Source(b"a.py", "python", source))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < PARSES * len(sources[0]) / 10
    finally:
        tracemalloc.stop()
