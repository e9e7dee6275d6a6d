"""Prose by any program of the user's choice: the question as JSON on stdin, the answer as JSON on stdout.

It gets one object:

    {"schema": 1, "language": str,            of the file
     "source": str,                           lines of it, masked; a line says so where some are left out
     "outline": [str], "before": str,         what else the file defines; overview and notes of an earlier time
     "names": [str],                          what to write a text about
     "complaint": str,                        what was wrong with the answer before, if this is asked again
     "system": str, "prompt": str,            the same as a prompt, for who hands it on to a model
     "answer": {JSON Schema}}

and gives {"overview": str, "symbols": {name: str for each of names}, "notes": [str]}, and beside it, if it knows,
"usage": {"model": str, "tokens_in": int, "tokens_out": int, "dollars": float}. It runs in an empty folder, without a
shell. Exit codes, after sysexits.h; the last line of its error output is shown:

    0   here is the answer               75  EX_TEMPFAIL: try again later
    65  EX_DATAERR: not for this file    69  EX_UNAVAILABLE: too busy; "retry-after: SECONDS" on a line of its own
    77  EX_NOPERM, 78 EX_CONFIG: not before the user has done something
    anything else: tried again later
"""

from __future__ import annotations

import json
import os
import re

from docwatch import config
from docwatch.config import Config
from docwatch.documenters.prose import Spent, Usage, program
from docwatch.documenters.prose.program import Finished, Limits
from docwatch.documenters.prose.question import Question
from docwatch.errors import (
    BlockedError,
    ConfigError,
    DocwatchError,
    FlakyError,
    PermanentError,
    ThrottledError,
    TransientError,
)

_RETRY_AFTER = re.compile(rb"(?im)^retry-after:[ \t]*(\d{1,6})\s*$")


class Command:
    """Asks the program that is configured as `prose_command`."""

    name = "command"

    def __init__(self, settings: Config) -> None:
        if not settings.prose_command:
            raise ConfigError("prose = 'command' needs a program; set prose_command = ['PROGRAM', 'ARGUMENT', …]")
        self._settings = settings

    @property
    def model(self) -> str:
        return ",".join(self._settings.prose_models) or os.path.basename(self._settings.prose_command[0])

    def ask(self, question: Question, spent: Spent) -> object:
        called, *arguments = self._settings.prose_command
        command = (program.find(called), *arguments)
        limits = Limits(self._settings.prose_seconds)
        done = program.run(command, _asked(question), config.child_environment(), limits)
        if done.stopped or done.code:
            spent(Usage(self.model, 0, 0))
            raise _failed(called, done)
        return self._read(done.out, spent)

    def _read(self, out: bytes, spent: Spent) -> object:
        try:
            answer = json.loads(out)
        except (ValueError, RecursionError) as error:
            spent(Usage(self.model, 0, 0))
            raise FlakyError(f"the answer is not one JSON object ({str(error)[:100]})") from error
        said = answer.pop("usage", None) if isinstance(answer, dict) else None
        spent(_usage(said if isinstance(said, dict) else {}, self.model))
        return answer


def _asked(question: Question) -> bytes:
    shown = question.shown
    return json.dumps(
        {
            "schema": 1,
            "language": shown.language,
            "source": shown.source,
            "outline": shown.outline,
            "before": shown.before,
            "names": question.names,
            "complaint": question.complaint,
            "system": question.system,
            "prompt": question.prompt,
            "answer": question.schema,
        }
    ).encode()


def _usage(said: dict[str, object], model: str) -> Usage:
    def count(name: str) -> int:
        value = said.get(name)
        return value if isinstance(value, int) and value >= 0 else 0

    used, dollars = said.get("model"), said.get("dollars")
    return Usage(
        used[:100] if isinstance(used, str) and used else model,
        count("tokens_in"),
        count("tokens_out"),
        float(dollars) if isinstance(dollars, int | float) and dollars >= 0 else None,
    )


def _failed(called: str, done: Finished) -> DocwatchError:
    said = f"{called}: {done.stopped or done.last_words}"
    match done.code if not done.stopped else os.EX_TEMPFAIL:
        case 126:  # what the keeper, and a shell, says of a program that cannot be run
            return BlockedError(f"{said}; put prose_command right")
        case os.EX_DATAERR:
            return PermanentError(f"{said}; it is tried again once the file has changed")
        case os.EX_UNAVAILABLE:
            found = _RETRY_AFTER.search(done.err)
            return ThrottledError(f"{said}; it will be asked again", float(found[1]) if found else None)
        case os.EX_NOPERM | os.EX_CONFIG:
            return BlockedError(f"{said}; do what it says")
    code = f" (exit code {done.code})" if not done.stopped else ""
    return TransientError(f"{said}{code}; it will be tried again")
