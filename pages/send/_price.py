"""What a text costs for its real recipients: worked out once, set against the points on the account, told in words."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import streamlit as st

import ui
from pages.send import _when
from pages.send._draft import Written
from smsget.campaigns import Quote
from smsget.errors import InputError, SMSGetError
from ui import _, n_

POINTS_KEPT_S = 60


class Price(NamedTuple):
    """The quote, and whom it leaves out.

    `people` are the places that the preview goes through: everybody, also those without a value. `again` and
    `suppressed` are the rows that are left out because of another list or the suppression list, `texted` the numbers
    that were texted lately.
    """

    quote: Quote
    people: int
    again: int
    suppressed: int
    texted: int


def priced(written: Written) -> Price:
    """What this would cost now; worked out again only when something that matters changed.

    Raises what `store.campaigns.quote` raises.
    """
    store = ui.store()
    lists = [(one, store.lists.get(one).changed_at) for one in written.lists]
    # counting who was texted lately takes seconds for a million; that anybody was since shows in the requests
    sent = store.reviewing.requests_begun() if written.skip_days else 0
    key = (lists, written.text, written.terms(), repr(store.settings.rates()), store.suppression.fingerprint(), sent)
    kept = st.session_state.get("compose_priced")
    if kept is None or kept[0] != key:
        with st.spinner(_("Working out the price …")):
            kept = (key, work_out(written))
        st.session_state["compose_priced"] = kept
    if isinstance(kept[1], InputError):
        raise kept[1]
    return kept[1]


def work_out(written: Written) -> Price | InputError:
    """The price, or why there is none; for many recipients the one slow step of this page."""
    store = ui.store()
    try:
        quote = store.campaigns.quote(written.lists, written.text, **written.terms())
    except InputError as error:
        return error
    again, suppressed = store.lists.overlap(written.lists)
    texted = store.lists.texted_lately(written.lists, written.skip_days) if written.skip_days else 0
    return Price(quote, quote.recipients + quote.left_out, again, suppressed, texted)


def points() -> tuple[int | None, str]:
    """The points on the account, asked at most once a minute; None and a sentence when nobody answers."""
    state, account = st.session_state, ui.account().key
    kept = state.get("compose_points")
    if kept is None or kept[0] != account or time.monotonic() - kept[1] > POINTS_KEPT_S:
        try:
            with st.spinner(_("Asking for the points on the account …")):
                kept = (account, time.monotonic(), ui.ask_credit().credits, "")
        except SMSGetError as error:
            kept = (account, time.monotonic(), None, ui.words().error(error, asked_only=True))
        state["compose_points"] = kept
    return kept[2], kept[3]


def ask_again() -> None:
    """Forget the points that were asked for: the page asks again."""
    st.session_state["compose_points"] = None


def show_price(written: Written, price: Price, left: int | None, trouble: str) -> None:
    """The totals against the points on the account, by country where there are several, and how long it takes."""
    quote = price.quote
    figures = [(_("Points"), known_points(quote))]
    if left is not None:
        remain = ui.number(left - quote.credits)
        remain = _("at most {points}").format(points=remain) if quote.unknown_rate else remain
        figures += [(_("On the account"), ui.number(left)), (_("Would remain"), remain)]
    ui.metrics(figures)
    show_counts(quote)
    show_left_out(price)
    show_requests(written, quote)
    if lasts := _when.told_time(written, quote):
        st.caption(f":material/schedule: {lasts}")
    st.button(_("Ask for the points again"), key="compose_refresh", type="tertiary", icon=":material/refresh:",
              on_click=ask_again)  # fmt: skip
    if trouble:
        st.warning(ui.literal(trouble), title=_("The points on the account are unknown just now"))
    if len(quote.by_country) > 1 or quote.unknown_rate:
        by_country(quote)


def show_counts(quote: Quote) -> None:
    """People, different texts, parts and requests."""
    told = _("People: {people} · texts: {texts} · parts: {parts} · batches: {batches}")
    counts = {"people": quote.recipients, "texts": quote.texts, "parts": quote.segments, "batches": quote.batches}
    st.caption(told.format(**{name: ui.number(count) for name, count in counts.items()}))


def show_left_out(price: Price) -> None:
    """Who of these lists gets nothing, and why."""
    out = {
        n_("{n} number stands in several of these lists and gets the text once.",
           "{n} numbers stand in several of these lists and get the text once.", price.again): price.again,
        n_("{n} person on the suppression list is left out.",
           "{n} people on the suppression list are left out.", price.suppressed): price.suppressed,
        n_("{n} person was texted lately and is left out.",
           "{n} people were texted lately and are left out.", price.texted): price.texted,
        n_("{n} person without a value is left out.",
           "{n} people without a value are left out.", price.quote.left_out): price.quote.left_out,
    }  # fmt: skip
    for told, count in out.items():
        if count:
            st.caption(told.format(n=ui.number(count)))


def show_requests(written: Written, quote: Quote) -> None:
    """How long it takes where nearly every person is a request: nobody expects that of a few merge fields."""
    minutes = math.ceil(_when.takes(written._replace(per_hour=None), quote) / timedelta(minutes=1))
    if minutes > 1 and quote.batches > 0.9 * quote.recipients:
        told = n_("Everybody has a text of their own: {n} requests, about {minutes} minute at least.",
                  "Everybody has a text of their own: {n} requests, about {minutes} minutes at least.",
                  minutes)  # fmt: skip
        st.caption(told.format(n=ui.number(quote.batches), minutes=ui.number(minutes)))


def known_points(quote: Quote) -> str:
    """The points of a quote; never a plain number while the rate of a country is unknown."""
    if len(quote.unknown_rate) == len(quote.by_country):
        return _("unknown")
    points = ui.number(quote.credits)
    return _("at least {points}").format(points=points) if quote.unknown_rate else points


def right_aligned(columns: Mapping[str, str]) -> dict[str, Any]:
    """Columns of figures that are written out already."""
    return {name: st.column_config.TextColumn(label, alignment="right") for name, label in columns.items()}


def by_country(quote: Quote) -> None:
    """What goes to each country."""
    rows = [
        {"country": ui.words().country(country), "people": ui.number(part.recipients),
         "parts": ui.number(part.segments),
         "points": _("unknown") if part.credits is None else ui.number(part.credits)}
        for country, part in quote.by_country.items()
    ]  # fmt: skip
    config = right_aligned({"people": _("People"), "parts": _("Parts"), "points": _("Points")})
    st.dataframe(rows, column_config={"country": _("Country"), **config}, hide_index=True, alt=_("Price by country"))
