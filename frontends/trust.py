"""`docwatch trust`: let a repository's own file choose who writes prose and where content is sent."""

from __future__ import annotations

import json

import click

from docwatch import config, tree
from docwatch import trust as trusted
from docwatch.errors import UserError
from docwatch.log import harmless


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--revoke", is_flag=True, help="Trust it no more.")
def trust(folder: str, *, revoke: bool) -> int:
    """Trust what the configuration in the work tree that holds DIR asks for: programs, models, addresses.

    It counts until that file changes, on this machine, for you alone.
    """
    found = tree.find(folder)
    asked = config.asked(found.root)
    if revoke:
        known = [path for path in config.files(found.root)[1:] if trusted.forget(path)]
        click.echo(harmless(f"trusted no more: {', '.join(known)}" if known else "nothing here was trusted"))
        return 0
    if asked is None:
        raise UserError(f"{found.root} asks for nothing that needs trust; what it may ask for: {_names()}")
    trusted.remember(asked.path, asked.digest)
    click.echo(harmless(f"trusted, until it changes: {asked.path}"))
    for key, value in asked.settings.items():
        click.echo(harmless(f"  {key} = {json.dumps(value)}"))
    if "prose_url" in asked.settings:
        click.echo(harmless(f"source, and your API key, will be sent to {asked.settings['prose_url']}"))
    click.echo("take it back with 'docwatch trust --revoke'")
    return 0


def _names() -> str:
    return ", ".join(config.TRUSTABLE)
