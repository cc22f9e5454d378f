"""Points now and over time, the ledger with what nothing here explains, quoted against used for each campaign."""

from __future__ import annotations

import streamlit as st

import ui
from pages.account import _ledger, _spending
from ui import _

READINGS = 200

account = ui.account().key
credits = ui.store().credits


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


show_points()
show_history()
_ledger.show()
_spending.show()
