"""What can be taken home of a campaign: every recipient's outcome, and a new list of whom it did not reach."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from smsget.store import Campaign, OutcomeRow
from smsget.store.outcomes import NO_ID
from ui import _, n_

USUAL = ("failed", "refused", "cancelled")
"""Who surely did not get it; the others may have."""


def show(campaign: Campaign) -> None:
    """The two ways, side by side; nobody was missed before anything has ended."""
    ended = any(campaign.counts[each] for each in ("accepted", "refused", "cancelled", "left", "skipped"))
    with st.container(horizontal=True):
        if ended and st.button(_("New list from those who were not reached …"), key="campaigns_missed",
                     icon=":material/group_add:"):  # fmt: skip
            st.session_state["campaigns_missed_made"] = None
            st.dialog(_("New list from those who were not reached"), width="medium")(missed)(campaign.id)
        ui.download_csv(_("Download everybody's outcome"), f"campaign-{campaign.id}.csv",
                        lambda: (header(), map(cells, ui.store().unreached.outcomes(campaign.id))),
                        "campaigns_outcomes")  # fmt: skip


def missed(campaign_id: int) -> None:
    """Choose why, name the list, save it."""
    with ui.explained():
        counts = ui.store().unreached.count(campaign_id)
        if not counts:
            st.write(_("Nobody: everybody was reached, is on the suppression list, or is still being sent to."))
            return
        st.caption(_("Take those whom you want to text again. Who is on the suppression list is not among them."))
        labels = names()
        whys = [why for why, count in counts.items() if st.checkbox(
            f"{labels[why]}: {ui.number(count)}", why in USUAL, key=f"campaigns_missed_{why}")]  # fmt: skip
        if {"left", "none"} & set(whys):
            st.caption(_("Without a receipt or an answer they may have the text already."))
        people = sum(counts[why] for why in whys)
        name = st.text_input(_("Name of the list"), usual_name(campaign_id), key="campaigns_missed_name", max_chars=100)
        label = n_("Save a list of {count} person", "Save a list of {count} people", people)
        if st.button(label.format(count=ui.number(people)), key="campaigns_missed_yes", type="primary",
                     disabled=not people):  # fmt: skip
            made = ui.store().lists.get(save(campaign_id, ui.typed(name), whys))
            told = n_("“{name}” is saved, with {count} number.", "“{name}” is saved, with {count} numbers.",
                      made.people)  # fmt: skip
            ui.flash(told.format(name=ui.literal(made.name), count=ui.number(made.people)))
            st.switch_page("pages/send/recipients.py")


def save(*choices: Any) -> int:
    """Save the list, once for each opening of the dialog: a second quick click gives the same one."""
    known = st.session_state.get("campaigns_missed_made")
    if known is None or known[0] != choices:
        known = (choices, ui.store().unreached.save(*choices))
        st.session_state["campaigns_missed_made"] = known
    number: int = known[1]
    return number


def usual_name(campaign_id: int) -> str:
    """A name for the list that tells what it is."""
    name = ui.campaign_name(campaign_id, ui.store().campaigns.get(campaign_id).name)
    return _("{name}, not reached").format(name=name)[:100]


def names() -> dict[str, str]:
    """Why somebody was not reached, in words."""
    words = ui.words()
    return {"failed": words.status("failed"), "none": words.status("none"),
            **{state: words.outcome(state) for state in ("refused", "cancelled", "left", "skipped")}}  # fmt: skip


def header() -> list[str]:
    """The names of the columns of `cells`."""
    return [_("Number"), _("Country"), _("Batch"), _("Outcome"), _("Why"), _("Points quoted"), _("Sent"),
            _("Message id"), _("Delivery"), _("Status word"), _("Reported")]  # fmt: skip


def cells(row: OutcomeRow) -> tuple[object, ...]:
    """One recipient as a row of the file."""
    words, sms_id = ui.words(), row.sms_id or NO_ID
    why = "" if row.outcome in ("accepted", "suppressed", "skipped") else words.batch_reason(row.code)
    delivery = words.status(row.status) if row.sms_id is not None else ""
    return (row.phone, words.country(row.country), row.batch, words.outcome(row.outcome), why, row.points,
            time(row.sent_at), "" if sms_id.startswith(NO_ID) else sms_id, delivery, row.word,
            time(row.status_at))  # fmt: skip


def time(moment: str | None) -> str:
    """A time of the file; nothing for none."""
    return ui.taipei(moment, seconds=True) if moment else ""
