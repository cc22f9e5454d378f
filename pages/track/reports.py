"""What became of every message: load callback logs, figures with their charts, and the messages themselves."""

from __future__ import annotations

import streamlit as st

import ui
from pages.track import _figures, _logs, _messages
from pages.track._telling import campaign_labels
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
    labels = campaign_labels(names)
    picked = st.selectbox(
        _("Campaign"),
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder=_("All campaigns, and what other programs sent"),
        key="reports_campaign",
    )
    if picked is None:
        st.query_params.pop("campaign", None)
    elif asked != str(picked):
        st.query_params["campaign"] = str(picked)
    return picked


def show_figures(campaign: int | None, summary: Summary) -> None:
    """How many of which result."""
    others, overdue = summary.messages - summary.own, store.receipts.overdue(campaign)
    final = summary.delivered + summary.failed
    none = _("Accepted by SMS-Get. Reports come up to a day later, and some never.")
    figures = [(_("Accepted by SMS-Get"), ui.number(summary.messages), "")]
    if final:
        of_final = _("Of the messages with a final result.")
        figures.append((_("Share delivered"), f"{summary.delivered / final:.1%}", of_final))
    figures += [(words.status(name), ui.number(getattr(summary, name)), "")
                for name in ("delivered", "failed", "pending")]  # fmt: skip
    if summary.other:
        unknown = _("Status words that SMS-Get does not document.")
        figures.append((words.status("other"), ui.number(summary.other), unknown))
    figures.append((words.status("none"), ui.number(summary.no_receipt), none))
    if overdue:
        late = _("Sent from here, and nothing was ever reported. Probably nothing will come any more.")
        figures.append((_messages.result_named(_messages.OVERDUE), ui.number(overdue), late))
    ui.metrics(figures)
    if others:
        told = n_(
            "{count} of these messages was not sent from here: it is known from a log only.",
            "{count} of these messages were not sent from here: they are known from logs only.",
            others,
        )
        st.caption(told.format(count=ui.number(others)))


# --- the page ----------------------------------------------------------------------------------------------------

empty = not store.receipts.page(ReportFilter(), limit=1)
_logs.load_logs(empty=empty)
if empty:
    st.text(_("Nothing to report yet. Send a campaign, or load what your callback URL has kept."))
    st.page_link("pages/send/compose.py", label=_("Write a text"), icon=":material/edit_square:")
else:
    campaign = choose_campaign()
    summary = store.receipts.summary(campaign)
    show_figures(campaign, summary)
    _figures.show(campaign, summary)
    _messages.messages(campaign, list(summary.by_status))
