"""The text as it stands on a phone: of any of the people, its parts drawn apart."""

from __future__ import annotations

import streamlit as st

import ui
from pages.send import _test
from pages.send._draft import Written
from pages.send._price import Price
from smsget.campaigns import MergeText, Recipient
from smsget.segments import split
from ui import _, n_


def person_at(written: Written, number: int) -> Recipient | None:
    """Who is at this place among the people, from 1; None if lists became shorter meanwhile."""
    found = ui.store().lists.recipients(written.lists, limit=1, offset=number - 1, skip_days=written.skip_days)
    return found[0] if found else None


@st.fragment
def preview(written: Written, price: Price) -> None:
    """One person's phone, and the way to the others."""
    state, last = st.session_state, price.people
    at = state["compose_person"] = max(1, min(state["compose_person"], last))
    with ui.explained():
        person = person_at(written, at)
        if person is None:
            st.rerun()
        text = phone(written, person)
    longest = price.quote.longest[0].at + 1 if price.quote.longest else at
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Previous person"), key="compose_previous", icon=":material/chevron_left:", disabled=at == 1,
                  on_click=state.update, kwargs={"compose_person": at - 1})  # fmt: skip
        st.button(_("Next person"), key="compose_next", icon=":material/chevron_right:", disabled=at == last,
                  on_click=state.update, kwargs={"compose_person": at + 1})  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if last > 1:
            st.number_input(_("Person, of {n}").format(n=ui.number(last)), 1, last, key="compose_person", width=150)
        st.button(_("Longest"), key="compose_longest", disabled=at == longest,
                  on_click=state.update, kwargs={"compose_person": longest})  # fmt: skip
    with ui.explained():
        _test.show_test(written, person, text)


def phone(written: Written, person: Recipient) -> str:
    """The screen: a bubble for each part. Returns the text."""
    merge = MergeText(written.text)
    text, missing = merge.render(person.fields), merge.missing(person.fields)
    parts = split(text)
    with st.container(border=True, width=360, key="compose_phone"):
        st.caption(f":material/smartphone: {ui.literal(person.phone)} · {ui.words().country(person.country)}")
        for number, part in enumerate(parts, start=1):
            with st.container(border=True, gap="xsmall"):
                st.text(part, width="stretch")
                if len(parts) > 1:
                    st.caption(_("Part {n} of {parts}").format(n=number, parts=len(parts)))
        st.caption(n_("{n} part", "{n} parts", len(parts)).format(n=len(parts)))
        if missing:
            out = written.empty == "leave_out"
            told = _("Left out: no value for {fields}.") if out else _("No value for {fields}.")
            st.caption(f":material/warning: {told.format(fields=ui.literal(ui.words().listed(missing)))}")
    if written.two_way:
        code = ui.store().settings.get("two_way_code", "")
        st.caption(_("They answer with {code} before their words.").format(code=ui.literal(code)) if code
                   else _("Which code they put before an answer is not in the settings yet."))  # fmt: skip
    return text
