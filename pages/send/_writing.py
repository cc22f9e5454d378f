"""The inputs of the compose page: lists, name, text, two-way; what is said about the text stands right below it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import ui
from pages.send import _templates, _text, _when
from pages.send._draft import Written
from smsget.store import ListInfo
from ui import _


def write(lists: Mapping[int, ListInfo]) -> Written:
    """The inputs, top to bottom."""
    state = st.session_state
    state["compose_lists"] = [number for number in state["compose_lists"] if number in lists]
    if lists:
        state.setdefault("compose_skip_days", None)  # forgotten while the box was not drawn
        st.multiselect(
            _("Lists"), list(lists), key="compose_lists", placeholder=_("Choose one or more"),
            format_func=lambda number: f"{lists[number].name} ({ui.number(lists[number].people)})", wrap=True,
        )  # fmt: skip
        st.number_input(
            _("Leave out whoever was texted in the last … days"), 1, 3650, key="compose_skip_days",
            placeholder=_("Empty: nobody is left out"),
        )  # fmt: skip
    else:
        st.info(_("There is no list of recipients yet. Upload one first; what you write here is kept."))
        st.page_link("pages/send/recipients.py", label=_("Upload a list"), icon=":material/upload:")
    st.text_input(_("Name"), key="compose_name", max_chars=100,
                  help=_("For your own eyes: it tells your campaigns apart."))  # fmt: skip
    st.text_area(_("Text"), key="compose_text", height=200)
    _text.explain(state["compose_text"])
    with st.container(horizontal=True, vertical_alignment="center"):
        _templates.templates()
        _text.undo()
    _text.insert_fields([lists[number] for number in state["compose_lists"]])
    two_way()
    _when.schedule()
    state["compose_visit"] = state.get("visit")  # only now: before, the run may have been cut short between the boxes
    at = state["compose_at"] if state["compose_schedule"] != "now" else None
    return Written(
        state["compose_name"].strip(), state["compose_text"], tuple(state["compose_lists"]),
        state.get("compose_skip_days"), state["compose_empty"], state["compose_two_way"], state["compose_schedule"],
        at, state.get("compose_hours", False), state.get("compose_per_hour"), state.get("compose_decided", ()),
    )  # fmt: skip


def two_way() -> None:
    """Whether people can answer, and what that costs."""
    st.toggle(_("Two-way: people can answer"), key="compose_two_way")
    if not st.session_state["compose_two_way"]:
        return
    rates = ui.store().settings.rates()
    rate = rates.two_way.get("TW")
    st.caption(
        _("Taiwan numbers only. The rate for two-way texts is unknown; enter it in the settings.") if rate is None
        else _("Taiwan numbers only, {two_way} points a part in place of {one_way}.").format(
            two_way=rate, one_way=rates.one_way.get("TW", "?"))
    )  # fmt: skip
