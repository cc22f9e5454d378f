"""The program itself: the options before the command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from smsget import __version__
from smsget.cli.base import App
from smsget.cli.commands import Root
from smsget.i18n import N_

HELP = N_(
    "Text customers through SMS-Get. Without an account set up (SMSGET_USERNAME, SMSGET_PASSWORD) everything runs "
    "against a sandbox, and no text leaves this computer."
)


@click.group(
    cls=Root,
    help=HELP,
    example="check members.csv",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--db", type=click.Path(path_type=Path), metavar="PATH", help=N_("The database; else SMSGET_DB names it.")
)
@click.option("--json", "as_json", is_flag=True, help=N_("Print one JSON object."))
@click.version_option(__version__, prog_name="smsget", help=N_("Show the version and exit."))
@click.pass_context
def main(ctx: click.Context, db: Path | None, as_json: bool) -> None:
    """The root of all commands; `ctx.obj` is the `App`."""
    from smsget.store import default_path

    ctx.obj = App((db or default_path(os.environ)).absolute(), as_json)
