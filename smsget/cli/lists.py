"""The saved lists: look at them, search, export, add to them, combine, and what on them fails for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import ID, LIST, App, Stop, aligned, clock, taipei
from smsget.cli.commands import Group
from smsget.cli.reading import FILE, Choices, read_file, reading_options
from smsget.cli.root import main
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.store import ListInfo

LIST_KEYS = "list name origin people problems fields files created_at changed_at"
HELP = N_("Look after the saved lists: the people on them, the files they came from, and the rows with a problem.")

lists = Group("lists", help=HELP, example="lists list")
main.add_command(lists)

list_argument = click.argument("list_id", metavar="LIST", type=LIST)
yes_option = click.option("--yes", is_flag=True, help=N_("Do not ask."))


@lists.work("list", help=N_("Show the saved lists, newest first."), example="lists list --json", keys="lists")
def list_(app: App) -> None:
    """Each of `lists` has the keys of `lists rename`."""
    found = app.store.lists.all()
    app.result({"lists": [list_data(one) for one in found]}, told_lists(app, found))


@lists.work(
    "show",
    help=N_("Show one list and people on it, or those that a number, part of one or a text in any field finds."),
    example="lists show 3 --search 王",
    keys=f"{LIST_KEYS} found shown",
)
@list_argument
@click.option("--search", default="", metavar="TEXT", help=N_("Only people with this number or text."))
@click.option("--after", type=ID, metavar="N", help=N_("Only those after this position: the next page."))
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, help=N_("At most so many; 50 if not given."))
def show(app: App, list_id: int, search: str, after: int | None, limit: int) -> None:
    """`found` counts all whom the search finds; `shown`: position row phone country fields."""
    info = app.store.lists.get(list_id)
    people = app.store.lists.people(list_id, search=search, after=after, limit=limit)
    found = app.store.lists.people_count(list_id, search)
    rows = [(one.phone, one.country, *one.fields.values()) for one in people]
    width = max(map(len, rows), default=0)
    lines = [*told_lists(app, [info]), *aligned([(*row, *[""] * (width - len(row))) for row in rows], indent="  ")]
    app.result({**list_data(info), "found": found, "shown": [asdict(one) for one in people]}, lines)


@lists.work(
    "export",
    help=N_("Write everybody on a list to a file, or the rows with a problem, to be corrected and added again."),
    example="lists export 3 members.csv --problems problems.csv",
    keys="list rows problems",
)
@list_argument
@click.argument("out", metavar="OUT.csv", type=FILE)
@click.option("--problems", type=FILE, metavar="OUT.csv", help=N_("Write the rows with a problem there."))
def export(app: App, list_id: int, out: Path, problems: Path | None) -> None:
    """`rows` and `problems` count what was written."""
    from smsget.export import write_csv
    from smsget.recipients import rejects_header

    app.keep_apart(out)
    if problems is not None:
        app.keep_apart(problems, out)
    header, people = app.store.lists.table(list_id)
    written = write_csv(out, header, people)
    told, rejected = [app.n_("{n} number was written.", "{n} numbers were written.", written)], 0
    if problems is not None:
        remembered = app.store.lists.rejected(list_id)
        columns = list(dict.fromkeys(name for one in remembered for name in one.cells))
        rows = (
            [one.row, one.code, app.words.reject(one.code), *(one.cells.get(name, "") for name in columns)]
            for one in remembered
        )
        rejected = write_csv(problems, rejects_header(columns), rows)
        told.append(app.n_("{n} row with a problem was written.", "{n} rows with a problem were written.", rejected))
    app.result({"list": list_id, "rows": written, "problems": rejected}, told)


@lists.work(
    "save",
    help=N_("Keep a file as a list: everybody in it who can be texted, and the rows with a problem."),
    example='lists save members.csv --name "October"',
    keys=LIST_KEYS,
)
@click.argument("file", type=FILE)
@click.option("--name", metavar="NAME", help=N_("The list's name; the file's if not given."))
@reading_options
def save(app: App, *, file: Path, name: str | None, how: Choices) -> None:
    """The keys are those of the list; the same file under the same name again is no second one."""
    read = read_file(app, file, how)
    if not len(read.ready):
        raise Stop(app._("No row of this file can be texted."))
    report_list(app, app.store.lists.save_file(read, read.file if name is None else name))


@lists.work(
    "add",
    help=N_("Add a file to a list. Who is on it already stays as they are; corrected rows of its problems leave them."),
    example="lists add 3 corrected.csv",
    keys=f"{LIST_KEYS} added known corrected",
)
@list_argument
@click.argument("file", type=FILE)
@reading_options
def add(app: App, *, list_id: int, file: Path, how: Choices) -> None:
    """`added` and `known` count numbers; `corrected` counts problems of the list that are none any more."""
    app.store.lists.get(list_id)
    read = read_file(app, file, how)
    done = app.store.lists.add_file(list_id, read)
    info = app.store.lists.get(list_id)
    rows = [(app._("Added"), done.added), (app._("There already"), done.known), (app._("Corrected"), done.corrected),
            (app._("With a problem"), read.rejected)]  # fmt: skip
    app.result({**list_data(info), **asdict(done)}, [*told_lists(app, [info]), *aligned(rows, indent="  ")])
    if not len(read.ready):
        raise Stop(app._("No row of this file can be texted."))


@lists.work(
    "combine",
    help=N_("Make a new list of everybody on some lists, each number once. The lists themselves stay as they are."),
    example='lists combine "All but VIP" 1 2 --minus 5',
    keys=LIST_KEYS,
)
@click.argument("name")
@click.argument("plus", metavar="LIST...", nargs=-1, required=True, type=LIST)
@click.option("--minus", multiple=True, type=LIST, metavar="LIST", help=N_("Without who is on this list."))
@click.option("--not-texted-days", type=click.IntRange(1, 3650), metavar="N",
              help=N_("Without whoever was texted in the last N days."))  # fmt: skip
def combine(app: App, name: str, plus: Sequence[int], minus: Sequence[int], not_texted_days: int | None) -> None:
    """The keys are those of the new list."""
    report_list(app, app.store.lists.combine(name, plus, minus, not_texted_days=not_texted_days))


@lists.work("rename", help=N_("Give a list another name."), example='lists rename 3 "October"', keys=LIST_KEYS)
@list_argument
@click.argument("name")
def rename(app: App, list_id: int, name: str) -> None:
    """`files`: number file sha256 sheet encoding phone_column rows ready blank duplicates suppressed rejected …"""
    app.store.lists.get(list_id)
    app.store.lists.rename(list_id, name)
    report_list(app, list_id)


@lists.work(
    "delete",
    help=N_("Delete a list. Campaigns that used it keep their own record."),
    example="lists delete 3 --yes",
    keys=LIST_KEYS,
)
@list_argument
@yes_option
def delete(app: App, list_id: int, *, yes: bool) -> None:
    """The keys are those of the list that is gone."""
    info = app.store.lists.get(list_id)
    if not app.confirm(app._("Delete “{name}”?").format(name=info.name), yes=yes):
        raise Stop(app._("Nothing was deleted."))
    app.store.lists.delete(list_id)
    app.result(list_data(info), [app._("“{name}” is deleted.").format(name=info.name)])


@lists.work(
    "failing",
    help=N_("Show the numbers on the lists that failed for good; with --remove, take them off."),
    example="lists failing --list 3 --remove --yes",
    keys="numbers counts removed",
)
@click.option("--list", "list_ids", multiple=True, type=LIST, metavar="LIST", help=N_("Only on this list."))
@click.option("--remove", is_flag=True, help=N_("Take them off these lists."))
@yes_option
def failing(app: App, list_ids: tuple[int, ...], *, remove: bool, yes: bool) -> None:
    """`numbers`: phone why failures last_at lists. `counts`: by why. `removed` counts places on lists."""
    wanted = None
    if list_ids:
        wanted = [app.store.lists.get(each).id for each in list_ids]
    found = app.store.failing.all(wanted)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.why] = counts.get(one.why, 0) + 1
    words = app.words
    rows = [(one.phone, words.failure(one.why), clock(one.last_at), words.listed([name for _, name in one.lists]))
            for one in found]  # fmt: skip
    lines = aligned(rows) or [app._("No number on the lists failed for good.")]
    removed = 0
    if remove and found:
        question = app.n_("Take {n} number off the lists?", "Take {n} numbers off the lists?", len(found))
        if not app.confirm(question, yes=yes, before=lines):
            raise Stop(app._("Nothing was removed."))
        removed = app.store.lists.remove_people(wanted, [one.phone for one in found])
    numbers = [
        {**asdict(one), "last_at": taipei(one.last_at), "lists": [list_id for list_id, _ in one.lists]} for one in found
    ]
    app.result({"numbers": numbers, "counts": counts, "removed": removed}, lines)


def list_data(one: ListInfo) -> dict[str, object]:
    """A list for programs."""
    return {
        "list": one.id,
        "name": one.name,
        "origin": one.origin,
        "people": one.people,
        "problems": one.problems,
        "fields": one.fields,
        "files": [{**asdict(file), "added_at": taipei(file.added_at)} for file in one.files],
        "created_at": taipei(one.created_at),
        "changed_at": taipei(one.changed_at),
    }


def told_lists(app: App, found: Iterable[ListInfo]) -> list[str]:
    """Lists for people."""
    rows: list[tuple[object, ...]] = [
        (str(one.id), one.name, app.n_("{n} number", "{n} numbers", one.people),
         app.n_("{n} problem", "{n} problems", one.problems) if one.problems else "", clock(one.changed_at))
        for one in found
    ]  # fmt: skip
    return aligned(rows) if rows else [app._("There are no lists yet.")]


def report_list(app: App, list_id: int) -> None:
    """The result of every command that changes a list: how it stands now."""
    info = app.store.lists.get(list_id)
    app.result(list_data(info), told_lists(app, [info]))
