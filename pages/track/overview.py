"""What is going on: what needs a person, points left, campaigns under way, delivery of the last days.

The landing page is light on purpose: no table and no data frame, whose libraries take seconds to import.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

import ui
from pages.track import _campaign, _first_steps
from smsget import launch
from smsget.campaigns import CampaignState
from smsget.errors import BadRequest
from smsget.store import Campaign, from_text, now, to_text
from ui import _, n_

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

DAYS = 14
NEW_REPLIES_DAYS = 7
AFTERGLOW = timedelta(seconds=20)  # figures stay live so long after a campaign ended: the sandbox reports in seconds

REPORTS, REPLIES = "pages/track/reports.py", "pages/track/replies.py"
CREDIT, SETTINGS = "pages/account/credit.py", "pages/account/settings.py"
ARROW = ":material/arrow_forward:"
GROUPS = ("delivered", "failed", "pending", "other", "none")

store = ui.store()
words = ui.words()


def is_sending(campaign: Campaign) -> bool:
    """Whether it goes out now; one that was confirmed for another account waits for that."""
    return campaign.state == CampaignState.SENDING and campaign.account == ui.account().key


# --- what needs a person -----------------------------------------------------------------------------------------


def needs_a_person(campaigns: list[Campaign]) -> None:
    """One card for each thing that waits for a person, with the way to where it is done."""
    for campaign in campaigns:
        for icon, sentence, label in campaign_needs(campaign):
            with need(icon, f"**{_campaign.title(campaign)}** · {sentence}"):
                _campaign.link(campaign, label)
    lease = store.leases.current()
    if lease is not None and launch.is_alive(lease) and (code := lease.info.get("callback_error")):
        told = ui.explain(BadRequest(code, port=store.settings.get("callback_port", "…")))
        with need(":material/call_received:", _("Delivery reports cannot come in.") + " " + told):
            st.page_link(SETTINGS, label=_("Open the settings"), icon=ARROW)
    reading = store.credits.latest(ui.account().key)
    wanted = sum(one.credits_quoted - one.credits_used for one in campaigns if is_sending(one))
    if reading is not None and reading.credits < wanted:
        told = _("{points} points are left, and the campaigns under way still need about {wanted}.")
        with need(":material/toll:", told.format(points=ui.number(reading.credits), wanted=ui.number(wanted))):
            st.page_link(CREDIT, label=_("See the points"), icon=ARROW)
    new_replies()


def campaign_needs(campaign: Campaign) -> Iterator[tuple[str, str, str]]:
    """(icon, sentence, label of the link) for what a campaign waits for."""
    if campaign.state == CampaignState.PAUSED:
        told = _("Paused. {reason}").format(reason=words.pause_reason(campaign.reason))
        yield ":material/pause_circle:", told, _("Go to the campaign")
    elif campaign.state in (CampaignState.SENDING, CampaignState.SCHEDULED) and campaign.account != ui.account().key:
        yield ":material/manage_accounts:", words.pause_reason("other_account"), _("Go to the campaign")
    if unknown := campaign.counts["unknown"]:
        told = n_(
            "It is unknown whether {count} person was texted. Send again, or leave it?",
            "It is unknown whether {count} people were texted. Send again, or leave it?",
            unknown,
        )
        yield ":material/help:", told.format(count=ui.number(unknown)), _("Decide")


def need(icon: str, sentence: str) -> DeltaGenerator:
    """A card for one thing that waits; draw its link inside."""
    card = st.container(border=True, horizontal=True, vertical_alignment="center")
    card.markdown(f":orange[{icon}] {sentence}")
    return card


def new_replies() -> None:
    """What came in lately; refusals are dealt with already, people like to know."""
    since = to_text(now() - timedelta(days=NEW_REPLIES_DAYS))
    if replies := store.receipts.reply_count(since=since):
        refusals = store.receipts.reply_count(since=since, refusals_only=True)
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


# --- points, campaigns under way, delivery -----------------------------------------------------------------------


def show_points() -> None:
    """The last reading, and the question for a new one."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        figure = st.container(width=220, gap="xxsmall")
        ui.credit_button("overview_credit")
        st.page_link(CREDIT, label=_("Where they went"), icon=ARROW)
    reading = store.credits.latest(ui.account().key)
    figure.metric(_("Points left"), ui.number(reading.credits if reading else None))
    figure.caption(_("As of {time}").format(time=ui.taipei(reading.at)) if reading else _("Not asked yet"))


