"""What became of every message: load callback logs, figures, a chart by status word, and the messages themselves."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import streamlit as st

import ui
from smsget.errors import UnreadableFile
from smsget.numbers import ALL_COUNTRIES, to_wire
from smsget.receipts import status_of
from smsget.store import ImportResult, ReportFilter, ReportRow, Summary, to_text
from ui import _, n_

SAMPLE_LOGS = ui.SAMPLE.parent / "logs"
SAMPLE_CODE = "24"  # the two-way code in the invented replies
GROUPS = ("delivered", "failed", "pending", "other", "none")
WITH_COMMAS = st.column_config.NumberColumn(format="localized")

store = ui.store()
words = ui.words()


# --- callback logs -----------------------------------------------------------------------------------------------


def load_logs(*, empty: bool) -> None:
    """Choose logs and load them, once for each click; what it did stays on the page."""
    opened = empty or "reports_loaded" in st.session_state
    with st.expander(_("Load callback logs"), expanded=opened, icon=":material/upload_file:", key="reports_load"):
        st.caption(
            _("Whatever your callback URL kept: CSV, JSON, form bodies, access logs, also gzip or zip. Loading a file "
              "again changes nothing.")
        )  # fmt: skip
        turn = st.session_state.setdefault("reports_turn", 0)  # a new key empties the uploader after loading
        files = st.file_uploader(_("Callback logs"), accept_multiple_files=True, key=f"reports_upload_{turn}")
        with st.container(horizontal=True):
            if st.button(_("Load"), type="primary", disabled=not files, key="reports_load_files"):
                code = str(store.settings.get("two_way_code", ""))
                st.session_state["reports_loaded"] = [load_one(file.name, file, code) for file in files]
                st.session_state["reports_turn"] = turn + 1
                st.rerun()
            if st.button(_("Load the sample logs"), key="reports_load_samples", icon=":material/science:"):
                st.session_state["reports_loaded"] = [load_sample(path) for path in sorted(SAMPLE_LOGS.glob("*.*"))]
                st.rerun()
        for loaded in st.session_state.get("reports_loaded", ()):
            if isinstance(loaded, ImportResult):
                show_loaded(loaded)
            else:
                st.error(f"{ui.literal(loaded[0])}: {ui.explain(loaded[1])}", icon=":material/error:")


def load_sample(path: Path) -> ImportResult | tuple[str, UnreadableFile]:
    return load_one(path.name, BytesIO(path.read_bytes()), SAMPLE_CODE)


def load_one(name: str, file: BinaryIO, code: str) -> ImportResult | tuple[str, UnreadableFile]:
    """What loading a log did, or its name and why it cannot be read."""
    from smsget.logs import LogReader

    with st.spinner(_("Loading {file} …").format(file=ui.literal(name))):
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # BytesIO is one
        file.seek(0)
        try:
            return store.receipts.load(name, "", LogReader(file, name, code), sha256=digest)
        except UnreadableFile as error:
            return name, error


def show_loaded(result: ImportResult) -> None:
    """What became of one file, in words; its unreadable lines with their numbers."""
    receipts = n_("{count} receipt", "{count} receipts", result.receipts).format(count=ui.number(result.receipts))
    replies = n_("{count} reply", "{count} replies", result.replies).format(count=ui.number(result.replies))
    lines = n_("{count} line", "{count} lines", result.lines).format(count=ui.number(result.lines))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{ui.literal(result.file)}**")
        st.caption(" · ".join([words.log_format(result.format), lines, receipts, replies]))
        if result.new or result.updated:
            st.markdown(
                _("{new} new, {updated} with a further status, {known} known already.").format(
                    new=ui.number(result.new), updated=ui.number(result.updated), known=ui.number(result.known)
                )
            )
        elif result.known:
            st.markdown(_("Everything in it was known already. Nothing changed."))
        if result.unreadable:
            show_unreadable(result)


def show_unreadable(result: ImportResult) -> None:
    """The lines that say nothing we can read: kept, counted, and to be taken home."""
    told = n_("{count} line could not be read; the rest went in.", "{count} lines could not be read; the rest went in.",
              result.unreadable)  # fmt: skip
    st.warning(told.format(count=ui.number(result.unreadable)), icon=":material/report:")
    header = [_("Line"), _("What is wrong"), _("In the file")]
    shown = result.problems[: ui.Pages.SIZE]
    st.dataframe(
        {
            header[0]: [one.line for one in shown],
            header[1]: [words.unreadable(one.why) for one in shown],
            header[2]: [one.raw[:300] for one in shown],
        },
        key=f"reports_unreadable_{result.import_id}",
        hide_index=True,
        column_config={header[0]: st.column_config.NumberColumn(format="%d")},
        alt=_("Lines that could not be read, with the reason"),
    )
    ui.download_csv(
        _("Download these lines"),
        f"{Path(result.file).stem}-unreadable.csv",
        header,
        lambda: ((one.line, words.unreadable(one.why), one.raw) for one in store.receipts.unreadable(result.import_id)),
        f"reports_download_unreadable_{result.import_id}",
    )


# --- figures -----------------------------------------------------------------------------------------------------


def choose_campaign() -> int | None:
    """One campaign (also from `?campaign=ID`), or all of them."""
    state, asked = st.session_state, st.query_params.get("campaign", "")
    if "reports_campaign" not in state:
        state["reports_campaign"] = int(asked) if asked.isascii() and asked.isdecimal() else None
    names, chosen = store.campaigns.names(), state["reports_campaign"]
    if chosen is not None and chosen not in names:
        state["reports_campaign"] = None
        names[chosen] = store.campaigns.get(chosen).name  # an old one; raises for one that never was
        state["reports_campaign"] = chosen
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
    others = summary.receipts + summary.no_receipt - summary.messages
    none = _("Accepted by SMS-Get. Reports come up to a day later, and some never.")
    figures = [(_("Accepted by SMS-Get"), summary.messages, _("Messages sent from here."))]
    figures += [(words.status(name), getattr(summary, name), "") for name in GROUPS[:3]]
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
    left, right = st.columns([2, 3])
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
            column_config={_("Messages"): WITH_COMMAS, _("Share"): st.column_config.NumberColumn(format="percent")},
            alt=_("Messages by status word"),
        )


# --- the messages ------------------------------------------------------------------------------------------------


def choose_filter(campaign: int | None, known_words: Iterable[str]) -> ReportFilter:
    """What to show, from the widgets."""
    status = st.pills(_("Result"), GROUPS, format_func=words.status, key="reports_status")
    first, second, third, fourth = st.columns(4)
    word = first.selectbox(_("Status word"), list(known_words), index=None, placeholder=_("All"), key="reports_word")
    country = second.selectbox(
        _("Country"), ALL_COUNTRIES, index=None, format_func=words.country, placeholder=_("All"), key="reports_country"
    )
    days = third.date_input(_("Sent between"), value=[], key="reports_days", format="YYYY-MM-DD")
    number = fourth.text_input(_("Number, its beginning or end"), key="reports_number", placeholder="0912…")
    since, until = span(days)
    wanted = unicodedata.normalize("NFKC", number or "").strip()
    return ReportFilter(campaign, status or "", word or "", country or "", to_wire(wanted) or wanted, since, until)


def span(days: tuple[date, ...]) -> tuple[str, str]:
    """The first and the last Taipei day as UTC texts; nothing for what is not chosen."""
    at = [to_text(datetime.combine(day, time(), ui.TAIPEI)) for day in days]
    if len(days) > 1:
        at[1] = to_text(datetime.combine(days[1] + timedelta(days=1), time(), ui.TAIPEI))
    return (*at, "", "")[0], (*at, "", "")[1]


def result_of(row: ReportRow) -> str:
    """What became of a message: its delivery once SMS-Get has accepted it, until then how far it is."""
    return words.status(row.status) if row.sms_id is not None else words.outcome(row.outcome)


def campaign_of(row: ReportRow) -> str:
    return words.outcome("stranger") if row.campaign_id is None else ui.campaign_name(row.campaign_id, row.campaign)


def word_of(row: ReportRow) -> str:
    """The carrier's word in ours, with the word itself."""
    told = words.status_word(row.word)
    return told if told == row.word else f"{told} ({row.word})"


