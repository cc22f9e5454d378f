"""On first start: three steps that lead to the first campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import ui
from pages.track import _campaign
from smsget.campaigns import CampaignState
from ui import _, n_

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

RECIPIENTS, COMPOSE = "pages/send/recipients.py", "pages/send/compose.py"
ARROW = ":material/arrow_forward:"


def show() -> None:
    """Three steps to the first campaign, until it has ended. Each ticks itself off."""
    lists = ui.store().lists.all()
    begun = [one for one in ui.store().campaigns.all(limit=20) if not one.test]
    if len(begun) > 1 or (begun and begun[0].ended_at):
        return
    drafts = [one.id for one in ui.store().campaigns.all(states=[CampaignState.DRAFT]) if one.text.strip()]
    written = bool(drafts or begun)
    compose = {"draft": str(drafts[0])} if drafts else {"list": str(lists[0].id)} if lists else {}
    st.subheader(_("Three steps to your first campaign"), anchor=False)
    left, middle, right = st.columns(3)
    with step(left, 1, _("Load a list of customers"), done=bool(lists)):
        if lists:
            found = n_("“{name}”, {count} number", "“{name}”, {count} numbers", lists[0].people)
            st.caption(found.format(name=ui.literal(lists[0].name), count=ui.number(lists[0].people)))
        elif ui.is_sandbox():  # a real account must never text the invented customers
            st.caption(_("About 1,000 invented customers, to try everything with."))
            load_sample()
        upload = _("Upload a list of your own")
        if lists or ui.is_sandbox():
            st.page_link(RECIPIENTS, label=upload, icon=ARROW)
        elif st.button(upload, type="primary", key="overview_upload", icon=ARROW):
            st.switch_page(RECIPIENTS)
    with step(middle, 2, _("Write a text"), done=written):
        st.caption(_("You see what it will cost while you write."))
        if not begun:
            label = _("Go on writing") if written else _("Write a text")
            st.page_link(COMPOSE, label=label, icon=ARROW, query_params=compose)
    with step(right, 3, _("Confirm, and watch it go out"), done=bool(begun)):
        st.caption(_("Nothing is sent before you confirm the price."))
        if begun:
            _campaign.link(begun[0], _("Watch it go out"))
        elif drafts and lists:
            st.page_link(COMPOSE, label=_("See the price and confirm"), icon=ARROW, query_params=compose)


def step(place: DeltaGenerator, number: int, title: str, *, done: bool) -> DeltaGenerator:
    """The card of one step."""
    card = place.container(border=True, height="stretch", key=f"overview_step_{number}")
    icon, colour = (":material/check_circle:", "green") if done else (f":material/counter_{number}:", "gray")
    card.markdown(f":{colour}[{icon}] **{title}**")
    return card


def load_sample() -> None:
    """One click saves the sample list. A second one finds it saved."""
    if st.button(_("Load the sample list"), type="primary", key="overview_sample", icon=":material/science:"):
        with ui.explained(), st.spinner(_("Reading the file …")):
            from smsget.recipients import read_recipients

            recipients = read_recipients(ui.SAMPLE, suppressed=ui.store().suppression.phones())
            ui.store().lists.save_file(recipients, _("Sample customers"))
            st.rerun()