def is_live(campaigns: list[Campaign]) -> bool:
    """Whether the figures may change in the next seconds."""
    ended = (one.ended_at for one in campaigns if one.ended_at)
    return any(map(is_sending, campaigns)) or any(now() - from_text(at) < AFTERGLOW for at in ended)


def live(campaigns: list[Campaign]) -> None:
    """Points, campaigns under way and delivery, drawn anew by themselves while something goes on."""
    shown = [(one.id, one.state) for one in campaigns]
    # in seconds: a text like "2s" would make Streamlit import pandas to read it
    every = 2 if is_live(campaigns) else 30 if any(state == "scheduled" for _id, state in shown) else None

    @st.fragment(run_every=every)
    def draw() -> None:
        with ui.explained():
            store.leases.look()
            present = watched()
            moved = [(one.id, one.state) for one in present] != shown
            if every and (moved or (every == 2 and not is_live(present))):
                st.rerun()
            show_points()
            show_running(present)
            show_delivery()

    draw()


def watched() -> list[Campaign]:
    """The campaigns this page speaks of: those that go on or may wait for a person, and the latest finished ones."""
    ended = [CampaignState.FINISHED]
    others = [state for state in CampaignState if state not in (*ended, CampaignState.DRAFT)]
    return store.campaigns.all(states=others) + store.campaigns.all(states=ended, limit=3)


def show_running(campaigns: list[Campaign]) -> None:
    """Progress of what is being sent, and what waits for its time."""
    for campaign in campaigns:
        if is_sending(campaign):
            with st.container(border=True):
                _campaign.link(campaign, _campaign.title(campaign))
                told = _("{done} of {all} people").format(
                    done=ui.number(campaign.done), all=ui.number(campaign.recipients)
                )
                st.progress(campaign.done / max(campaign.recipients, 1), told)
                if not launch.is_alive(store.leases.current()):
                    st.caption(_("The program that sends is starting …"))
        elif campaign.state == CampaignState.SCHEDULED:
            with st.container(border=True):
                _campaign.link(campaign, _campaign.title(campaign))
                st.caption(_("Goes out at {time}").format(time=ui.taipei(campaign.send_at)))


def show_delivery() -> None:
    """Figures and a chart of the last days, by the day of sending."""
    days = store.receipts.by_day(DAYS)
    if not days:
        return
    st.subheader(_("Delivery of the last {days} days").format(days=DAYS), anchor=False)
    total = {name: sum(day["no_receipt" if name == "none" else name] for day in days) for name in GROUPS}
    final = total["delivered"] + total["failed"]
    share = f"{total['delivered'] / final:.1%}" if final else "–"
    figures = [(_("Share delivered"), share, _("Of the messages with a final result."))]
    helps = {"none": _("Accepted by SMS-Get. Reports come up to a day later, and some never.")}
    figures += [
        (words.status(name), ui.number(total[name]), helps.get(name, ""))
        for name in GROUPS
        if name != "other" or total[name]
    ]
    ui.metrics(figures)
    st.echarts_chart(chart(days), height=280, key="overview_chart", alt=told_of(total))
    st.page_link(REPORTS, label=_("See every message"), icon=ARROW)


def told_of(total: dict[str, int]) -> str:
    """The chart in words."""
    parts = [f"{words.status(name)} {ui.number(count)}" for name, count in total.items() if count]
    return _("Messages per day of sending: {parts}").format(parts=words.listed(parts))


def chart(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Stacked bars per Taipei day, days without messages included."""
    by_day = {row["day"]: row for row in rows}
    today: date = ui.taipei_now().date()
    days = [(today - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
    names = [name for name in GROUPS if name != "other" or any(row["other"] for row in rows)]
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "localized"},
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [day[5:] for day in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": words.status(name),
                "type": "bar",
                "stack": "messages",
                "itemStyle": {"color": ui.STATUS_COLOURS[name]},
                "data": [by_day.get(day, {}).get("no_receipt" if name == "none" else name, 0) for day in days],
            }
            for name in names
        ],
    }


# --- the page ----------------------------------------------------------------------------------------------------

campaigns = watched()
_first_steps.show()
needs_a_person(campaigns)
live(campaigns)
