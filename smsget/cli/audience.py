"""Before anything is sent: check a file, measure a text, ask for the price."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import App, Stop, aligned
from smsget.cli.root import main
from smsget.errors import BadRequest
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.campaigns import Notice, Quote, Recipient
    from smsget.recipients import RecipientList

FILE = click.Path(path_type=Path)
FIRST_PROBLEMS = 20

countries_option = click.option(
    "--countries", default="TW", metavar="CODES", help=N_("Countries meant: TW,HK or all. Taiwan alone if not given.")
)
phone_column_option = click.option(
    "--phone-column", metavar="NAME", help=N_("The column with the numbers, if it is not found by itself.")
)
two_way_option = click.option("--two-way", is_flag=True, help=N_("Let people answer. Taiwan numbers only."))


@main.work(
    "check",
    help=N_("Read a recipient file and tell what is wrong with it. Nothing is kept."),
    example="check members.csv --countries TW,HK --ready ready.csv --rejects rejects.csv",
    keys="file encoding delimiter header phone_column rows ready blank duplicates suppressed rejected countries "
    "repairs problems",
)
@click.argument("file", type=FILE)
@countries_option
@phone_column_option
@click.option("--ready", type=FILE, metavar="OUT.csv", help=N_("Write the usable rows there."))
@click.option("--rejects", type=FILE, metavar="OUT.csv", help=N_("Write the rows that cannot be used there."))
def check(
    app: App, file: Path, countries: str, phone_column: str | None, ready: Path | None, rejects: Path | None
) -> None:
    """`rows = ready + blank + duplicates + suppressed + rejected`; `problems` holds the first 20."""
    from smsget.export import write_csv
    from smsget.recipients import ready_table, rejects_table

    if ready is not None:
        app.keep_apart(ready, file)
    if rejects is not None:
        app.keep_apart(rejects, file, *([ready] if ready else []))
    read = read_file(app, file, countries, phone_column)
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
    warnings = notice_list(app, review(text))
    if bad := list(not_carried(text)):
        refused = TextRefused("not_carried", characters=bad)
        warnings.insert(0, {"code": refused.code, "characters": bad, "text": app.words.error(refused)})
    lines = [
        app._("{encoding}, {units} units, parts: {segments}").format(
            encoding=measured.encoding, units=f"{measured.units:,}", segments=measured.segments
        ),
        *(str(warning["text"]) for warning in warnings),
    ]
    app.result({**asdict(measured), "warnings": warnings}, lines)


@main.work(
    "quote",
    help=N_("Tell what a campaign would cost, summed over the real rows. Nothing is kept or sent."),
    example='quote members.csv --text "{{姓名|貴賓}}您好，週年慶八折"',
    keys="recipients texts batches segments credits by_country unknown_rate segments_histogram notices",
)
@click.argument("file", type=FILE)
@click.option("--text", required=True, help=N_("The text; {{column}} or {{column|fallback}} merges a column."))
@countries_option
@phone_column_option
@two_way_option
def quote(app: App, file: Path, text: str, countries: str, phone_column: str | None, two_way: bool) -> None:
    """`credits` sums the countries with a known rate; `unknown_rate` counts the recipients of the others."""
    read = read_file(app, file, countries, phone_column)
    price = price_of(app, read, text, two_way=two_way)
    app.result(quoted(price, app), told_quote(price, app))


# --- shared with send ------------------------------------------------------------------------------------------------


def read_file(app: App, file: Path, countries: str, phone_column: str | None) -> RecipientList:
    """Read a recipient file, with the suppression list of the database if there is one."""
    from smsget.recipients import read_recipients

    store = app.store_if_any()
    suppressed = store.suppression.phones() if store else frozenset()
    return read_recipients(file, countries=parse_countries(countries), phone_column=phone_column, suppressed=suppressed)


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


def people(read: RecipientList) -> Iterator[Recipient]:
    """The usable rows of a file as recipients."""
    from smsget.campaigns import Recipient

    for _, phone, country, *values in read.ready.itertuples(index=False, name=None):
        yield Recipient(phone, country, dict(zip(read.fields, values, strict=True)))


def price_of(app: App, read: RecipientList, text: str, *, two_way: bool) -> Quote:
    """What the text would cost for these rows. Raises what `campaigns.plan` raises."""
    from smsget.campaigns import DEFAULT_RATES, plan

    store = app.store_if_any()
    rates = store.settings.rates() if store else DEFAULT_RATES
    return plan(people(read), text, rates, two_way=two_way, fields=read.fields).quote


def notice_list(app: App, notices: Iterable[Notice]) -> list[dict[str, object]]:
    """Notices for programs: `code`, its evidence, and the sentence as `text`."""
    return [{"code": one.code, **one.evidence, "text": app.words.notice(one)} for one in notices]


def quoted(price: Quote, app: App) -> dict[str, object]:
    """A quote for programs."""
    return {
        "recipients": price.recipients,
        "texts": price.texts,
        "batches": price.batches,
        "segments": price.segments,
        "credits": price.credits,
        "by_country": {country: asdict(part) for country, part in price.by_country.items()},
        "unknown_rate": dict(price.unknown_rate),
        "segments_histogram": {str(size): count for size, count in price.histogram.items()},
        "notices": notice_list(app, price.notices),
    }


def told_quote(price: Quote, app: App) -> list[str]:
    """A quote for people."""
    unknown = app._("price not known")
    rows: list[tuple[object, ...]] = [(app._("Country"), app._("Recipients"), app._("Parts"), app._("Points"))]
    rows += [
        (app.words.country(country), part.recipients, part.segments, unknown if part.credits is None else part.credits)
        for country, part in price.by_country.items()
    ]
    rows.append((app._("Together"), price.recipients, price.segments, price.credits))
    return [*aligned(rows), *(app.words.notice(one) for one in price.notices)]


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
    }


def _told(read: RecipientList, app: App) -> Iterator[str]:
    words = app.words
    yield app._("{file}: {encoding}, the numbers are in “{column}”").format(
        file=read.file, encoding=read.encoding, column=read.phone_column
    )
    yield from aligned(
        [
            (app._("Rows"), read.rows),
            (app._("Can be texted"), len(read.ready)),
            (app._("Blank"), read.blank),
            (app._("Repeated"), read.duplicates),
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
        rows = [(app._("line {n}").format(n=one.row), one.value, words.reject(one.code)) for one in problems]
        yield from aligned(rows, indent="  ")


# --- segments --------------------------------------------------------------------------------------------------------


def _standard_input() -> str:
    """What comes in, without a byte order mark and one line break at the end, which `echo` and editors add.

    Read as bytes: Python would turn every CR LF into one character less, and both are paid for.
    """
    text = sys.stdin.buffer.read().decode(sys.stdin.encoding or "utf-8", "replace")
    return re.sub(r"\r?\n\Z", "", text.removeprefix("\ufeff"))
