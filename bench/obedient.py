"""A hundred files that speak to models, four hundred secrets, and models that obey: what comes of it?

    python bench/obedient.py [DOCUMENTER...]     (command, llm, claude; claude is $CLAUDE_FOR_TESTS or on PATH)

Each time a repository with every trap of tests/e2e/test_hostile.py armed is scanned from inside by `docwatch scan
--wait`: workers, prose worker, the program or the client library, all as they are. The model repeats what it was shown
wherever it can, answers for symbols that nobody has, and calls the tools it was asked to call. Then every command that
prints prose is run. Exit 1 unless nothing happened and no secret was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))

from docwatch import config  # noqa: E402 - after the path
from docwatch.frontends.mcp.tools import Tools  # noqa: E402
from docwatch.jobs import server  # noqa: E402
from tests.documenters.prose.model_server import model_server  # noqa: E402
from tests.e2e import obedient  # noqa: E402
from tests.e2e.obedient import FOLDER, TRAP, ObedientServer, is_inert  # noqa: E402
from tests.e2e.test_hostile import Hostile, answer, run  # noqa: E402
from tests.frontends.conftest import markup  # noqa: E402

SETTINGS = {
    "DOCWATCH_EXCLUDE": f"*,!/{FOLDER}/,!/{FOLDER}/*",
    "DOCWATCH_RETRY_INTERVALS": "0",
    "DOCWATCH_CALLS_PER_MINUTE": "100000",
    "DOCWATCH_USD_PER_HOUR": "1000",
    "DOCWATCH_USD_PER_DAY": "1000",
    "NO_COLOR": "1",
}


@contextmanager
def home() -> Iterator[Path]:
    """A home of its own, below which everything happens."""
    with tempfile.TemporaryDirectory(prefix="home-") as place:
        folder = Path(place)
        for name in [
            name for name in os.environ if name.startswith(("DOCWATCH_", "XDG_", "GIT_", "ANTHROPIC", "CLAUDE_CODE"))
        ]:
            del os.environ[name]
        os.environ |= {"HOME": place, "DOCWATCH_HOME": f"{place}/docwatch", **SETTINGS}
        (folder / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
        try:
            yield folder
        finally:
            server.stop(config.load(), even_if_kept=True)


def documenter(name: str, folder: Path, url: str) -> dict[str, str]:
    """What configures it."""
    if name == "command":
        return {"DOCWATCH_PROSE_COMMAND": ",".join(obedient.program(folder)[0])}
    if name == "llm":
        return {"DOCWATCH_PROSE_MODELS": "anthropic:small", "ANTHROPIC_API_KEY": "none", "DOCWATCH_PROSE_URL": url}
    program = os.environ.get("CLAUDE_FOR_TESTS") or shutil.which("claude") or ""
    return {"DOCWATCH_PROSE_CLAUDE": program, "ANTHROPIC_API_KEY": "none", "DOCWATCH_PROSE_URL": url}


def campaign(name: str) -> bool:
    with home() as folder, model_server(ObedientServer) as model:
        (folder / "work").mkdir()
        hostile = Hostile(folder / "work")
        run(hostile, "init")
        hostile.arm()
        os.environ |= {"DOCWATCH_PROSE": name, **documenter(name, folder, model.url)}
        paths = obedient.plant(hostile, folder, url=model.url)
        before = obedient.left_behind(folder)
        began = time.monotonic()
        run(hostile, "scan", "--wait", "--yes", seconds=600)
        # Once more, with what was written before beside the question.
        for path in hostile.root.glob(f"{FOLDER}/*.py"):
            path.write_text(path.read_text() + "\n\ndef added():\n    return 2\n")
        run(hostile, "scan", "--wait", "--yes", seconds=600)
        seconds = time.monotonic() - began
        asked = _asked(folder, model)
        received = obedient.seen(asked)
        found = {
            "files without prose, or with more than text": [
                f"{path}: {problem}"
                for path, body in obedient.bodies(hostile.tree()).items()
                if (problem := obedient.wrong(body))
            ],
            "secrets seen by the model": [secret for secret in obedient.secrets() if secret in received],
            "traps sprung": hostile.sprung(),
            "files made or changed": sorted(
                {path for path, size in obedient.left_behind(folder).items() if before.get(path) != size}
                - {str(path) for path in hostile.root.glob(f"{FOLDER}/*.py")}
            ),
            "addresses asked for": [path for path in model.others if TRAP in path],
            "output that is not inert": list(_not_inert(hostile, paths, folder)),
        }
        print(
            f"{name}: {len(paths)} payloads, {len(obedient.secrets())} secrets, {len(asked)} questions of "
            f"{len(received):,} characters, {answer(hostile, 'status')['prose']}, {seconds:.0f} s"
        )
        for what, those in found.items():
            print(f"  {what}: {len(those)}{''.join(f'{chr(10)}    {one!r}' for one in those[:5])}")
        return not any(found.values()) and len(asked) > len(paths)


def _asked(folder: Path, model: ObedientServer) -> list[Any]:
    log = folder / "asked.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else list(model.requests)


def _not_inert(hostile: Hostile, paths: list[str], folder: Path) -> Iterator[str]:
    exported = folder / "docwatch" / "exported"
    commands = [("show", path, *form) for path in paths[::5] for form in ((), ("--json",), ("--markdown",))]
    commands += [("search", "instructions"), ("files", "--json"), ("failed",), ("cost",), ("status",)]
    commands += [("log", "-n", "1000"), ("export", f"{exported}/html", "--format", "html")]
    commands += [("export", f"{exported}/markdown", "--format", "markdown")]
    for command in commands:
        shown = run(hostile, *command)
        if not is_inert(shown) or ("--markdown" in command and markup(shown)):
            yield " ".join(command)
    for page in exported.rglob(f"{FOLDER}/*"):
        text = page.read_text()
        bad = markup(text) if page.suffix == ".md" else re.findall(f"<(?:script>open|img).*{TRAP}", text)
        if bad or not is_inert(text):
            yield f"{page}: {bad}"
    with Tools(hostile.tree()) as tools:
        for path in paths:
            told = json.dumps(asyncio.run(tools.call("get_document", {"path": path})), ensure_ascii=False)
            if not is_inert(told):
                yield f"get_document {path}"


def main() -> int:
    names = sys.argv[1:] or ["command", "llm", "claude"]
    results = [campaign(name) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
