"""What stops every campaign of the account: said once, with the way on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

import ui
from pages.track import _campaign
from smsget.campaigns import ACCOUNT_CODES, CampaignState
from smsget.store import Campaign
from ui import _, n_

ACCOUNT_WIDE = frozenset({*ACCOUNT_CODES, "unreachable", "three_unknown", "disk_full"})
"""Reasons that `Campaigns.resume_account` lets go on together."""

# Why a campaign stopped -> the page of the account section where that is put right.
SETTLES = {"005": "settings", "006": "settings", "010": "settings", "other_account": "settings", "009": "credit"}


def stopped(campaigns: Sequence[Campaign]) -> dict[str, list[Campaign]]:
    """The campaigns of this account that wait for one reason of the whole account, by the reason."""
    groups: dict[str, list[Campaign]] = {}
    for one in campaigns:
        if one.state == CampaignState.PAUSED and one.reason in ACCOUNT_WIDE and one.account == ui.account().key:
            groups.setdefault(one.reason, []).append(one)
    return groups


def told(reason: str, campaigns: Sequence[Campaign]) -> str:
    """Why they stopped and what to do now, safe for Markdown, with what is known beside SMS-Get's code."""
    parts = [ui.words().pause_reason(reason)]
    if reason == "006":
        refusals = (ui.store().following.refusal(one.id) for one in campaigns)
        hints = (ui.words().address_hint(one.evidence) for one in refusals if one)
        parts += [next((hint for hint in hints if hint), "")]
    if reason == "009":
        parts += [points(campaigns)]
    return " ".join(ui.literal(part) for part in parts if part)


def points(campaigns: Sequence[Campaign]) -> str:
    """How many points are left, and how many the rest needs; "" if nobody has asked."""
    reading = ui.store().credits.latest(ui.account().key)
    wanted = sum(max(0, one.credits_quoted - one.credits_used) for one in campaigns)
    if reading is None:
        return ""
    sentence = _("{points} points were left at {time}; the rest needs about {wanted}.")
    return sentence.format(points=ui.number(reading.credits), time=ui.taipei(reading.at), wanted=ui.number(wanted))


def way(reason: str) -> None:
    """The link to where the reason is put right, if there is such a page."""
    if page := SETTLES.get(reason):
        label = _("To the points") if page == "credit" else _("To the settings")
        st.page_link(f"pages/account/{page}.py", label=label, icon=":material/arrow_forward:")


def show_all(campaigns: Sequence[Campaign]) -> None:
    """One box for each reason, above the campaigns, and the button that lets all of them go on."""
    groups = stopped(campaigns)
    for reason, group in groups.items():
        names = ui.words().listed([_campaign.title(one) for one in group])
        title = n_("{n} campaign has stopped", "{n} campaigns have stopped", len(group))
        st.warning(f"{told(reason, group)}\n\n{names}", title=title.format(n=ui.number(len(group))),
                   icon=":material/pause_circle:")  # fmt: skip
        way(reason)
    if groups:
        resume_button(sum(map(len, groups.values())))


def resume_button(count: int, kind: Literal["primary", "secondary"] = "primary") -> None:
    """Let every campaign go on that stopped for a reason of the account."""
    label = n_("Resume {n} campaign", "Resume all {n} campaigns", count).format(n=ui.number(count))
    st.button(label, key="campaigns_resume_all", type=kind, icon=":material/play_arrow:", on_click=resume_all)


def resume_all() -> None:
    """Resume them, as a callback."""
    with ui.explained():
        count = ui.store().campaigns.resume_account(ui.account().key)
        ui.flash(n_("{n} campaign goes on.", "{n} campaigns go on.", count).format(n=ui.number(count)))
