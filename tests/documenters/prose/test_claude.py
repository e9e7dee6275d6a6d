"""The `claude` program: what it is told, what it must not find, and what its words mean.

A fake in its place writes down how it was called and prints what the real one printed (see claude_cases.py).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docwatch import budget
from docwatch.config import Config
from docwatch.documenters.prose import Usage, claude, prose_documenter
from docwatch.documenters.prose.claude import Claude
from docwatch.documenters.prose.writing import write
from docwatch.errors import BlockedError, FlakyError, ThrottledError, TransientError
from tests.conftest import Repo

from .claude_cases import CASES, QUESTION
from .conftest import Counting, request, scanned
from .contract import *  # noqa: F403 - its tests are run with our stage
from .contract import HURRIED_SECONDS, SECONDS, Stage
from .model_server import Reply, model_server

RECORDED = Path(__file__).parent / "recorded"
HELP = " ".join((*claude._FLAGS, *claude._FLAGS_WITH_VALUE))

FAKE = """#!{python} -IS
import json, os, sys
if "--help" in sys.argv:
    print({help!r})
elif "--version" in sys.argv:
    print("1.0.3 (Claude Code)")
else:
    seen = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "there": os.listdir("."), "environment": dict(os.environ)}}
    seen["stdin"] = sys.stdin.read()
    with open({log!r}, "a") as file:
        file.write(json.dumps(seen) + "\\n")
{does}
"""


class Fake:
    """A program in the place of `claude`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "claude"
        self._log = folder / "calls"

    def does(self, code: str, *, helps: str = HELP) -> Fake:
        indented = "".join(f"    {line}\n" for line in code.splitlines())
        text = FAKE.format(python=sys.executable, help=helps, log=str(self._log), does=indented)
        self.path.write_text(text)
        self.path.chmod(0o755)
        return self

    def prints(self, name: str) -> Fake:
        failed = '"is_error":true' in (RECORDED / f"{name}.jsonl").read_text()
        return self.does(f"sys.stdout.write(open({str(RECORDED / f'{name}.jsonl')!r}).read()); sys.exit({int(failed)})")

    @property
    def calls(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def ask(self, usages: list[Usage] | None = None, **settings: object) -> object:
        return Claude(Config(prose_claude=str(self.path), **settings)).ask(  # type: ignore[arg-type]
            QUESTION, (usages if usages is not None else []).append
        )


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "CLAUDE"))]:
        monkeypatch.delenv(name)
    return Fake(tmp_path)


@pytest.fixture
def stage(fake: Fake, tmp_path: Path) -> Stage:
    script = tmp_path / "script"
    fake.does(
        f"told = json.load(open({str(script)!r}))\n"
        "if told['hangs']:\n    import time; time.sleep(120)\n"
        "schema = json.loads(sys.argv[sys.argv.index('--json-schema') + 1])\n"
        "names = schema['properties']['symbols']['properties']\n"
        "answer = told['data'] or {'overview': 'O.', 'symbols': {name: 'S.' for name in names}, 'notes': []}\n"
        "failed = told['status'] != 200\n"
        "result = {'type': 'result', 'is_error': failed, 'result': 'no', 'modelUsage': {'m': {'inputTokens': 1}}}\n"
        "if failed:\n    result['api_error_status'] = told['status']\n"
        "elif told['says'] is None:\n    result['structured_output'] = answer\n"
        "print(json.dumps(result)); sys.exit(int(failed))"
    )

    def tell(reply: Reply) -> None:
        script.write_text(json.dumps(vars(reply)))

    def documenter(seconds: int) -> Claude:
        return Claude(Config(prose_claude=str(fake.path), prose_seconds=seconds))

    return Stage(documenter(SECONDS), documenter(HURRIED_SECONDS), tell)


@pytest.mark.parametrize("name", [name for name in CASES if name != "hangs"])
def test_what_the_real_program_printed_is_understood(name: str, fake: Fake) -> None:
    case, usages = CASES[name], list[Usage]()
    fake.prints(name)
    if case.error is None:
        assert (
            fake.ask(usages)
            == json.loads((RECORDED / f"{name}.jsonl").read_text().splitlines()[-1])["structured_output"]
        )
        assert usages == [Usage("claude-sonnet-5", 120, 30, 0.00081)]
        return
    with pytest.raises(case.error) as caught:
        fake.ask(usages)
    assert type(caught.value) is case.error
    assert case.said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert bool(usages) == case.costs
    if isinstance(caught.value, ThrottledError):
        assert (caught.value.seconds is not None) == (case.seconds is not None)
    if name == "spend_limit":
        assert isinstance(caught.value, BlockedError)
        assert caught.value.resumes_at == 1_827_619_200, "midnight of 1 December 2027"


