"""Models over HTTP: asked once, held to the schema, counted and priced; and a plain word where the extra is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest

from docwatch.config import Config
from docwatch.documenters.prose import Usage, prose_documenter
from docwatch.documenters.prose.llm import Llm
from docwatch.documenters.prose.writing import write
from docwatch.errors import (
    BlockedError,
    ConfigError,
    DocwatchError,
    FlakyError,
    PermanentError,
    ThrottledError,
    TransientError,
    UserError,
)

from .claude_cases import QUESTION
from .conftest import Counting, good, request
from .contract import *  # noqa: F403 - its tests are run with our stage
from .contract import HURRIED_SECONDS, SECONDS, Stage
from .model_server import ModelServer, Reply, model_server

has_extra = all(importlib.util.find_spec(name) for name in ("pydantic_ai", "anthropic", "openai"))
needs_extra = pytest.mark.skipif(not has_extra, reason="pip install 'docwatch[llm]'")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in (
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "OPENAI_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KEY", "sk-ours")
    with model_server() as running:
        yield running


@pytest.fixture(params=["anthropic", "openai"])
def stage(request: pytest.FixtureRequest, server: ModelServer) -> Stage:
    if not has_extra:
        pytest.skip("pip install 'docwatch[llm]'")
    url = server.url + ("/v1" if request.param == "openai" else "")
    models = (f"{request.param}:small",)

    def documenter(seconds: int) -> Llm:
        return Llm(Config(prose_models=models, prose_url=url, prose_key_env="KEY", prose_seconds=seconds))

    return Stage(documenter(SECONDS), documenter(HURRIED_SECONDS), server.script.append)


def ask(server: ModelServer, *models: str, usages: list[Usage] | None = None, **settings: object) -> object:
    url = server.url + ("/v1" if models[0].startswith("openai") else "")
    configured = {"prose": "llm", "prose_models": models, "prose_url": url, "prose_key_env": "KEY", **settings}
    documenter = prose_documenter(Config(**configured))  # type: ignore[arg-type]
    assert documenter is not None
    return documenter.ask(QUESTION, (usages if usages is not None else []).append)


BOTH = pytest.mark.parametrize("model", ["anthropic:claude-haiku-4-5", "openai:gpt-5-mini"])


@needs_extra
@BOTH
def test_an_answer_comes_back_with_what_it_took(model: str, server: ModelServer) -> None:
    usages: list[Usage] = []
    server.script = [Reply(data=good(QUESTION))]
    answer = ask(server, model, usages=usages)

    assert answer == good(QUESTION) or isinstance(answer, str)
    (usage,) = usages
    assert (usage.tokens_in, usage.tokens_out) == (120, 30)
    assert usage.dollars is not None
    assert 0 < usage.dollars < 0.01
    assert QUESTION.prompt in server.received.replace("\\n", "\n").replace('\\"', '"')
    (headers,) = server.headers_seen
    assert "sk-ours" in (headers.get("x-api-key", "") + headers.get("authorization", ""))


@needs_extra
@BOTH
def test_the_model_is_held_to_the_schema(model: str, server: ModelServer) -> None:
    ask(server, model)

    (asked,) = server.requests
    if model.startswith("anthropic"):
        assert asked["tools"][0]["input_schema"]["properties"] == QUESTION.schema["properties"]
        assert asked["tool_choice"]["type"] in ("tool", "any")
    else:
        assert asked["response_format"]["json_schema"]["schema"]["properties"]["symbols"]["required"] == list(
            QUESTION.names
        )
    assert len(asked.get("tools") or ()) <= 1
    assert QUESTION.answer_tokens in (asked.get("max_tokens"), asked.get("max_completion_tokens"))


@needs_extra
@BOTH
@pytest.mark.parametrize(
    ("status", "said", "error", "seconds"),
    [
        (401, "invalid key", BlockedError, None),
        (403, "no", BlockedError, None),
        (404, "no such model", BlockedError, None),
        (400, "Your credit balance is too low", BlockedError, None),
        (429, "enforced_spend_limit_reached", BlockedError, None),
        (429, "slow", ThrottledError, 37.0),
        (529, "overloaded", ThrottledError, None),
        (503, "busy", ThrottledError, None),
        (500, "boom", TransientError, None),
        (400, "prompt is too long", PermanentError, None),
        (413, "big", PermanentError, None),
    ],
)
def test_refusals_are_sorted_and_nothing_is_tried_twice(
    model: str, status: int, said: str, error: type[DocwatchError], seconds: float | None, server: ModelServer
) -> None:
    headers = {"retry-after": "37"} if seconds else {}
    server.always = Reply(status, {"type": "error", "error": {"type": "x", "message": said}}, headers)
    with pytest.raises(error) as caught:
        ask(server, model)

    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    if isinstance(caught.value, ThrottledError):
        assert caught.value.seconds == seconds


@needs_extra
@BOTH
def test_truncated_refused_hanging_and_absent_are_told_apart(model: str, server: ModelServer) -> None:
    truncated, refused = ("max_tokens", "refusal") if model.startswith("anthropic") else ("length", "content_filter")
    usages: list[Usage] = []
    server.script = [
        Reply(says='{"over', stop_reason=truncated),
        Reply(says="no", stop_reason=refused),
        Reply(hangs=True),
    ]
    with pytest.raises(FlakyError, match="too long"):
        ask(server, model, usages=usages)
    with pytest.raises(PermanentError, match="refuses"):
        ask(server, model, usages=usages)
    assert len(usages) == 2, "both are paid"
    with pytest.raises(TransientError, match="no answer in 1 s"):
        ask(server, model, prose_seconds=1)
    with pytest.raises(TransientError):
        ask(server, model, prose_url="http://127.0.0.1:9")


@needs_extra
def test_the_next_model_is_asked_where_one_is_overloaded_and_not_where_a_key_is_wrong(server: ModelServer) -> None:
    models = ("openai:big", "openai:small")
    server.script = [Reply(529, {}), Reply(data=good(QUESTION))]
    usages: list[Usage] = []
    assert ask(server, *models, usages=usages)
    assert [request["model"] for request in server.requests] == ["big", "small"]
    assert usages == [Usage("small", 120, 30, None)]
    server.script = [Reply(401, {})]
    with pytest.raises(BlockedError):
        ask(server, *models)
    assert len(server.requests) == 3


@needs_extra
@BOTH
def test_without_a_key_nothing_is_sent_to_the_makers(model: str, server: ModelServer) -> None:
    with pytest.raises(BlockedError, match="there is no API key; set prose_key_env"):
        ask(server, model, prose_key_env="", prose_url="")
    assert server.requests == []


@needs_extra
def test_a_tool_that_a_model_calls_and_nobody_offered_is_passed_over(server: ModelServer) -> None:
    server.always = Reply(data=good(QUESTION), calls=(("Bash", {"command": "touch /sprung"}),))
    assert ask(server, "anthropic:small") == good(QUESTION)


@needs_extra
def test_a_whole_file_goes_through_it(server: ModelServer) -> None:
    server.script = [Reply(says="no JSON"), Reply()]
    meter = Counting()
    configured = Config(prose="llm", prose_models=("openai:any",), prose_url=server.url + "/v1")
    documenter = prose_documenter(configured)
    assert documenter is not None
    *_, done = write(request("def f(): pass\n"), documenter, meter)

    assert done.record.prose.symbols == {"f": "It does what it says."}
    assert len(meter.usages) == 2
    assert "not usable: the answer is not one JSON object" in server.received


@pytest.mark.parametrize("models", [(), ("gpt-5",), ("mistral:x",), ("openai:",)])
def test_a_model_says_whose_it_is(models: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="openai:NAME"):
        prose_documenter(Config(prose="llm", prose_models=models))


def test_where_the_extra_is_missing_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"-m pip install 'pydantic-ai-slim\[openai,anthropic\]"):
        prose_documenter(Config(prose="llm", prose_models=("openai:x",)))


def test_it_is_imported_when_it_is_asked_and_not_before() -> None:
    script = (
        "import sys, docwatch.documenters.prose.llm, docwatch.documenters.prose.writing, docwatch.frontends.cli\n"
        "assert not {'pydantic_ai', 'openai', 'anthropic', 're2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-I", "-c", script], check=True)
