"""`docwatch doctor`: what is in order, what is not, and what to do about it, one line each."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cached_property

import click

from docwatch import config, git, store_health, tree
from docwatch.config import Config
from docwatch.documenters import prose
from docwatch.documenters.prose import keys
from docwatch.errors import ConfigError, DocwatchError, UserError
from docwatch.frontends import machine, render
from docwatch.frontends.findings import Finding, note, of_message, ok, problem
from docwatch.frontends.reading import NOTHING_YET
from docwatch.frontends.terminal import emit_json
from docwatch.hooks import install, script
from docwatch.hooks.hook_status import HookStatus
from docwatch.jobs import glance, server, server_health
from docwatch.log import harmless
from docwatch.tree import Tree
from docwatch.watcher import presence

COLOURS = {"ok": "green", "note": "yellow", "problem": "red"}
UNREAD_SECONDS = 60.0  # longer than any process that a hook starts leaves a notice lying
UP = "'docwatch up', or 'docwatch start'"


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(folder: str, *, as_json: bool) -> int:
    """What may keep the work tree that holds DIR from being documented, each with its fix. Exit 1 on a problem.

    Starts nothing, and writes nothing but docwatch's own empty folders.
    """
    patient = Patient(folder)
    found = dict(patient.findings())
    sound = all(finding.state != "problem" for finding in found.values())
    if as_json:
        checks = [{"name": name, **asdict(finding)} for name, finding in found.items()]
        emit_json(tree=patient.root, ok=sound, checks=checks)
    else:
        for name, finding in found.items():
            fix = f"; {finding.fix}" if finding.fix else ""
            word = click.style(finding.state.ljust(7), fg=COLOURS[finding.state])
            click.echo(f"{word}  {render.dim(name.ljust(11))}  {harmless(finding.text + fix)}")
    return 0 if sound else 1


class Patient:
    """Whatever there is at a folder, and the checks of it. A check that does not apply there answers None."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def findings(self) -> Iterator[tuple[str, Finding]]:
        yield from _carried_out(
            {
                "python": machine.python,
                "git": machine.git_version,
                "state": machine.state_folder,
                "config": self._config,
                "sqlite": lambda: ok(store_health.SQLITE_VERSION),
                "redis": self._redis,
                "workers": self._workers,
                "prose": self._prose,
                "tree": self._tree,
            }
        )
        if (found := self.tree) is not None:
            yield from _carried_out(
                {
                    "disk": lambda: machine.disk([config.state_folder(), found.folder]),
                    "file system": lambda: machine.file_system(found),
                    "clock": lambda: machine.clock([found.root, found.store_path]),
                    "inotify": lambda: machine.inotify(found),
                    "store": lambda: _store(found),
                    "watcher": lambda: _watcher(found),
                    "hooks": lambda: _hooks(found),
                    "spool": lambda: _spool(found),
                }
            )

    @cached_property
    def tree(self) -> Tree | None:
        try:
            return tree.find(self._folder)
        except DocwatchError:
            return None  # `_tree` says why

    @cached_property
    def root(self) -> str | None:
        return None if self.tree is None else self.tree.root

    @cached_property
    def settings(self) -> Config:
        try:
            return config.load(self.root)
        except ConfigError:
            return Config()  # `_config` says why

    def _tree(self) -> Finding:
        found = tree.find(self._folder)
        if not tree.is_registered(found):
            return note(f"{found.root} is not registered", "'docwatch init' or 'docwatch up' in it")
        if found.git_dir is None:
            return ok(f"{found.root}, without git")
        kind = ", a linked work tree" if found.git_dir != found.common_dir else ""
        if git.config_value(found.root, "core.sparseCheckout") == "true":
            kind += ", sparse: only what is checked out is documented"
        return ok(found.root + kind)

    def _config(self) -> Finding:
        config.load(self.root)
        own = [path for path in config.files(self.root) if os.path.exists(path) and not path.endswith("pyproject.toml")]
        asked = None if self.root is None else config.asked(self.root)
        if asked is not None and not asked.is_trusted:
            return note(f"{asked.path} asks for {', '.join(asked.settings)}", "read it, then 'docwatch trust'")
        return ok(", ".join(own) or "as it comes, no file")

    def _redis(self) -> Finding:
        url, health = server.shown_url(self.settings), server_health.look(self.settings)
        if not server.is_embedded(self.settings) and not health.answers:
            return problem(f"{url} does not answer", "start it, or unset DOCWATCH_REDIS_URL")
        if health.open_folder is not None:
            return problem(f"others may enter {health.open_folder}", f"chmod 700 {health.open_folder}")
        if health.evicts:
            return problem(f"{url} drops jobs when memory gets short", "set its maxmemory-policy to noeviction")
        if health.forgets:
            return note(f"{url} loses its jobs when it restarts; they are found again", "set appendonly to yes")
        if health.answers:
            return ok(url)
        if health.binary is None:
            return problem("there is no Redis server", "install valkey or redis-server, or set DOCWATCH_REDIS_URL")
        return ok(f"not running; the first 'docwatch up' or 'scan' starts {health.binary}")

    def _prose(self) -> Finding | None:
        writer = prose.prose_documenter(self.settings)
        if writer is None:
            return None
        keys.api_key(self.settings)
        where = f", at {self.settings.prose_url}" if self.settings.prose_url else ""
        return ok(f"{writer.name}, {writer.model}{where}")

    def _workers(self) -> Finding:
        found = glance.workers(self.settings)
        return ok(render.counted(len(found), "worker")) if found else note("no worker runs", UP)


