"""Try a text on one's own phone before customers get it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import App, Stop
from smsget.cli.pricing import people, two_way_option
from smsget.cli.reading import FILE, Choices, read_file, reading_options
from smsget.cli.root import main
from smsget.cli.steering import CAMPAIGN_KEYS, report_campaign
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.campaigns import Recipient
    from smsget.recipients import RecipientList


@main.work(
    "try",
    help=N_("Send a text to your own numbers, as one person of a file would get it. It costs what a text costs."),
    example='try members.csv --text "{{姓名|貴賓}}您好，週年慶八折" --row 5 --to 0912345678',
    keys=CAMPAIGN_KEYS,
)
@click.argument("file", type=FILE)
@click.option("--text", required=True, help=N_("The text; {{column}} or {{column|fallback}} merges a column."))
@click.option(
    "--row", type=click.IntRange(1), metavar="N", help=N_("Whose values: the line in the file. Else the first.")
)
@click.option("--to", "numbers", multiple=True, metavar="NUMBER", help=N_("Your number, if it is not in the settings."))
@reading_options
@two_way_option
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
def try_(
    app: App,
    *,
    file: Path,
    text: str,
    row: int | None,
    numbers: tuple[str, ...],
    how: Choices,
    two_way: bool,
    yes: bool,
) -> None:
    """A campaign of its own, marked as a test."""
    from smsget.campaigns import MergeText
    from smsget.launch import ensure_engine

    read = read_file(app, file, how)
    MergeText(text).check_fields(read.fields)
    person = _person(app, read, row)
    phones = [_wire(number) for number in numbers] or app.store.reviewing.own_numbers()
    account = app.account
    if not phones:
        raise BadRequest("no_recipients")
    question = app.n_("Text {n} number of your own?", "Text {n} numbers of your own?", len(phones))
    if not app.confirm(question, yes=yes, before=[MergeText(text).render(person.fields)]):
        raise Stop(app._("Nothing was sent."))
    name = app._("Test: {name}").format(name=file.stem)
    campaign = app.store.test_sends.send(
        name, text, person.fields, phones, account.key, once=secrets.token_hex(8), two_way=two_way
    )
    ensure_engine(app.store, account.key)
    report_campaign(app, campaign)


def _person(app: App, read: RecipientList, row: int | None) -> Recipient:
    found = next((one for one in people(read) if row in (None, one.row)), None)
    if found is None:
        raise Stop(app._("No person of this file is on that line, or nobody can be texted."))
    return found


def _wire(number: str) -> str:
    from smsget.numbers import read_number

    reading = read_number(number)
    if reading.outcome != "number":
        raise BadRequest("bad_number", value=number)
    return reading.wire
