"""What waits for a person, at the top of the overview: one card for each, with the way to where it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

import ui
from pages.track import _campaign, _stops
from smsget import launch
from smsget.campaigns import CampaignState
from smsget.errors import BadRequest
from smsget.store import Campaign, now, to_text
from ui import _, n_

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

NEW_REPLIES_DAYS = 7
REPLIES, CREDIT, SETTINGS = "pages/track/replies.py", "pages/account/credit.py", "pages/account/settings.py"
ARROW = ":material/arrow_forward:"


def show(campaigns: list[Campaign]) -> None:
    """One card for each thing that waits for a person, with the way to where it is done."""
    together = {one.id for group in account_stops(campaigns) for one in group}
    for campaign in campaigns:
        for icon, sentence, label in campaign_needs(campaign, told=campaign.id in together):
            with need(icon, f"**{_campaign.title(campaign)}** · {sentence}"):
                _campaign.link(campaign, label)
    store = ui.store()
    lease = store.leases.current()
    if lease is not None and launch.is_alive(lease) and (code := lease.info.get("callback_error")):
        told = ui.explain(BadRequest(code, port=store.settings.get("callback_port", "…")))
        with need(":material/call_received:", _("Delivery reports cannot come in.") + " " + told):
            st.page_link(SETTINGS, label=_("Open the settings"), icon=ARROW)
    reading = store.credits.latest(ui.account().key)
    wanted = sum(one.credits_quoted - one.credits_used for one in campaigns if _campaign.is_sending(one))
    if reading is not None and reading.credits < wanted:
        told = _("{points} points are left, and the campaigns under way still need about {wanted}.")
        with need(":material/toll:", told.format(points=ui.number(reading.credits), wanted=ui.number(wanted))):
            st.page_link(CREDIT, label=_("See the points"), icon=ARROW)
    new_replies()


def account_stops(campaigns: list[Campaign]) -> Iterator[list[Campaign]]:
    """Say once what stopped several campaigns of the account; yields them, so that it is not said for each again."""
    for reason, group in _stops.stopped(campaigns).items():
        if len(group) > 1:
            told = n_("**{n} campaign has stopped.** {why}", "**{n} campaigns have stopped.** {why}", len(group))
            with need(":material/pause_circle:", told.format(n=ui.number(len(group)), why=_stops.told(reason, group))):
                st.page_link("pages/track/campaigns.py", label=_("Go to the campaigns"), icon=ARROW)
                _stops.way(reason)
            yield group


def campaign_needs(campaign: Campaign, *, told: bool) -> Iterator[tuple[str, str, str]]:
    """(icon, sentence, label of the link) for what a campaign waits for; `told`: why it stopped was said already."""
    if campaign.state == CampaignState.PAUSED and not told:
        why = _("Paused. {reason}").format(reason=_stops.told(campaign.reason, [campaign]))
        yield ":material/pause_circle:", why, _("Go to the campaign")
    elif campaign.state in (CampaignState.SENDING, CampaignState.SCHEDULED) and campaign.account != ui.account().key:
        yield ":material/manage_accounts:", ui.words().pause_reason("other_account"), _("Go to the campaign")
    if unknown := campaign.counts["unknown"]:
        sentence = n_(
            "It is unknown whether {count} person was texted. Send again, or leave it?",
            "It is unknown whether {count} people were texted. Send again, or leave it?",
            unknown,
        )
        yield ":material/help:", sentence.format(count=ui.number(unknown)), _("Decide")


def need(icon: str, sentence: str) -> DeltaGenerator:
    """A card for one thing that waits; draw its link inside."""
    card = st.container(border=True, horizontal=True, vertical_alignment="center")
    card.markdown(f":orange[{icon}] {sentence}")
    return card


def new_replies() -> None:
    """What came in lately; refusals are dealt with already, people like to know."""
    receipts, since = ui.store().receipts, to_text(now() - timedelta(days=NEW_REPLIES_DAYS))
    if replies := receipts.reply_count(since=since):
        refusals = receipts.reply_count(since=since, refusals_only=True)
        told = n_("{count} reply in the last {days} days", "{count} replies in the last {days} days", replies).format(
            count=ui.number(replies), days=NEW_REPLIES_DAYS
        )
        if refusals:
            told += " · " + n_(
                "{count} asks for no more texts, and is on the suppression list",
                "{count} ask for no more texts, and are on the suppression list",
                refusals,
            ).format(count=ui.number(refusals))
        with need(":material/forum:", told):
            st.page_link(REPLIES, label=_("Read the replies"), icon=ARROW)
