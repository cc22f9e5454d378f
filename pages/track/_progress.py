"""How a campaign stands, drawn anew while it runs: figures, batches, delivery."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

import ui
from pages.track import _batches, _pace
from pages.track._campaign import quoted
from smsget.campaigns import CampaignState
from smsget.store import Campaign, from_text, now
from ui import _, n_

DIFFERENCES = 3
OUTCOMES = ("accepted", "queued", "sending", "refused", "unknown", "left", "cancelled", "suppressed", "skipped")


def mark(campaign: Campaign) -> tuple[object, ...]:
    """What of a campaign, when it changes, changes more of the page than its figures."""
    counts = campaign.counts
    return campaign.state, campaign.reason, counts["unknown"], counts["accepted"] > 0, _pace.pulse(campaign)


def show_live(campaign: Campaign) -> None:
    """Figures and batches, again and again while they change; at a change of state the whole page is drawn once more.

    Nothing is asked while nothing changes by itself, and seldom while it waits for its time.
    """
    before = mark(campaign)

    @st.fragment(run_every=_pace.pulse(campaign))
    def live() -> None:
        with ui.explained():
            fresh = ui.store().campaigns.get(campaign.id)
            if mark(fresh) != before:
                st.rerun()
            show_figures(fresh)
            _batches.show(fresh)

    live()


def show_figures(campaign: Campaign) -> None:
    """Progress, people by outcome (they add up), points quoted against used."""
    people = ui.number(campaign.recipients)
    cancelled = campaign.state == CampaignState.CANCELLED
    told = _("Cancelled: SMS-Get accepted {done} of {people} people") if cancelled else _("{done} of {people} people")
    st.progress(campaign.done / max(campaign.recipients, 1),
                text=told.format(done=ui.number(campaign.done), people=people))  # fmt: skip
    if pace := _pace.told(campaign):
        st.caption(pace)
    ui.metrics([
        (_("People"), people),
        (_("Accepted by SMS-Get"), ui.number(campaign.counts["accepted"])),
        (_("Points quoted"), quoted(campaign)),
        (_("Points used"), ui.number(campaign.credits_used)),
    ])  # fmt: skip
    counts = {each: campaign.counts[each] for each in OUTCOMES if campaign.counts[each]}
    outcomes = {ui.words().outcome(each): ui.number(count) for each, count in counts.items()}
    everybody = _("All")
    st.table({**outcomes, f"**{everybody}**": f"**{people}**"}, border="horizontal", width="content",
             alt=_("People by outcome"))  # fmt: skip
    if campaign.counts["accepted"] and _pace.pulse(campaign) is None:
        show_differences(campaign)


def show_differences(campaign: Campaign) -> None:
    """Where SMS-Get took other points than were quoted, and what that may mean."""
    found = ui.store().credits.differences(campaign.id)
    for one in found[:DIFFERENCES]:
        if one.counted:
            told = n_("SMS-Get counted {counted} parts where we counted {segments}, in {n} batch.",
                      "SMS-Get counted {counted} parts where we counted {segments}, in {n} batches.",
                      one.batches)  # fmt: skip
            st.warning(told.format(counted=one.counted, segments=one.segments, n=ui.number(one.batches)))
    if found:
        st.caption(_("SMS-Get took other points than quoted: it may have found numbers it cannot reach, or a rate in "
                     "the settings is out of date."))  # fmt: skip
        st.page_link("pages/account/settings.py", label=_("To the rates"), icon=":material/settings:",
                     query_params={"tab": "rates"})  # fmt: skip


def awaits_receipts(campaign: Campaign) -> bool:
    """Whether receipts may come in while somebody looks: the sandbox reports within seconds, carriers in a day."""
    ended = campaign.ended_at and now() - from_text(campaign.ended_at) < timedelta(minutes=2)
    return _pace.pulse(campaign) is not None or bool(ended and ui.account().is_sandbox)


def show_delivery(campaign: Campaign) -> None:
    """What became of the messages SMS-Get accepted."""
    if not campaign.counts["accepted"]:
        return
    st.subheader(_("Delivery"), anchor=False)
    awaited = awaits_receipts(campaign)

    @st.fragment(run_every=3 if awaited else None)
    def figures() -> None:
        with ui.explained():
            summary = ui.store().receipts.summary(campaign.id)
            groups = {"delivered": summary.delivered, "failed": summary.failed, "pending": summary.pending,
                      "other": summary.other, "none": summary.no_receipt}  # fmt: skip
            ui.metrics([(ui.words().status(group), ui.number(count)) for group, count in groups.items()])
        if awaited and not awaits_receipts(campaign):
            st.rerun()

    figures()
    st.page_link("pages/track/reports.py", label=_("Every message of this campaign"), icon=":material/fact_check:",
                 query_params={"campaign": str(campaign.id)})  # fmt: skip
