"""The suppression list: who must not be texted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.audience import FIRST_PROBLEMS, told_problems
from smsget.cli.base import App, Stop, aligned, clock, stamp, taipei
from smsget.cli.commands import Group
from smsget.cli.reading import FILE, Opening, open_file, opening_options
from smsget.cli.root import main
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.recipients import EveryNumber, Problem
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
    "export",
    help=N_("Write the list to a file, which import takes elsewhere."),
    example="suppress export suppressed.csv",
    keys="rows",
)
@click.argument("out", metavar="OUT.csv", type=FILE)
def export(app: App, out: Path) -> None:
    """Columns: phone reason source at. `rows` counts what was written."""
    from smsget.export import write_csv

    app.keep_apart(out)
    rows = ((one.phone, one.reason, one.source, stamp(one.at)) for one in app.store.suppression.all())
    written = write_csv(out, ["phone", "reason", "source", "at"], rows)
    app.result({"rows": written}, [app.n_("{n} number was written.", "{n} numbers were written.", written)])


@suppress.work(
    "import",
    help=N_("Put every number of a file on the list: of all its phone columns, and every one of a cell."),
    example="suppress import unsubscribed.csv --rejects not-read.csv",
    keys="file phone_columns phones new rejected problems",
)
@click.argument("file", type=FILE)
@opening_options
@click.option("--rejects", type=FILE, metavar="OUT.csv", help=N_("Write the rows with something unread there."))
@reason_option
def import_(app: App, *, file: Path, how: Opening, rejects: Path | None, reason: str) -> None:
    """Numbers of all countries. `rejected` counts cells, or pieces of one, that are no number; `problems`: the first.

    A remark beside a number does not keep it off the list.
    """
    from smsget.export import write_csv
    from smsget.recipients import every_number

    if rejects is not None:
        app.keep_apart(rejects, file)
    read = every_number(open_file(file, how), how.phone_columns)
    new = app.store.suppression.add(read.phones, reason=reason, source="import")
    if rejects is not None:
        write_csv(rejects, *read.rejects(app.words.reject))
    problems = [problem for problem, _ in read.unread[:FIRST_PROBLEMS]]
    data = {
        "file": read.file,
        "phone_columns": read.columns,
        "phones": _data(_entries(app, read.phones)),
        "new": new,
        "rejected": len(read.unread),
        "problems": [{**asdict(one), "reason": app.words.reject(one.code)} for one in problems],
    }
    app.result(data, _told_import(app, read, new, problems))
    if not read.phones:
        raise Stop(app._("No row of this file holds a number."))


def _told_import(app: App, read: EveryNumber, new: int, problems: Sequence[Problem]) -> Iterator[str]:
    told = app._("{file}: the numbers are in “{column}”")
    yield told.format(file=read.file, column=app.words.listed(read.columns))
    yield from aligned(
        [
            (app._("Added"), new),
            (app._("There already"), len(read.phones) - new),
            (app._("Could not be read"), len(read.unread)),
        ]
    )
    if problems:
        yield app._("These are not on the list; the first of them:")
        yield from told_problems(problems, app)


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
    found = app.store.suppression.among(phones)
    return [found[phone] for phone in phones if phone in found]


def _show(app: App, entries: Sequence[Suppressed], **more: object) -> None:
    lines = aligned([(one.phone, clock(one.at), app.words.suppression_reason(one.reason)) for one in entries])
    app.result({**more, "phones": _data(entries)}, lines or [app._("Nothing on the list.")])


def _data(entries: Sequence[Suppressed]) -> list[dict[str, str | None]]:
    return [{"phone": one.phone, "reason": one.reason, "source": one.source, "at": taipei(one.at)} for one in entries]
