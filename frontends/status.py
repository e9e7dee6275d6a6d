"""`docwatch status` and `log`: how a tree's documents stand, who works on them, and what they said last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import click

from docwatch import budget, config, disk, gate, tree
from docwatch import log as logs
from docwatch.budget import Spent
from docwatch.config import Config
from docwatch.errors import ConfigError
from docwatch.frontends import render
from docwatch.frontends.reading import NOTHING_YET, Look, is_kept_true, reading
from docwatch.frontends.terminal import emit_json
from docwatch.gate import Gate
from docwatch.jobs import glance, server
from docwatch.jobs.glance import Glance
from docwatch.opened import OpenTree
from docwatch.tree import Tree
from docwatch.watcher import presence
from docwatch.watcher.presence import Presence

LOG_LINES = 5
_PROSE = {"fresh": "written", "queued": "pending", "running": "being written", "failed": "failed: 'docwatch failed'"}
MOST_LIMITS = 4  # shown, the nearest to its end first; --json has all of them


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `docwatch status` tells; `files` counts them by state."""

    tree: Tree
    files: dict[str, int]
    settings: Config
    redis: Glance
    watcher: Presence
    closed: Gate | None = None  # the gate before the tree's documenter, or before who writes its prose
    spent: tuple[Spent, ...] = ()
    no_room: str | None = None  # why nothing can be stored
    prose: dict[str, int] = field(default_factory=dict)  # files by the state of their prose; empty where none is wanted
    no_prose: str = ""  # why none is written that is to be: it has to be agreed to, or nobody can write it

    @property
    def is_watched(self) -> bool:
        return self.watcher.mode != "off"


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(folder: str, *, as_json: bool) -> int:
    """Files by state, queue, workers, Redis and watcher of the work tree that holds DIR. Starts nothing."""
    found = look(tree.find(folder))
    if as_json:
        emit_json(**fields(found))
        return 0
    for line in _lines(found):
        click.echo(line)
    return 0


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option(
    "-n", "count", type=click.IntRange(min=0), default=LOG_LINES, show_default=True, help="How many lines, or commits."
)
@click.option("-f", "follow", is_flag=True, help="Go on as lines are written, until ^C.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, an object for each new line with -f.")
def log(file: str | None, count: int, *, follow: bool, as_json: bool) -> int:
    """The last lines of the log of workers, watcher and hooks; with FILE, how its document changed over its commits."""
    if file is not None:
        if follow:
            raise ConfigError("-f follows the log; leave it out to see the commits of a file")
        from docwatch.frontends import history

        return history.tell(file, count, as_json=as_json)
    _say(logs.tail(count), as_json=as_json)
    if follow:
        for line in logs.follow():
            _say([line], as_json=as_json)
    return 0


def look(found: Tree) -> Status:
    """How things stand at this moment; nothing is started for it."""
    with reading(found) as opened:
        return of(found, None if opened is None else Look(opened))


def of(found: Tree, looked: Look | None) -> Status:
    """The same where the tree is open already; None where it has no store yet."""
    opened = None if looked is None else looked.opened
    settings = config.load(found.root) if opened is None else opened.config
    counts = dict.fromkeys(render.STATES, 0) if looked is None else looked.counts
    owed = counts["queued"] + counts["running"]
    return Status(
        found,
        counts,
        settings,
        glance.glance(settings),
        presence.of(found) if looked is None else looked.watcher,
        gate.of(settings.documenter, settings) or gate.of_prose(found.id, settings),
        tuple(budget.spent(settings, found.id)),
        disk.no_room(found.folder) if owed else None,
        {} if opened is None or settings.prose == config.NO_PROSE else opened.prose.counts(),
        "" if opened is None or settings.prose == config.NO_PROSE else _no_prose(opened),
    )


def _no_prose(opened: OpenTree) -> str:
    from docwatch.frontends import prose

    return prose.problem(opened)


