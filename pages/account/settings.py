"""The account, rates, the suppression list, what is looked at before sending, callbacks, and how fast it sends.

`?tab=rates` leads straight to a tab: other pages say in which one something is set.
"""

from __future__ import annotations

import streamlit as st

import ui
from pages.account import _account, _callbacks, _engine, _rates, _review, _suppression
from smsget.receipts import REFUSAL_WORDS
from ui import _

AT_ONCE, A_SECOND = range(1, 17), range(1, 101)


def show_sending() -> None:
    """How fast it sends, and what counts as a refusal."""
    settings = ui.store().settings
    with st.form("settings_pace"):
        st.text(_("A request carries up to 250 numbers."))
        at_once, a_second = _("Requests at the same time"), _("Requests per second at most")
        # without limits of their own: a field with some keeps a number beyond them to itself, and says nothing
        concurrency = st.number_input(at_once, value=settings.get("concurrency", 4), key="settings_concurrency")
        rate = st.number_input(a_second, value=int(settings.get("requests_per_second", 50)), key="settings_rate")
        saved = st.form_submit_button(_("Save the pace"), key="settings_pace_save", type="primary")
        if saved and _engine.within(at_once, concurrency, AT_ONCE) and _engine.within(a_second, rate, A_SECOND):
            _engine.keep(concurrency=concurrency, requests_per_second=rate)
    with st.form("settings_refusals"):
        typed = st.text_area(
            _("Words that ask for no more texts, one on each line"),
            "\n".join(settings.get("refusal_words", REFUSAL_WORDS)),
            height=240,
            key="settings_refusal_words",
            help=_("Whoever replies with one of them goes to the suppression list. Empty: back to the usual words."),
        )
        if st.form_submit_button(_("Save the words"), key="settings_refusals_save", type="primary"):
            kept = list(dict.fromkeys(word.strip() for word in (typed or "").splitlines() if word.strip()))
            settings.set("refusal_words", kept or list(REFUSAL_WORDS))
            ui.flash(_("Saved. It holds for replies from now on."))
            st.rerun()


parts = {
    _("Account"): _account.show_account,
    _("Rates"): _rates.show_rates,
    _("Before sending"): _review.show_review,
    _("Suppression list"): _suppression.show_suppression,
    _("Callbacks"): _callbacks.show_callbacks,
    _("Pace and refusals"): show_sending,
}
named = {"rates": _("Rates"), "review": _("Before sending"), "callbacks": _("Callbacks")}
if wanted := named.get(st.query_params.get("tab", "")):
    st.session_state["settings_tab"] = wanted
    del st.query_params["tab"]
if "settings_restart" in st.session_state:
    _engine.follow_restart()
for tab, show in zip(st.tabs(list(parts), key="settings_tab", on_change="rerun"), parts.values(), strict=True):
    if tab.open:
        with tab, ui.explained():
            show()
