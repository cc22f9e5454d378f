"""The messages one by one: filters, a page of them, the story of a number, the export."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import streamlit as st

import ui
from smsget.numbers import ALL_COUNTRIES, to_wire
from smsget.store import ReportFilter, ReportRow, to_text
from ui import _, n_


def choose_filter(campaign: int | None, known_words: Iterable[str]) -> ReportFilter:
    """What to show, from the widgets."""
    status = st.pills(_("Result"), ui.STATUSES, format_func=ui.words().status, key="reports_status")
    first, second, third, fourth = st.columns(4)
    word = first.selectbox(_("Status word"), list(known_words), index=None, placeholder=_("All"), key="reports_word")
    country = second.selectbox(
        _("Country"),
        ALL_COUNTRIES,
        index=None,
        format_func=ui.words().country,
        placeholder=_("All"),
        key="reports_country",
    )
    days = third.date_input(_("Sent between"), value=[], key="reports_days", format="YYYY-MM-DD")
    number = fourth.text_input(_("Number, its beginning or end"), key="reports_number", placeholder="0912…")
    since, until = span(days)
    wanted = unicodedata.normalize("NFKC", ui.typed(number))
    return ReportFilter(campaign, status or "", word or "", country or "", to_wire(wanted) or wanted, since, until)


def span(days: tuple[date, ...]) -> tuple[str, str]:
    """The first and the last Taipei day as UTC texts; nothing for what is not chosen."""
    at = [to_text(datetime.combine(day, time(), ui.TAIPEI)) for day in days]
    if len(days) > 1:
        at[1] = to_text(datetime.combine(days[1] + timedelta(days=1), time(), ui.TAIPEI))
    return (*at, "", "")[0], (*at, "", "")[1]


def result_of(row: ReportRow) -> str:
    """What became of a message: its delivery once SMS-Get has accepted it, until then how far it is."""
    return ui.words().status(row.status) if row.sms_id is not None else ui.words().outcome(row.outcome)


def campaign_of(row: ReportRow) -> str:
    """The campaign a message belongs to; one of another program says so."""
    return (
        ui.words().outcome("stranger") if row.campaign_id is None else ui.campaign_name(row.campaign_id, row.campaign)
    )


def word_of(row: ReportRow) -> str:
    """The carrier's word in ours, with the word itself."""
    told = ui.words().status_word(row.word)
    return told if told == row.word else f"{told} ({row.word})"


def cells(row: ReportRow) -> tuple[str, ...]:
    """A message as a row of the table; see `header`."""
    return (row.phone, campaign_of(row), result_of(row), word_of(row) or "–", ui.taipei(row.sent_at),
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
            export(wanted, total)
        else:
            st.text(_("No message is like that. Take a filter away."))
        number = chosen.phone if chosen else to_wire(wanted.number)
        if number:
            story(number)
        elif rows:
            st.caption(_("Choose a row, or type a whole number, to see everything about that number."))


def export(wanted: ReportFilter, total: int) -> None:
    """Everything the filters keep, as a file."""
    receipts = ui.store().receipts
    label = n_("Download {count} message", "Download {count} messages", total).format(count=ui.number(total))
    ui.download_csv(
        label,
        "delivery-report.csv",
        lambda: ([*header(), _("Country")], ((*cells(row), row.country) for row in receipts.export(wanted))),
        "reports_download",
    )


def story(phone: str) -> None:
    """Everything that is known of one number."""
    store = ui.store()
    with st.container(border=True, key="reports_story"):
        st.subheader(ui.literal(phone), anchor=False)
        if suppressed := store.suppression.among([phone]).get(phone):
            told = _("On the suppression list since {time}: {reason}")
            reason = ui.literal(ui.words().suppression_reason(suppressed.reason))
            st.warning(told.format(time=ui.taipei(suppressed.at), reason=reason), icon=":material/block:")
        sent = store.receipts.history(phone)[:200]
        if sent:
            table(sent, f"reports_story_{phone}", _("Messages to this number, newest first"))
        else:
            st.text(_("Nothing was ever sent to this number."))
        for reply in store.receipts.replies(phone=phone, limit=20):
            with st.chat_message(_("Reply"), avatar=":material/reply:"):
                st.caption(ui.taipei(reply.at))
                st.text(reply.text)