def test_the_source_is_on_stdin_and_the_program_finds_nothing_of_ours(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "PYTHONPATH", "NODE_OPTIONS", "CLAUDECODE", "UNRELATED_SECRET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "token")
    fake.prints("answer").ask(prose_url="http://127.0.0.1:9", prose_models=("opus",), prose_cents=7)

    (call,) = fake.calls
    argv, environment = call["argv"], call["environment"]
    assert isinstance(argv, list)
    assert isinstance(environment, dict)
    assert call["stdin"] == QUESTION.prompt
    assert "CANARY_OF_SOURCE" not in " ".join(argv), "arguments are for everybody on the machine to see"
    assert call["there"] == []
    assert not str(call["cwd"]).startswith(os.getcwd())
    assert argv[argv.index("--tools") + 1] == argv[argv.index("--setting-sources") + 1] == ""
    assert {"-p", "--safe-mode", "--strict-mcp-config", "--no-session-persistence"} <= set(argv)
    assert argv[argv.index("--model") + 1] == "opus"
    assert argv[argv.index("--max-budget-usd") + 1] == "0.07"
    assert json.loads(argv[argv.index("--json-schema") + 1]) == QUESTION.schema
    assert environment["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:9"
    assert environment["CLAUDE_CODE_OAUTH_TOKEN"] == "token"
    assert environment["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == str(QUESTION.answer_tokens)
    assert "ANTHROPIC_API_KEY" not in environment, "a subscription would not be used beside a key"
    assert not {"GIT_DIR", "PYTHONPATH", "NODE_OPTIONS", "CLAUDECODE", "UNRELATED_SECRET"} & environment.keys()


def test_claude_gets_the_login_and_nothing_that_steers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {
        "ANTHROPIC_API_KEY",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "https_proxy",
        "AWS_PROFILE",
        "LC_ALL",
    }
    dropped = {"NODE_OPTIONS", "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "GIT_DIR", "PYTHONPATH", "LD_PRELOAD", "SECRET"}
    for name in kept | dropped:
        monkeypatch.setenv(name, "x")
    found = claude._environment(Config())

    assert kept | {"PATH", "HOME"} <= found.keys()
    assert not dropped & found.keys()


def test_a_configured_key_goes_to_the_environment_and_nowhere_else(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "sk-ours")
    fake.prints("answer").ask(prose_key_env="OUR_KEY")

    (call,) = fake.calls
    assert call["environment"]["ANTHROPIC_API_KEY"] == "sk-ours"  # type: ignore[index]
    assert "OUR_KEY" not in call["environment"]  # type: ignore[operator]
    assert "sk-ours" not in json.dumps(call["argv"])


def test_a_program_that_is_too_old_is_refused_with_its_version_and_not_asked(fake: Fake) -> None:
    fake.does("", helps=HELP.replace("--safe-mode", ""))

    with pytest.raises(
        BlockedError, match=r"1\.0\.3 \(Claude Code\), is too old: it lacks --safe-mode; run 'claude update'"
    ):
        fake.ask()
    assert fake.calls == []


def test_a_program_that_cannot_run_is_told_from_one_that_is_too_old(fake: Fake) -> None:
    """npm installs a stub that says so where it was not allowed to run scripts."""
    fake.path.write_text("#!/bin/sh\necho 'Error: claude native binary not installed.' >&2\nexit 1\n")
    fake.path.chmod(0o755)
    with pytest.raises(BlockedError, match=r"cannot run: Error: claude native .*; install it again, or configure"):
        fake.ask()


def test_what_the_program_can_is_asked_once(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.prints("answer").ask()
    monkeypatch.setattr(claude, "_FLAGS", {**claude._FLAGS, "--no-such": ()})
    fake.ask()
    os.utime(fake.path)

    with pytest.raises(BlockedError, match="--no-such"):
        fake.ask()


def test_where_there_is_no_program_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BlockedError, match="there is no program claude; install it"):
        Claude(Config()).ask(QUESTION, [].append)


def test_one_that_hangs_or_fills_its_error_output_is_dealt_with(fake: Fake) -> None:
    with pytest.raises(TransientError, match="took longer"):
        fake.does("import time; time.sleep(120)").ask(prose_seconds=1)
    fake.does(f"sys.stderr.write('e' * 10_000_000); print(open({str(RECORDED / 'answer.jsonl')!r}).read())")
    assert fake.ask()


@pytest.mark.parametrize(
    "printed", ["", "{", "[]", "null\n7", '{"type": "result", "result": 3, "is_error": true}', '{"type":"result"}']
)
def test_odd_output_is_one_of_our_errors(printed: str, fake: Fake) -> None:
    with pytest.raises(TransientError):
        fake.does(f"print({printed!r}); sys.exit(1)").ask()
    with pytest.raises(TransientError):
        fake.does(f"print({printed!r})").ask()


def test_the_next_model_is_asked_where_one_is_overloaded(fake: Fake) -> None:
    code = "name = 'overloaded' if 'opus' in sys.argv else 'answer'\n"
    fake.does(code + f"print(open(f'{RECORDED}/{{name}}.jsonl').read())")

    assert fake.ask(prose_models=("opus", "sonnet"))
    assert [call["argv"][-1] for call in fake.calls] == ["opus", "sonnet"]  # type: ignore[index]


def test_an_answer_without_structure_is_asked_for_once_more(fake: Fake) -> None:
    fake.prints("no_structure")
    meter = Counting()
    documenter = prose_documenter(Config(prose="claude", prose_claude=str(fake.path)))
    assert documenter is not None

    with pytest.raises(FlakyError):
        list(write(request("def f(): pass\n"), documenter, meter))
    assert len(meter.usages) == len(fake.calls) == 2


BINARY = os.environ.get("CLAUDE_FOR_TESTS") or shutil.which("claude") or ""


@pytest.fixture(scope="session")
def real_claude(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The real program: what CLAUDE_FOR_TESTS names, the one on PATH, or in CI the npm package."""
    if BINARY:
        return BINARY
    if not (os.environ.get("CI") and shutil.which("npm")):
        pytest.skip("no claude on PATH, nor in CLAUDE_FOR_TESTS; in CI npm brings it")
    folder = tmp_path_factory.mktemp("claude")
    command = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder)
    done = subprocess.run((*command, "@anthropic-ai/claude-code@2.1.197"), capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm does not give it: {done.stderr.strip()[-200:]}")
    return str(next(path for path in folder.rglob("claude") if path.is_file() and path.stat().st_size > 1 << 20))


@pytest.mark.network
@pytest.mark.timeout(180)
def test_the_real_program_writes_as_a_job_and_no_customisation_of_its_user_or_the_repository_counts(
    real_claude: str, home: Path, fake: Fake, repo: Repo, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bench/claude.py goes through all the cases."""
    trap = f"touch {home}/sprung"
    hooks = {
        event: [{"hooks": [{"type": "command", "command": trap}]}] for event in ("SessionStart", "UserPromptSubmit")
    }
    settings = json.dumps({"hooks": hooks, "env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}})
    servers = json.dumps({"mcpServers": {"x": {"command": "touch", "args": [f"{home}/sprung"]}}})
    for folder, theirs in ((home, ".claude.json"), (repo.root, ".mcp.json")):
        (folder / ".claude").mkdir()
        (folder / ".claude/CLAUDE.md").write_text("CANARY_OF_USER")
        (folder / ".claude/settings.json").write_text(settings)
        (folder / theirs).write_text(servers)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    monkeypatch.setenv("DOCWATCH_EXCLUDE", "*,!/a.py")
    repo.write("a.py", "def f():\n    return 'CANARY_OF_SOURCE'\n")
    with model_server() as server:
        rows = scanned(repo, prose="claude", prose_claude=real_claude, prose_url=server.url)

    assert {path: (row.state, row.oid) for path, row in rows.items()} == {"a.py": ("fresh", repo.oid("a.py"))}
    assert "CANARY_OF_SOURCE" in server.received
    assert "CANARY_OF_USER" not in server.received
    assert [tool["name"] for tool in server.requests[0]["tools"]] == ["StructuredOutput"]
    assert [(one.calls, one.tokens_in, one.tokens_out) for one in budget.costs("day", 0)] == [(1, 120, 30)]
    assert len(server.requests) == 1
    assert not (home / "sprung").exists()
