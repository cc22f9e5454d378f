"""The messages one by one: filters, a page of them, the story of a number, the export."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import streamlit as st

import ui
from pages.track import _export, _new_list, _story
from pages.track._telling import campaign_of, result_of, word_of
from smsget.numbers import ALL_COUNTRIES, to_wire
from smsget.store import ReportFilter, ReportRow, to_text
from ui import _

OVERDUE, OVERDUE_H = "overdue", 24
"""The one of the results that is told by time: accepted so many hours ago, and nothing was ever reported."""


def choose_filter(campaign: int | None, known_words: Iterable[str]) -> ReportFilter:
    """What to show, from the widgets."""
    status = st.pills(_("Result"), [*ui.STATUSES, OVERDUE], format_func=result_named, key="reports_status") or ""
    words, labels = ui.words(), ui.list_labels(ui.store().lists.all())
    with st.grid(min_column_width=200):
        word = st.selectbox(_("Status word"), list(known_words), index=None, placeholder=_("All"), key="reports_word")
        country = st.selectbox(_("Country"), ALL_COUNTRIES, index=None, format_func=words.country,
                               placeholder=_("All"), key="reports_country")  # fmt: skip
        days = st.date_input(_("Sent between"), value=[], key="reports_days", format="YYYY-MM-DD")
        number = st.text_input(_("Number, its beginning or end"), key="reports_number", placeholder="0912…")
        people = st.selectbox(_("On the list"), list(labels), index=None, format_func=lambda one: labels.get(one, ""),
                              placeholder=_("All"), key="reports_list")  # fmt: skip
    since, until = span(days)
    wanted = unicodedata.normalize("NFKC", ui.typed(number))
    found = ReportFilter(campaign, status, word or "", country or "", to_wire(wanted) or wanted, since, until, people)
    if status == OVERDUE:
        before = ui.taipei_now() - timedelta(hours=OVERDUE_H)
        # to the hour: a filter that is another one every second could not be paged
        return replace(found, status="", no_receipt_before=to_text(before.replace(minute=0, second=0, microsecond=0)))
    return found


def result_named(status: str) -> str:
    """A result as the filter calls it."""
    if status == OVERDUE:
        return _("No receipt in {hours} h").format(hours=OVERDUE_H)
    return ui.words().status(status)


def span(days: tuple[date, ...]) -> tuple[str, str]:
    """The first and the last Taipei day as UTC texts; nothing for what is not chosen."""
    at = [to_text(datetime.combine(day, time(), ui.TAIPEI)) for day in days]
    if len(days) > 1:
        at[1] = to_text(datetime.combine(days[1] + timedelta(days=1), time(), ui.TAIPEI))
    return (*at, "", "")[0], (*at, "", "")[1]


def cells(row: ReportRow) -> tuple[str, ...]:
    """A message as a row of the table; see `header`."""
    return (row.phone, campaign_of(row), result_of(row), word_of(row.word) or "–", ui.taipei(row.sent_at),
            ui.taipei(row.status_at), row.sms_id or "–")  # fmt: skip


def header() -> list[str]:
    """The names of the columns of `cells`."""
    return [_("Number"), _("Campaign"), _("Result"), _("Status word"), _("Sent"), _("Reported"), _("Message id")]


def table(rows: list[ReportRow], key: str, alt: str, *, choose: bool = False) -> ReportRow | None:
    """A table of messages; the one that was chosen in it."""
    data = dict(zip(header(), zip(*map(cells, rows), strict=True), strict=True))
    if not choose:
        st.dataframe(data, key=key, hide_index=True, alt=alt)
        return None
    event = st.dataframe(data, key=key, hide_index=True, on_select="rerun", selection_mode="single-row", alt=alt)
    return rows[event.selection.rows[0]] if event.selection.rows else None


@st.fragment
def messages(campaign: int | None, known_words: list[str]) -> None:
    """Filters, one page of messages, and the story of a number. Apart from the figures, which filters leave alone."""
    with ui.explained():
        st.subheader(_("Messages"), anchor=False)
        receipts, wanted = ui.store().receipts, choose_filter(campaign, known_words)
        pages = ui.Pages("reports", wanted)
        rows = pages.rows(lambda before, limit: receipts.page(wanted, before=before, limit=limit))
        chosen = None
        if rows:
            # a choice is a position in the table: with other rows it must not stay
            key = f"reports_rows_{hash(wanted)}_{rows[0].id}_{len(rows)}"
            chosen = table(rows, key, _("Messages, newest first"), choose=True)
            total = receipts.count(wanted)
            pages.buttons(total)
            with st.container(horizontal=True):
                _new_list.button(wanted)
                _export.show(total, lambda: ([*header(), _("Country")], map(exported, receipts.export(wanted))))
        else:
            st.text(_("No message is like that. Take a filter away."))
        number = chosen.phone if chosen else to_wire(wanted.number)
        if number:
            _story.show(number)
        elif rows:
            st.caption(_("Choose a row, or type a whole number, to see everything about that number."))


def exported(row: ReportRow) -> tuple[str, ...]:
    """A message as a row of the file."""
    return (*cells(row), row.country)
