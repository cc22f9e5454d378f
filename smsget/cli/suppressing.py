"""The suppression list: who must not be texted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import App, Stop, aligned, clock, taipei
from smsget.cli.commands import Group
from smsget.cli.reading import FILE
from smsget.cli.root import main
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.store import Suppressed

HELP = N_("Keep the list of numbers that must not be texted, whatever list they are on.")

suppress = Group("suppress", help=HELP, example="suppress list")
main.add_command(suppress)

reason_option = click.option("--reason", default="", help=N_("Why, in your own words."))


@suppress.work(
    "add", help=N_("Put numbers on the list."), example="suppress add 0912345678 --reason moved", keys="phones new"
)
@click.argument("numbers", nargs=-1, required=True)
@reason_option
def add(app: App, numbers: tuple[str, ...], reason: str) -> None:
    """All or nothing: a number that cannot be read stops it. `phones`: phone reason source at."""
    phones = _wire(numbers)
    new = app.store.suppression.add(phones, reason=reason)
    _show(app, _entries(app, phones), new=new)


@suppress.work("remove", help=N_("Take numbers off the list."), example="suppress remove 0912345678", keys="phones")
@click.argument("numbers", nargs=-1, required=True)
def remove(app: App, numbers: tuple[str, ...]) -> None:
    """`phones` holds what was on the list."""
    _show(app, app.store.suppression.remove(_wire(numbers)))


@suppress.work("list", help=N_("Show the list, newest first."), example="suppress list --json", keys="phones")
@click.option("--like", default="", metavar="DIGITS", help=N_("Only numbers that contain these digits."))
def list_(app: App, like: str) -> None:
    """`phones`: phone reason source at."""
    _show(app, app.store.suppression.all(like="".join(one for one in like if one.isdecimal())))


@suppress.work(
    "import",
    help=N_("Put every number of a file on the list."),
    example="suppress import unsubscribed.csv",
    keys="file phones new rejected",
)
@click.argument("file", type=FILE)
@click.option("--phone-column", metavar="NAME", help=N_("The column with the numbers, if it is not found by itself."))
@reason_option
def import_(app: App, file: Path, phone_column: str | None, reason: str) -> None:
    """Numbers of all countries. `rejected` counts the rows without a usable number."""
    from smsget.numbers import ALL_COUNTRIES
    from smsget.recipients import read_recipients

    read = read_recipients(file, countries=ALL_COUNTRIES, phone_column=phone_column)
    phones = read.phones
    new = app.store.suppression.add(phones, reason=reason, source="import")
    _show(app, _entries(app, phones), file=read.file, new=new, rejected=read.rejected)
    if not phones:
        raise Stop(app._("No row of this file holds a number."))


def _wire(numbers: Sequence[str]) -> list[str]:
    from smsget.numbers import to_wire

    phones: dict[str, None] = {}
    for number in numbers:
        wire = to_wire(number)
        if wire is None:
            raise BadRequest("bad_number", value=number)
        phones[wire] = None
    return list(phones)


def _entries(app: App, phones: Sequence[str]) -> list[Suppressed]:
    wanted = set(phones)
    return [one for one in app.store.suppression.all() if one.phone in wanted]


def _show(app: App, entries: Sequence[Suppressed], **more: object) -> None:
    data = [{"phone": one.phone, "reason": one.reason, "source": one.source, "at": taipei(one.at)} for one in entries]
    lines = aligned([(one.phone, clock(one.at), app.words.suppression_reason(one.reason)) for one in entries])
    app.result({**more, "phones": data}, lines or [app._("Nothing on the list.")])
