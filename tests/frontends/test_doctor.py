"""What is in the way is named with its fix, a problem ends in exit code 1, and looking changes nothing."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from docwatch import config, git, store_health
from docwatch.config import Config
from docwatch.frontends import machine
from docwatch.frontends.doctor import of_hooks
from docwatch.hooks import install
from docwatch.jobs import glance, server
from docwatch.watcher import presence
from tests.conftest import Repo
from tests.frontends.conftest import Run

EVERY = (
    """python git state config sqlite redis workers tree disk file_system inotify store watcher hooks spool""".split()
)


def asked(run: Run, name: str, *arguments: str) -> tuple[str, str, str]:
    """State, text and fix of one check."""
    found = run("doctor", "--json", *arguments).json
    (check,) = [check for check in found["checks"] if check["name"] == name]
    return check["state"], check["text"], check["fix"]


def picture(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, when it was changed and what is in it; without the marks of SQLite's readers."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture
def well(repo: Repo, run: Run, redis_url: str) -> Repo:
    """A tree in which nothing is wrong, but that nobody works or watches."""
    repo.write("a.py")
    repo.commit()
    repo.document()
    run("hooks", "install")
    return repo


def test_a_tree_that_is_well_has_no_problem(well: Repo, run: Run) -> None:
    found = run("doctor", "--json")
    assert (found.code, found.json["ok"], found.json["tree"]) == (0, True, str(well.root))
    assert [check["name"].replace(" ", "_") for check in found.json["checks"]] == EVERY
    assert {check["name"] for check in found.json["checks"] if check["state"] != "ok"} <= {
        "workers",
        "watcher",
        "redis",
    }
    with presence.announced(well.tree()) as announcement:
        announcement.say("events", None)
        assert asked(run, "watcher") == ("ok", f"events, process {os.getpid()}", "")


def test_people_get_one_line_for_each_check_that_ends_with_the_fix(well: Repo, run: Run) -> None:
    run("hooks", "uninstall")
    lines = run("doctor").out.splitlines()
    assert len(lines) == len(EVERY)
    assert {line.split()[0] for line in lines} <= {"ok", "note", "problem"}
    assert next(line for line in lines if "hooks  " in line).endswith("; 'docwatch hooks install'")


def test_looking_changes_no_file_and_starts_no_server(repo: Repo, run: Run, home: Path) -> None:
    repo.write("a.py")
    repo.document()
    was = picture(repo.root) | picture(home)
    assert run("doctor").code == 0
    assert picture(repo.root) | picture(home) == was
    assert not server.answers(config.load())


def test_before_anything_is_set_up_each_step_is_named_and_none_is_a_problem(repo: Repo, run: Run) -> None:
    assert run("doctor").code == 0
    assert asked(run, "tree")[2] == "'docwatch init' or 'docwatch up' in it"
    assert asked(run, "store")[0] == "note"
    assert not (repo.root / ".git" / "docwatch").exists()


def test_where_there_is_no_tree_the_rest_is_still_looked_at(run: Run, tmp_path: Path) -> None:
    bare = Repo(tmp_path / "bare.git")
    bare.git("config", "core.bare", "true")
    for folder, said in ((tmp_path, "not a git repository"), (bare.root, "no work tree")):
        found = run("doctor", str(folder), "--json")
        assert (found.code, found.json["ok"], found.json["tree"]) == (1, False, None)
        (broken,) = [check for check in found.json["checks"] if check["state"] == "problem"]
        assert (broken["name"], said in broken["text"], bool(broken["fix"])) == ("tree", True, True)


def _bad_config(repo: Repo, _: pytest.MonkeyPatch) -> None:
    repo.write("docwatch.toml", "workerz = 3\n")


def _damaged_store(repo: Repo, _: pytest.MonkeyPatch) -> None:
    repo.write(".git/docwatch/docs.db", b"not a database" * 100)


def _newer_store(repo: Repo, _: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(repo.tree().store_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def _page_overwritten(repo: Repo, _: pytest.MonkeyPatch) -> None:
    path = Path(repo.tree().store_path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def _old_git(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "version", lambda: (2, 30, 9))


def _no_server(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://ada:hunter2@127.0.0.1:1/0")


def _no_binary(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCWATCH_REDIS_URL")
    monkeypatch.setattr(os, "access", lambda path, mode, ask=os.access: "server" not in path and ask(path, mode))


def _evicting(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"maxmemory-policy": b"allkeys-lru", "maxmemory": b"1000000", "appendonly": b"yes"}

    def ask(settings: Config, commands: list[tuple[str, ...]], ask: Callable[..., object] = glance._ask) -> object:
        if commands[0][0] != "CONFIG":
            return ask(settings, commands)
        return [[name.encode(), told[name]] for _, _, name in commands]

    monkeypatch.setattr(glance, "_ask", ask)


def _interpreter_gone(repo: Repo, _: pytest.MonkeyPatch) -> None:
    install.install(repo.tree(), python="/opt/gone/python")


def _silenced(repo: Repo, _: pytest.MonkeyPatch) -> None:
    hook = repo.root / ".git/hooks/post-commit"
    hook.rename(f"{hook}.old")
    hook.write_text("#!/bin/sh\ncall_lefthook()\n")


def _left_word(repo: Repo, _: pytest.MonkeyPatch) -> None:
    spool = Path(repo.tree().folder, "spool")
    spool.write_text(f"post-commit\t{repo.root}\n")
    os.utime(spool, (time.time() - 600,) * 2)


def _foreign_state(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("somewhere/else")
    (repo.root / "somewhere/home").symlink_to("else")
    monkeypatch.setenv("DOCWATCH_HOME", str(repo.root / "somewhere/home"))


def _small_limit(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_limit", lambda _: 0)


def _full(_: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 1 << 60)


@pytest.mark.parametrize(
    ("broken", "check", "state", "text", "fix"),
    [
        (_old_git, "git", "problem", "2.30.9 is too old", "install git 2.31 or newer"),
        (_bad_config, "config", "problem", "docwatch.toml:1: unknown key 'workerz'", "did you mean 'workers'?"),
        (_foreign_state, "state", "problem", "cannot make", "set DOCWATCH_HOME to a folder of yours"),
        (_damaged_store, "store", "problem", "file is not a database", "move it away, and 'docwatch scan'"),
        (_page_overwritten, "store", "problem", "docs.db: ", "move it away, and 'docwatch scan'"),
        (_newer_store, "store", "problem", "made by a newer docwatch", "upgrade docwatch"),
        (_no_server, "redis", "problem", "redis://127.0.0.1:1/0 does not answer", "unset DOCWATCH_REDIS_URL"),
        (_no_binary, "redis", "problem", "there is no Redis server", "install valkey or redis-server"),
        (_evicting, "redis", "problem", "drops jobs", "set its maxmemory-policy to noeviction"),
        (_interpreter_gone, "hooks", "problem", "/opt/gone/python, which is gone", "run 'docwatch hooks install'"),
        (
            _silenced,
            "hooks",
            "problem",
            "lefthook has set ours aside as post-commit.old",
            "run 'docwatch hooks install'",
        ),
        (_left_word, "spool", "note", "10 minutes ago and nobody has read it", "'docwatch up'"),
        (_small_limit, "inotify", "problem", "0 watches", "sudo sysctl fs.inotify.max_user_watches=524288"),
        (_full, "disk", "problem", "GiB free", "free some space"),
    ],
    ids=lambda given: given.__name__.strip("_") if callable(given) else "",
)
def test_each_thing_that_breaks_is_found_and_comes_with_its_fix(
    well: Repo,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[Repo, pytest.MonkeyPatch], None],
    check: str,
    state: str,
    text: str,
    fix: str,
) -> None:
    if check == "inotify" and not os.path.exists("/proc/sys/fs/inotify"):
        pytest.skip("this system has no inotify")
    broken(well, monkeypatch)
    ran = run("doctor", "--json")
    (found,) = [each for each in ran.json["checks"] if each["name"] == check]
    assert (found["state"], text in found["text"], fix in found["fix"]) == (state, True, True), found
    assert ran.code == (1 if state == "problem" else 0)
    assert "hunter2" not in ran.out


def test_a_watcher_that_does_not_read_what_hooks_leave_is_a_problem(well: Repo, run: Run) -> None:
    with presence.announced(well.tree()) as announcement:
        announcement.say("events", None)
        _left_word(well, pytest.MonkeyPatch())
        assert asked(run, "spool")[::2] == ("problem", "'docwatch restart'")


def test_a_watcher_that_sees_nothing_is_a_problem_and_one_that_is_late_is_worth_a_note(well: Repo, run: Run) -> None:
    with presence.announced(well.tree()) as announcement:
        announcement.say("polling", "too few watches; raise the limit")
        assert asked(run, "watcher") == ("note", "too few watches", "raise the limit")
        announcement.say("off", "it was moved; put it back")
        assert asked(run, "watcher") == ("problem", "it was moved", "put it back")


def test_the_private_servers_folder_open_to_others_is_a_problem(
    well: Repo, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCWATCH_REDIS_URL")
    assert asked(run, "redis")[0] == "ok"
    os.chmod(os.path.dirname(server._socket_path()), 0o755)
    state, text, _ = asked(run, "redis")
    assert (state, "others may enter" in text or "private folder" in text) == ("problem", True)


def test_a_redis_that_forgets_is_worth_a_note(well: Repo, run: Run, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.config_set("appendonly", "no")
        try:
            assert asked(run, "redis")[::2] == ("note", "set appendonly to yes")
        finally:
            client.config_set("appendonly", "yes")


def test_a_file_of_the_future_is_worth_a_note(well: Repo, run: Run) -> None:
    os.utime(well.root, (time.time() + 7200,) * 2)
    assert asked(run, "clock")[0] == "note"


def test_a_large_store_is_looked_at_for_a_while_only(well: Repo) -> None:
    with sqlite3.connect(well.tree().store_path) as connection:
        connection.execute(
            "CREATE TABLE much AS SELECT hex(randomblob(500)) FROM (SELECT 1 FROM ledger, "
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n))"
        )
    connection.close()
    assert not store_health.look(well.tree().store_path, seconds=0.0).checked
    assert store_health.look(well.tree().store_path).checked


def test_a_store_in_use_is_read_as_it_is_written(well: Repo) -> None:
    connection = sqlite3.connect(well.tree().store_path)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    assert store_health.look(well.tree().store_path).version == 99
    connection.close()


@pytest.mark.parametrize(
    ("root", "store", "state"),
    [
        ("ext4", "ext4", "ok"),
        ("overlay", "overlay", "ok"),
        ("fuseblk", "fuseblk", "ok"),
        ("virtiofs", "virtiofs", "note"),
        ("nfs4", "ext4", "note"),
        ("9p", "9p", "problem"),
        ("fuse.sshfs", "fuse.sshfs", "problem"),
    ],
)
def test_file_systems_without_events_or_locks_are_told_from_the_others(root: str, store: str, state: str) -> None:
    assert machine.file_system_of(root, store).state == state


def test_hooks_of_another_interpreter_that_is_there_are_worth_a_note_only(well: Repo) -> None:
    install.install(well.tree(), python="/bin/sh")
    assert of_hooks(install.status(well.tree())).state == "note"
