"""A campaign in a few words: its name, its state, its points. What the overview and the campaigns page say alike."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from smsget.campaigns import CampaignState
from smsget.store import Campaign
from ui import _

LOOKS: dict[CampaignState, tuple[str, Any]] = {
    CampaignState.SCHEDULED: (":material/schedule:", "violet"),
    CampaignState.SENDING: (":material/send:", "blue"),
    CampaignState.PAUSED: (":material/pause_circle:", "orange"),
    CampaignState.UNSETTLED: (":material/help:", "red"),
    CampaignState.FINISHED: (":material/check_circle:", "green"),
    CampaignState.CANCELLED: (":material/cancel:", "gray"),
}


def title(campaign: Campaign) -> str:
    """A campaign's name, safe for Markdown."""
    return ui.literal(ui.campaign_name(campaign.id, campaign.name))


def link(campaign: Campaign, label: str) -> None:
    """A link to the campaign on its page."""
    st.page_link("pages/track/campaigns.py", label=label, icon=":material/arrow_forward:",
                 query_params={"campaign": str(campaign.id)})  # fmt: skip


def is_sending(campaign: Campaign) -> bool:
    """Whether it goes out now; one that was confirmed for another account waits for that."""
    return campaign.state == CampaignState.SENDING and campaign.account == ui.account().key


def quoted(campaign: Campaign) -> str:
    """The points quoted; never a plain number where the rate of a country was unknown."""
    points = ui.number(campaign.credits_quoted)
    return _("at least {points}").format(points=points) if campaign.unknown_rate else points


def badge(campaign: Campaign) -> None:
    """The state, in a word and a colour."""
    icon, color = LOOKS[campaign.state]
    st.badge(ui.words().campaign_state(campaign.state), icon=icon, color=color)
    if campaign.test:
        st.badge(_("Test"), icon=":material/science:", color="gray")
