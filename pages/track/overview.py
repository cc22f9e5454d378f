"""What is going on: what needs a person, points left, campaigns under way, delivery of the last days.

The landing page is light on purpose: no table and no data frame, whose libraries take seconds to import.
"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

import ui
from pages.track import _campaign, _days, _first_steps, _needs, _pace
from smsget.campaigns import CampaignState
from smsget.store import Campaign, from_text, now
from ui import _

AFTERGLOW = timedelta(seconds=20)  # figures stay live so long after a campaign ended: the sandbox reports in seconds

store = ui.store()


def live(campaigns: list[Campaign]) -> None:
    """Points, campaigns under way and delivery, drawn anew by themselves while something goes on."""
    shown = [(one.id, one.state) for one in campaigns]
    # in seconds: a text like "2s" would make Streamlit import pandas to read it
    every = 2 if is_live(campaigns) else 30 if any(state == "scheduled" for _id, state in shown) else None

    @st.fragment(run_every=every)
    def draw() -> None:
        with ui.explained():
            store.leases.look()
            present = watched()
            moved = [(one.id, one.state) for one in present] != shown
            if every and (moved or (every == 2 and not is_live(present))):
                st.rerun()
            show_points()
            show_running(present)
            _days.show()

    draw()


def show_points() -> None:
    """The last reading, the question for a new one, and the way to all of them."""

    def way() -> None:
        st.page_link("pages/account/credit.py", label=_("Where they went"), icon=":material/arrow_forward:")

    ui.points("overview_credit", way)


def show_running(campaigns: list[Campaign]) -> None:
    """Progress of what is being sent, and what waits for its time."""
    for campaign in campaigns:
        if _campaign.is_sending(campaign):
            with st.container(border=True):
                head(campaign)
                told = _("{done} of {all} people").format(
                    done=ui.number(campaign.done), all=ui.number(campaign.recipients)
                )
                st.progress(campaign.done / max(campaign.recipients, 1), told)
                if pace := _pace.told(campaign):
                    st.caption(pace)
        elif campaign.state == CampaignState.SCHEDULED:
            with st.container(border=True):
                head(campaign)
                st.caption(_("Goes out at {time}").format(time=ui.taipei(campaign.send_at)))


def head(campaign: Campaign) -> None:
    """The way to a campaign; a test to one's own numbers is told apart."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _campaign.link(campaign, _campaign.title(campaign))
        if campaign.test:
            _campaign.badge(campaign)


def watched() -> list[Campaign]:
    """The campaigns this page speaks of: those that go on or may wait for a person, and the latest finished ones."""
    ended = [CampaignState.FINISHED]
    others = [state for state in CampaignState if state not in (*ended, CampaignState.DRAFT)]
    return store.campaigns.all(states=others) + store.campaigns.all(states=ended, limit=3)


def is_live(campaigns: list[Campaign]) -> bool:
    """Whether the figures may change in the next seconds."""
    ended = (one.ended_at for one in campaigns if one.ended_at)
    return any(map(_campaign.is_sending, campaigns)) or any(now() - from_text(at) < AFTERGLOW for at in ended)


campaigns = watched()
_first_steps.show()
_needs.show(campaigns)
live(campaigns)
