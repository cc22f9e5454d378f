"""How long everybody's own text is, and whose are the longest: a long name may cost another part."""

from __future__ import annotations

from typing import Any

import streamlit as st

import ui
from pages.send._price import right_aligned
from smsget.campaigns import Quote
from smsget.segments import count_segments
from ui import _, n_

BAR = "#4F86D0"  # as what is on its way: a contrast of 3:1 or more to both backgrounds


def show_lengths(quote: Quote) -> None:
    """Nothing where all texts take as many parts."""
    if len(quote.histogram) < 2:
        return
    least = min(quote.histogram)
    more = sum(count for parts, count in quote.histogram.items() if parts > least)
    told = n_("{n} person's text takes more parts than the shortest.",
              "{n} people's texts take more parts than the shortest.", more)  # fmt: skip
    label = _("Parts by person")
    with st.expander(f"{label} · {told.format(n=ui.number(more))}", icon=":material/bar_chart:", key="compose_lengths"):
        each = [n_("{n} part: {people}", "{n} parts: {people}", parts).format(n=parts, people=ui.number(count))
                for parts, count in quote.histogram.items()]  # fmt: skip
        lengths = _("People by the length of their text: {lengths}").format(lengths=ui.words().listed(each))
        st.echarts_chart(chart(quote), height=160, key="compose_histogram", alt=lengths)
        st.caption(lengths)
        show_longest(quote)


def chart(quote: Quote) -> dict[str, Any]:
    """People by parts, as bars."""
    parts = range(min(quote.histogram), max(quote.histogram) + 1)
    return {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "localized"},
        "grid": {"left": 8, "right": 8, "top": 24, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [str(each) for each in parts]},
        "yAxis": {"type": "value", "minInterval": 1, "name": _("People")},
        "series": [{"type": "bar", "name": _("People"), "itemStyle": {"color": BAR}, "barMaxWidth": 48,
                    "data": [quote.histogram.get(each, 0) for each in parts]}],
    }  # fmt: skip


def show_longest(quote: Quote) -> None:
    """The people with the longest texts, by what stands in the fields; a row leads to the preview."""
    st.caption(_("The longest texts. Choose a row to see it on the phone."))
    rows = [
        {"who": " · ".join(value for value in one.person.fields.values() if value) or "–",
         "parts": ui.number(one.segments), "length": ui.number(count_segments(one.text).units),
         "number": one.person.phone}
        for one in quote.longest
    ]  # fmt: skip
    config = right_aligned({"parts": _("Parts"), "length": _("Characters")})
    key = f"compose_longest_rows_{hash(tuple(one.text for one in quote.longest))}"  # a selection is by position

    def jump() -> None:
        if chosen := st.session_state[key]["selection"]["rows"]:
            st.session_state["compose_person"] = quote.longest[chosen[0]].at + 1

    st.dataframe(
        rows, key=key, on_select=jump, selection_mode="single-row", hide_index=True, alt=_("The longest texts"),
        column_config={"who": st.column_config.TextColumn(_("In the fields"), width="small"), "number": _("Number"),
                       **config},
    )  # fmt: skip
