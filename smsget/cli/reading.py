"""The options by which a recipient file is read, and reading it: the same for every command that takes one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsget.cli.base import ID, App
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.recipients import RecipientList

FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Choices:
    """How a person wants a file read; nothing chosen is what is recognised."""

    countries: str
    phone_columns: tuple[str, ...]
    sheet: str | None
    encoding: str | None
    split: bool
    not_in: tuple[int, ...]


_OPTIONS = (
    click.option("--countries", default="TW", metavar="CODES",
                 help=N_("Countries meant: TW,HK or all. Taiwan alone if not given.")),
    click.option("--phone-column", "phone_columns", multiple=True, metavar="NAME",
                 help=N_("The column with the numbers, if it is not found by itself. Given several times: the first "
                         "usable number of a row, in this order.")),
    click.option("--sheet", metavar="NAME", help=N_("The sheet of a workbook; else the first with numbers.")),
    click.option("--encoding", metavar="NAME", help=N_("The file's encoding, such as cp950, if it is not recognised.")),
    click.option("--split", is_flag=True, help=N_("Take cells of several numbers apart.")),
    click.option("--not-in", "not_in", multiple=True, type=ID, metavar="LIST",
                 help=N_("Leave out who is on this saved list. May be given several times.")),
)  # fmt: skip

skip_option = click.option(
    "--skip-texted-days", "skip_days", type=click.IntRange(1, 3650), metavar="N",
    help=N_("Leave out whoever was texted in the last N days."),
)  # fmt: skip


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading a file; it gets them together, as `how`."""

    @functools.wraps(command)
    def collected(app: App, **given: Any) -> None:
        how = Choices(**{name: given.pop(name) for name in Choices.__slots__})
        command(app, how=how, **given)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected


def read_file(app: App, file: Path, how: Choices) -> RecipientList:
    """Read a recipient file, with the suppression list and the lists of the database if there is one.

    Raises `UnreadableFile`, and `BadRequest`: `unknown_country`, `no_such_list`.
    """
    from smsget.recipients import read_recipients

    store = app.store_if_any()
    if how.not_in and store is None:
        raise BadRequest("no_such_list", list=how.not_in[0])
    for list_id in how.not_in:
        app.store.lists.get(list_id)
    return read_recipients(
        file,
        countries=parse_countries(how.countries),
        phone_column=how.phone_columns,
        sheet=how.sheet,
        encoding=how.encoding,
        split=how.split,
        suppressed=store.suppression.phones() if store else frozenset(),
        listed=store.lists.phones(how.not_in) if store and how.not_in else frozenset(),
    )


def parse_countries(codes: str) -> tuple[str, ...]:
    """`TW,HK` or `all` as country codes. Raises `BadRequest('unknown_country')`."""
    from smsget.numbers import ALL_COUNTRIES

    wanted = [code.upper() for code in codes.replace(",", " ").split()]
    if wanted == ["ALL"]:
        return ALL_COUNTRIES
    for code in wanted or [codes]:
        if code not in ALL_COUNTRIES:
            raise BadRequest("unknown_country", country=code)
    return tuple(dict.fromkeys(wanted))
