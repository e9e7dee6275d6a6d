"""What does the real `claude` make of each thing a server may say, and what do we make of that?

    python bench/claude.py PROGRAM [CASE...] [--record]

Asks it through `docwatch.documenters.prose.claude` against a server on 127.0.0.1, case by case, and prints a line for
each; exit 1 if one differs. `--record` writes down what it printed, for the tests that go without it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))

from docwatch.config import Config  # noqa: E402 - after the path
from docwatch.documenters.prose import Usage, claude, program  # noqa: E402
from docwatch.errors import DocwatchError  # noqa: E402
from tests.documenters.prose.claude_cases import CASES, QUESTION  # noqa: E402
from tests.documenters.prose.model_server import model_server  # noqa: E402

RECORDED = HOUSE / "tests/documenters/prose/recorded"


def tried(path: str, name: str, *, record: bool) -> bool:
    case = CASES[name]
    usages: list[Usage] = []
    outcome: object = None
    ended = program.run

    def run(*arguments: object) -> program.Finished:
        done = ended(*arguments)  # type: ignore[arg-type]
        if record:
            (RECORDED / f"{name}.jsonl").write_bytes(done.out)
        return done

    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home, model_server() as server:
        server.always = case.reply()
        for key in [key for key in os.environ if key.startswith(("ANTHROPIC_", "CLAUDE"))]:
            del os.environ[key]
        os.environ.update(case.environment, HOME=home)
        settings = Config(prose_claude=path, prose_url=server.url, prose_seconds=6 if name == "hangs" else 60)
        writer = claude.Claude(settings)
        claude.check(path, claude._environment(settings))
        program.run = run
        try:
            outcome = writer.ask(QUESTION, usages.append)
        except DocwatchError as error:
            outcome = error
        finally:
            program.run = ended
        calls = len(server.requests)
    seconds = getattr(outcome, "seconds", None)
    good = type(outcome) is case.error if case.error else isinstance(outcome, dict)
    good = (
        good
        and case.said in str(outcome)
        and (not case.seconds or case.seconds[0] <= (seconds or 0) <= case.seconds[1])
    )
    took = sum(usage.tokens_in + usage.tokens_out for usage in usages)
    good = good and (took > 0) == (case.costs or case.error is None)
    print(
        f"{'ok' if good else 'DIFFERS':8}{name:18}{type(outcome).__name__:16}{calls} calls {took:4} tokens "
        f"{time.monotonic() - began:5.1f} s  {'' if seconds is None else f'{seconds:.0f} s: '}{str(outcome)[:90]}"
    )
    return good


def main() -> int:
    words = [word for word in sys.argv[1:] if word != "--record"]
    record = "--record" in sys.argv
    if not words:
        print(__doc__)
        return 2
    results = [tried(words[0], name, record=record) for name in words[1:] or CASES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