def _carried_out(checks: Mapping[str, Callable[[], Finding | None]]) -> Iterator[tuple[str, Finding]]:
    for name, check in checks.items():
        try:
            finding = check()
        except (DocwatchError, OSError) as error:  # what is broken here hides nothing elsewhere
            finding = of_message(str(error))
        if finding is not None:
            yield name, finding


def _store(found: Tree) -> Finding:
    path = found.store_path
    if not os.path.exists(path):
        return of_message(NOTHING_YET, "note")
    health = store_health.look(path)
    if health.problem is not None:
        return of_message(f"{path}: {health.problem}")
    if aside := glob.glob(f"{glob.escape(path)}.damaged-*[0-9]"):
        return note(f"{len(aside)} damaged before, set aside as {max(aside)}", "delete it once nothing is missed")
    checked = "sound" if health.checked else "sound as far as looked at, it is large"
    return ok(f"{path}, version {health.version}, {health.size / (1 << 20):,.1f} MiB, {checked}")


def _watcher(found: Tree) -> Finding:
    seen = presence.of(found)
    if seen.problem is not None:  # one that polls, or compares, is late and misses nothing
        return of_message(seen.problem, "problem" if seen.mode == "off" else "note")
    if seen.mode == "off":
        return note("nobody watches: hooks and scans find what changes", UP)
    return ok(f"{seen.mode}, process {seen.pid}")


def _hooks(found: Tree) -> Finding | None:
    if found.git_dir is None:
        return None
    try:
        return of_hooks(install.status(found))
    except UserError as error:
        return of_message(str(error), "note")


def of_hooks(found: list[HookStatus]) -> Finding:
    """The worst there is to say of a tree's hooks."""
    tools = ", ".join(sorted({hook.tool for hook in found if hook.tool}))
    if silenced := next((hook for hook in found if hook.state == "silenced"), None):
        return of_message(silenced.reason)
    if those := [hook for hook in found if hook.state == "outdated"]:
        broken = any(not os.access(script.interpreter(hook.path), os.X_OK) for hook in those)
        return of_message(f"{_names(those)} outdated: {those[0].reason}", "problem" if broken else "note")
    if those := [hook for hook in found if hook.state != "installed"]:
        whose = tools and f", {tools} is there"
        return note(
            f"no {_names(those)} of ours{whose}: the watcher or a scan finds commits", "'docwatch hooks install'"
        )
    beside = tools or ("others" if any(hook.chained for hook in found) else "")
    unusual = next((f": {hook.reason}" for hook in found if hook.reason), "")
    return ok(f"{len(found)} installed{beside and f', beside {beside}'}{unusual}")


def _names(hooks: list[HookStatus]) -> str:
    return ", ".join(hook.name for hook in hooks)


def _spool(found: Tree) -> Finding | None:
    if found.git_dir is None or not os.path.isdir(found.folder):
        return None
    spool = os.path.join(found.folder, "spool")
    for path in (found.folder, spool):
        if os.path.exists(path) and not os.access(path, os.W_OK):
            return problem(f"git's hooks cannot write {path}", "make it yours, and writable")
    if not os.path.exists(spool):
        return ok("empty")
    age = time.time() - os.stat(spool).st_mtime
    if age < UNREAD_SECONDS:
        return ok("hooks have just left word")
    text = f"hooks left word {age / 60:,.0f} minutes ago and nobody has read it"
    if presence.of(found).mode == "off":
        return note(text, UP)
    return problem(f"{text}, the watcher neither", "'docwatch restart'")
