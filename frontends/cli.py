"""The command line: which commands there are, and the one place where their errors become a line and an exit code.

Exit codes: 0 done; 1 the user's problem, or some files failed; 2 wrong usage or configuration; 3 a bug; 130 ^C.
"""

from __future__ import annotations

import gc
import importlib
import keyword
import os
import sys

import click

from docwatch import __version__, config
from docwatch.errors import ConfigError, DocwatchError

# Command: (module, its one line in `docwatch --help`). Modules are imported when their command runs.
COMMANDS = {
    "up": ("up", "Do everything in the foreground: Redis, workers, hooks, scan, watch. ^C stops it."),
    "init": ("trees", "Register a work tree and install its git hooks."),
    "scan": ("scan", "Find what is owed a document and submit it."),
    "watch": ("up", "Watch a work tree; nothing else."),
    "worker": ("worker", "Run RQ workers."),
    "start": ("background", "The same as up, in the background."),
    "stop": ("background", "End what start started, and the private Redis."),
    "restart": ("background", "Stop, then start with the same work trees."),
    "service": ("at_login", "Have systemd or launchd run it whenever you are logged in."),
    "status": ("status", "Files by state, queue, workers, Redis, watcher."),
    "log": ("status", "The log, read from its end; with FILE, how its document changed over its commits."),
    "files": ("files", "Every file seen, its state and the reason."),
    "show": ("show", "The document of a file, with its state."),
    "diff": ("diff", "What changed in meaning between two revisions."),
    "note": ("note", "Note something about a file or symbol, and show what is noted."),
    "export": ("export", "Write documents as Markdown, or as JSON that can be imported."),
    "import": ("importing", "Take in an export, or what the older system knew."),
    "search": ("search", "Documents that match, best first."),
    "serve": ("serve", "All of it in a browser, changing by itself."),
    "touch": ("touch", "Say that files have changed, and go on at once: for editors and coding agents."),
    "agents": ("agents", "Tell coding agents about docwatch, in AGENTS.md and CLAUDE.md."),
    "mcp": ("mcp", "Serve the documents to a coding agent (Model Context Protocol)."),
    "why": ("files", "What decides that a path is documented or not."),
    "check": ("files", "Exit 1 if any document is stale: for CI and pre-push."),
    "doctor": ("doctor", "What may be in the way, each with its fix; exit 1 on a problem."),
    "cost": ("cost", "What prose has cost, by day, model and path."),
    "failed": ("failed", "Failures, grouped by cause."),
    "retry": ("failed", "Owe failed files again."),
    "trust": ("trust", "Let the repository's own file choose programs, models and addresses."),
    "hooks": ("trees", "Install, remove or look at the git hooks."),
    "forget": ("trees", "Unregister a work tree; documents are kept."),
}


class Commands(click.Group):
    """Knows every command by name and line, and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module("docwatch.frontends." + COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name + "_" * keyword.iskeyword(cmd_name))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"there is no command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="docwatch")
@click.option("-C", "folder", metavar="DIR", multiple=True, help="Run as if started in DIR, as git has it.")
@click.pass_context
def docwatch(context: click.Context, folder: tuple[str, ...]) -> None:
    """docwatch keeps a document for every source file of a git work tree, and keeps it true by itself.

    Begin with 'docwatch up' inside a repository; read with 'docwatch show FILE'.
    """
    if config.no_color():
        context.color = False
    for step in folder:
        try:
            os.chdir(step)
        except OSError as error:
            raise ConfigError(f"-C {step}: {error.strerror}; name a folder that is there") from error


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    code = run(arguments)
    gc.freeze()  # else the interpreter looks through all that there is once more before it ends
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    try:
        result = docwatch.main(arguments, prog_name="docwatch", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "docwatch"
        message = error.format_message()
        return _complain(message if message.endswith("?") else f"{message.rstrip('.')}; see '{command} --help'", 2)
    except ConfigError as error:
        return _complain(str(error), 2)
    except DocwatchError as error:
        return _complain(str(error), 1)
    except Exception as error:  # noqa: BLE001 - the one place a bug arrives: the user gets a line, we get a log
        return _report(error)
    return result if isinstance(result, int) else 0


def _complain(message: str, code: int) -> int:
    from docwatch.log import harmless

    click.echo("docwatch: " + harmless(message), err=True)
    return code


def _report(error: Exception) -> int:
    import logging
    import platform

    from docwatch import log
    from docwatch.shortage import shortage

    if config.debugging():
        raise error
    short = shortage(error)
    log.setup("cli")
    logging.getLogger("docwatch.cli").critical(
        "%s in docwatch %s, Python %s, %s: %s",
        "a bug" if short is None else "short of something",
        __version__,
        platform.python_version(),
        platform.platform(),
        " ".join(sys.argv),
        exc_info=error,
    )
    if short is not None:
        return _complain(short, 1)
    return _complain(f"a bug in docwatch: {type(error).__name__}: {error}; please send the end of {log.path()}", 3)
