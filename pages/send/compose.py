"""Write a text, see what it costs for the real recipients, review it, confirm it.

What the widgets hold is kept as a draft in the database at every change; confirming is guarded there too, so that
neither a second click nor a reload nor another tab sends anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from pages.send import _draft, _empty, _lengths, _notices, _preview, _price, _review, _writing
from smsget.campaigns import Notice
from smsget.errors import InputError, StateError
from smsget.segments import not_carried
from ui import _, n_


def keep(written: _draft.Written) -> int | None:
    """Keep the draft, and say so; its number, None where another window was faster or nothing is to be kept."""
    try:
        draft, other = _draft.save(written)
    except StateError:
        told = _("This draft was confirmed in another window and can no longer be changed.")
        _draft.go_to_campaign(st.session_state["compose_draft"], told)
    if other is not None:
        _draft.ask_which(other)
    elif draft is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Draft {draft} is saved.").format(draft=draft))
            st.button(_("Begin another"), key="compose_new", type="tertiary", on_click=_draft.start_anew)
    return draft


def show_notices(notices: Sequence[Notice]) -> None:
    """What speaks against it, folded up: the review shows all of it once more."""
    if notices:
        label = n_("{n} thing to look at before sending", "{n} things to look at before sending", len(notices))
        with st.expander(label.format(n=len(notices)), icon=":material/fact_check:", key="compose_notices"):
            _notices.show(notices, "compose_look")


def show_outcome(written: _draft.Written, draft: int | None) -> None:
    """The phone, the price, what has to be decided, and the way on."""
    if not written.lists or not written.text.strip():
        st.info(_("Choose a list and write a text: its price and how it looks on a phone appear here."))
        return
    if not_carried(written.text):  # said below the text, with the places
        st.info(_("As soon as the text can be sent, its price and how it looks on a phone appear here."))
        return
    try:
        price = _price.priced(written)
    except InputError as error:
        st.error(ui.literal(ui.explain(error)), icon=":material/error:")
        if row := error.evidence.get("row"):
            st.caption(_("The first of them is on line {row} of the file.").format(row=row))
        return
    _preview.preview(written, price)
    _empty.decide(written, price)
    left, trouble = _price.points()
    _price.show_price(written, price, left, trouble)
    notices = [one for one in _notices.gather(written, price, left) if one.code not in _notices.IN_PLACE]
    _notices.show([one for one in notices if one.code in _notices.OF_POINTS], "compose_points")
    _lengths.show_lengths(price.quote)
    show_notices([one for one in notices if one.code not in _notices.OF_POINTS])
    passed = written.at is not None and written.at <= ui.taipei_now().replace(tzinfo=None)
    ready = draft is not None and not passed and not price.quote.stops
    why_not = _("Decide first what becomes of people without a value.") if price.quote.stops else None
    st.button(_("Review and send"), key="compose_review", type="primary", icon=":material/rate_review:",
              on_click=_review.reviewing, args=(True,), disabled=not ready, width="stretch", help=why_not)  # fmt: skip
    if st.session_state["compose_reviewing"] and ready and draft is not None:
        dialog = st.dialog(_("Review and send"), width="medium", on_dismiss=lambda: _review.reviewing(False))
        dialog(show_review)(draft, st.session_state["compose_revision"], written, price, left)


def show_review(draft: int, revision: int, written: _draft.Written, price: _price.Price, left: int | None) -> None:
    """The last look, with the button that confirms; never for invented customers and a real account."""
    with ui.explained():
        ui.refuse_samples(written.lists)
        _review.review(draft, revision, written, price, left)


_draft.load()
_empty.put_decided()
inputs, outcome = st.columns(2, gap="large")
with inputs:
    written = _writing.write({info.id: info for info in ui.store().lists.all()})
    draft = keep(written)
with outcome, ui.explained():
    show_outcome(written, draft)
