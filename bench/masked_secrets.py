"""How much of ordinary source is taken for a secret, and how fast?

    python bench/masked_secrets.py [FOLDER] [--no-tests]     (default: this Python's standard library)

Prints every value that would be masked, then the counts. What is shown is source of yours: mind who reads it.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from collections import Counter
from pathlib import Path

from docwatch.documenters.prose.secrets import mask


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    folder = Path(words[0] if words else sysconfig.get_path("stdlib"))
    left_out = {"site-packages", "node_modules", ".git"} | ({"test", "tests"} if "--no-tests" in sys.argv else set())
    files = masked = characters = 0
    kinds: Counter[str] = Counter()
    spent = 0.0
    for path in sorted(folder.rglob("*")):
        if left_out & set(path.relative_to(folder).parts) or path.suffix in (".pyc", ".so", ".a") or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        if "\0" in text:
            continue
        began = time.process_time()
        found = mask(text)
        spent += time.process_time() - began
        assert found.text.count("\n") == text.count("\n"), path
        files, masked, characters = files + 1, masked + (found.count > 0), characters + len(text)
        kinds.update(found.kinds)
        for value in sorted(found.values):
            print(f"{path.relative_to(folder)}: {value[:100]!r}")
    print(f"{masked} of {files} files ({masked / files:.2%}), {sum(kinds.values())} values: {dict(kinds)}")
    print(f"{characters / 1e6:.1f} million characters, {characters / 1e6 / spent:.1f} million a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
