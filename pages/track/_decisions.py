"""What a campaign needs of a person, and what a person can do: pause, resume, cancel, move to another time, copy."""

from __future__ import annotations

import streamlit as st

import ui
from pages.track import _stops, _unknown
from pages.track._unknown import ask
from smsget.campaigns import CampaignState
from smsget.store import Campaign, from_text, now
from ui import _, n_

COMPOSE = "pages/send/compose.py"


def show_needs(campaign: Campaign) -> None:
    """Why it does not go on by itself, and what to do now."""
    active = campaign.state in (CampaignState.SENDING, CampaignState.SCHEDULED, CampaignState.PAUSED)
    if active and campaign.account != ui.account().key:
        st.warning(
            _("It was confirmed for the account {account}, and only that account will send it. Set that account up "
              "again to go on, or cancel what is left.").format(account=ui.literal(campaign.account)),
            title=_("Waits for another account"), icon=":material/key:",
        )  # fmt: skip
    if campaign.state == CampaignState.PAUSED:
        told = _stops.told(campaign.reason, [campaign])
        st.warning(told, title=_("Paused"), icon=":material/pause_circle:")
        _stops.way(campaign.reason)
        show_others(campaign)
    elif campaign.state == CampaignState.UNSETTLED:
        st.warning(_("Everything else has gone out. For the batches below nobody knows: decide on each of them."),
                   title=_("Needs a decision"), icon=":material/help:")  # fmt: skip
    elif campaign.state == CampaignState.SCHEDULED:
        st.info(_("It begins at {time} in Taipei. Until then you can change the time, pause or cancel it.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip
    if campaign.schedule == "gateway" and campaign.counts["accepted"]:
        st.info(_("SMS-Get sends what it has accepted at {time} in Taipei. That can no longer be recalled.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip


def show_others(campaign: Campaign) -> None:
    """That more campaigns wait for the same reason of the account, with one button for all of them."""
    paused = ui.store().campaigns.all(states=[CampaignState.PAUSED])
    same = _stops.stopped(paused).get(campaign.reason, [])
    if others := [one for one in same if one.id != campaign.id]:
        told = n_("{n} other campaign waits for the same reason.", "{n} other campaigns wait for the same reason.",
                  len(others))  # fmt: skip
        st.caption(told.format(n=ui.number(len(others))))
        _stops.resume_button(sum(map(len, _stops.stopped(paused).values())), "secondary")


def show_actions(campaign: Campaign) -> None:
    """Pause, resume, cancel, copy: those that make sense now."""
    state = campaign.state
    with st.container(horizontal=True):
        if state == CampaignState.PAUSED:
            st.button(_("Resume"), key="campaigns_resume", type="primary", icon=":material/play_arrow:",
                      on_click=act, args=("resume", campaign.id))  # fmt: skip
        if state in (CampaignState.SENDING, CampaignState.SCHEDULED):
            st.button(_("Pause"), key="campaigns_pause", type="primary", icon=":material/pause:",
                      on_click=act, args=("pause", campaign.id))  # fmt: skip
        if state in (CampaignState.SENDING, CampaignState.SCHEDULED, CampaignState.PAUSED):
            st.button(_("Cancel"), key="campaigns_cancel", icon=":material/cancel:",
                      on_click=ask, args=((campaign.id, "cancel", 0),))  # fmt: skip
        if is_movable(campaign):
            change_time(campaign)
        if st.button(_("Copy as a new draft"), key="campaigns_copy", icon=":material/content_copy:"):
            with ui.explained():
                copy(campaign)


def act(action: str, campaign: int) -> None:
    """Pause or resume, as a callback: once per click. What somebody else did first is shown as a sentence."""
    with ui.explained():
        known = ui.store().campaigns
        if action == "resume":
            ui.account().check_owns(known.get(campaign).account)
        getattr(known, action)(campaign)


def is_movable(campaign: Campaign) -> bool:
    """Whether this computer holds it until its time, and nothing of it has begun."""
    held = campaign.schedule == "here" and campaign.state in (CampaignState.SCHEDULED, CampaignState.PAUSED)
    return held and campaign.counts["queued"] == campaign.recipients


def change_time(campaign: Campaign) -> None:
    """Another time for a campaign that this computer holds, as long as it has not begun."""
    with st.popover(_("Change the time"), icon=":material/edit_calendar:", key="campaigns_time"):
        kept = from_text(campaign.send_at or "").astimezone(ui.TAIPEI).replace(tzinfo=None)
        at = st.datetime_input(_("Date and time in Taipei"), kept, key=f"campaigns_at_{campaign.send_at}", step=300)
        if st.button(_("Set this time"), key="campaigns_reschedule", type="primary"):
            with ui.explained():
                ui.store().campaigns.reschedule(campaign.id, at.replace(tzinfo=ui.TAIPEI))
                ui.flash(_("It now begins at {time} in Taipei.").format(time=f"{at:%Y-%m-%d %H:%M}"))
                st.rerun()


def copy(campaign: Campaign) -> None:
    """A new draft with the same text, those of the lists that still exist, and a time that is still ahead."""
    at = from_text(campaign.send_at) if campaign.send_at else None
    ahead = at is not None and at > now()
    lists = [number for number, _name in campaign.lists if number is not None]
    name = _("{name} (copy)").format(name=campaign.name)[:100]
    draft = ui.store().campaigns.draft(name, campaign.text, lists, two_way=campaign.two_way, tempo=campaign.tempo,
                                       schedule=campaign.schedule if ahead else "now", send_at=at if ahead else None,
                                       skip_days=campaign.skip_days, empty=campaign.empty)  # fmt: skip
    st.switch_page(COMPOSE, query_params={"draft": str(draft)})


def show_question(campaign: Campaign) -> None:
    """The dialog that is open, if it is about this campaign."""
    asked, action, number = st.session_state.get("campaigns_asking") or (0, "", 0)
    if asked != campaign.id:
        return
    name = {"cancel": _("Cancel this campaign?"), "leave": _("Leave all of these?")}.get(
        action, _("Send batch {n} again?").format(n=number)
    )
    dialog = st.dialog(name, on_dismiss=lambda: ask(None))
    if action == "again":
        dialog(_unknown.question_again)(campaign, number)
    else:
        dialog(question_cancel if action == "cancel" else _unknown.question_leave)(campaign)


def question_cancel(campaign: Campaign) -> None:
    """Who will not get it, and who cannot be helped any more."""
    with ui.explained():
        known = ui.store().campaigns
        counts = known.get(campaign.id).counts
        waiting = counts["queued"] + counts["refused"]
        st.write(n_("{n} person will not get the text.", "{n} people will not get the text.", waiting)
                 .format(n=ui.number(waiting)))  # fmt: skip
        if gone := counts["accepted"] + counts["sending"] + counts["unknown"] + counts["left"]:
            st.write(n_("{n} person has it, or may get it still: that cannot be recalled.",
                        "{n} people have it, or may get it still: that cannot be recalled.", gone)
                     .format(n=ui.number(gone)))  # fmt: skip
        if st.button(_("Cancel the campaign"), key="campaigns_cancel_yes", type="primary"):
            left_out = known.cancel(campaign.id)
            ui.flash(n_("Cancelled. {n} person will not get the text.", "Cancelled. {n} people will not get the text.",
                        left_out).format(n=ui.number(left_out)))  # fmt: skip
            ask(None)
            st.rerun()
