"""Prose by a model's API: Anthropic, OpenAI, and who speaks as OpenAI does (Ollama, vLLM, llama.cpp), by pydantic-ai.

Models are named `anthropic:NAME` or `openai:NAME`; `prose_url` leads to another server. Nothing is tried again in here:
the SDKs' own tries are switched off, so that each call is counted and each pause is ours to keep.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import sys
from typing import TYPE_CHECKING

from docwatch.config import Config
from docwatch.documenters.prose import Spent, Usage, failures
from docwatch.documenters.prose.keys import api_key
from docwatch.documenters.prose.question import Question
from docwatch.errors import BlockedError, ConfigError, FlakyError, PermanentError, TransientError, UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters

EXTRA = "pydantic-ai-slim[openai,anthropic]>=2"
MAKERS = ("anthropic", "openai")
_NAME = "document"


class Llm:
    """Asks a model over HTTP."""

    name = "llm"

    def __init__(self, settings: Config) -> None:
        if not settings.prose_models:
            raise ConfigError("prose = 'llm' needs a model; set prose_models = ['anthropic:NAME'] or ['openai:NAME']")
        for model in settings.prose_models:
            maker, _, name = model.partition(":")
            if maker not in MAKERS or not name:
                raise ConfigError(
                    f"prose_models: {model!r} does not say whose it is; write anthropic:NAME or openai:NAME"
                )
        if any(importlib.util.find_spec(name) is None for name in ("pydantic_ai", *MAKERS)):
            raise UserError(f"prose = 'llm' needs more packages; run: {sys.executable} -m pip install '{EXTRA}'")
        self._settings = settings

    @property
    def model(self) -> str:
        return self._settings.prose_models[0]

    def ask(self, question: Question, spent: Spent) -> object:
        preload()  # before the clock begins to run

        def ask(model: str) -> object:
            response = asyncio.run(_asked(self._settings, model, question))
            spent(_usage(response, model))
            return _read(response)

        return failures.first_that_answers(self._settings.prose_models, ask)


def preload() -> None:
    """Import what a call needs, 2 s of it: for a worker to do before it forks."""
    import pydantic_ai.models.anthropic
    import pydantic_ai.models.openai  # noqa: F401


async def _asked(settings: Config, name: str, question: Question) -> ModelResponse:
    from pydantic_ai.direct import model_request
    from pydantic_ai.exceptions import AgentRunError, ModelAPIError, ModelHTTPError
    from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart
    from pydantic_ai.settings import ModelSettings

    parts = (SystemPromptPart(question.system), UserPromptPart(question.prompt))
    try:
        async with asyncio.timeout(settings.prose_seconds), _model(settings, name) as model:
            return await model_request(
                model,
                [ModelRequest(parts)],
                model_settings=ModelSettings(max_tokens=question.answer_tokens),
                model_request_parameters=_parameters(name, question),
            )
    except TimeoutError as error:
        raise TransientError(f"{name}: no answer in {settings.prose_seconds} s; it will be tried again") from error
    except ModelHTTPError as error:
        raise failures.of_answer(name, error.status_code, str(error.body), error.retry_after) from error
    except ModelAPIError as error:
        raise TransientError(f"{name}: {' '.join(str(error).split())[:200]}; it will be tried again") from error
    except AgentRunError as error:
        raise FlakyError(f"the answer cannot be read ({' '.join(str(error).split())[:200]})") from error


@contextlib.asynccontextmanager
async def _model(settings: Config, name: str) -> AsyncIterator[Model]:
    """The model with a client of its own, which is closed with the event loop that it belongs to."""
    key, url = api_key(settings), settings.prose_url or None
    maker, _, model = name.partition(":")
    if maker == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        async with AsyncAnthropic(api_key=key, base_url=url, max_retries=0) as client:
            if client.api_key is None and client.auth_token is None:
                raise _no_key(name)
            yield AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client))
    else:
        from openai import AsyncOpenAI, OpenAIError
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        try:
            # A server of one's own asks for no key, but the client does.
            openai = AsyncOpenAI(api_key=key or ("none" if url else None), base_url=url, max_retries=0)
        except OpenAIError as error:
            raise _no_key(name) from error
        async with openai:
            yield OpenAIChatModel(model, provider=OpenAIProvider(openai_client=openai))


def _no_key(name: str) -> BlockedError:
    return BlockedError(f"{name}: there is no API key; set prose_key_env or prose_key_file")


def _parameters(name: str, question: Question) -> ModelRequestParameters:
    """How the model is held to the schema: by a tool that it has to call, or by the form of its text."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition
    from pydantic_ai.tools import ToolDefinition

    if name.startswith("anthropic:"):
        tool = ToolDefinition(name=_NAME, parameters_json_schema=question.schema, kind="output")
        return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
    form = OutputObjectDefinition(json_schema=question.schema, name=_NAME, strict=True)
    return ModelRequestParameters(output_mode="native", output_object=form)


def _read(response: ModelResponse) -> object:
    from pydantic_ai.messages import TextPart, ToolCallPart

    if response.finish_reason == "content_filter":
        raise PermanentError(
            f"{response.model_name} refuses to write about this file; it is tried again once it has changed"
        )
    if response.finish_reason == "length":
        raise FlakyError("the answer is too long")
    for part in response.parts:
        if isinstance(part, ToolCallPart) and part.tool_name == _NAME:  # it may call others that it has heard of
            return part.args
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


def _usage(response: ModelResponse, model: str) -> Usage:
    try:
        dollars = float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        dollars = None  # a model of nobody's price list
    return Usage(response.model_name or model, response.usage.input_tokens, response.usage.output_tokens, dollars)
