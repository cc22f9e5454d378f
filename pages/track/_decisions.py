"""What a campaign needs of a person, and what a person can do: pause, resume, cancel, copy, settle what is unknown."""

from __future__ import annotations

import streamlit as st

import ui
from smsget.campaigns import BatchState, CampaignState
from smsget.errors import BadRequest
from smsget.store import Campaign, from_text
from ui import _, n_

COMPOSE = "pages/send/compose.py"
AT_ONCE = 20
# Why a campaign stopped -> the page of the account section where that is put right.
SETTLES = {"005": "settings", "006": "settings", "010": "settings", "other_account": "settings", "009": "credit"}


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
        reason = ui.words().pause_reason(campaign.reason)
        st.warning(ui.literal(reason), title=_("Paused"), icon=":material/pause_circle:")
        if page := SETTLES.get(campaign.reason):
            label = _("To the points") if page == "credit" else _("To the settings")
            st.page_link(f"pages/account/{page}.py", label=label, icon=":material/arrow_forward:")
    elif campaign.state == CampaignState.UNSETTLED:
        st.warning(_("Everything else has gone out. For the batches below nobody knows: decide on each of them."),
                   title=_("Needs a decision"), icon=":material/help:")  # fmt: skip
    elif campaign.state == CampaignState.SCHEDULED:
        st.info(_("It begins at {time} in Taipei. Until then you can change the time, pause or cancel it.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip
    elif campaign.waits_until:
        st.info(_("It goes on at {time} in Taipei: by its sending hours, or the pace it was given.").format(
            time=ui.taipei(campaign.waits_until)), icon=":material/schedule:")  # fmt: skip
    if campaign.schedule == "gateway" and campaign.counts["accepted"]:
        st.info(_("SMS-Get sends what it has accepted at {time} in Taipei. That can no longer be recalled.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip


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
        if state == CampaignState.SCHEDULED or campaign.reason == "late":
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
    """A new draft with the same text and those of the lists that still exist."""
    lists = [number for number, _name in campaign.lists if number is not None]
    name = _("{name} (copy)").format(name=campaign.name)[:100]
    draft = ui.store().campaigns.draft(name, campaign.text, lists, two_way=campaign.two_way, tempo=campaign.tempo,
                                       skip_days=campaign.skip_days, empty=campaign.empty)  # fmt: skip
    st.switch_page(COMPOSE, query_params={"draft": str(draft)})


def show_unknown(campaign: Campaign) -> None:
    """Every batch whose outcome is unknown, with what is known of it, and the two ways to decide."""
    if not campaign.counts["unknown"]:
        return
    batches = ui.store().campaigns.batches(campaign.id, states=[BatchState.UNKNOWN], limit=AT_ONCE + 1)
    st.subheader(_("Outcome unknown"), anchor=False)
    st.caption(
        _("These people may have the text or not. So that nobody gets it twice, it is not sent again by itself.")
    )
    if len(batches) > 1:
        st.button(_("Leave all of these …"), key="campaigns_leave_all", icon=":material/done_all:",
                  on_click=ask, args=((campaign.id, "leave", 0),))  # fmt: skip
    for batch in batches[:AT_ONCE]:
        with st.container(border=True):
            head = n_("**Batch {batch}** · {n} person · sent {time}", "**Batch {batch}** · {n} people · sent {time}",
                      batch.recipients)  # fmt: skip
            sent = ui.taipei(batch.sent_at, seconds=True)
            st.markdown(head.format(batch=batch.number, n=ui.number(batch.recipients), time=sent))
            st.write(ui.literal(ui.words().unknown_reason(batch.code, batch.evidence)))
            if excerpt := batch.evidence.get("excerpt"):
                st.caption(_("The answer began with:"))
                st.text(str(excerpt))
            with st.container(horizontal=True):
                st.button(_("Send again …"), key=f"campaigns_again_{batch.number}", icon=":material/replay:",
                          on_click=ask, args=((campaign.id, "again", batch.number),),
                          disabled=campaign.state == CampaignState.CANCELLED)  # fmt: skip
                st.button(_("Leave it"), key=f"campaigns_leave_{batch.number}", icon=":material/done:",
                          on_click=leave, args=(campaign.id, batch.number),
                          help=_("Never send it again. A receipt may still show that it went out."))  # fmt: skip
    if len(batches) > AT_ONCE:
        st.caption(_("There are more; they appear as you decide."))


def leave(campaign: int, number: int) -> None:
    """Never send an unknown batch again, as a callback."""
    with ui.explained():
        ui.store().campaigns.settle(campaign, number, resend=False)


def ask(question: tuple[int, str, int] | None) -> None:
    """Open the dialog for (campaign, `cancel`, `leave` or `again`, batch), or close it."""
    st.session_state["campaigns_asking"] = question


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
        dialog(question_again)(campaign, number)
    else:
        dialog(question_cancel if action == "cancel" else question_leave)(campaign)


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


def question_leave(campaign: Campaign) -> None:
    """What leaving every unknown batch means."""
    with ui.explained():
        known = ui.store().campaigns
        unknown = known.get(campaign.id).counts["unknown"]
        st.write(n_("For {n} person nobody knows whether the text arrived. It is never sent to them again.",
                    "For {n} people nobody knows whether the text arrived. It is never sent to them again.", unknown)
                 .format(n=ui.number(unknown)))  # fmt: skip
        st.caption(_("A receipt may still show that it went out."))
        if st.button(_("Leave them all"), key="campaigns_leave_all_yes", type="primary"):
            left = known.leave_unknown(campaign.id)
            ui.flash(n_("Left as it is: {n} person.", "Left as it is: {n} people.", left).format(n=ui.number(left)))
            ask(None)
            st.rerun()


def question_again(campaign: Campaign, number: int) -> None:
    """What sending an unknown batch again may mean."""
    with ui.explained():
        known = ui.store().campaigns
        ui.account().check_owns(campaign.account)
        batch = next(iter(known.batches(campaign.id, after=number - 1, limit=1)), None)
        if batch is None:
            raise BadRequest("no_such_batch", campaign=campaign.id, batch=number)
        st.write(n_("If the first request did arrive, {n} person gets this text twice, and it is charged twice:",
                    "If the first request did arrive, {n} people get this text twice, and it is charged twice:",
                    batch.recipients).format(n=ui.number(batch.recipients)))  # fmt: skip
        with st.container(border=True):
            st.text(batch.text)
        st.caption(_("SMS-Get's website may show whether the points were taken. Look there first."))
        if st.button(_("Send it again"), key="campaigns_again_yes", type="primary"):
            known.settle(campaign.id, number, resend=True)
            ask(None)
            st.rerun()