def fields(found: Status) -> dict[str, object]:
    """What `status --json` prints."""
    watcher: dict[str, object] = {"ok": is_kept_true(found.watcher), "mode": found.watcher.mode}
    if found.watcher.problem is not None:
        watcher["problem"] = found.watcher.problem
    shown: dict[str, object] = {
        "tree": found.tree.root,
        "files": found.files,
        "workers": [asdict(worker) for worker in found.redis.workers],
        "queues": {glance.QUEUE: found.redis.queued},
        "redis": {
            "ok": found.redis.ok,
            "url": server.shown_url(found.settings),
            "embedded": server.is_embedded(found.settings),
        },
        "watcher": watcher,
    }
    # What most people never see: said where there is something to say.
    if found.redis.alarm is not None:
        shown["alarm"] = found.redis.alarm
    if found.closed is not None:
        shown["paused"] = {
            "documenter": found.closed.who,
            "kind": found.closed.kind,
            "reason": found.closed.reason,
            "resumes_at": round(found.closed.resumes_at),
        }
    if found.spent:
        shown["spend"] = {one.key: {"spent": one.spent, "limit": one.limit} for one in found.spent}
    if found.prose:
        shown["prose"] = {state: found.prose.get(state, 0) for state in _PROSE}
        shown["queues"] = {glance.QUEUE: found.redis.queued, glance.PROSE_QUEUE: found.redis.prose_queued}
    if found.no_prose:
        shown["no_prose"] = found.no_prose
    if found.no_room is not None:
        shown["store"] = {"ok": False, "problem": found.no_room}
    return shown


def _lines(found: Status) -> Iterator[str]:
    yield render.bold(logs.harmless(found.tree.root))
    for title, text in _facts(found):
        yield f"  {render.dim(title.ljust(8))} {text}"
    for line in advice(found):
        yield from (click.style(part, fg="yellow") for part in render.wrapped(f"! {line}", hanging="  "))
    if lines := logs.tail(LOG_LINES):
        yield ""
        yield from map(render.dim, map(render.cut, lines))


def _facts(found: Status) -> Iterator[tuple[str, str]]:
    shown = [f"{count:,} {render.coloured(state)}" for state, count in found.files.items() if count]
    yield "files", ", ".join(shown) or "none"
    if found.prose:
        said = (f"{found.prose[state]:,} {word}" for state, word in _PROSE.items() if state in found.prose)
        yield "prose", ", ".join(said)
    states = Counter(worker.state for worker in found.redis.workers)
    yield "workers", ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
    yield "queue", render.counted(found.redis.queued, "job")
    whose = "private server, " if server.is_embedded(found.settings) else ""
    answers = "answers" if found.redis.ok else "does not answer"
    yield "redis", logs.harmless(f"{whose}{answers}, {server.shown_url(found.settings)}")
    if found.spent:
        used = sorted(found.spent, key=lambda one: one.spent / one.limit if one.limit else 1.0, reverse=True)
        yield (
            "spend",
            ", ".join(f"{_number(one.spent)} of {_number(one.limit)} {one.key}" for one in used[:MOST_LIMITS]),
        )
    by = f", process {found.watcher.pid}" if found.watcher.pid is not None else ""
    yield "watcher", f"{found.watcher.mode}{by}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def advice(found: Status) -> Iterator[str]:
    """What is off, and what to do about it."""
    if not any(found.files.values()):
        yield NOTHING_YET
        return
    if found.no_room is not None:
        yield f"nothing can be stored in {found.tree.folder} ({found.no_room}): free some space; the work waits for it"
    yield from _in_the_way(found)
    if found.watcher.problem is not None:
        yield f"the watcher: {found.watcher.problem}"
    if not found.redis.ok and not server.is_embedded(found.settings):
        yield f"Redis at {server.shown_url(found.settings)} does not answer: start it, or unset DOCWATCH_REDIS_URL"
    if found.redis.alarm:
        yield f"{logs.harmless(found.redis.alarm)}: 'docwatch log -n 20' says more"
    owed = found.files["queued"] + found.files["running"]
    if owed and not found.redis.workers:
        yield f"{render.counted(owed, 'file')} owed and no worker runs: 'docwatch worker', or 'docwatch start'"
    if not found.is_watched:
        stale = render.counted(found.files["stale"], "stale file") if found.files["stale"] else ""
        yield f"no watcher{' and ' + stale if stale else ''}: 'docwatch up', or 'docwatch scan' for once"
    if found.files["failed"]:
        yield f"{render.counted(found.files['failed'], 'file')} failed: 'docwatch failed' says why"


def _in_the_way(found: Status) -> Iterator[str]:
    """Why documenters that call somebody do not."""
    if found.closed is not None:
        why = f"{found.closed.who} is {found.closed.kind}: {found.closed.reason}"
        yield f"{why}; it is asked again {found.closed.when}, or after 'docwatch retry --all'"
    if found.no_prose:
        yield found.no_prose


def _say(lines: list[str], *, as_json: bool) -> None:
    if as_json:
        emit_json(lines=lines)
        return
    for line in lines:
        click.echo(logs.harmless(line))
