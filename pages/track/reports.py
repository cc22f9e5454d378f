"""What became of every message: load callback logs, figures, a chart by status word, and the messages themselves."""

from __future__ import annotations

import streamlit as st

import ui
from pages.track import _logs, _messages
from smsget.receipts import status_of
from smsget.store import ReportFilter, Summary
from ui import _, n_

store = ui.store()
words = ui.words()


def choose_campaign() -> int | None:
    """One campaign (also from `?campaign=ID`), or all of them."""
    state, asked = st.session_state, st.query_params.get("campaign", "")
    if "reports_campaign" not in state:
        state["reports_campaign"] = None
        if asked:
            with ui.explained():  # for one that never was; the page goes on with all of them
                state["reports_campaign"] = ui.campaign(asked).id
    names, chosen = store.campaigns.names(), state["reports_campaign"]
    if chosen is not None and chosen not in names:
        names[chosen] = store.campaigns.get(chosen).name  # an old one
    picked = st.selectbox(
        _("Campaign"),
        list(names),
        index=None,
        format_func=lambda one: ui.campaign_name(one, names[one]),
        placeholder=_("All campaigns, and what other programs sent"),
        key="reports_campaign",
    )
    if picked is None:
        st.query_params.pop("campaign", None)
    elif asked != str(picked):
        st.query_params["campaign"] = str(picked)
    return picked


def show_figures(summary: Summary) -> None:
    """How many of which result."""
    others = summary.messages - summary.own
    none = _("Accepted by SMS-Get. Reports come up to a day later, and some never.")
    figures = [(_("Accepted by SMS-Get"), summary.messages, "")]
    figures += [(words.status(name), getattr(summary, name), "") for name in ("delivered", "failed", "pending")]
    if summary.other:
        figures.append((words.status("other"), summary.other, _("Status words that SMS-Get does not document.")))
    figures.append((words.status("none"), summary.no_receipt, none))
    ui.metrics([(label, ui.number(count), told) for label, count, told in figures])
    if others:
        told = n_(
            "{count} of these messages was not sent from here: it is known from a log only.",
            "{count} of these messages were not sent from here: they are known from logs only.",
            others,
        )
        st.caption(told.format(count=ui.number(others)))


def show_words(summary: Summary) -> None:
    """Messages by the carriers' status words: a chart, and the same as a table."""
    if not summary.by_status:
        return
    counts = summary.by_status
    bars = [
        {"value": count, "itemStyle": {"color": ui.STATUS_COLOURS[status_of(word)]}} for word, count in counts.items()
    ]
    left, right = st.columns([1, 2])
    with left:
        st.echarts_chart(
            {
                "tooltip": {"trigger": "item", "valueFormatter": "localized"},
                "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
                "xAxis": {"type": "value", "minInterval": 1},
                "yAxis": {"type": "category", "inverse": True, "data": list(counts)},
                "series": [{"name": _("Messages"), "type": "bar", "barMaxWidth": 28, "data": bars}],
            },
            height=40 + 35 * max(len(bars), 2),
            key="reports_chart",
            alt=_("Messages by status word, most frequent {word} with {count}").format(
                word=next(iter(counts)), count=ui.number(next(iter(counts.values())))
            ),
        )
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
            height="content",
            hide_index=True,
            column_config={_("Messages"): ui.WITH_COMMAS, _("Share"): st.column_config.NumberColumn(format="percent")},
            alt=_("Messages by status word"),
        )


# --- the page ----------------------------------------------------------------------------------------------------

empty = not store.receipts.page(ReportFilter(), limit=1)
_logs.load_logs(empty=empty)
if empty:
    st.text(_("Nothing to report yet. Send a campaign, or load what your callback URL has kept."))
    st.page_link("pages/send/compose.py", label=_("Write a text"), icon=":material/edit_square:")
else:
    campaign = choose_campaign()
    summary = store.receipts.summary(campaign)
    show_figures(summary)
    show_words(summary)
    _messages.messages(campaign, list(summary.by_status))
