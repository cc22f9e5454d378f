"""What a review before sending rests on: registered names and links, one's own numbers, sending hours, and limits."""

from __future__ import annotations

import re

import streamlit as st

import ui
from pages.account import _engine
from smsget.campaigns import SendWindow, mentions
from smsget.numbers import read_number
from smsget.store.reviewing import GRACE_MINUTES, LIST_AGE_DAYS, TYPED_FROM
from ui import _

LINES = {"brands": 68, "registered_links": 100, "registered_phones": 100, "refusal_phrases": 68}
"""Settings that hold one thing on each line, and the height of their boxes."""

TYPED, AGE, GRACE = range(1, 1_000_001), range(1, 3651), range(43_201)


def show_review() -> None:
    """Two forms: what carriers know of the sender, and how it is sent."""
    show_registered()
    show_sending()


def show_registered() -> None:
    """Carriers deliver a text only with a registered name, and with no other links and numbers than registered ones."""
    labels = {
        "brands": _("Registered names of your company or brand"),
        "registered_links": _("Registered links"),
        "registered_phones": _("Registered phone numbers"),
        "refusal_phrases": _("Further words by which your texts offer to refuse"),
    }
    helps = {
        "registered_links": _("A link covers what lies below it: shop.tw covers shop.tw/sale."),
        "refusal_phrases": _("The usual ones are known: 退訂, 拒收, 回覆N, unsubscribe, a 0800 number …"),
    }
    settings = ui.store().settings
    with st.form("settings_registered"):
        st.text(_("Carriers deliver commercial texts only with what was registered with them. One on each line."))
        for name, label in labels.items():
            st.text_area(label, "\n".join(settings.get(name, [])), height=LINES[name], key=f"settings_{name}",
                         help=helps.get(name))  # fmt: skip
        saved = st.form_submit_button(_("Save what is registered"), key="settings_registered_save", type="primary")
    if not saved:
        return
    typed = {name: lines(f"settings_{name}") for name in LINES}
    typed["registered_links"] = apart(typed["registered_links"])
    if bad := [link for link in typed["registered_links"] if not is_link(link)]:
        told = _("Nothing was saved. This is no link: {links}").format(links=", ".join(bad))
        st.error(ui.literal(told), icon=":material/error:")
        return
    for name, each in typed.items():
        settings.set(name, each)
    told_saved()


def apart(typed: list[str]) -> list[str]:
    """Links of which several stand on one line, each once."""
    return list(dict.fromkeys(link for line in typed for link in re.split(r"[\s,;，、；]+", line) if link))


def is_link(typed: str) -> bool:
    """Whether the review would find just this one link in a text."""
    return [one.kind for one in mentions(typed)] == ["link"]


def lines(key: str) -> list[str]:
    """What was typed into a box, line by line, each once."""
    typed = (ui.typed(line) for line in (st.session_state[key] or "").splitlines())
    return list(dict.fromkeys(line for line in typed if line))


def show_sending() -> None:
    """One's own numbers, the hours, and the limits."""
    reviewing, settings = ui.store().reviewing, ui.store().settings
    typed, age, grace = (_("Ask to type the count from so many people on"), _("Days after which a list counts as old"),
                         _("Minutes that a campaign kept on this computer may be late"))  # fmt: skip
    window = reviewing.window()
    if "settings_own_numbers" not in st.session_state:  # drawn afresh: what is changed is told from what was shown
        st.session_state["settings_review_shown"] = {
            "own_numbers": reviewing.own_numbers(), "send_window": [f"{window.start:%H:%M}", f"{window.end:%H:%M}"],
            "typed_from": settings.get("typed_from", TYPED_FROM),
            "list_age_days": settings.get("list_age_days", LIST_AGE_DAYS),
            "grace_minutes": settings.get("grace_minutes", GRACE_MINUTES),
        }  # fmt: skip
    with st.form("settings_review"):
        own = st.text_area(
            _("Your own numbers, for tests"), "\n".join(reviewing.own_numbers()), height=68, key="settings_own_numbers",
            placeholder="0912345678", help=_("One on each line. A test goes to all of them."),
        )  # fmt: skip
        st.text(_("Sending hours in Taipei"))
        with st.container(horizontal=True):
            start = st.time_input(_("From"), window.start, key="settings_window_start", step=900, width=160)
            end = st.time_input(_("Until"), window.end, key="settings_window_end", step=900, width=160)
        # without limits of their own: a field with some keeps a number beyond them to itself, and says nothing
        most = st.number_input(typed, value=settings.get("typed_from", TYPED_FROM), key="settings_typed_from")
        days = st.number_input(age, value=settings.get("list_age_days", LIST_AGE_DAYS), key="settings_list_age")
        late = st.number_input(
            grace, value=settings.get("grace_minutes", GRACE_MINUTES), key="settings_grace",
            help=_("If the computer was off at the time, it goes out if the dashboard is opened so soon after it; "
                   "later it asks."),
        )  # fmt: skip
        saved = st.form_submit_button(_("Save"), key="settings_review_save", type="primary")
    if not saved:
        return
    limits = ((typed, most, TYPED), (age, days, AGE), (grace, late, GRACE))
    numbers = read_numbers(own or "")
    if numbers is None or not all(_engine.within(*one) for one in limits):
        return
    with ui.explained():
        window = SendWindow(start, end)  # refuses hours that are none
        kept = {"own_numbers": numbers, "send_window": [f"{window.start:%H:%M}", f"{window.end:%H:%M}"],
                "typed_from": most, "list_age_days": days, "grace_minutes": late}  # fmt: skip
        shown = st.session_state["settings_review_shown"]
        for name, value in kept.items():
            if value != shown[name]:  # somebody else may have changed the others meanwhile
                settings.set(name, value)
        st.session_state["settings_review_shown"] = kept
        told_saved()


def read_numbers(typed: str) -> list[str] | None:
    """The numbers in wire form; None, and why, if one cannot be texted."""
    cells = [cell for line in typed.splitlines() if (cell := ui.typed(line))]
    readings = [(cell, read_number(cell)) for cell in cells]
    bad = [(cell, reading.code) for cell, reading in readings if reading.outcome != "number"]
    for cell, code in bad:
        told = _("Nothing was saved. {number}: {reason}").format(number=cell, reason=ui.words().reject(code))
        st.error(ui.literal(told), icon=":material/error:")
    return None if bad else list(dict.fromkeys(reading.wire for _cell, reading in readings))


def told_saved() -> None:
    """Say so, after the rerun."""
    ui.flash(_("Saved. It holds from now on."))
    st.rerun()
