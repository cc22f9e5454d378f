"""People without a value for a field of the text: who they are, and what becomes of them. Somebody has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import ui
from pages.send._draft import Written
from pages.send._price import Price
from pages.send._text import put_text
from smsget.campaigns import Empty, with_fallback
from ui import _, n_

SHOWN = 20


def decide(written: Written, price: Price) -> None:
    """The question, or what was decided; nothing where everybody has a value."""
    quote = price.quote
    if not quote.empty_fields:
        return
    if written.empty == "leave_out" and grown(written, price):
        set_empty("stop")  # nobody has decided about these
        st.rerun()
    if written.empty == "leave_out":
        with st.container(horizontal=True, vertical_alignment="center"):
            told = n_("{n} person without a value is left out.", "{n} people without a value are left out.",
                      quote.left_out)  # fmt: skip
            st.markdown(f":material/person_off: {told.format(n=ui.number(quote.left_out))}")
            st.button(_("Decide again"), key="compose_undecide", type="tertiary", on_click=set_empty, args=("stop",))
        show_people(written, price)
        return
    with st.container(border=True, key="compose_empty_box"):
        st.markdown(":material/help: " + _("**Some people have no value for a field.** Decide before you go on:"))
        for field, people in quote.empty_fields.items():
            ask_fallback(written.text, field, people)
        people = undecided(price)
        label = n_("Leave this person out", "Leave these {n} people out", people)
        st.button(label.format(n=ui.number(people)), key="compose_leave_out", icon=":material/person_off:",
                  on_click=set_empty, args=("leave_out", quote.empty_fields))  # fmt: skip
        show_people(written, price)


def undecided(price: Price) -> int:
    """How many people that are; with several fields at most so many, for some lack more than one."""
    fields = price.quote.empty_fields
    if len(fields) == 1 or sum(fields.values()) > len(price.quote.missing):
        return max(fields.values())
    return len({one.phone for one in price.quote.missing})


def grown(written: Written, price: Price) -> bool:
    """Whether more people or other fields are concerned than when somebody decided to leave them out."""
    decided = dict(written.decided)
    return any(people > decided.get(field, 0) for field, people in price.quote.empty_fields.items())


def set_empty(decision: Empty, fields: Mapping[str, int] | None = None) -> None:
    """Keep what becomes of the people without a value, `fields`: how many, by field. It holds for no others."""
    st.session_state.update(compose_empty=decision, compose_decided=tuple(sorted((fields or {}).items())))


def ask_fallback(text: str, field: str, people: int) -> None:
    """What people without a value for this field get in its place."""
    told = n_("{n} person has nothing under “{field}”.", "{n} people have nothing under “{field}”.", people)
    st.text(told.format(n=ui.number(people), field=field))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        fallback = st.text_input(
            _("They get in its place"), key=f"compose_fallback_{field}", placeholder=_("Customer"), max_chars=50,
            width=220,
        )  # fmt: skip
        if st.button(_("Write it into the text"), key=f"compose_give_{field}", icon=":material/edit_note:"):
            changed = with_fallback(text, field, fallback.strip())
            if not fallback.strip() or changed == text:
                st.caption(_("Write first what they get."))
            else:
                st.session_state["compose_put"] = changed
                st.rerun()


def put_decided() -> None:
    """Write the text that the last run decided on, before its box is drawn."""
    if (changed := st.session_state.pop("compose_put", None)) is not None:
        put_text(changed)


def show_people(written: Written, price: Price) -> None:
    """The first of them by line and number, and all of them to take home."""
    missing = price.quote.missing
    with st.expander(_("Who they are"), icon=":material/list:", key="compose_missing"):
        rows = [{"line": one.row, "number": one.phone, "field": one.field} for one in missing[:SHOWN]]
        line = st.column_config.NumberColumn(_("Line in the file"), format="%d")
        config: dict[str, Any] = {"line": line, "number": _("Number"), "field": _("Field")}
        st.dataframe(rows, column_config=config, hide_index=True, alt=_("People without a value"))
        header = [_("Line in the file"), _("Number"), _("Field")]
        known = ui.store().reviewing
        ui.download_csv(
            _("Download all"), "without-a-value.csv",
            lambda: (header, ((one.row, one.phone, one.field) for one in
                              known.missing(written.lists, written.text, skip_days=written.skip_days))),
            "compose_missing_download",
        )  # fmt: skip
