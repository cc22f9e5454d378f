"""Figures by status word, campaign, day or country, and how long delivery took; each chart is a table, too."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

import ui
from pages.track import _delays
from pages.track._telling import campaign_labels
from smsget.receipts import status_of
from smsget.store import Figures, Summary
from ui import _

BARS = 30
"""Bars of a chart at most; the table beside it has the rest."""

GROUPS = {"delivered": "delivered", "failed": "failed", "pending": "pending", "other": "other", "none": "no_receipt"}
"""The groups of `ui.STATUSES` by their names in `Figures`."""


def show(campaign: int | None, summary: Summary) -> None:
    """Choose by what, see it as a chart and as a table."""
    views = {"word": _("Status word"), "campaign": _("Campaign"), "day": _("Day of sending"), "country": _("Country"),
             "delay": _("Time to delivery")}  # fmt: skip
    if campaign is not None:
        del views["campaign"]
    chosen = st.segmented_control(_("Figures by"), list(views), default="word", format_func=views.__getitem__,
                                  key=f"reports_by_{campaign is None}")  # fmt: skip
    if chosen == "word":
        show_words(summary)
    elif chosen == "delay":
        _delays.show(campaign)
    elif chosen:
        compare(chosen, views[chosen], campaign)


# --- by campaign, day or country ---------------------------------------------------------------------------------


def compare(by: str, label: str, campaign: int | None) -> None:
    """Delivery by one of them."""
    since, until = choose_days(by)
    ids = [campaign] if campaign is not None else choose_campaigns() if by == "campaign" else []
    rows = ui.store().receipts.figures(by, campaign_ids=ids, since=since, until=until)
    if by != "country":
        rows.sort(key=lambda row: int(row.key) if by == "campaign" else row.key, reverse=True)  # the newest first
    else:
        rows.sort(key=lambda row: row.messages, reverse=True)
    if not rows:
        st.text(_("Nothing was sent in these days."))
        return
    names = named(by, rows)
    shown = rows[:BARS]
    if len(rows) > BARS:
        st.caption(_("The chart shows the first {count}; the table has all of them.").format(count=BARS))
    st.echarts_chart(
        chart(shown, names, upright=by == "day"),
        height=280 if by == "day" else 70 + 34 * max(len(shown), 2),
        key=f"reports_chart_{by}",
        alt=_("Messages by {what} and result; the table below has the same").format(what=label),
    )
    table(by, label, rows, names)


def choose_days(by: str) -> tuple[date | None, date | None]:
    """The first Taipei day, and the one behind the last; None where it is open."""
    days = st.date_input(_("Sent between"), value=[], key=f"reports_{by}_days", format="YYYY-MM-DD")
    since = days[0] if days else None
    return since, days[1] + timedelta(days=1) if len(days) > 1 else None


def choose_campaigns() -> list[int]:
    """Campaigns to compare; none for all."""
    labels = campaign_labels(ui.store().campaigns.names())
    return st.multiselect(_("Compare these campaigns"), list(labels), placeholder=_("All"), key="reports_compare",
                          format_func=labels.__getitem__)  # fmt: skip


def named(by: str, rows: list[Figures]) -> list[str]:
    """What each row is called."""
    if by == "country":
        return [ui.words().country(row.key) if row.key else "–" for row in rows]
    if by == "day":
        return [row.key or "–" for row in rows]
    names = ui.store().campaigns.names(limit=-1)
    return [ui.words().outcome("stranger") if row.key == "0" else
            ui.campaign_name(int(row.key), names.get(int(row.key), "")) for row in rows]  # fmt: skip


def chart(rows: list[Figures], names: list[str], *, upright: bool) -> dict[str, Any]:
    """Stacked bars: upright in the order of time, else lying, the first on top."""
    if upright:
        rows, names = rows[::-1], names[::-1]
    groups = [name for name in GROUPS if name != "other" or any(row.other for row in rows)]
    categories = {"type": "category", "data": [ui.shortened(name, 24) for name in names], "inverse": not upright}
    values = {"type": "value", "minInterval": 1}
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "localized"},
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": categories if upright else values,
        "yAxis": values if upright else categories,
        "series": [
            {
                "name": ui.words().status(name),
                "type": "bar",
                "stack": "messages",
                "barMaxWidth": 28,
                "itemStyle": {"color": ui.STATUS_COLOURS[name]},
                "data": [getattr(row, GROUPS[name]) for row in rows],
            }
            for name in groups
        ],
    }


def table(by: str, label: str, rows: list[Figures], names: list[str]) -> None:
    """The same in figures; of campaigns also how long delivery took."""
    data: dict[str, list[Any]] = {label: names, _("Messages"): [row.messages for row in rows]}
    config: dict[str, Any] = {_("Messages"): ui.WITH_COMMAS}
    data[_("Share delivered")] = [row.share for row in rows]
    config[_("Share delivered")] = st.column_config.NumberColumn(
        format="percent", help=_("Of the messages with a final result.")
    )
    data[_("Points quoted")] = [row.credits or None for row in rows]
    config[_("Points quoted")] = ui.WITH_COMMAS
    data[_("Delivered per point")] = [row.per_credit for row in rows]
    config[_("Delivered per point")] = st.column_config.NumberColumn(format="%.2f")
    for name, group in GROUPS.items():
        if name != "other" or any(row.other for row in rows):
            data[ui.words().status(name)] = [getattr(row, group) for row in rows]
            config[ui.words().status(name)] = ui.WITH_COMMAS
    if by == "campaign" and len(rows) <= BARS:
        data[_("Median time to delivery")] = [_delays.median(int(row.key)) for row in rows]
    st.dataframe(data, key=f"reports_table_{by}", hide_index=True, column_config=config,
                 alt=_("Messages by {what} and result").format(what=label))  # fmt: skip


# --- by status word ----------------------------------------------------------------------------------------------


def show_words(summary: Summary) -> None:
    """Messages by the carriers' status words: a chart, and the same as a table."""
    if not summary.by_status:
        st.text(_("Nothing has been reported yet."))
        return
    words, counts = ui.words(), summary.by_status
    left, right = st.columns([1, 2])
    with left:
        draw_words(counts)
    total = sum(counts.values())
    with right:
        st.dataframe(
            {
                _("Status word"): list(counts),
                _("In words"): [words.status_word(word) for word in counts],
                _("Messages"): list(counts.values()),
                _("Share"): [count / total for count in counts.values()],
            },
            key="reports_words",
            height="content" if len(counts) <= BARS else "auto",
            hide_index=True,
            column_config={_("Messages"): ui.WITH_COMMAS, _("Share"): st.column_config.NumberColumn(format="percent")},
            alt=_("Messages by status word"),
        )


def draw_words(counts: dict[str, int]) -> None:
    """A bar for each word, the most frequent first."""
    shown = dict(list(counts.items())[:BARS])
    bars = [
        {"value": count, "itemStyle": {"color": ui.STATUS_COLOURS[status_of(word)]}} for word, count in shown.items()
    ]
    most = next(iter(counts))
    st.echarts_chart(
        {
            "tooltip": {"trigger": "item", "valueFormatter": "localized"},
            "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "value", "minInterval": 1, "splitNumber": 3},
            "yAxis": {"type": "category", "inverse": True, "data": list(shown)},
            "series": [{"name": _("Messages"), "type": "bar", "barMaxWidth": 28, "data": bars}],
        },
        height=40 + 35 * max(len(bars), 2),
        key="reports_chart",
        alt=_("Messages by status word, most frequent {word} with {count}").format(
            word=most, count=ui.number(counts[most])
        ),
    )
