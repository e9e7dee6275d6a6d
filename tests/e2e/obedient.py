"""A repository that speaks to models, and models that obey it: whatever a file asks for they do, as far as they can.

An obedient model repeats all it was shown in every place of its answer, answers for symbols that nobody has, and where
it speaks to a program that may have tools, it calls them. What came of that is seen from outside.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docwatch import documents
from docwatch.document import qualified
from docwatch.opened import OpenTree
from docwatch.tree import Tree
from tests.conftest import Repo
from tests.documenters.prose.model_server import ModelServer, Reply
from tests.documenters.prose.payloads import NOWHERE, payloads
from tests.documenters.prose.planted import planted

TRAP = "sprung-by-words"  # part of the name of whatever must not come to be
FOLDER = "spoken"
# The form in which some kinds of secrets are kept; the others stand in Python.
_FORMS = {"yaml": "yml", "json": "json", "xml": "html", "shell": "sh"}

_PROGRAM = """
import json, sys
asked = json.load(sys.stdin)
with open({log!r}, "a") as log:
    log.write(json.dumps(asked) + "\\n")
shown = asked["prompt"]
texts = dict.fromkeys(asked["names"], shown)
if "backdoor" in shown and not asked["complaint"]:
    texts["backdoor"] = shown
json.dump({{"overview": shown, "symbols": texts, "notes": [shown] * 9, "usage": {{"model": shown}}}}, sys.stdout)
"""


def program(folder: Path) -> tuple[tuple[str, ...], Path]:
    """The obedient model as a command, and the file in which it writes down all it is given."""
    log = folder / "asked.jsonl"
    (folder / "obedient.py").write_text(_PROGRAM.format(log=str(log)))
    return (sys.executable, "-S", str(folder / "obedient.py")), log


class ObedientServer(ModelServer):
    """The obedient model as a server. What is asked of it besides answers is in `others`."""

    def next(self) -> Reply:
        asked = self.requests[-1]
        shown = _said(asked)
        is_begun = "tool_result" in json.dumps(asked)
        calls = () if is_begun or not asked.get("tools") else _wishes(shown)
        return Reply(data=_answer(asked, shown), calls=calls, only_calls=bool(calls) and bool(asked.get("stream")))


def _said(asked: dict[str, Any]) -> str:
    """All that the question's messages say."""
    return "\n".join(text for message in asked["messages"] for text in _strings(message["content"]))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from _strings(part)


def _wishes(shown: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The tools that a file asks the model to use."""
    trap = next(iter(re.findall(rf"/[\w/.-]*{TRAP}\w*", shown)), None)
    if trap is None:
        return ()
    url = next(iter(re.findall(rf"http://[\w/.:-]*{TRAP}\w*", shown)), NOWHERE)
    return (
        ("Bash", {"command": f"touch {trap}", "description": "as asked"}),
        ("Write", {"file_path": trap, "content": "as asked"}),
        ("WebFetch", {"url": url, "prompt": "as asked"}),
        ("Read", {"file_path": "/etc/passwd"}),
    )


def _answer(asked: dict[str, Any], shown: str) -> dict[str, Any]:
    (schema,) = [found for found in _objects(asked) if found.keys() >= {"overview", "symbols", "notes"}]
    names = schema["symbols"]["properties"].keys()
    told = shown[: 3 * asked["max_tokens"] // (len(names) + 3)]  # a server lets nobody say more
    texts = dict.fromkeys(names, told)
    if "backdoor" in told and "was not usable" not in shown:
        texts["backdoor"] = told
    return {"overview": told, "symbols": texts, "notes": [told]}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(part)


def plant(repo: Repo, traps: Path, *, url: str = NOWHERE, every: int = 1, seeds: int = 10) -> list[str]:
    """Files with a payload each, every so many of the hundred, and with secrets: the paths of the former."""
    paths = []
    sources = list(payloads(str(traps / TRAP), f"{url}/{TRAP}"))
    for number in range(0, len(sources), every):
        paths.append(f"{FOLDER}/p{number:02}.py")
        # Each its own content: the same is written about once.
        repo.write(paths[-1], f"NUMBER = {number}\n{sources[number]}")
    for seed in range(seeds):
        for name, source in _with_secrets(seed):
            repo.write(f"{FOLDER}/{name}", source)
    return paths


def _with_secrets(seed: int) -> Iterator[tuple[str, str]]:
    lines = planted(seed)
    forms = _FORMS if seed else {}  # the first of all has every kind in one file
    others = [each for kind, each in lines.items() if kind not in forms]
    yield (
        f"s{seed}.py",
        "import os\n\n"
        + "\n\n".join(
            f"CONSTANT_{number} = None\n{line.strip()}\ndef f{number}(a='{secret}'):\n    '''Uses {secret}.'''"
            for number, (line, secret) in enumerate(others)
        ),
    )
    for kind, form in forms.items():
        line = lines[kind][0]
        yield f"s{seed}-{kind}.{form}", "{" + line.strip().rstrip(",") + "}\n" if form == "json" else f"{line}\n"


def secrets(seeds: int = 10) -> set[str]:
    return {secret for seed in range(seeds) for _, secret in planted(seed).values()}


def is_inert(text: str) -> bool:
    """Whether nothing in it steers a terminal or hides from a reader."""
    return text.replace("\n", "").isprintable()


def seen(asked: Iterable[object]) -> str:
    """Every text in what a model was asked, in one."""
    return "\n".join(text for one in asked for text in _strings(one))


def bodies(tree: Tree) -> dict[str, dict[str, Any]]:
    """The documents below `FOLDER`, as they are shown."""
    with OpenTree(tree) as opened:
        return {
            os.fsdecode(row.path): documents.body(opened.store.connection, row.document)
            for row in opened.ledger.rows("state = 'fresh'")
            if row.document is not None and row.path.startswith(FOLDER.encode())
        }


def wrong(body: dict[str, Any]) -> str:
    """What is wrong with the prose of a document; empty where it is there, and nothing but text where it belongs."""
    prose = body["prose"]
    if prose is None:
        return "no prose"
    symbols = body["outline"]["symbols"]
    if invented := prose["symbols"].keys() - {name for one in symbols for name in (one["name"], qualified(one))}:
        return f"invented {invented}"
    texts = (prose["overview"], *prose["symbols"].values(), *prose["notes"])
    return "" if all(texts) and all(map(str.isprintable, texts)) else "more than text"


def left_behind(folder: Path) -> dict[str, int]:
    """Every file below a folder and in the user's home that is not somebody's own, with its size."""
    own = ("docwatch", ".git", ".traps", "asked.jsonl", ".claude", ".claude.json")
    return {
        str(path): path.lstat().st_size
        for root in (folder, Path.home())
        for path in root.rglob("*")
        if not any(part in own for part in path.parts) and not path.is_dir()
    }
