"""`docwatch trust` says what it lets a repository choose, and takes it back."""

from __future__ import annotations

from pathlib import Path

from docwatch import config
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.frontends.conftest import Run

ASKS = 'prose = "command"\nprose_command = ["writer", "\\u001b[2J"]\nprose_url = "https://models.example"\n'


def test_what_is_trusted_is_shown_and_counts_for_what_runs_already(repo: Repo, run: Run) -> None:
    repo.write("docwatch.toml", ASKS)
    with OpenTree(repo.tree()) as opened:
        assert opened.config.prose == "none"
        ran = run("trust")
        opened.refresh()
        assert opened.config.prose_command == ("writer", "\x1b[2J")
        assert (ran.code, ran.out.splitlines()) == (
            0,
            [
                f"trusted, until it changes: {repo.root}/docwatch.toml",
                '  prose = "command"',
                '  prose_command = ["writer", "\\u001b[2J"]',
                '  prose_url = "https://models.example"',
                "source, and your API key, will be sent to https://models.example",
                "take it back with 'docwatch trust --revoke'",
            ],
        )
        assert run("trust", "--revoke").out == f"trusted no more: {repo.root}/docwatch.toml\n"
        opened.refresh()
        assert opened.config.prose == "none"
    assert run("trust", "--revoke").out == "nothing here was trusted\n"


def test_where_nothing_needs_trust_it_says_what_would(repo: Repo, run: Run) -> None:
    repo.write("docwatch.toml", 'exclude = ["a"]\n')
    ran = run("trust")

    assert ran.code == 1
    assert all(key in ran.err for key in config.TRUSTABLE)


def test_doctor_names_what_is_asked_for_and_not_trusted(repo: Repo, run: Run) -> None:
    repo.write("docwatch.toml", ASKS)

    def said() -> str:
        return next(check["text"] for check in run("doctor", "--json").json["checks"] if check["name"] == "config")

    assert "docwatch.toml asks for prose, prose_command, prose_url" in said()
    run("trust")
    assert "asks for" not in said()


def test_doctor_says_who_writes_prose_or_why_nobody_can(repo: Repo, run: Run, home: Path) -> None:
    def said(text: str) -> tuple[str, str]:
        (home / "docwatch").mkdir(exist_ok=True)
        (home / "docwatch/config.toml").write_text(text)
        checks = {check["name"]: check for check in run("doctor", "--json").json["checks"]}
        return (checks["prose"]["state"], checks["prose"]["text"]) if "prose" in checks else ("", "")

    assert said("") == ("", "")
    assert said('prose = "claude"\nprose_url = "https://gateway.example"\n') == (
        "ok",
        "claude, sonnet, at https://gateway.example",
    )
    assert said('prose = "cluade"\n')[0] == "problem"
    assert said('prose = "claude"\nprose_key_env = "NO_SUCH"\n') == ("problem", "prose_key_env: NO_SUCH is not set")
