"""A test: the text as the person in the preview would get it, to one's own numbers."""

from __future__ import annotations

import secrets

import streamlit as st

import ui
from pages.send._draft import Written
from smsget.campaigns import Recipient
from smsget.errors import SMSGetError
from smsget.numbers import country_of
from smsget.segments import count_segments
from ui import _, n_

SETTINGS = "pages/account/settings.py"


def show_test(written: Written, person: Recipient, text: str) -> None:
    """Behind a button, so that nobody takes it for the real thing."""
    with st.popover(_("Send a test"), icon=":material/science:", key="compose_test"):
        numbers = ui.store().reviewing.own_numbers()
        if not numbers:
            st.text(_("Enter your own numbers in the settings first: tests go to them."))
            st.page_link(SETTINGS, label=_("To the settings"), icon=":material/settings:",
                         query_params={"tab": "review"})  # fmt: skip
        elif (made := st.session_state["compose_tested"]) is not None:
            st.success(_("The test is on its way."), icon=":material/check_circle:")
            st.page_link("pages/track/campaigns.py", label=_("How it stands"), icon=":material/arrow_forward:",
                         query_params={"campaign": str(made)})  # fmt: skip
            st.button(_("Another test"), key="compose_test_again", on_click=draw_lot)
        else:
            offer(written, person, text, numbers)


def offer(written: Written, person: Recipient, text: str, numbers: list[str]) -> None:
    """What it will be and cost, and the button."""
    if stopped := ui.store().suppression.among(numbers):
        told = _("On the suppression list, so they get nothing: {numbers}")
        st.warning(ui.literal(told.format(numbers=ui.words().listed(list(stopped)))))
        numbers = [number for number in numbers if number not in stopped]
    if not numbers:
        return
    st.text(_("To your own numbers: {numbers}").format(numbers=ui.words().listed(numbers)))
    told = _("With the values of {number}, whom the preview shows. It is kept apart as a test, and costs {points}.")
    st.text(told.format(number=person.phone, points=cost(written, text, numbers)))
    label = n_("Send the test to {n} number", "Send the test to {n} numbers", len(numbers))
    st.button(label.format(n=len(numbers)), key="compose_test_send", type="primary", icon=":material/send:",
              on_click=send, args=(written, person, numbers))  # fmt: skip
    if trouble := st.session_state.pop("compose_test_trouble", ""):
        st.error(ui.literal(trouble), icon=":material/error:")


def send(written: Written, person: Recipient, numbers: list[str]) -> None:
    """Confirm the test, as a callback; a second click brings the same lot and changes nothing."""
    state = st.session_state
    try:
        lists = [ui.store().lists.get(one) for one in written.lists]
        # the chosen lists may have other columns than this person's: a text may name those of all
        values = {**{field: "" for one in lists for field in one.fields}, **person.fields}
        state["compose_tested"] = ui.store().test_sends.send(
            _("Test: {name}").format(name=written.name or lists[0].name)[:100], written.text, values, numbers,
            ui.account().key, once=state["compose_once"], two_way=written.two_way,
        )  # fmt: skip
        ui.keep_engine()
    except SMSGetError as error:
        state["compose_test_trouble"] = ui.explain(error)


def cost(written: Written, text: str, numbers: list[str]) -> str:
    """The points that a test takes, in words."""
    rates, parts = ui.store().settings.rates(), count_segments(text).segments
    each = [rates.credits(country_of(number) or "", parts, two_way=written.two_way) for number in numbers]
    if None in each:
        return _("an unknown number of points")
    points = sum(price or 0 for price in each)
    return n_("{n} point", "{n} points", points).format(n=ui.number(points))


def draw_lot() -> None:
    """Begin another test: its click is another one than the last."""
    st.session_state.update(compose_tested=None, compose_once=secrets.token_hex(8))
