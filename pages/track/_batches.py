"""The requests a campaign was cut into: a page at a time, or those that somebody should look at."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import streamlit as st

import ui
from smsget.campaigns import BatchState, charged_otherwise
from smsget.store import Batch, Campaign
from smsget.store.outcomes import NO_ID
from ui import _

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

A_PAGE = ui.Pages.SIZE


def show(campaign: Campaign) -> None:
    """The table of batches, with a choice of kinds where they fill more than a page."""
    st.subheader(_("Batches"), anchor=False)
    pick = choose(campaign) if campaign.batches > A_PAGE else ""
    following = ui.store().following
    if not pick:
        slot = st.container()
        page, shown = ui.page_of(campaign.batches, A_PAGE, f"campaigns_page_{campaign.id}")
        table(slot, following.batches(campaign.id, after=shown.start, limit=A_PAGE), f"{campaign.id}_{page}")
        return
    pages = ui.Pages("campaigns_picked", (campaign.id, pick))
    batches = pages.rows(lambda after, limit: following.batches(campaign.id, pick, after=after or 0, limit=limit),
                         attrgetter("number"))  # fmt: skip
    if not batches:
        st.text(_("No batch is like that."))
        return
    table(st.container(), batches, f"{campaign.id}_{pick}_{pages.number}")
    if pages.several:
        pages.buttons(following.count(campaign.id, pick))


def choose(campaign: Campaign) -> str:
    """Which kind of batches to look at; "" for all."""
    counts, words = campaign.counts, ui.words()
    kinds = {state: words.batch_state(state) for state in ("unknown", "refused", "left", "cancelled") if counts[state]}
    if counts["queued"] + counts["sending"]:
        kinds["waiting"] = words.batch_state(BatchState.QUEUED)
    if counts["accepted"]:
        kinds["otherwise"] = _("Charged otherwise than quoted")
    chosen = st.pills(
        _("Which batches"), list(kinds), format_func=lambda kind: kinds[kind], key=f"campaigns_pick_{campaign.id}",
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen or ""


def table(slot: DeltaGenerator, batches: list[Batch], key: str) -> None:
    """One page of batches."""
    figures = {"people": _("People"), "parts": _("Parts"), "quoted": _("Points quoted"), "used": _("Points used")}
    rows = [row(batch) for batch in batches]
    why = ["why"] if any(each["why"] for each in rows) else []  # an empty column would push the last ones out of sight
    slot.dataframe(
        rows, hide_index=True, row_height=ui.row_height((str(each["why"]) for each in rows), most=5),
        alt=_("Batches of this campaign"),
        key=f"campaigns_batches_{key}", column_order=["batch", "state", *figures, *why, "sent", "sms_id"],
        column_config={
            "batch": st.column_config.NumberColumn(_("Batch"), pinned=True, format="%d"),
            "state": _("State"), "sms_id": _("SMS-Get's number"), "sent": _("Sent"),
            **{name: st.column_config.TextColumn(label, alignment="right") for name, label in figures.items()},
            "why": st.column_config.TextColumn(_("What is known"), width=320),
        },
    )  # fmt: skip


def row(batch: Batch) -> dict[str, object]:
    """A batch as a row of the table."""
    return {
        "batch": batch.number,
        "state": ui.words().batch_state(batch.state),
        "people": ui.number(batch.recipients),
        "parts": ui.number(batch.segments),
        "quoted": _("unknown") if batch.credits_quoted is None else ui.number(batch.credits_quoted),
        "used": ui.number(batch.credits_used),
        "why": known(batch),
        "sms_id": message_id(batch),
        "sent": ui.taipei(batch.sent_at, seconds=True),
    }


def message_id(batch: Batch) -> str:
    """SMS-Get's own id for it; "" where none is known, as of one that was accepted by its points."""
    return "" if (batch.sms_id or NO_ID).startswith(NO_ID) else str(batch.sms_id)


def known(batch: Batch) -> str:
    """What its code, the points and the receipts say of it, in words."""
    words = ui.words()
    said = [words.batch_reason(batch.code, batch.evidence)]
    if batch.state == BatchState.UNKNOWN:
        said.append(words.evidence(batch.evidence))
    if batch.state == BatchState.ACCEPTED:
        said.append(words.settled_by(batch.evidence))
        if charge := charged_otherwise(batch.credits_quoted, batch.credits_used, batch.segments):
            said.append(words.charge(charge))
    return " ".join(filter(None, said))
