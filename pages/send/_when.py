"""When a campaign goes out, who holds it until then, in which hours and how fast; and when it would be done."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import streamlit as st

import ui
from pages.send._draft import Written
from smsget.campaigns import Pace, Quote
from ui import _, n_

SCHEDULES = ("now", "here", "gateway")
REQUEST_S = 0.3  # what a request to SMS-Get is assumed to take
STEP_S = 300
MOST_PER_HOUR = 1_000_000


def schedule() -> None:
    """When it goes out, and who holds it until then."""
    state = st.session_state
    minutes = ui.store().reviewing.grace_s() // 60
    st.radio(
        _("When"), SCHEDULES, key="compose_schedule", format_func=ui.words().schedule,
        captions=[
            _("Begins when you confirm. You can pause it while it runs."),
            _("You can change or cancel it until then. If this computer is off at that time, it goes out if the "
              "dashboard is opened within {minutes} minutes; later it asks you first.").format(
                  minutes=ui.number(minutes)),
            _("Goes out even if this computer is off. Nobody can recall or change it once SMS-Get has it."),
        ],
    )  # fmt: skip
    if state["compose_schedule"] != "now":
        set_time()
    if state["compose_schedule"] == "gateway":
        st.caption(_("SMS-Get sends to everybody when the time comes: sending hours and a pace do not apply."))
    else:
        hours_and_pace()


def set_time() -> None:
    """The time in Taipei; tomorrow at ten until somebody sets another."""
    state = st.session_state
    tomorrow = (ui.taipei_now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0, tzinfo=None)
    state["compose_at"] = state.get("compose_at") or tomorrow
    st.datetime_input(_("Date and time in Taipei"), key="compose_at", step=STEP_S)
    if state["compose_at"] <= ui.taipei_now().replace(tzinfo=None):
        st.warning(_("This time has passed. Choose a later one."))


def hours_and_pace() -> None:
    """Whether it stops outside the sending hours, and whether it goes slower than it could."""
    window = ui.store().reviewing.window()
    st.session_state.setdefault("compose_per_hour", None)  # forgotten while the box was not drawn
    st.toggle(
        _("Only in the sending hours, {window}").format(window=window), key="compose_hours",
        help=_("Outside of them it waits by itself, and goes on the next day. The hours are in the settings, for "
               "Taipei."),
    )  # fmt: skip
    st.number_input(
        _("At most so many people an hour"), 1, MOST_PER_HOUR, key="compose_per_hour", step=100,
        placeholder=_("Empty: as fast as it goes"),
        help=_("If your shop or hotline could not answer everybody at once."),
    )  # fmt: skip


def begins(written: Written) -> datetime:
    """When the first text goes out; inside the sending hours if it keeps to them."""
    moment = written.at.replace(tzinfo=ui.TAIPEI) if written.at else ui.taipei_now()
    return ui.store().reviewing.window().next_opening(moment) if written.hours and written.held_here else moment


def takes(written: Written, quote: Quote) -> timedelta:
    """How long sending takes without pauses, counted from the first request to the last."""
    if not written.held_here:
        return timedelta()  # SMS-Get has got it long before
    if written.per_hour:
        return Pace(written.per_hour).duration(quote.recipients)
    settings = ui.store().settings
    pace = min(settings.get("requests_per_second", 50), settings.get("concurrency", 4) / REQUEST_S)
    return timedelta(seconds=quote.batches / pace)


def done(written: Written, quote: Quote) -> datetime:
    """When the last text goes out."""
    begin, work = begins(written), takes(written, quote)
    return ui.store().reviewing.window().finish(begin, work) if written.hours and written.held_here else begin + work


def told_time(written: Written, quote: Quote) -> str:
    """When it begins and is done, in a sentence; "" for what is done in a minute from now."""
    begin, end = begins(written), done(written, quote)
    if end - ui.taipei_now() < timedelta(minutes=1):
        return ""
    if end - begin < timedelta(minutes=1):
        return _("It goes out at {time} in Taipei.").format(time=f"{begin:%Y-%m-%d %H:%M}")
    told = _("From {begin} to about {end} in Taipei, {duration} of sending.")
    return told.format(begin=f"{begin:%Y-%m-%d %H:%M}", end=f"{end.astimezone(ui.TAIPEI):%Y-%m-%d %H:%M}",
                       duration=duration(takes(written, quote)))  # fmt: skip


def duration(time: timedelta) -> str:
    """A length of time, in the largest unit that is exact enough."""
    minutes = math.ceil(time.total_seconds() / 60)
    if minutes < 90:
        return n_("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = round(minutes / 60)
    return n_("{n} hour", "{n} hours", hours).format(n=ui.number(hours))
