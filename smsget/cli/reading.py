"""The options by which a recipient file is read, and reading it: the same for every command that takes one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsget.cli.base import LIST, App
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.recipients import RecipientList, Table

FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class Opening:
    """How a person wants a file opened; nothing chosen is what is recognised."""

    phone_columns: tuple[str, ...]
    sheet: str | None
    encoding: str | None
    no_header: bool

    @property
    def headed(self) -> bool | None:
        """Whether the file has a header, if the person says so."""
        return False if self.no_header else None


@dataclass(frozen=True)
class Choices(Opening):
    """How a person wants a file opened, and its rows read."""

    countries: str
    split: bool
    not_in: tuple[int, ...]


_COUNTRIES = click.option(
    "--countries", default="TW", metavar="CODES", help=N_("Countries meant: TW,HK or all. Taiwan alone if not given.")
)
_FIRST_USABLE = click.option(
    "--phone-column", "phone_columns", multiple=True, metavar="NAME",
    help=N_("The column with the numbers, if it is not found by itself. Given several times: the first usable number "
            "of a row, in this order."),
)  # fmt: skip
_ALL_OF_THEM = click.option(
    "--phone-column", "phone_columns", multiple=True, metavar="NAME",
    help=N_("Read this column only, instead of all that seem to hold numbers. May be given several times."),
)  # fmt: skip
_OPENING = (
    click.option("--sheet", metavar="NAME", help=N_("The sheet of a workbook; else the first with numbers.")),
    click.option("--encoding", metavar="NAME", help=N_("The file's encoding, such as cp950, if it is not recognised.")),
    click.option("--no-header", is_flag=True, help=N_("The file has no header: its first row is one like the others.")),
)  # fmt: skip
_ROWS = (
    click.option("--split", is_flag=True, help=N_("Take cells of several numbers apart.")),
    click.option("--not-in", "not_in", multiple=True, type=LIST, metavar="LIST",
                 help=N_("Leave out who is on this saved list. May be given several times.")),
)  # fmt: skip

skip_option = click.option(
    "--skip-texted-days", "skip_days", type=click.IntRange(1, 3650), metavar="N",
    help=N_("Leave out whoever was texted in the last N days."),
)  # fmt: skip


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading a file; it gets them together, as `how` (`Choices`)."""
    return _collected(command, Choices, (_COUNTRIES, _FIRST_USABLE, *_OPENING, *_ROWS))


def opening_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of opening a file all of whose phone columns count; it gets an `Opening` as `how`."""
    return _collected(command, Opening, (_ALL_OF_THEM, *_OPENING))


def _collected(
    command: Callable[..., None], kind: type[Opening], options: Sequence[Callable[[Any], Any]]
) -> Callable[..., None]:
    @functools.wraps(command)
    def collected(app: App, **given: Any) -> None:
        command(app, how=kind(**{one.name: given.pop(one.name) for one in fields(kind)}), **given)

    for option in reversed(options):
        collected = option(collected)
    return collected


def open_file(file: Path, how: Opening) -> Table:
    """Open a file as a table. Raises `UnreadableFile`."""
    from smsget.recipients import open_table

    return open_table(file, phone_columns=how.phone_columns, sheet=how.sheet, encoding=how.encoding, headed=how.headed)


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
        headed=how.headed,
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
