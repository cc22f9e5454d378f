"""What a text costs for a file, and what speaks against it: what `quote` tells, and `send` before it asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from smsget.cli.base import App, aligned
from smsget.cli.reading import skip_option
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.campaigns import Empty, Notice, Quote, Recipient
    from smsget.recipients import RecipientList
    from smsget.store import Store, Tempo

QUOTE_KEYS = (
    "recipients texts batches segments credits by_country unknown_rate segments_histogram notices texted_lately "
    "left_out missing longest"
)
TOLD_MISSING = 10
REQUEST_S = 0.3
"""What a request to SMS-Get is assumed to take, as on the page."""

two_way_option = click.option("--two-way", is_flag=True, help=N_("Let people answer. Taiwan numbers only."))
leave_out_option = click.option(
    "--leave-out-empty", is_flag=True,
    help=N_("Leave out whoever has no value for a field of the text that has no fallback."),
)  # fmt: skip


def terms_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that decide who gets a text and at which rate, as `price_of` takes them."""
    for option in (two_way_option, leave_out_option, skip_option):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of a text for a file. `texted`: so many were left out for having been texted lately.

    `notices` are those of the price, then those of the review.
    """

    quote: Quote
    texted: int
    notices: list[Notice]


def price_of(  # noqa: PLR0913  (a price and its review rest on all of this)
    app: App,
    read: RecipientList,
    text: str,
    *,
    two_way: bool,
    skip_days: int | None,
    leave_out_empty: bool,
    begin: datetime | None = None,
    tempo: Tempo | None = None,
    left: int | None = None,
) -> Priced:
    """What the text would cost for these rows; `begin` is when it would go out, within the hours of its `tempo`.

    `left` are the points on the account, where they are known.

    Raises what `campaigns.quote` raises.
    """
    from smsget.campaigns import DEFAULT_RATES, quote

    store = app.store_if_any()
    rates = store.settings.rates() if store else DEFAULT_RATES
    texted = store.lists.texted_among(read.phones, skip_days) if store and skip_days else frozenset[str]()
    empty: Empty = "leave_out" if leave_out_empty else "stop"
    price = quote(people(read, texted), text, rates, two_way=two_way, fields=read.fields, empty=empty)
    return Priced(price, len(texted), [*price.notices, *_review(store, read, text, price, begin, tempo, left)])


def people(read: RecipientList, without: Collection[str] = frozenset()) -> Iterator[Recipient]:
    """The usable rows of a file as recipients, but the numbers `without`."""
    from smsget.campaigns import Recipient

    for row, phone, country, *values in read.ready.itertuples(index=False, name=None):
        if phone not in without:
            yield Recipient(phone, country, dict(zip(read.fields, values, strict=True)), row)


def _review(
    store: Store | None,
    read: RecipientList,
    text: str,
    price: Quote,
    begin: datetime | None,
    tempo: Tempo | None,
    left: int | None,
) -> list[Notice]:
    """What speaks against it, as the review of the page says it; a database that is not there yet says nothing."""
    from smsget.campaigns import Facts, MergeText, ReviewRules, review_campaign

    rendered = [one.text for one in price.longest]
    columns = {name: read.ready.iloc[:, 3 + at] for at, name in enumerate(read.fields)}  # behind row, phone, country
    values = {name: list(columns[name].unique()) for name in MergeText(text).fields if name in columns}
    if store is None:
        return review_campaign(text, ReviewRules(), Facts(begin=begin, quote=price), rendered, values)
    if begin and tempo and tempo.window:
        begin = tempo.window.next_opening(begin)  # outside of it nothing goes out
    saved = [one.id for one in store.lists.all() if read.sha256 and read.sha256 in {file.sha256 for file in one.files}]
    facts = Facts(begin=begin, work=_work(store, price, tempo), quote=price, left=left,
                  lists=store.reviewing.list_ages(saved),
                  before=store.reviewing.sent_before(saved, text, read.phones))  # fmt: skip
    return review_campaign(text, store.reviewing.rules(), facts, rendered, values)


def _work(store: Store, price: Quote, tempo: Tempo | None) -> timedelta:
    """How long sending goes on; nothing for what keeps to its hours by itself, or has no tempo to be judged by."""
    if tempo is None or tempo.window:
        return timedelta()
    if tempo.pace:
        return tempo.pace.duration(price.recipients)
    pace = min(store.settings.get("requests_per_second", 50), store.settings.get("concurrency", 4) / REQUEST_S)
    return timedelta(seconds=price.batches / pace)


def notice_list(app: App, notices: Iterable[Notice]) -> list[dict[str, object]]:
    """Notices for programs: `code`, its evidence, `severity`, `setting`, and the sentence as `text`."""
    return [
        {"code": one.code, **one.evidence, "severity": one.severity, "setting": one.setting,
         "text": app.words.notice(one)}
        for one in notices
    ]  # fmt: skip


def quoted(priced: Priced, app: App) -> dict[str, object]:
    """A quote for programs."""
    price = priced.quote
    return {
        "recipients": price.recipients,
        "texts": price.texts,
        "batches": price.batches,
        "segments": price.segments,
        "credits": price.credits,
        "by_country": {country: asdict(part) for country, part in price.by_country.items()},
        "unknown_rate": dict(price.unknown_rate),
        "segments_histogram": {str(size): count for size, count in price.histogram.items()},
        "notices": notice_list(app, priced.notices),
        "texted_lately": priced.texted,
        "left_out": price.left_out,
        "missing": [asdict(one) for one in price.missing],
        "longest": [
            {"row": one.person.row, "phone": one.person.phone, "segments": one.segments, "text": one.text}
            for one in price.longest
        ],
    }


def told_quote(priced: Priced, app: App) -> list[str]:
    """A quote for people."""
    price, unknown = priced.quote, app._("price not known")
    rows: list[tuple[object, ...]] = [(app._("Country"), app._("Recipients"), app._("Parts"), app._("Points"))]
    rows += [
        (app.words.country(country), part.recipients, part.segments, unknown if part.credits is None else part.credits)
        for country, part in price.by_country.items()
    ]
    rows.append((app._("Together"), price.recipients, price.segments, price.credits))
    left_out = []
    if priced.texted:
        left_out = [app.n_("{n} person was texted lately and is left out.",
                           "{n} people were texted lately and are left out.", priced.texted)]  # fmt: skip
    return [*aligned(rows), *left_out, *(app.words.notice(one) for one in priced.notices), *_told_missing(price, app)]


def _told_missing(price: Quote, app: App) -> list[str]:
    rows = [(app._("line {n}").format(n=one.row), one.phone, one.field) for one in price.missing[:TOLD_MISSING]]
    return [app._("The first of them:"), *aligned(rows, indent="  ")] if rows else []
