"""Which grammar reads a file: its language's, but for what goes by the name of another."""

from __future__ import annotations

import re

from docwatch.document import Source
from docwatch.documenters.grammars import can_parse

# What begins a line of C++ and none of C.
_CPP = re.compile(
    r"""^[ \t]*+(?:
        template[ \t]*+< | (?:public|private|protected)[ \t]*+: | (?:inline[ ])?+namespace\b[\w: \t]*+\{
      | class[ \t]++[\w: \t]++[{:] | using[ ]++[\w:]++[ ]*+[=;] | using[ ]namespace\b
    )""",
    re.VERBOSE | re.MULTILINE,
)


def reader(source: Source, text: str) -> str:
    """The language in whose grammar `source` is read: a header `.h` may be C++."""
    is_header = source.language == "c" and source.path.endswith(b".h")
    return "cpp" if is_header and can_parse("cpp") and _CPP.search(text) else source.language
