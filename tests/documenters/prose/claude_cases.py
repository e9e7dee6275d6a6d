"""What a server may say to `claude`, and what docwatch is to make of it.

The same cases are asked of the real program (bench/claude.py, which also writes down what it printed) and of what was
written down (test_claude.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from docwatch.documenters.prose.question import Question, Shown
from docwatch.errors import BlockedError, DocwatchError, FlakyError, PermanentError, ThrottledError, TransientError

from .model_server import Reply

QUESTION = Question(Shown("python", "def f():\n    return CANARY_OF_SOURCE\n"), ("f", "C.run", "operator =="))


@dataclass(frozen=True)
class Case:
    """`error` is exactly the class raised, None for an answer; `seconds` what a pause has to lie in."""

    reply: Callable[[], Reply]
    error: type[DocwatchError] | None = None
    said: str = ""
    seconds: tuple[float, float] | None = None
    costs: bool = False  # something was paid for before the error
    environment: dict[str, str] = field(default_factory=lambda: {"ANTHROPIC_API_KEY": "dummy"})


def _error(status: int, kind: str, message: str, **headers: str) -> Callable[[], Reply]:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return lambda: Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def _session_limit() -> Reply:
    unified = {"status": "rejected", "reset": str(int(time.time()) + 3_600), "representative-claim": "five_hour"}
    headers = {f"anthropic-ratelimit-unified-{name}": value for name, value in unified.items()}
    reply = _error(429, "rate_limit_error", "This request would exceed your account's rate limit.")()
    return Reply(429, reply.body, headers)


_SPENT = "You have reached your specified API usage limits. You will regain access on 2027-12-01 at 00:00 UTC."
_SUBSCRIPTION = {"CLAUDE_CODE_OAUTH_TOKEN": "dummy"}

CASES: dict[str, Case] = {
    "answer": Case(Reply),
    "subscription": Case(Reply, environment=_SUBSCRIPTION),
    "not_logged_in": Case(Reply, BlockedError, "Not logged in", environment={}),
    "bad_key": Case(_error(401, "authentication_error", "invalid x-api-key"), BlockedError, "log in"),
    "no_permission": Case(_error(403, "permission_error", "no"), BlockedError),
    "no_money": Case(
        _error(400, "invalid_request_error", "Your credit balance is too low to access it."), BlockedError
    ),
    "billing": Case(_error(402, "billing_error", "pay"), BlockedError),
    "spend_limit": Case(_error(429, "rate_limit_error", _SPENT), BlockedError, "regain access"),
    "no_model": Case(_error(404, "not_found_error", "model: sonnet"), BlockedError, "prose_models"),
    "wait_37_seconds": Case(
        _error(429, "rate_limit_error", "slow", retry_after="37"), ThrottledError, seconds=(36, 38)
    ),
    "wait": Case(_error(429, "rate_limit_error", "slow"), ThrottledError),
    "session_limit": Case(_session_limit, ThrottledError, seconds=(1, 3_600), environment=_SUBSCRIPTION),
    "overloaded": Case(_error(529, "overloaded_error", "Overloaded"), ThrottledError, "overloaded"),
    "broken_server": Case(_error(500, "api_error", "boom"), TransientError),
    "too_long": Case(_error(400, "invalid_request_error", "prompt is too long: 3 tokens > 2 maximum"), PermanentError),
    "too_large": Case(_error(413, "request_too_large", "big"), PermanentError),
    "refusal": Case(lambda: Reply(says="no", stop_reason="refusal"), PermanentError, "refuses", costs=True),
    "no_structure": Case(lambda: Reply(says="I would rather not."), FlakyError, costs=True),
    "wrong_structure": Case(lambda: Reply(data={"overview": "x"}), FlakyError, costs=True),
    "cut_off": Case(lambda: Reply(says='{"over', stop_reason="max_tokens"), FlakyError, costs=True),
    "hangs": Case(lambda: Reply(hangs=True), TransientError, "took longer than"),
}
