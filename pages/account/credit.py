"""Points now and over time, quoted against used for each campaign, and changes that nothing here explains."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

import ui
from smsget.store import Spending
from ui import _, n_

READINGS = 200
AT_RIGHT = st.column_config.TextColumn(alignment="right")

account = ui.account().key
credits = ui.store().credits
words = ui.words()


# --- now and over time -------------------------------------------------------------------------------------------


def show_points() -> None:
    """The last reading, and the question for a new one."""
    if not ui.points("credit_ask"):
        st.text(_("Every answer of SMS-Get to a campaign also tells the points left; they will be drawn here."))


def show_history() -> None:
    """The readings as a line; as a table below it, for who wants to know exactly."""
    points = credits.over_time(account)
    if len(points) < 2:
        return
    st.subheader(_("Points over time"), anchor=False)
    told = _("Points left, from {first} on {since} to {last} on {until}").format(
        first=ui.number(points[0][1]), since=ui.taipei(points[0][0]), last=ui.number(points[-1][1]),
        until=ui.taipei(points[-1][0]),
    )  # fmt: skip
    # a time without zone is drawn as it stands, so Taipei's time reads the same wherever the browser is
    line = [[ui.taipei(at, seconds=True), left] for at, left in points]
    st.echarts_chart(
        {
            "tooltip": {"trigger": "axis", "valueFormatter": "localized"},
            "grid": {"left": 8, "right": 16, "top": 16, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "time"},
            "yAxis": {"type": "value", "scale": True, "minInterval": 1},
            "series": [
                {"name": _("Points left"), "type": "line", "step": "end", "showSymbol": len(line) < 20, "data": line}
            ],
        },
        height=260,
        key="credit_chart",
        alt=told,
    )
    with st.expander(_("The readings as a table"), key="credit_readings", on_change="rerun") as table:
        if table.open:
            show_readings()


def show_readings() -> None:
    """The latest readings; all of them as a file."""
    readings = credits.history(account, limit=READINGS)
    asked, answered = _("Question"), _("Answer to a campaign's request")
    st.dataframe(
        {
            _("Time"): [ui.taipei(one.at, seconds=True) for one in readings],
            _("Points left"): [one.credits for one in readings],
            _("Points used"): [one.used for one in readings],
            _("Known from"): [asked if one.used is None else answered for one in readings],
        },
        key="credit_reading_rows",
        hide_index=True,
        column_config=dict.fromkeys((_("Points left"), _("Points used")), ui.WITH_COMMAS),
        alt=_("Points left by time of reading"),
    )
    if len(readings) == READINGS:
        st.caption(_("The latest {count} readings. The file has all of them.").format(count=READINGS))
    header = [_("Time"), _("Points left"), _("Points used")]
    ui.download_csv(
        _("Download the readings"),
        "points.csv",
        lambda: (
            header,
            ((ui.taipei(one.at, seconds=True), one.credits, one.used) for one in credits.history(account, limit=-1)),
        ),
        "credit_download_readings",
    )


# --- quoted against used -----------------------------------------------------------------------------------------


def difference(one: Spending) -> int | None:
    """Points used less points quoted, of the requests that were answered and whose rates are known."""
    return one.answered_used - one.answered_quoted if one.accepted else None


def signed(change: int | None) -> str:
    """A change as people read it: +1,200 or -3; 0; a dash for none that is known."""
    return f"{change:+,}" if change else ui.number(change)


def meaning(one: Spending) -> Iterator[str]:
    """What the difference says, and what the figures leave out."""
    change = difference(one)
    if change is None:
        yield _("Nothing charged so far.")
    elif change < 0:
        yield _("SMS-Get charged less than quoted: some numbers were probably not valid.")
    elif change > 0:
        yield _("SMS-Get charged more than quoted: compare the rates in the settings with your contract.")
    else:
        yield _("Charged as quoted.")
    if one.accepted and one.accepted + one.unknown < one.recipients:
        told = n_("Compared for {count} person who was sent to.", "Compared for {count} people who were sent to.",
                  one.accepted)  # fmt: skip
        yield told.format(count=ui.number(one.accepted))
    if one.again:
        told = n_("{points} point went to requests that arrived twice, because they were sent again.",
                  "{points} points went to requests that arrived twice, because they were sent again.",
                  one.again)  # fmt: skip
        yield told.format(points=ui.number(one.again))
    if one.unknown:
        told = n_("{count} person with unknown outcome may have been charged or not.",
                  "{count} people with unknown outcome may have been charged or not.", one.unknown)  # fmt: skip
        yield told.format(count=ui.number(one.unknown))
    if one.unknown_rate:
        found = words.listed([f"{words.country(code)} ({ui.number(n)})" for code, n in one.unknown_rate.items()])
        yield _("No rate is known for {countries}: not in the quote.").format(countries=found)


def show_spending() -> None:
    """Campaigns with their quote and what was charged, newest first."""
    st.subheader(_("Quoted and used"), anchor=False)
    pages = ui.Pages("credit_spending", account)
    rows = pages.rows(lambda before, limit: credits.spending(account, before=before, limit=limit))
    if not rows:
        st.text(_("No campaign was confirmed with this account yet. Each will show here what it was quoted and used."))
        st.page_link("pages/send/compose.py", label=_("Write a text"), icon=":material/edit_square:")
        return
    header = [_("Campaign"), _("Confirmed"), _("People"), _("Quoted"), _("Used"), _("Difference"), _("What it means")]
    table = [told(one) for one in rows]
    st.dataframe(
        dict(zip(header, zip(*table, strict=True), strict=True)),
        key=f"credit_spending_rows_{pages.number}",
        hide_index=True,
        column_config={**dict.fromkeys(header[2:5], ui.WITH_COMMAS), header[5]: AT_RIGHT},
        alt=_("Points quoted and used by campaign"),
    )
    pages.buttons(credits.spending_count(account))
    st.caption(_("What a message really costs is known only when SMS-Get has answered; the quote is from your rates."))

    ui.download_csv(_("Download the table"), "points-by-campaign.csv",
                    lambda: (header, map(told, credits.spending(account, limit=-1))),
                    "credit_download_spending")  # fmt: skip


def told(one: Spending) -> tuple[str, str, int, int, int, str, str]:
    """A campaign as a row of the table."""
    name = ui.campaign_name(one.id, one.name)
    return (name, ui.taipei(one.confirmed_at), one.recipients, one.quoted, one.used, signed(difference(one)),
            " · ".join(meaning(one)))  # fmt: skip


def show_unexplained() -> None:
    """Points that came or went without a request of ours, so that no point stays unaccounted for."""
    changes = credits.unexplained(account)
    if not changes:
        return
    st.subheader(_("Changes from elsewhere"), anchor=False)
    st.caption(_("Between these readings the points changed by more than the answers to your campaigns explain."))
    came = _("Points were bought or given back.")
    went = _("Another program uses this account, or a request whose answer never came was charged.")
    st.dataframe(
        {
            _("From"): [ui.taipei(one.since, seconds=True) for one in changes],
            _("To"): [ui.taipei(one.until, seconds=True) for one in changes],
            _("Change"): [signed(one.change) for one in changes],
            _("What it may be"): [came if one.change > 0 else went for one in changes],
        },
        key="credit_unexplained",
        hide_index=True,
        column_config={_("Change"): AT_RIGHT},
        alt=_("Changes of the points that no campaign explains"),
    )


# --- the page ----------------------------------------------------------------------------------------------------

show_points()
show_history()
show_spending()
show_unexplained()
