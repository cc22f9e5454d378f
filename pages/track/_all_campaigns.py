"""All campaigns, newest first, and the drafts that never became one."""

from __future__ import annotations

import streamlit as st

import ui
from pages.track import _pace, _stops
from pages.track._campaign import badge, quoted, title
from smsget.campaigns import CampaignState
from smsget.store import Campaign
from ui import _, n_

COMPOSE = "pages/send/compose.py"
AT_ONCE = 20


def show(campaign: int | None) -> None:
    """Go to one campaign, or back to all. By the address: a link of a page to itself leaves it as it was."""
    if campaign is None:
        st.query_params.pop("campaign", None)
    else:
        st.query_params["campaign"] = str(campaign)
    st.rerun()


def show_drafts() -> None:
    """Texts that were never confirmed, newest first."""
    drafts = ui.store().campaigns.all(states=[CampaignState.DRAFT], limit=AT_ONCE)
    if not drafts:
        return
    st.subheader(_("Drafts"), anchor=False)
    for draft in drafts:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap=None):
                name = ui.literal(draft.name) or _("Draft {id}").format(id=draft.id)
                st.markdown(f"**{name}**")
                st.text(draft.text or _("No text yet."), wrap=False, width="stretch")
            st.page_link(COMPOSE, label=_("Continue"), icon=":material/edit:", query_params={"draft": str(draft.id)})
            with st.popover(_("Delete"), type="tertiary"):
                st.button(_("Delete this draft for good"), key=f"campaigns_delete_{draft.id}", on_click=delete_draft,
                          args=(draft.id,))  # fmt: skip


def delete_draft(draft: int) -> None:
    """Delete it for good, as a callback."""
    with ui.explained():
        ui.store().campaigns.delete_draft(draft)
        ui.flash(_("The draft is deleted."))


def show_all() -> None:
    """Every campaign, newest first; looked at again and again while one of them runs."""
    limit = st.session_state.setdefault("campaigns_limit", AT_ONCE)
    known = ui.store().campaigns
    first = known.all(limit=limit + 1)
    if not first:
        st.info(_("No campaign yet. Write a text, look at its price, and confirm it: it then appears here."))
        st.page_link(COMPOSE, label=_("Write a text"), icon=":material/edit_square:")
        return

    _stops.show_all(known.all(states=[CampaignState.PAUSED]))
    every, before = pulse(first), [(one.id, one.state, one.reason) for one in first[:limit]]

    @st.fragment(run_every=every)
    def rows() -> None:
        with ui.explained():
            campaigns = known.all(limit=limit)
            if [(one.id, one.state, one.reason) for one in campaigns] != before or pulse(campaigns) != every:
                st.rerun()
            for campaign in campaigns:
                show_row(campaign)

    rows()
    if len(first) > limit:
        st.button(_("Show more"), key="campaigns_more", on_click=st.session_state.update,
                  kwargs={"campaigns_limit": limit + AT_ONCE})  # fmt: skip


def pulse(campaigns: list[Campaign]) -> int | None:
    """How often to look again: as often as the liveliest of them, but not every second."""
    found = [every for every in map(_pace.pulse, campaigns) if every]
    return max(2, min(found)) if found else None


def show_row(campaign: Campaign) -> None:
    """One campaign in a few words, and the way to everything about it."""
    told = n_("{time} · {n} person · {used} of {quoted} points used",
              "{time} · {n} people · {used} of {quoted} points used", campaign.recipients)  # fmt: skip
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xsmall"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(f"**{title(campaign)}**", width="content")
                    badge(campaign)
                st.caption(told.format(time=ui.taipei(campaign.confirmed_at), n=ui.number(campaign.recipients),
                                       used=ui.number(campaign.credits_used), quoted=quoted(campaign)))  # fmt: skip
            st.button(_("Open"), key=f"campaigns_open_{campaign.id}", on_click=show, args=(campaign.id,))
        if campaign.state not in (CampaignState.FINISHED, CampaignState.CANCELLED):
            st.progress(campaign.done / max(campaign.recipients, 1))
            if told := _pace.told(campaign):
                st.caption(told)
