"""How long messages took from sending to delivery: median, 90 %, and how many were there within what time."""

from __future__ import annotations

import streamlit as st

import ui
from smsget.store import Delays
from ui import _, n_

MARKS_S = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 259200, 604800)
"""Times at which the curve is read: ends of the buckets in which the delays are counted."""

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def duration(seconds: int | None) -> str:
    """So many seconds as people say it, short enough for a card."""
    if seconds is None:
        return "–"
    if seconds < MINUTE_S:
        return _("{count} s").format(count=seconds)
    if seconds < HOUR_S:
        return _("{count} min").format(count=f"{seconds / MINUTE_S:.3g}")
    if seconds < DAY_S:
        return _("{count} h").format(count=seconds // HOUR_S)
    days = seconds // DAY_S
    return n_("{count} day", "{count} days", days).format(count=days)


def median(campaign: int) -> str:
    """How long half of a campaign's delivered messages took at most; of what was not sent from here nobody knows."""
    if not campaign:
        return "–"
    return duration(ui.store().receipts.delays(campaign).median)


def show(campaign: int | None) -> None:
    """Two figures, the curve, and the same as a table."""
    told = ui.store().receipts.delays(campaign)
    if not told.messages:
        st.text(_("No message that was sent from here has been delivered yet."))
        return
    half = _("Half of the delivered messages took at most so long, from sending to the carrier's report.")
    ui.metrics([
        (_("Median"), duration(told.median), half),
        (_("90 % within"), duration(told.ninety), ""),
        (_("Delivered messages"), ui.number(told.messages), _("Without those that SMS-Get itself held until later.")),
    ])  # fmt: skip
    marks = marks_of(told)
    names = [duration(mark) for mark in marks]
    shares = [within(told, mark) for mark in marks]
    left, right = st.columns([2, 1])
    with left:
        draw(names, shares)
    right.dataframe(
        {_("Within"): names, _("Share delivered"): shares},
        key="reports_delays",
        height="content",
        hide_index=True,
        column_config={_("Share delivered"): st.column_config.NumberColumn(format="percent")},
        alt=_("Share of the delivered messages by the time they took"),
    )


def marks_of(told: Delays) -> list[int]:
    """The marks up to the first at which all are there."""
    first = next((at for at, mark in enumerate(MARKS_S) if within(told, mark) >= 1), len(MARKS_S) - 1)
    return list(MARKS_S[: max(first + 1, 2)])


def within(told: Delays, seconds: int) -> float:
    """The share of the delivered messages that took at most so long."""
    return max((share for upper, share in told.curve if upper <= seconds), default=0.0)


def draw(names: list[str], shares: list[float]) -> None:
    """The curve, in percent."""
    st.echarts_chart(
        {
            "tooltip": {"trigger": "axis"},
            "grid": {"left": 8, "right": 24, "top": 16, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "category", "data": names, "boundaryGap": False},
            "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value} %"}},
            "series": [
                {
                    "name": _("Share delivered"),
                    "type": "line",
                    "smooth": False,
                    "areaStyle": {"opacity": 0.15},
                    "itemStyle": {"color": ui.STATUS_COLOURS["delivered"]},
                    "data": [round(100 * share, 1) for share in shares],
                }
            ],
        },
        height=300,
        key="reports_curve",
        alt=_("Share of the delivered messages by the time they took; the table beside it has the same"),
    )
