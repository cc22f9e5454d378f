"""Write a text, see what it costs for the real recipients, review it, confirm it.

What the widgets hold is kept as a draft in the database at every change; confirming is guarded there too, so that
neither a second click nor a reload nor another tab sends anything twice.
"""

from __future__ import annotations

import streamlit as st

import ui
from pages.send import _draft, _price, _review, _writing
from smsget.errors import InputError, StateError
from smsget.segments import count_segments
from ui import _, n_


@st.fragment
def preview(price: _price.Price) -> None:
    """The text as it stands on the phone of one of the people."""
    state, last = st.session_state, len(price.people) - 1
    at = state["compose_person"] = min(state["compose_person"], last)
    person, text = price.people[at]
    parts = count_segments(text).segments
    with st.container(border=True, width=360):
        st.caption(f":material/smartphone: {ui.literal(person.phone)} · {ui.words().country(person.country)}")
        with st.container(border=True):
            st.text(text, width="stretch")
        st.caption(n_("{n} part", "{n} parts", parts).format(n=parts))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Previous person"), key="compose_previous", icon=":material/chevron_left:", disabled=at == 0,
                  on_click=state.update, kwargs={"compose_person": at - 1})  # fmt: skip
        st.button(_("Next person"), key="compose_next", icon=":material/chevron_right:", disabled=at == last,
                  on_click=state.update, kwargs={"compose_person": at + 1})  # fmt: skip
        st.button(_("Longest"), key="compose_longest", disabled=at == price.longest,
                  on_click=state.update, kwargs={"compose_person": price.longest})  # fmt: skip


def show_review(draft: int, written: _draft.Written, price: _price.Price, left: int | None) -> None:
    """The last look, with the button that confirms; never for invented customers and a real account."""
    with ui.explained():
        ui.refuse_samples(written.lists)
        _review.review(draft, written, price, left)


_draft.load()
inputs, outcome = st.columns([5, 4], gap="large")
with inputs:
    written = _writing.write({info.id: info for info in ui.store().lists.all()})
    other = _draft.changed_elsewhere(written)
    try:
        draft = None if other else _draft.save(written)
    except StateError:
        told = _("This draft was confirmed in another window and can no longer be changed.")
        _draft.go_to_campaign(st.session_state["compose_draft"], told)
    if other:
        _draft.ask_which(other)
    elif draft is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Draft {draft} is saved.").format(draft=draft))
            st.button(_("Begin another"), key="compose_new", type="tertiary", on_click=_draft.start_anew)
with outcome, ui.explained():
    if not written.lists or not written.text.strip():
        st.info(_("Choose a list and write a text: its price and how it looks on a phone appear here."))
        st.stop()
    try:
        price = _price.priced(written)
    except InputError as error:
        st.error(ui.literal(ui.explain(error)), icon=":material/error:")
        st.stop()
    preview(price)
    left, trouble = _price.points()
    _price.show_price(price, left, trouble)
    passed = written.at is not None and written.at <= ui.taipei_now().replace(tzinfo=None)
    st.button(_("Review and send"), key="compose_review", type="primary", icon=":material/rate_review:",
              on_click=_review.reviewing, args=(True,), disabled=passed or bool(other), width="stretch")  # fmt: skip
    if st.session_state["compose_reviewing"] and draft is not None and not passed:
        dialog = st.dialog(_("Review and send"), width="medium", on_dismiss=lambda: _review.reviewing(False))
        dialog(show_review)(draft, written, price, left)
