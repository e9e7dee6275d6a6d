"""How fast does `docwatch mcp` answer, and does anything from outside the root get out?

    python bench/mcp.py [--paths 10000] [--files 1000] [--calls 100]

Starts the server as a client does, over its standard input and output, in a tree without a watcher: milliseconds to the
first answer (`initialize`) and to the second (`tools/list`), then of calls of each tool, at the median and the 99th
percentile. Beside it a server of the SDK alone with one tool that says nothing. Then hostile paths go through every
tool in one process; exits 1 if any tool tells of what is outside.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from begin import begun

from docwatch.frontends.mcp.tools import Tools
from tests.conftest import Repo
from tests.frontends import tools as asking

STARTS = 5
BARE = """
import anyio, mcp_types as types
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
async def tools(_context, _params):
    return types.ListToolsResult(tools=[types.Tool(name="nothing", input_schema={"type": "object"})])
async def call(_context, _params):
    return types.CallToolResult(content=[types.TextContent(type="text", text="{}")])
async def main():
    server = Server("bare", on_list_tools=tools, on_call_tool=call)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
anyio.run(main)
"""


def main() -> int:
    with begun(__doc__, paths=10_000, files=1_000, calls=100) as (place, given):
        repo = Repo(place / "repo")
        for number in range(given.files):
            source = f'from .m{number // 3} import f\ndef f(a: int):\n    """Says {number}."""\n'
            repo.write(f"shop/m{number}.py", source)
        asking.lay_out_secrets(repo)
        docwatch = (sys.executable, "-P", "-m", "docwatch", "-C", str(repo.root))
        subprocess.run((*docwatch, "scan", "--sync"), check=True, capture_output=True)
        speak((sys.executable, "-P", "-c", BARE), (*docwatch, "mcp"), given.calls)
        with Tools(repo.tree()) as tools:
            leaks = [path for path in asking.hostile_paths(given.paths, str(repo.root)) if asking.leaks(tools, path)]
    print(f"{given.paths} hostile paths through every tool: {len(leaks)} leaks {leaks[:5]!a}")
    return int(bool(leaks))


def speak(bare: tuple[str, ...], ours: tuple[str, ...], calls: int) -> None:
    began = [(starts(bare), starts(ours)) for _ in range(STARTS)]
    for number, title in enumerate(("first answer", "second answer")):
        base, took = (statistics.median(pair[whose][number] for pair in began) for whose in (0, 1))
        print(f"{title:<15} {took:7.0f} ms  {took / base:5.2f} x the bare SDK's {base:.0f} ms")
    with Session(bare) as session:
        base = statistics.median(session.timed("nothing", {}, calls))
    print(f"a call of the bare SDK {base:.2f} ms")
    questions = {**dict(asking.questions("shop/m7.py")), "docs_status": {}}
    with Session(ours) as session:
        for name, arguments in questions.items():
            times = session.timed(name, arguments, calls)
            median, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
            print(f"{name:<15} {median:7.2f} ms {slow:7.2f} ms at the 99th  {median / base:5.1f} x")


def starts(command: tuple[str, ...]) -> tuple[float, float]:
    began = time.perf_counter()
    with Session(command) as session:
        first = time.perf_counter() - began
        session.ask("tools/list", {})
        return 1000 * first, 1000 * (time.perf_counter() - began)


class Session:
    """A client that writes lines and reads lines."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command, self._asked = command, 0

    def __enter__(self) -> Session:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        client = {"name": "bench", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._write({"method": "notifications/initialized"})
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=20)

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        self._write({"id": self._asked, "method": method, "params": params})
        answer = json.loads(self._pipe(self._process.stdout).readline())
        assert answer["id"] == self._asked, answer
        return answer["result"]

    def timed(self, tool: str, arguments: dict[str, Any], count: int) -> list[float]:
        """Milliseconds of each call but the first."""
        times = []
        for _ in range(count + 1):
            began = time.perf_counter()
            answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
            times.append(1000 * (time.perf_counter() - began))
            assert not answer.get("isError"), answer
        return times[1:]

    def _write(self, message: dict[str, Any]) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        pipe.flush()

    @staticmethod
    def _pipe(found: Any) -> Any:
        assert found is not None
        return found


if __name__ == "__main__":
    sys.exit(main())