def cells(row: ReportRow) -> tuple[str, ...]:
    return (row.phone, campaign_of(row), result_of(row), word_of(row) or "–", ui.taipei(row.sent_at),
            ui.taipei(row.status_at), row.sms_id or "–")  # fmt: skip


def header() -> list[str]:
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
        wanted = choose_filter(campaign, known_words)
        pages = ui.Pages("reports", wanted)
        rows = pages.rows(lambda before, limit: store.receipts.page(wanted, before=before, limit=limit))
        chosen = None
        if rows:
            # a choice is a position in the table: with other rows it must not stay
            key = f"reports_rows_{hash(wanted)}_{rows[0].id}_{len(rows)}"
            chosen = table(rows, key, _("Messages, newest first"), choose=True)
            total = store.receipts.count(wanted)
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
    label = n_("Download {count} message", "Download {count} messages", total).format(count=ui.number(total))
    ui.download_csv(
        label,
        "delivery-report.csv",
        [*header(), _("Country")],
        lambda: ((*cells(row), row.country) for row in store.receipts.export(wanted)),
        "reports_download",
    )


def story(phone: str) -> None:
    """Everything that is known of one number."""
    with st.container(border=True, key="reports_story"):
        st.subheader(phone, anchor=False)
        if suppressed := store.suppression.among([phone]).get(phone):
            told = _("On the suppression list since {time}: {reason}")
            reason = ui.literal(words.suppression_reason(suppressed.reason))
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


# --- the page ----------------------------------------------------------------------------------------------------

empty = not store.receipts.page(ReportFilter(), limit=1)
load_logs(empty=empty)
if empty:
    st.text(_("Nothing to report yet. Send a campaign, or load what your callback URL has kept."))
    st.page_link("pages/send/compose.py", label=_("Write a text"), icon=":material/edit_square:")
else:
    campaign = choose_campaign()
    summary = store.receipts.summary(campaign)
    show_figures(summary)
    show_words(summary)
    messages(campaign, list(summary.by_status))
