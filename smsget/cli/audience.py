"""Before anything is sent: check a file, measure a text, ask for the price."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsget.cli.base import App, Stop, aligned, shortened
from smsget.cli.pricing import QUOTE_KEYS, notice_list, price_of, quoted, terms_options, told_quote
from smsget.cli.reading import FILE, Choices, read_file, reading_options
from smsget.cli.root import main
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.recipients import Problem, RecipientList

FIRST_PROBLEMS = 20


@main.work(
    "check",
    help=N_("Read a recipient file and tell what is wrong with it. Nothing is kept."),
    example="check members.csv --countries TW,HK --ready ready.csv --rejects rejects.csv",
    keys="file encoding delimiter header phone_column rows ready blank duplicates suppressed rejected countries "
    "repairs problems phone_columns in_lists sheet sheets hidden_rows doubt",
)
@click.argument("file", type=FILE)
@reading_options
@click.option("--ready", type=FILE, metavar="OUT.csv", help=N_("Write the usable rows there."))
@click.option("--rejects", type=FILE, metavar="OUT.csv", help=N_("Write the rows that cannot be used there."))
def check(app: App, *, file: Path, how: Choices, ready: Path | None, rejects: Path | None) -> None:
    """`rows = ready + blank + duplicates + suppressed + rejected`; `problems` holds the first 20."""
    from smsget.export import write_csv
    from smsget.recipients import ready_table, rejects_table

    if ready is not None:
        app.keep_apart(ready, file)
    if rejects is not None:
        app.keep_apart(rejects, file, *([ready] if ready else []))
    read = read_file(app, file, how)
    for out, table in ((ready, ready_table), (rejects, lambda one: rejects_table(one, app.words.reject))):
        if out is not None:
            write_csv(out, *table(read))
    app.result(_checked(read, app), _told(read, app))
    if not len(read.ready):
        raise Stop(app._("No row of this file can be texted."))


@main.work(
    "segments",
    help=N_("Measure a text: its encoding and how many parts it takes. Use - to read it from standard input."),
    example='segments "週年慶全面八折"',
    keys="encoding units segments warnings",
)
@click.argument("text")
def segments(app: App, text: str) -> None:
    """`units` are septets of GSM-7 or UTF-16 units; `warnings` have a `code`, its evidence and a `text`."""
    from smsget.campaigns import review
    from smsget.errors import TextRefused
    from smsget.segments import count_segments, not_carried

    if text == "-":
        text = _standard_input()
    measured = count_segments(text)
    bad = list(not_carried(text))
    refused = TextRefused("not_carried", characters=bad)
    said = {"code": refused.code, "characters": bad, "text": app.words.error(refused)}
    warnings = [said] if bad else notice_list(app, review(text))
    lines = [
        app._("{encoding}, {units} units, parts: {segments}").format(
            encoding=measured.encoding, units=f"{measured.units:,}", segments=measured.segments
        ),
        *(str(warning["text"]) for warning in warnings if not bad),
    ]
    app.result({**asdict(measured), "warnings": warnings}, lines)
    if bad:
        raise Stop(str(said["text"]))


@main.work(
    "quote",
    help=N_("Tell what a campaign would cost, summed over the real rows. Nothing is kept or sent."),
    example='quote members.csv --text "{{姓名|貴賓}}您好，週年慶八折"',
    keys=QUOTE_KEYS,
)
@click.argument("file", type=FILE)
@click.option("--text", required=True, help=N_("The text; {{column}} or {{column|fallback}} merges a column."))
@reading_options
@terms_options
def quote(app: App, *, file: Path, text: str, how: Choices, **terms: Any) -> None:
    """`credits` sums the countries with a known rate; `unknown_rate` counts the recipients of the others.

    `missing` has the first hundred empty fields, `longest` the ten longest texts. `texted_lately` counts who was left
    out because of --skip-texted-days, `left_out` who was because of --leave-out-empty.
    """
    priced = price_of(app, read_file(app, file, how), text, **terms)
    app.result(quoted(priced, app), told_quote(priced, app))


# --- check -----------------------------------------------------------------------------------------------------------


def _checked(read: RecipientList, app: App) -> dict[str, object]:
    return {
        "file": read.file,
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "header": read.header,
        "phone_column": read.phone_column,
        "rows": read.rows,
        "ready": len(read.ready),
        "blank": read.blank,
        "duplicates": read.duplicates,
        "suppressed": read.suppressed,
        "rejected": read.rejected,
        "countries": read.countries,
        "repairs": read.repairs,
        "problems": [
            {**asdict(problem), "reason": app.words.reject(problem.code)}
            for problem in read.first_problems(FIRST_PROBLEMS)
        ],
        "phone_columns": read.phone_columns,
        "in_lists": read.in_lists,
        "sheet": read.sheet,
        "sheets": [asdict(sheet) for sheet in read.sheets],
        "hidden_rows": read.hidden_rows,
        "doubt": read.doubt,
    }


def _told(read: RecipientList, app: App) -> Iterator[str]:
    words = app.words
    yield app._("{file}: {encoding}, the numbers are in “{column}”").format(
        file=read.file, encoding=read.encoding, column=words.listed(read.phone_columns)
    )
    yield from _told_file(read, app)
    if read.hidden_rows:
        yield app.n_("{n} hidden row is read like the others.", "{n} hidden rows are read like the others.",
                     read.hidden_rows)  # fmt: skip
    yield from aligned(
        [
            (app._("Rows"), read.rows),
            (app._("Can be texted"), len(read.ready)),
            (app._("Blank"), read.blank),
            (app._("Repeated"), read.duplicates - read.in_lists),
            *([(app._("On the lists compared with"), read.in_lists)] if read.in_lists else []),
            (app._("On the suppression list"), read.suppressed),
            (app._("With a problem"), read.rejected),
        ]
    )
    if len(read.countries) > 1:
        yield from aligned([(words.country(code), count) for code, count in read.countries.items()], indent="  ")
    if read.repairs:
        yield app._("Put right:")
        yield from aligned([(words.repair(code), count) for code, count in read.repairs.items()], indent="  ")
    if problems := read.first_problems(FIRST_PROBLEMS):
        yield app._("The first problems:")
        yield from told_problems(problems, app)


def told_problems(problems: Sequence[Problem], app: App) -> list[str]:
    """Problems of a file for people."""
    rows = [(app._("line {n}").format(n=one.row), shortened(one.value), app.words.reject(one.code)) for one in problems]
    return aligned(rows, indent="  ")


def _told_file(read: RecipientList, app: App) -> Iterator[str]:
    words = app.words
    if read.doubt:
        told = app._(
            "{encoding} reads this file at least as well. Look at the names; --encoding {encoding} chooses it."
        )
        yield told.format(encoding=read.doubt)
    if read.sheet:
        yield app._("Read is the sheet “{sheet}”.").format(sheet=read.sheet)
    if others := [one.name for one in read.sheets if one.name != read.sheet]:
        yield app._("Not read: {sheets}. --sheet chooses one.").format(sheets=words.listed(others))
    if hidden := [one.name for one in read.sheets if one.hidden]:
        yield app._("Hidden in the file: {sheets}.").format(sheets=words.listed(hidden))


# --- segments --------------------------------------------------------------------------------------------------------


def _standard_input() -> str:
    """What comes in, without a byte order mark and one line break at the end, which `echo` and editors add.

    Read as bytes: Python would turn every CR LF into one character less, and both are paid for.
    """
    text = sys.stdin.buffer.read().decode(sys.stdin.encoding or "utf-8", "replace")
    return re.sub(r"\r?\n\Z", "", text.removeprefix("\ufeff"))
