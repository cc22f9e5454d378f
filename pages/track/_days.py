"""Delivery of the last days on the overview: figures, and a chart by the day of sending."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

import ui
from ui import _

DAYS = 14


def show() -> None:
    """Figures and a chart of the last days, by the day of sending."""
    words, days = ui.words(), ui.store().receipts.by_day(DAYS)
    if not days:
        return
    st.subheader(_("Delivery of the last {days} days").format(days=DAYS), anchor=False)
    total = {name: sum(day["no_receipt" if name == "none" else name] for day in days) for name in ui.STATUSES}
    final = total["delivered"] + total["failed"]
    share = f"{total['delivered'] / final:.1%}" if final else "–"
    figures = [(_("Share delivered"), share, _("Of the messages with a final result."))]
    helps = {"none": _("Accepted by SMS-Get. Reports come up to a day later, and some never.")}
    figures += [
        (words.status(name), ui.number(total[name]), helps.get(name, ""))
        for name in ui.STATUSES
        if name != "other" or total[name]
    ]
    ui.metrics(figures)
    st.echarts_chart(chart(days), height=280, key="overview_chart", alt=told_of(total))
    st.page_link("pages/track/reports.py", label=_("See every message"), icon=":material/arrow_forward:")


def told_of(total: dict[str, int]) -> str:
    """The chart in words."""
    words = ui.words()
    parts = [f"{words.status(name)} {ui.number(count)}" for name, count in total.items() if count]
    return _("Messages per day of sending: {parts}").format(parts=words.listed(parts))


def chart(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Stacked bars per Taipei day, days without messages included."""
    by_day = {row["day"]: row for row in rows}
    today: date = ui.taipei_now().date()
    days = [(today - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
    names = [name for name in ui.STATUSES if name != "other" or any(row["other"] for row in rows)]
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "localized"},
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [day[5:] for day in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": ui.words().status(name),
                "type": "bar",
                "stack": "messages",
                "itemStyle": {"color": ui.STATUS_COLOURS[name]},
                "data": [by_day.get(day, {}).get("no_receipt" if name == "none" else name, 0) for day in days],
            }
            for name in names
        ],
    }
