"""The last look before a campaign begins: all that is about to happen, and the one button that makes it happen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import streamlit as st

import ui
from pages.send import _notices, _when
from pages.send._draft import Written, go_to_campaign
from pages.send._price import Price, ask_again, by_country, known_points, show_counts, show_left_out
from smsget.campaigns import Notice, Quote, evidence_of, overruled
from smsget.errors import StateError
from ui import _, n_

_COUNT = re.compile(r"\d{1,9}|\d{1,3}(,\d{3}){1,2}")


def reviewing(on: bool) -> None:
    """Open or close the dialog, with price and points asked for afresh; a campaign without a name gets one."""
    state = st.session_state
    if on:
        ask_again()
        state.update(compose_priced=None, compose_seen=None, compose_trouble="")
        if not state["compose_name"].strip() and state["compose_lists"]:
            chosen = ui.store().lists.get(state["compose_lists"][0]).name
            state["compose_name"] = f"{chosen[:80]} {ui.taipei_now():%Y-%m-%d %H:%M}"
    state["compose_reviewing"] = on


def review(draft: int, revision: int, written: Written, price: Price, left: int | None) -> None:
    """All that is about to happen, in one place, and the one button that makes it happen."""
    quote = price.quote
    if trouble := st.session_state.pop("compose_trouble", ""):
        st.error(ui.literal(trouble), icon=":material/error:")
    st.markdown(f"**{ui.literal(written.name)}**")
    figures = [(_("People"), ui.number(quote.recipients)), (_("Points"), known_points(quote))]
    if left is not None and not quote.unknown_rate:
        figures.append((_("Would remain"), ui.number(left - quote.credits)))
    ui.metrics(figures)
    show_counts(quote)
    show_when(written, price)
    if len(quote.by_country) > 1:
        by_country(quote)
    show_left_out(price)
    st.caption(_("The first texts, as they will go out:"))
    for phone, text in _notices.first_texts(written, price):
        with st.container(border=True):
            st.caption(ui.literal(phone))
            st.text(text)
    notices = _notices.gather(written, price, left)
    if codes := overruled(notices):
        st.markdown(
            n_("**{n} warning.** If you confirm all the same, it is noted who overruled it.",
               "**{n} warnings.** If you confirm all the same, it is noted who overruled them.", len(codes))
            .format(n=len(codes))
        )  # fmt: skip
    _notices.show(notices, "compose_notice")
    ask(draft, revision, quote, notices)


def show_when(written: Written, price: Price) -> None:
    """When it goes out, from which account, and what can be done about it until then."""
    when = ui.words().schedule(written.schedule)
    if written.at:
        when = _("{when}: {time} in Taipei").format(when=when, time=f"{written.at:%Y-%m-%d %H:%M}")
    account = _("sandbox, no text leaves this computer") if ui.account().is_sandbox else ui.account().key
    lines = [f":material/schedule: {ui.literal(when)}"]
    if lasts := _when.told_time(written, price.quote):
        lines.append(f":material/hourglass_top: {ui.literal(lasts)}")
    if written.two_way:
        lines.append(":material/forum: " + _("Two-way: people can answer"))
    st.markdown("  \n".join([*lines, f":material/key: {ui.literal(account)}"]))
    if written.schedule == "gateway":
        st.warning(_("SMS-Get gets it as soon as you confirm. From then on nobody can recall or change it."))


def ask(draft: int, revision: int, quote: Quote, notices: Sequence[Notice]) -> None:
    """The button, below the count to type where many are texted."""
    people = quote.recipients
    must_type = people >= ui.store().reviewing.typed_from()
    if must_type:
        st.text_input(_("Type how many people get it: {n}").format(n=ui.number(people)), key="compose_typed")
    shown = st.session_state.pop("compose_seen", None) or quote
    st.session_state["compose_seen"] = quote  # what the button that is drawn now was pressed at
    label = n_("Confirm: text {n} person", "Confirm: text {n} people", people)
    if st.button(label.format(n=ui.number(people)), key="compose_confirm", type="primary", icon=":material/send:"):
        if must_type and as_count(st.session_state.get("compose_typed")) != people:
            st.error(_("The number you typed is not {n}. Nothing was confirmed.").format(n=ui.number(people)))
            return
        with ui.explained():
            try:
                confirm(draft, revision, shown, notices)
            except StateError as error:  # what is shown is not what there is: show that, with the reason
                st.session_state.update(compose_trouble=ui.explain(error), compose_priced=None, compose_seen=None)
                st.rerun()


def as_count(typed: str | None) -> int | None:
    """The number that was typed, commas allowed, also full-width; None for anything else, such as `-5` or `5 x`."""
    text = unicodedata.normalize("NFKC", ui.typed(typed))
    return int(text.replace(",", "")) if _COUNT.fullmatch(text) else None


def confirm(draft: int, revision: int, seen: Quote, warnings: Sequence[Notice]) -> None:
    """Make the draft a campaign, once; whoever comes second is led to what the first one started.

    Raises `StateError` where another window has changed it since the review was opened, or where people, texts or
    price are not what was seen.
    """
    with st.spinner(_("Putting it into the outbox …")):
        quote = ui.store().campaigns.confirm(
            draft, ui.account().key, revision=revision, overruled=overruled(warnings),
            evidence=evidence_of(warnings), seen=seen,
        )  # fmt: skip
    if quote is None:
        go_to_campaign(draft, _("It was confirmed already, and nothing was done twice. Here is how it stands."))
    else:
        told = n_("Confirmed: {n} person, {points} points.", "Confirmed: {n} people, {points} points.",
                  quote.recipients)  # fmt: skip
        go_to_campaign(draft, told.format(n=ui.number(quote.recipients), points=known_points(quote)))
