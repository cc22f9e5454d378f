"""Batches of which nobody knows whether they were sent: what speaks for either, and the two ways to decide."""

from __future__ import annotations

import streamlit as st

import ui
from smsget.campaigns import BatchState, CampaignState
from smsget.errors import BadRequest
from smsget.store import Batch, Campaign
from ui import _, n_

AT_ONCE = 8


def show(campaign: Campaign) -> None:
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
            show_batch(campaign, batch)
    if len(batches) > AT_ONCE:
        st.caption(_("There are more; they appear as you decide."))


def show_batch(campaign: Campaign, batch: Batch) -> None:
    """One of them: why nobody knows, what the points and the receipts say, and the decision."""
    words = ui.words()
    head = n_("**Batch {batch}** · {n} person · sent {time}", "**Batch {batch}** · {n} people · sent {time}",
              batch.recipients)  # fmt: skip
    sent = ui.taipei(batch.sent_at, seconds=True)
    st.markdown(head.format(batch=batch.number, n=ui.number(batch.recipients), time=sent))
    st.write(ui.literal(words.unknown_reason(batch.code, batch.evidence)))
    st.markdown(f":material/search: {ui.literal(words.evidence(batch.evidence))}")
    if told := readings(batch):
        st.caption(told)
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


def readings(batch: Batch) -> str:
    """The points before and after, which the evidence rests on; "" if there are none."""
    settled = batch.evidence.get("settlement") or {}
    before, after = settled.get("before"), settled.get("after") or []
    if not before or not after:
        return ""
    told = _("Points before: {before} ({since}) · taken by answered requests: {used} · after: {after} ({until}) · "
             "quoted for this batch: {quoted}")  # fmt: skip
    quoted = settled.get("quoted")
    return told.format(
        before=ui.number(before["left"]), since=ui.taipei(before["at"], seconds=True),
        used=ui.number(settled.get("used")),
        after=ui.number(after[-1]["left"]), until=ui.taipei(after[-1]["at"], seconds=True),
        quoted=_("unknown") if quoted is None else ui.number(quoted),
    )  # fmt: skip


def leave(campaign: int, number: int) -> None:
    """Never send an unknown batch again, as a callback."""
    with ui.explained():
        ui.store().campaigns.settle(campaign, number, resend=False)


def ask(question: tuple[int, str, int] | None) -> None:
    """Open the dialog for (campaign, `cancel`, `leave` or `again`, batch), or close it."""
    st.session_state["campaigns_asking"] = question


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
        if batch.state == BatchState.UNKNOWN:
            st.write(ui.literal(ui.words().evidence(batch.evidence)))
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
