"""The engine, the sandbox, and care for the database."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from smsget.cli.base import App, Stop, aligned
from smsget.cli.root import main
from smsget.errors import StoreError
from smsget.i18n import N_


@main.work(
    "engine",
    help=N_(
        "Run the process that sends and receives. The dashboard and send start it by themselves; it ends when nothing "
        "is left to do and nobody looks."
    ),
    example="engine --idle 600",
)
@click.option("--idle", metavar="SECONDS", type=click.FloatRange(0), help=N_("How long it stays with nothing to do."))
def engine(app: App, idle: float | None) -> None:
    """Raises `HeldByAnother` when one runs already."""
    from smsget.engine import run_engine
    from smsget.launch import log_path

    app.account  # noqa: B018  (says when it is the sandbox, and whether half an account is set up)
    if sys.stderr.isatty():
        app.note(app._("The engine writes its log to {path}.").format(path=log_path(app.store.path)))
    run_engine(app.store, idle_s=idle)


def _faults_and_fates() -> str:
    """The tables of faults and fates, as they stand in the sandbox's own code."""
    from smsget.sandbox import DELIVERED, FATES, FAULTS

    rows = [f"  {name:<20} {told}" for name, told in FAULTS.items()]
    fates = [f"  {ending:<20} {fate.note}" for ending, fate in FATES.items()]
    return "\n".join(
        ["Faults:", *rows, "", "Last two digits of a number:", *fates, f"  {'others':<20} {DELIVERED.note}"]
    )


@main.work(
    "sandbox",
    help=N_(
        "Serve a faithful SMS-Get on 127.0.0.1 and print its address. No text leaves this computer. The last two "
        "digits of a number choose what becomes of its text."
    ),
    example="sandbox --port 8040 --ledger ledger.jsonl --fault drop_after_accept=0.1",
    details=_faults_and_fates,
)
@click.option("--port", type=click.IntRange(0, 65535), default=8040, help=N_("8040 if not given; 0 takes a free one."))
@click.option(
    "--ledger", type=click.Path(path_type=Path), metavar="FILE", help=N_("Where every accepted request is kept.")
)
@click.option("--credits", "points", type=click.IntRange(0), metavar="N", help=N_("Points of the account."))
@click.option("--account", metavar="U:P", help=N_("Account name and password; sandbox:sandbox if not given."))
@click.option("--latency-ms", type=click.FloatRange(0), default=0, metavar="N", help=N_("How long a request takes."))
@click.option("--fault", "faults", multiple=True, metavar="KIND=RATE", help=N_("A fault and how often, 0 to 1."))
@click.option("--callback-url", metavar="URL", help=N_("Where receipts and replies are posted."))
@click.option("--callback-delay-s", type=click.FloatRange(0), metavar="N", help=N_("Seconds until they are posted."))
@click.option("--seed", type=int, metavar="N", help=N_("Makes the faults repeatable."))
def sandbox(  # noqa: PLR0913  (a sandbox is these choices)
    app: App,
    *,
    port: int,
    ledger: Path | None,
    points: int | None,
    account: str | None,
    latency_ms: float,
    faults: tuple[str, ...],
    callback_url: str | None,
    callback_delay_s: float | None,
    seed: int | None,
) -> None:
    """Prints one line, its address, once it accepts connections; ends on SIGINT or SIGTERM."""
    from smsget.sandbox import SandboxConfig, parse_faults, serve

    username, separator, password = (account or "sandbox:sandbox").partition(":")
    if not (username and separator and password):
        raise click.UsageError(app._("--account is a name, a colon and a password"))
    config = SandboxConfig(
        port=port,
        ledger=ledger or app.db.parent / "sandbox-ledger.jsonl",
        username=username,
        password=password,
        latency_ms=latency_ms,
        faults=parse_faults(faults),
        callback_url=callback_url,
        seed=seed,
    )
    # what was not given keeps the sandbox's own default
    config.credits = config.credits if points is None else points
    config.callback_delay_s = config.callback_delay_s if callback_delay_s is None else callback_delay_s
    serve(config, ready=click.echo)


@main.work(
    "backup", help=N_("Copy the database, also while it is in use."), example="backup monday.db", keys="file bytes rows"
)
@click.argument("out", metavar="OUT.db", type=click.Path(path_type=Path))
def backup(app: App, out: Path) -> None:
    """Refuses to overwrite. `rows` counts the copy's rows by table."""
    store = app.store_if_any()
    if store is None:
        raise StoreError("no_database", path=str(app.db))
    folder = out.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    store.backup(out.absolute())
    with closing(sqlite3.connect(out)) as copy:
        tables = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        rows = {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables.fetchall()}  # noqa: S608
    size = out.stat().st_size
    told = app._("{path}: {size} bytes").format(path=out, size=f"{size:,}")
    app.result({"file": str(out), "bytes": size, "rows": rows}, [told])


@main.work(
    "purge",
    help=N_(
        "Forget the personal data of what is older: lists, messages' numbers, receipts, replies. Campaigns keep their "
        "figures, and the suppression list stays. This cannot be taken back."
    ),
    example="purge --older-than 180d",
    keys="rows",
)
@click.option("--older-than", required=True, metavar="DAYS", help=N_("Age in days, like 180d."))
@click.option("--yes", is_flag=True, help=N_("Do not ask, which it does at a terminal only."))
def purge(app: App, older_than: str, *, yes: bool) -> None:
    """`rows` counts what was forgotten by table."""
    from smsget.store import now

    match = re.fullmatch(r"([0-9]{1,5})\s*d?", older_than.strip().lower())
    if match is None:
        raise click.UsageError(app._("--older-than is a number of days, like 180d"))
    store = app.store_if_any()
    if store is None:
        raise StoreError("no_database", path=str(app.db))
    question = app.n_(
        "Forget the personal data of everything older than {n} day?",
        "Forget the personal data of everything older than {n} days?",
        int(match[1]),
    )
    asks = sys.stdin.isatty() and not app.json
    if asks and not app.confirm(question, yes=yes):
        raise Stop(app._("Nothing was forgotten."))
    rows = store.purge(now() - timedelta(days=int(match[1])))
    app.result({"rows": rows}, aligned(list(rows.items())))
