"""All campaigns and drafts; or one campaign (`?campaign=ID`): how far it is, why it stopped, what can be done."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from pages.track import _after, _all_campaigns, _campaign, _decisions, _progress, _unknown
from smsget.account import SANDBOX_NAME
from smsget.campaigns import CampaignState
from smsget.store import Campaign
from ui import _


def show_one(number: str) -> None:
    """Everything about one campaign, what needs a person first."""
    st.button(_("All campaigns"), key="campaigns_all", type="tertiary", icon=":material/arrow_back:",
              on_click=_all_campaigns.show, args=(None,))  # fmt: skip
    campaign = ui.campaign(number)
    if campaign.state == CampaignState.DRAFT:
        st.info(_("This is a draft: nothing was sent yet."))
        st.page_link(
            "pages/send/compose.py", label=_("Continue"), icon=":material/edit:", query_params={"draft": number}
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_campaign.title(campaign), anchor=False, width="content")
        _campaign.badge(campaign)
    _decisions.show_needs(campaign)
    _decisions.show_actions(campaign)
    _unknown.show(campaign)
    _progress.show_live(campaign)
    _progress.show_delivery(campaign)
    _after.show(campaign)
    show_details(campaign)
    _decisions.show_question(campaign)


def show_details(campaign: Campaign) -> None:
    """What was confirmed."""
    words = ui.words()
    st.subheader(_("What was confirmed"), anchor=False)
    with st.container(border=True):
        st.text(campaign.text)
    facts: Sequence[tuple[str, str]] = [
        (_("Lists"), words.listed([name for _number, name in campaign.lists])),
        (_("Way"), _("two-way") if campaign.two_way else _("one-way")),
        (_("When"), words.schedule(campaign.schedule)),
        (_("Set time"), ui.taipei(campaign.send_at)),
        (_("Sending hours"), str(campaign.tempo.window or "–")),
        (_("People an hour at most"), ui.number(campaign.tempo.pace.per_hour if campaign.tempo.pace else None)),
        *left_out(campaign),
        (_("Account"), _("Sandbox") if campaign.account == SANDBOX_NAME else campaign.account),
        (_("Confirmed"), ui.taipei(campaign.confirmed_at, seconds=True)),
        (_("Ended"), ui.taipei(campaign.ended_at, seconds=True)),
    ]
    st.table({name: ui.literal(value) for name, value in facts if value != "–"}, border="horizontal", width="content")


def left_out(campaign: Campaign) -> list[tuple[str, str]]:
    """How many people of its lists it left out when it was confirmed, and why."""
    labels = {"suppressed": _("Left out, on the suppression list"), "texted": _("Left out, texted lately"),
              "empty": _("Left out, without a value")}  # fmt: skip
    return [(labels[why], ui.number(count)) for why, count in campaign.left_out.items() if count and why in labels]


if number := st.query_params.get("campaign"):
    show_one(number)
else:
    _all_campaigns.show_all()
    _all_campaigns.show_drafts()
