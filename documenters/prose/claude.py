"""Prose by Claude Code's `claude` program: the user's own subscription, or an API key.

It runs in an empty folder with an environment of its own, told to use no tool and to read nobody's customisations: not
the repository's, which it never sees, and not the user's, which are for other work. Its own settings files do not
count either, so a login that lives in them (`apiKeyHelper`) has to be named to docwatch.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

from docwatch import config
from docwatch.config import Config
from docwatch.documenters.prose import Spent, Usage, failures, program
from docwatch.documenters.prose.keys import api_key
from docwatch.documenters.prose.program import Finished, Limits
from docwatch.documenters.prose.question import Question
from docwatch.errors import BlockedError, DocwatchError, FlakyError, PermanentError, ThrottledError, TransientError

MODEL = "sonnet"
_PROBE_SECONDS = 20.0
# Each is needed for safety or for an answer. `--bare` would do more, but allows no login by subscription.
_FLAGS = {
    "-p": (),
    "--output-format": ("stream-json",),
    "--verbose": (),  # stream-json asks for it
    "--tools": ("",),
    "--safe-mode": (),
    "--setting-sources": ("",),
    "--strict-mcp-config": (),
    "--no-session-persistence": (),
}
_FLAGS_WITH_VALUE = ("--json-schema", "--system-prompt", "--max-budget-usd", "--model")
# Of the user's environment.
_NAMES = frozenset(
    "PATH HOME USER LOGNAME SHELL LANG TERM TMPDIR TZ ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL "
    "ANTHROPIC_CUSTOM_HEADERS CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CONFIG_DIR CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX "
    "CLAUDE_CODE_USE_FOUNDRY CLOUD_ML_REGION SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS "
    "DBUS_SESSION_BUS_ADDRESS".split()
)
_FAMILIES = ("LC_", "XDG_", "AWS_", "GOOGLE_", "ANTHROPIC_VERTEX_", "ANTHROPIC_BEDROCK_", "ANTHROPIC_FOUNDRY_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "MAX_THINKING_TOKENS": "0",
    # Tries are ours to make, and to count. One is left to it, which it tells of: that is how to learn of a long wait.
    "CLAUDE_CODE_MAX_RETRIES": "1",
    "MAX_STRUCTURED_OUTPUT_RETRIES": "1",
}
_LONG_WAIT_MS = 2_000  # what is shorter is its own idea, and it may as well try


class Claude:
    """Asks through the `claude` program."""

    name = "claude"

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._models = settings.prose_models or (MODEL,)

    @property
    def model(self) -> str:
        return self._models[0]

    def ask(self, question: Question, spent: Spent) -> object:
        environment = _environment(self._settings)
        found = program.find(self._settings.prose_claude, path=environment.get("PATH"))
        check(found, environment)
        bounded = {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(question.answer_tokens)}
        deadline = time.monotonic() + self._settings.prose_seconds

        def ask(model: str) -> object:
            limits = Limits(max(0.1, deadline - time.monotonic()), enough=_is_long_wait)
            command = (found, *_arguments(question, model, self._settings.prose_cents))
            done = program.run(command, question.prompt.encode(errors="replace"), environment | bounded, limits)
            return read(done, model, spent)

        return failures.first_that_answers(self._models, ask)


def _environment(settings: Config) -> dict[str, str]:
    """The login, the way to the network, the user's folders, and what keeps it quiet; nothing else comes along."""
    kept = {
        name: value
        for name, value in config.child_environment().items()
        if name in _NAMES or name.startswith(_FAMILIES) or name.upper() in _PROXIES
    }
    kept |= _QUIET
    if settings.prose_url:
        kept["ANTHROPIC_BASE_URL"] = settings.prose_url
    if key := api_key(settings):
        kept["ANTHROPIC_API_KEY"] = key
    return kept


def _arguments(question: Question, model: str, cents: int) -> Iterator[str]:
    """What the program is told. The source is not part of it: arguments are for everybody on the machine to see."""
    for flag, values in _FLAGS.items():
        yield from (flag, *values)
    yield from ("--json-schema", json.dumps(question.schema), "--system-prompt", question.system)
    yield from ("--max-budget-usd", f"{cents / 100:.2f}", "--model", model)


# What was found good, by what tells one installed version from another.
_good: set[tuple[str, int, int]] = set()


