"""What a text costs for its real recipients: worked out once, set against the points on the account, told in words."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

import ui
from pages.send._draft import Written
from smsget.campaigns import MergeText, Quote, Recipient
from smsget.errors import InputError, SMSGetError
from ui import _, n_

PREVIEWED = 50
POINTS_KEPT_S = 60
REQUEST_S = 0.3  # what a request to SMS-Get is assumed to take


class Price(NamedTuple):
    """The quote, and what is shown of the plan: the first people with their texts, and at `longest` the longest text.

    `again` and `suppressed` are the rows that are left out because of another list or the suppression list.
    """

    quote: Quote
    people: Sequence[tuple[Recipient, str]]
    longest: int
    again: int
    suppressed: int


def priced(written: Written) -> Price:
    """What this would cost now; worked out again only when something that matters changed.

    Raises what `store.campaigns.plan` raises.
    """
    store = ui.store()
    key = (written.lists, written.text, written.two_way, repr(store.settings.rates()), store.suppression.count())
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
        plan = store.campaigns.plan(written.lists, written.text, two_way=written.two_way)
    except InputError as error:
        return error
    merge = MergeText(written.text)
    first = store.lists.recipients(written.lists, limit=PREVIEWED)
    people = [(person, merge.render(person.fields)) for person in first]
    longest = max(plan.batches, key=lambda batch: (batch.segments, len(batch.text)))
    at = next((at for at, (_person, text) in enumerate(people) if text == longest.text), len(people))
    if at == len(people):
        people.append((longest.recipients[0], longest.text))
    return Price(plan.quote, people, at, *store.lists.overlap(written.lists))


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


def show_price(price: Price, left: int | None, trouble: str) -> None:
    """The totals against the points on the account, by country where there are several, and what to know."""
    quote = price.quote
    figures = [(_("Points"), known_points(quote))]
    if left is not None:
        remain = ui.number(left - quote.credits)
        remain = _("at most {points}").format(points=remain) if quote.unknown_rate else remain
        figures += [(_("On the account"), ui.number(left)), (_("Would remain"), remain)]
    ui.metrics(figures)
    told = _("People: {people} · parts: {parts} · batches: {batches}")
    counts = {"people": quote.recipients, "parts": quote.segments, "batches": quote.batches}
    st.caption(told.format(**{name: ui.number(count) for name, count in counts.items()}))
    show_requests(quote)
    st.button(_("Ask for the points again"), key="compose_refresh", type="tertiary", icon=":material/refresh:",
              on_click=ask_again)  # fmt: skip
    if trouble:
        st.warning(ui.literal(trouble), title=_("The points on the account are unknown just now"))
    if len(quote.by_country) > 1 or quote.unknown_rate:
        by_country(quote)
    if len(quote.histogram) > 1:
        each = [n_("{n} part: {people}", "{n} parts: {people}", parts).format(n=parts, people=ui.number(count))
                for parts, count in quote.histogram.items()]  # fmt: skip
        st.caption(_("People by the length of their text: {lengths}").format(lengths=ui.words().listed(each)))
    show_notices(price, left)


def show_requests(quote: Quote) -> None:
    """How long it takes where nearly every person is a request: nobody expects that of a few merge fields."""
    settings = ui.store().settings
    pace = min(settings.get("requests_per_second", 50), settings.get("concurrency", 4) / REQUEST_S)
    minutes = math.ceil(quote.batches / pace / 60)
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


def by_country(quote: Quote) -> None:
    """What goes to each country."""
    rows = [
        {"country": ui.words().country(country), "people": ui.number(part.recipients),
         "parts": ui.number(part.segments),
         "points": _("unknown") if part.credits is None else ui.number(part.credits)}
        for country, part in quote.by_country.items()
    ]  # fmt: skip
    columns = {"people": _("People"), "parts": _("Parts"), "points": _("Points")}
    config = {name: st.column_config.TextColumn(label, alignment="right") for name, label in columns.items()}
    st.dataframe(rows, column_config={"country": _("Country"), **config}, hide_index=True, alt=_("Price by country"))


def show_notices(price: Price, left: int | None) -> None:
    """What a person should know before confirming, in words."""
    quote = price.quote
    if left is not None and left < quote.credits:
        st.warning(
            _("{missing} points are missing. You can confirm all the same: when the points run out the campaign "
              "pauses, nothing is lost, and it goes on when you have bought points and resume it.")
            .format(missing=ui.number(quote.credits - left)),
            title=_("Not enough points"), icon=":material/toll:",
        )  # fmt: skip
    for notice in quote.notices:
        st.warning(ui.literal(ui.words().notice(notice)), icon=":material/info:")
    out = []
    if price.again:
        out.append(n_("{n} number stands in several of these lists and gets the text once.",
                      "{n} numbers stand in several of these lists and get the text once.",
                      price.again).format(n=ui.number(price.again)))  # fmt: skip
    if price.suppressed:
        out.append(n_("{n} person on the suppression list is left out.",
                      "{n} people on the suppression list are left out.",
                      price.suppressed).format(n=ui.number(price.suppressed)))  # fmt: skip
    for told in out:
        st.caption(told)
