"""The private Redis: one for a user, started once, ended by whoever uses it last."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docwatch import config
from docwatch.errors import UserError
from docwatch.jobs import server


@pytest.fixture(autouse=True)
def none_left(home: Path) -> Iterator[None]:
    yield
    if server.is_embedded(config.load()):
        assert server.stop(config.load(), even_if_kept=True)


def test_it_is_started_once_and_found_again(home: Path) -> None:
    assert server.ensure(config.load(), keep=True)
    assert not server.ensure(config.load(), keep=True)
    assert server.answers(config.load())


def test_of_many_starters_at_once_one_starts_it(home: Path) -> None:
    code = (
        "from docwatch import config; from docwatch.jobs import server; print(server.ensure(config.load(), keep=True))"
    )
    starters = [subprocess.Popen((sys.executable, "-c", code), stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [starter.communicate(timeout=40)[0].strip() for starter in starters]
    assert sorted(said) == ["False"] * 5 + ["True"]


def test_only_its_user_can_reach_it(home: Path) -> None:
    server.ensure(config.load(), keep=True)
    path = server.url(config.load()).removeprefix("unix://")
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700


def test_a_folder_that_others_can_enter_is_not_trusted(home: Path) -> None:
    folder = home / "docwatch/redis"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    try:
        with pytest.raises(UserError, match="is not a private folder of yours; remove it, or set DOCWATCH_HOME"):
            server.ensure(config.load(), keep=True)
    finally:
        folder.chmod(0o700)


def test_a_socket_left_by_a_killed_server_is_in_nobodys_way(home: Path) -> None:
    server.ensure(config.load(), keep=True)
    path = server.url(config.load()).removeprefix("unix://")
    server.stop(config.load(), even_if_kept=True)
    Path(path).touch()
    assert server.ensure(config.load(), keep=True)


def test_what_is_in_the_queue_survives_a_restart(home: Path) -> None:
    from docwatch.jobs.connection import for_worker

    server.ensure(config.load(), keep=True)
    with for_worker(config.load()) as client:
        client.rpush("list", "one")
    server.stop(config.load(), even_if_kept=True)
    server.ensure(config.load(), keep=True)
    with for_worker(config.load()) as client:
        assert client.lrange("list", 0, -1) == [b"one"]


def test_it_is_not_taken_from_somebody_who_uses_it(home: Path) -> None:
    server.ensure(config.load(), keep=False)
    with server.using(config.load()):
        assert not server.stop(config.load(), even_if_kept=True)
    assert server.stop(config.load(), even_if_kept=True)


def test_one_that_was_started_to_stay_does_not_end_with_up(home: Path) -> None:
    server.ensure(config.load(), keep=True)
    assert not server.stop(config.load(), even_if_kept=False)
    assert server.answers(config.load())


def test_a_path_too_long_for_a_socket_is_got_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_HOME", str(tmp_path / ("long" * 30)))
    assert server.ensure(config.load(), keep=True)
    assert len(server.url(config.load())) < 110


def test_without_any_server_the_user_is_told_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_inside", lambda *_: [])
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(UserError, match=r"install valkey or redis-server, or set DOCWATCH_REDIS_URL"):
        server.ensure(config.load(), keep=True)


def test_a_configured_server_that_is_away_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://me:hunter2@127.0.0.1:1/0")
    with pytest.raises(UserError) as caught:
        server.ensure(config.load(), keep=True)
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_asking_for_it_imports_no_client(home: Path) -> None:
    code = "import sys; from docwatch import config; from docwatch.jobs import server; server.answers(config.load())"
    loaded = subprocess.check_output((sys.executable, "-c", code + "; print(*sys.modules)"), text=True).split()
    assert not {"redis", "rq"} & set(loaded)


def test_a_server_that_still_reads_what_it_has_kept_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers, but would take no job: with 20,000 jobs kept that lasts longer than a scan waits."""
    said = [b"-LOADING Redis is loading the dataset in memory\r\n"] * 3 + [b"+PONG\r\n"]
    with monkeypatch.context() as patch:
        patch.setattr(server, "_say", lambda *_: said.pop(0) if len(said) > 1 else said[0])
        assert not server.ensure(config.load(), keep=True)
    assert said == [b"+PONG\r\n"]