def check(path: str, environment: dict[str, str]) -> None:
    """Ask the program once what it can. BlockedError, with its version, where it lacks what we rely on."""
    found = os.stat(path)
    identity = (path, found.st_mtime_ns, found.st_size)
    if identity in _good:
        return
    said = program.run((path, "--help"), b"", environment, Limits(_PROBE_SECONDS))
    words = set(said.out.decode(errors="replace").replace(",", " ").split())
    if missing := [flag for flag in (*_FLAGS, *_FLAGS_WITH_VALUE) if flag not in words]:
        if said.stopped:
            raise TransientError(f"{path} --help: {said.stopped}; it will be tried again")
        if said.code:  # as when npm installed it without its native part
            raise BlockedError(f"{path} cannot run: {said.last_words}; install it again, or configure prose_claude")
        version = program.run((path, "--version"), b"", environment, Limits(_PROBE_SECONDS)).out
        name = " ".join(version.decode(errors="replace").split())[:60] or "of an unknown version"
        raise BlockedError(f"{path}, {name}, is too old: it lacks {', '.join(missing)}; run 'claude update'")
    _good.add(identity)


def read(done: Finished, model: str, spent: Spent) -> object:
    """The answer in what the program wrote; what it took is told to `spent`."""
    events = list(_events(done.out))
    result = next((event for event in reversed(events) if event.get("type") == "result"), None)
    if (usage := _usage(events, result or {}, model)) is not None:
        spent(usage)
    if result is None:
        raise _without_result(done, events)
    if result.get("is_error") or done.code != 0:
        raise _failed(result, events)
    answer = result.get("structured_output")
    if answer is None:
        raise FlakyError("the answer is not in the form that was asked for")
    return answer


def _events(out: bytes) -> Iterator[dict[str, Any]]:
    for line in out.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a line that was cut off, or was never meant for us
        if isinstance(event, dict):
            yield event


def _is_long_wait(line: bytes) -> bool:
    return any(map(_wait, _events(line)))


def _wait(event: dict[str, Any]) -> float | None:
    """Seconds that the server wants it to wait, where it would now sit and wait."""
    delay = _count(event, "retry_delay_ms") if event.get("subtype") == "api_retry" else 0
    return delay / 1000 if delay >= _LONG_WAIT_MS else None


def _usage(events: list[dict[str, Any]], result: dict[str, Any], model: str) -> Usage | None:
    """By its own sum; where it has none, as after an error, by what its messages say. None if nothing was asked."""
    models = result.get("modelUsage") or {}
    if models:
        tokens_in = sum(
            _count(one, key)
            for one in models.values()
            for key in ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
        )
        tokens_out = sum(_count(one, "outputTokens") for one in models.values())
        return Usage(",".join(models), tokens_in, tokens_out, float(result.get("total_cost_usd") or 0.0))
    messages = {
        message.get("id"): message.get("usage") or {}
        for event in events
        if event.get("type") == "assistant" and isinstance(message := event.get("message"), dict)
    }
    tokens_in = sum(_count(one, key) for one in messages.values() for key in one if key.endswith("input_tokens"))
    tokens_out = sum(_count(one, "output_tokens") for one in messages.values())
    return Usage(model, tokens_in, tokens_out) if tokens_in or tokens_out else None


def _count(counts: dict[str, Any], key: str) -> int:
    value = counts.get(key)
    return value if isinstance(value, int) else 0


def _without_result(done: Finished, events: list[dict[str, Any]]) -> DocwatchError:
    """Why it ended without one: stopped where it would wait, by its deadline, or never begun."""
    if (retry := next(filter(_wait, events), None)) is not None:
        status, seconds = retry.get("error_status"), _until_reset(events) or _wait(retry)
        return failures.of_answer("claude", status, str(retry.get("error")), seconds)
    if done.stopped:
        return TransientError(f"claude: {done.stopped}; it will be tried again")
    if done.code == 126 or "unknown option" in done.last_words:
        return BlockedError(f"claude cannot be used: {done.last_words}; run 'claude update', or configure prose_claude")
    return TransientError(f"claude ended with code {done.code}: {done.last_words}; it will be tried again")


def _failed(result: dict[str, Any], events: list[dict[str, Any]]) -> DocwatchError:
    subtype, status = result.get("subtype"), result.get("api_error_status")
    said = str(result.get("result") or "; ".join(map(str, result.get("errors") or ())) or subtype)
    if subtype == "error_max_budget_usd":
        return PermanentError("claude: one answer costs more than prose_cents allows; raise it, then 'docwatch retry'")
    if result.get("stop_reason") == "refusal":
        return PermanentError("claude refuses to write about this file; it is tried again once it has changed")
    if subtype == "error_max_structured_output_retries" or "output token maximum" in said:
        return FlakyError(said)
    if (seconds := _until_reset(events)) is not None:
        return ThrottledError(f"claude: {said}; it will be asked again", seconds)
    return failures.of_answer("claude", status if isinstance(status, int) else None, said)


def _until_reset(events: list[dict[str, Any]]) -> float | None:
    """Seconds until a subscription's limit ends, where one was reached."""
    for event in events:
        info = event.get("rate_limit_info")
        if (
            isinstance(info, dict)
            and info.get("status") == "rejected"
            and isinstance(info.get("resetsAt"), int | float)
        ):
            return max(1.0, float(info["resetsAt"]) - time.time())
    return None
