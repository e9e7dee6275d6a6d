"""A model's server on 127.0.0.1 that says what a test wants: Anthropic's Messages, streamed or not, and OpenAI's chat.

It answers as an obedient model does: with what the schema asks for. A test scripts other answers, in turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


@dataclass
class Reply:
    """`status` other than 200 is an error with `body`. `says` is the text of an answer that uses no tool.

    `data` is what the tool is called with; None fills the schema. `cut` ends the stream in the middle; `hangs` keeps
    the connection open without a word. `calls` are tools called before all that, or with `only_calls` instead of it.
    """

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    says: str | None = None
    data: Any = None
    stop_reason: str | None = None
    cut: bool = False
    hangs: bool = False
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    only_calls: bool = False


class ModelServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[Reply] = []
        self.always: Reply | None = None
        self.requests: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.others: list[str] = []  # paths that were asked for and are no model's
        self.closing = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Who asks may hang up in the middle."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def received(self) -> str:
        """Every byte of every request's body, in one text."""
        return "\n".join(json.dumps(request, ensure_ascii=False) for request in self.requests)

    def next(self) -> Reply:
        return self.script.pop(0) if self.script else self.always or Reply()


Server = TypeVar("Server", bound=ModelServer)


@contextmanager
def model_server(kind: type[Server] = ModelServer) -> Iterator[Server]:
    with kind() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def filled(schema: dict[str, Any]) -> Any:
    """What a schema asks for: every string says something."""
    match schema.get("type"):
        case "object":
            return {name: filled(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return []
    return "It does what it says."


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._send(200, b"")

    def do_GET(self) -> None:
        self.server.others.append(self.path)
        self._send(404, b"{}")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        path = self.path.partition("?")[0]
        if not path.endswith(("/messages", "/chat/completions")):
            self.server.others.append(self.path)
            return self._send(404, b"{}")
        self.server.requests.append(asked)
        self.server.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        reply = self.server.next()
        if reply.hangs:
            self.server.closing.wait(120)
            self.close_connection = True
        elif reply.status != 200:
            self._send(reply.status, json.dumps(reply.body).encode(), reply.headers)
        elif path.endswith("/chat/completions"):
            self._send(200, json.dumps(_completion(asked, reply)).encode())
        elif asked.get("stream"):
            self._stream(_events(asked, reply), cut=reply.cut)
        else:
            self._send(200, json.dumps(_message(asked, reply)).encode())
        return None

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events: list[tuple[str, dict[str, Any]]], *, cut: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for name, event in events[: len(events) // 2] if cut else events:
            self.wfile.write(f"event: {name}\ndata: {json.dumps({'type': name, **event})}\n\n".encode())
        self.close_connection = True


def _tool(asked: dict[str, Any]) -> dict[str, Any] | None:
    tools = [tool for tool in asked.get("tools") or () if "input_schema" in tool]
    return tools[-1] if tools else None


def _blocks(asked: dict[str, Any], reply: Reply) -> list[dict[str, Any]]:
    calls = [
        {"type": "tool_use", "id": f"toolu_called_{number}", "name": name, "input": given}
        for number, (name, given) in enumerate(reply.calls)
    ]
    return calls if reply.only_calls else [*calls, _block(asked, reply)]


def _block(asked: dict[str, Any], reply: Reply) -> dict[str, Any]:
    tool = _tool(asked)
    if reply.says is None and tool is not None:
        data = filled(tool["input_schema"]) if reply.data is None else reply.data
        return {"type": "tool_use", "id": "toolu_1", "name": tool["name"], "input": data}
    schema = ((asked.get("output_config") or {}).get("format") or {}).get("schema")
    text = reply.says or json.dumps(reply.data if reply.data is not None else filled(schema or {}))
    return {"type": "text", "text": text}


def _message(asked: dict[str, Any], reply: Reply) -> dict[str, Any]:
    blocks = _blocks(asked, reply)
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked.get("model", "m"),
        "content": blocks,
        "stop_reason": reply.stop_reason or ("tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn"),
        "stop_sequence": None,
        "usage": {"input_tokens": 120, "output_tokens": 30},
    }


def _events(asked: dict[str, Any], reply: Reply) -> list[tuple[str, dict[str, Any]]]:
    message = _message(asked, reply)
    blocks = message.pop("content")
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    return [
        ("message_start", {"message": {**message, "content": [], "stop_reason": None}}),
        *(event for index, block in enumerate(blocks) for event in _block_events(index, block)),
        ("message_delta", {"delta": ending, "usage": {"input_tokens": 120, "output_tokens": 30}}),
        ("message_stop", {}),
    ]


def _block_events(index: int, block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if block["type"] == "tool_use":
        start = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    yield "content_block_start", {"index": index, "content_block": start}
    yield "content_block_delta", {"index": index, "delta": delta}
    yield "content_block_stop", {"index": index}


def _completion(asked: dict[str, Any], reply: Reply) -> dict[str, Any]:
    schema = ((asked.get("response_format") or {}).get("json_schema") or {}).get("schema")
    functions = [tool["function"] for tool in asked.get("tools") or ()]
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if reply.says is None and functions:
        data = filled(functions[-1]["parameters"]) if reply.data is None else reply.data
        call = {"name": functions[-1]["name"], "arguments": json.dumps(data)}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
    else:
        message["content"] = reply.says or json.dumps(reply.data if reply.data is not None else filled(schema or {}))
    reason = reply.stop_reason or ("tool_calls" if "tool_calls" in message else "stop")
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": asked.get("model", "m"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150},
    }
