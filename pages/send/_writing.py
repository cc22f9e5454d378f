"""The inputs of the compose page: lists, name, text with its fields and templates, two-way, and when it goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st

import ui
from pages.send._draft import Written
from smsget.segments import count_segments
from smsget.store import ListInfo
from ui import _, n_

SCHEDULES = ("now", "here", "gateway")


def write(lists: Mapping[int, ListInfo]) -> Written:
    """The inputs, top to bottom."""
    state = st.session_state
    state["compose_lists"] = [number for number in state["compose_lists"] if number in lists]
    if lists:
        st.multiselect(
            _("Lists"), list(lists), key="compose_lists", placeholder=_("Choose one or more"),
            format_func=lambda number: f"{lists[number].name} ({ui.number(lists[number].people)})", wrap=True,
        )  # fmt: skip
    else:
        st.info(_("There is no list of recipients yet. Upload one first; what you write here is kept."))
        st.page_link("pages/send/recipients.py", label=_("Upload a list"), icon=":material/upload:")
    st.text_input(_("Name"), key="compose_name", max_chars=100,
                  help=_("For your own eyes: it tells your campaigns apart."))  # fmt: skip
    st.text_area(_("Text"), key="compose_text", height=200)
    measure(state["compose_text"])
    insert_fields([lists[number] for number in state["compose_lists"]])
    templates()
    two_way()
    schedule()
    state["compose_visit"] = state.get("visit")  # only now: before, the run may have been cut short between the boxes
    at = state["compose_at"] if state["compose_schedule"] != "now" else None
    return Written(state["compose_name"].strip(), state["compose_text"], tuple(state["compose_lists"]),
                   state["compose_two_way"], state["compose_schedule"], at)  # fmt: skip


def measure(text: str) -> None:
    """Encoding, units and parts of the text as it stands."""
    size = count_segments(text)
    kind = _("English (GSM-7)") if size.encoding == "GSM-7" else _("Chinese or other (UCS-2)")
    parts = n_("{n} part", "{n} parts", size.segments).format(n=size.segments)
    units = n_("{n} character", "{n} characters", size.units).format(n=size.units)
    told = f"{kind} · {units} · {parts}"
    if "{{" in text:
        told += " · " + _("with the fields as written; the price counts everybody's own text")
    st.caption(told)


def insert_fields(chosen: Sequence[ListInfo]) -> None:
    """One pill for every column of the chosen lists: it adds the field to the text."""
    names = dict.fromkeys(name for info in chosen for name in info.fields)
    usable = [name for name in names if name and name == name.strip() and not set(name) & set("{}|")]
    if usable:
        st.pills(_("Insert a field"), usable, key="compose_field", on_change=insert_field, format_func=ui.literal,
                 help=_("It goes to the end of the text. After a bar comes what people without a value get: "
                        "`{example}`").format(example="{{" + usable[0] + "|…}}"))  # fmt: skip


def insert_field() -> None:
    """Put the chosen field behind the text, and take the choice back."""
    state = st.session_state
    if name := state["compose_field"]:
        state.update(compose_text=state["compose_text"] + "{{" + name + "}}", compose_field=None)


def templates() -> None:
    """Texts kept for later: use one, keep this one, forget one."""
    with st.container(horizontal=True), st.popover(_("Templates"), icon=":material/bookmark:"):
        known = ui.store().templates
        kept = {template.name: template for template in known.all()}
        if kept:
            name = st.selectbox(_("Template"), list(kept), key="compose_template")
            st.text(kept[name].text)
            with st.container(horizontal=True):
                st.button(_("Use this text"), key="compose_use", on_click=use_template, args=(kept[name].text,))
                if st.button(_("Delete"), key="compose_forget", type="tertiary", icon=":material/delete:"):
                    known.delete(kept[name].id)
                    st.rerun()
        else:
            st.caption(_("No template yet. Write a text, then keep it here under a name."))
        name = st.text_input(_("Keep the present text as"), key="compose_template_name", placeholder=_("Name"))
        if st.button(_("Keep as template"), key="compose_keep", disabled=not st.session_state["compose_text"].strip()):
            with ui.explained():
                known.save(name, st.session_state["compose_text"])
                st.rerun()
    if st.session_state["compose_before"] is not None:
        st.button(_("Put the former text back"), key="compose_undo", on_click=use_template, icon=":material/undo:",
                  type="tertiary", args=(st.session_state["compose_before"],))  # fmt: skip


def use_template(text: str) -> None:
    """Replace the text; the former one can be put back."""
    state = st.session_state
    before = state["compose_text"]
    state.update(compose_text=text, compose_before=before if before.strip() and before != text else None)


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


def schedule() -> None:
    """When it goes out, and who holds it until then."""
    state = st.session_state
    st.radio(
        _("When"), SCHEDULES, key="compose_schedule", format_func=ui.words().schedule,
        captions=[
            _("Begins when you confirm. You can pause it while it runs."),
            _("You can cancel it until then. If this computer is off at that time, it goes out if the "
              "dashboard is opened within an hour; later it asks you first."),
            _("Goes out even if this computer is off. Nobody can recall or change it once SMS-Get has it."),
        ],
    )  # fmt: skip
    if state["compose_schedule"] == "now":
        return
    tomorrow = (ui.taipei_now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0, tzinfo=None)
    state["compose_at"] = state.get("compose_at") or tomorrow
    st.datetime_input(_("Date and time in Taipei"), key="compose_at", step=300)
    if state["compose_at"] <= ui.taipei_now().replace(tzinfo=None):
        st.warning(_("This time has passed. Choose a later one."))
