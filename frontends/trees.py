"""`docwatch init`, `forget` and `hooks`: which work trees docwatch knows, and their git hooks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from docwatch import tree
from docwatch.errors import UserError
from docwatch.frontends.terminal import emit_json, remark
from docwatch.ledger import Ledger
from docwatch.prose_ledger import ProseLedger
from docwatch.store import Store
from docwatch.tree import Tree

if TYPE_CHECKING:
    from docwatch.hooks.hook_status import HookStatus


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--no-hooks", is_flag=True, help="Leave git's hooks alone.")
def init(folder: str, *, no_hooks: bool) -> int:
    """Register the work tree that holds DIR and install its git hooks. Repeatable."""
    found = tree.find(folder, without_git=True)
    tree.register(found)
    with Store(found.store_path):
        pass
    click.echo(f"registered {found.root}")
    if found.git_dir is None:
        click.echo(f"no git here: documents are kept in {found.folder}")
    elif not no_hooks:
        install_hooks(found)
        click.echo("git hooks installed; see 'docwatch hooks status'")
    click.echo("next: 'docwatch up' keeps it documented")
    return 0


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--delete", is_flag=True, help="Delete its documents too.")
def forget(folder: str, *, delete: bool) -> int:
    """Unregister the work tree that holds DIR and remove its git hooks. Documents are kept unless --delete."""
    from docwatch.hooks import install
    from docwatch.watcher import presence

    found = tree.find(folder)
    if not tree.is_registered(found):
        raise UserError(f"{found.root} is not registered; 'docwatch init' registers it")
    watcher = presence.of(found)
    if watcher.pid is not None:
        raise UserError(f"{found.root} is being watched by process {watcher.pid}; stop it first ('docwatch stop')")
    shared = [other.root for other in tree.registered() if other.folder == found.folder and other.id != found.id]
    if found.git_dir is not None and not shared:
        install.uninstall(found)
    tree.forget(found)
    if os.path.exists(found.store_path):
        with Store(found.store_path) as store:
            Ledger(store, found.id).forget()
            ProseLedger(store, found.id).forget()
    if not delete:
        click.echo(f"forgotten {found.root}; its documents are kept in {found.folder}")
    elif shared:
        click.echo(f"forgotten {found.root}; its documents are kept for {', '.join(shared)}")
    else:
        import shutil

        shutil.rmtree(found.folder, ignore_errors=False)
        click.echo(f"forgotten {found.root}, and deleted {found.folder}")
    return 0


@click.group()
def hooks() -> None:
    """Install, remove or look at the git hooks of the work tree you are in."""


@hooks.command("install")
@click.argument("folder", metavar="[DIR]", default=".")
def hooks_install(folder: str) -> int:
    """Put the hooks in, beside what is there. Repeatable."""
    from docwatch.hooks import install

    found = tree.find(folder)
    tree.register(found)
    _show(install.install(found))
    return 0


@hooks.command("uninstall")
@click.argument("folder", metavar="[DIR]", default=".")
def hooks_uninstall(folder: str) -> int:
    """Take the hooks out, and put back byte for byte what was there before."""
    from docwatch.hooks import install

    _show(install.uninstall(tree.find(folder)))
    return 0


@hooks.command("status")
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def hooks_status(folder: str, *, as_json: bool) -> int:
    """Each hook: installed, outdated, foreign or missing."""
    from dataclasses import asdict

    from docwatch.hooks import install

    found = install.status(tree.find(folder))
    if as_json:
        emit_json(hooks=[asdict(hook) for hook in found])
    else:
        _show(found)
    return 0


def install_hooks(found: Tree) -> None:
    """Install them where that can be done; where not, say why and go on."""
    from docwatch.hooks import install

    try:
        install.install(found)
    except UserError as error:
        remark(f"docwatch: no git hooks: {error}")


def _show(found: list[HookStatus]) -> None:
    from docwatch.log import harmless

    for hook in found:
        after = f", after {os.path.basename(hook.chained)}" if hook.chained else ""
        reason = f": {hook.reason}" if hook.reason else ""
        click.echo(harmless(f"{hook.name:<14} {hook.state}{after}{reason}"))
