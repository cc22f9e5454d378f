"""Upload a customer list, see what is wrong with it, save it. Below: the lists that are saved."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ui
from smsget.errors import UnreadableFile
from smsget.export import csv_bytes
from smsget.i18n import N_
from smsget.numbers import ALL_COUNTRIES
from smsget.store import ListInfo
from ui import _, n_

if TYPE_CHECKING:
    from streamlit.typing import UploadedFile

    from smsget.recipients import RecipientList

TYPES = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods"]
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp950": N_("Traditional Chinese (CP950, Excel in Taiwan)"),
    "big5hkscs": N_("Traditional Chinese (Big5-HKSCS, has more characters)"),
    "gb18030": N_("Simplified Chinese (GB18030)"),
    "cp932": N_("Japanese (Shift JIS)"),
    "cp949": N_("Korean (CP949)"),
    "cp1252": N_("Western European (Windows-1252)"),
}
PREVIEW_ROWS = 20
PROBLEM_ROWS = 50
LISTS_A_PAGE = 10

words = ui.words()


# --- the file and how it is read ---------------------------------------------------------------------------------


def choose_file() -> UploadedFile | Path | None:
    """The file to look at: what was uploaded, else the sample if it was asked for."""
    uploaded = st.file_uploader(
        _("A file with your customers' mobile numbers"),
        type=TYPES,
        key="recipients_upload",
        on_change=lambda: st.session_state.update(recipients_sample=False),
        help=_("CSV, TSV, TXT, XLSX, XLS or ODS, as your shop system or Excel exports it. It stays on this computer."),
    )
    if uploaded is not None:
        return uploaded
    if st.session_state.get("recipients_sample"):
        return ui.SAMPLE
    st.button(_("Use the sample list"), key="recipients_use_sample", icon=":material/science:",
              on_click=lambda: st.session_state.update(recipients_sample=True))  # fmt: skip
    return None


def token_of(source: UploadedFile | Path) -> str:
    """What tells this choice of a file from any other one; the keys of its widgets hold it."""
    return "sample" if isinstance(source, Path) else source.file_id


def choose_countries() -> list[str]:
    """The countries that are meant. Numbers of the others become problems, with a button to allow them."""
    st.session_state.setdefault("recipients_countries", ["TW"])
    return st.multiselect(
        _("Countries you mean to text"),
        ALL_COUNTRIES,
        format_func=words.country,
        key="recipients_countries",
        persist_state="session",
    )


def encoding_name(codec: str | None) -> str:
    """An encoding as people know it."""
    return _(ENCODINGS.get(codec or "", codec or ""))


def check(source: UploadedFile | Path, countries: list[str]) -> RecipientList:
    """Read the file, once for each set of choices. Raises `UnreadableFile`."""
    token = token_of(source)
    encoding = st.session_state.get(f"recipients_encoding_{token}")
    column = st.session_state.get(f"recipients_column_{token}_{encoding}")
    suppression = ui.store().suppression
    choices = (token, frozenset(countries), encoding, suppression.count(), tuple(suppression.all(limit=1)))
    known = st.session_state.get("recipients_read")
    if known and known[0] == choices and column in (None, known[1].phone_column):
        return known[1]
    from smsget.recipients import read_recipients

    with st.spinner(_("Reading the file …")):
        content = source if isinstance(source, Path) else source.getvalue()
        recipients = read_recipients(content, source.name, countries=countries, phone_column=column,
                                     encoding=encoding, suppressed=suppression.phones())  # fmt: skip
    st.session_state["recipients_read"] = (choices, recipients)
    return recipients


def choose_after_error(error: UnreadableFile, token: str) -> None:
    """Let the person settle what the file left open: its phone column or its encoding."""
    if error.code in ("no_phone_column", "column_missing"):
        choose_column([name for name in dict.fromkeys(error.evidence["columns"]) if name], None, token)
    elif error.code == "unknown_encoding":
        choose_encoding(error.evidence["choices"], token)


def choose_column(columns: list[str], chosen: str | None, token: str) -> None:
    """The column with the mobile numbers. Another encoding gives the columns other names."""
    encoding = st.session_state.get(f"recipients_encoding_{token}")
    st.selectbox(
        _("Column with the mobile numbers"),
        columns,
        index=columns.index(chosen) if chosen in columns else None,
        placeholder=_("Choose a column"),
        key=f"recipients_column_{token}_{encoding}",
    )


def choose_encoding(choices: list[str], token: str) -> None:
    """The encoding, for those few files that do not tell."""
    st.selectbox(
        _("Encoding of the file"),
        choices,
        index=None,
        format_func=encoding_name,
        placeholder=_("Choose an encoding"),
        key=f"recipients_encoding_{token}",
        help=_("Choose another one if names look wrong below."),
    )


def choose_how(recipients: RecipientList, token: str) -> None:
    """How the file was read, to be changed: the phone column, and out of the way the encoding."""
    choose_column(recipients.header, recipients.phone_column, token)
    if recipients.delimiter:
        with st.expander(_("Do names look wrong?"), type="compact"):
            codec = encoding_name(recipients.encoding.removesuffix("-sig"))
            st.caption(_("Read as {encoding}.").format(encoding=codec))
            choose_encoding(list(ENCODINGS), token)


# --- what is in it -----------------------------------------------------------------------------------------------


def show_figures(recipients: RecipientList) -> None:
    """Every row is in exactly one place, and the places add up."""
    ui.metrics(
        [
            (_("Rows"), ui.number(recipients.rows), _("Everything below the header.")),
            (_("Ready"), ui.number(len(recipients.ready)), _("Numbers that can be texted, each once.")),
            (_("Duplicates"), ui.number(recipients.duplicates), _("The same number again; the first row counts.")),
            (_("Problems"), ui.number(recipients.rejected), _("Rows that cannot be texted as they stand.")),
            (_("Blank"), ui.number(recipients.blank), _("Rows without a number.")),
            (_("Suppressed"), ui.number(recipients.suppressed), _("On the suppression list: never texted.")),
        ]
    )
    if recipients.repairs:
        repaired = [f"{words.repair(code)}: {ui.number(count)}" for code, count in recipients.repairs.items()]
        st.caption(_("Put right by itself: {repairs}").format(repairs=" · ".join(repaired)))
    if recipients.countries:
        found = [f"{words.country(code)} {ui.number(count)}" for code, count in recipients.countries.items()]
        st.caption(_("Ready by country: {countries}").format(countries=" · ".join(found)))


def offer_countries(recipients: RecipientList) -> None:
    """Numbers of countries nobody chose, to be allowed with one click."""
    problems = recipients.problems
    left_out = problems.loc[problems["code"] == "country_not_chosen", "country"].value_counts()
    rates, chosen = ui.store().settings.rates(), st.session_state["recipients_countries"]
    with st.container(horizontal=True):
        for country, count in left_out.items():
            rate = rates.credits(str(country), 1)
            st.button(
                _("Also text {country} ({count})").format(country=words.country(str(country)), count=ui.number(count)),
                key=f"recipients_allow_{country}",
                icon=":material/add:",
                help=_("The rate is unknown.")
                if rate is None
                else n_("{points} point per part of a text", "{points} points per part of a text", rate).format(
                    points=rate
                ),
                on_click=lambda code=str(country): st.session_state.update(recipients_countries=[*chosen, code]),
            )


def show_ready(recipients: RecipientList, stem: str) -> None:
    """The first rows as they will be saved."""
    if recipients.ready.empty:
        st.text(_("No row of this file can be texted. The problems say why."))
        return
    st.dataframe(
        recipients.ready.head(PREVIEW_ROWS).assign(country=lambda rows: rows["country"].map(words.country)),
        key="recipients_preview",
        hide_index=True,
        column_config={"row": _("Row"), "phone": _("Number"), "country": _("Country")},
        alt=_("The first rows that are ready to be texted"),
    )
    shown = min(PREVIEW_ROWS, len(recipients.ready))
    st.caption(_("The first {shown} of {all}.").format(shown=shown, all=ui.number(len(recipients.ready))))
    from smsget.recipients import ready_table

    download(_("Download the ready rows"), f"{stem}-ready.csv", lambda: csv_bytes(*ready_table(recipients)), "ready")


def show_problems(recipients: RecipientList, stem: str) -> None:
    """The rows that cannot be texted: why, and what to do about it."""
    problems = recipients.problems
    if problems.empty:
        st.text(_("No problems: every number in this file can be read."))
        return
    counts = {str(code): count for code, count in problems["code"].value_counts().items()}
    reasons = {code: words.reject(code) for code in counts}
    wanted = st.pills(
        _("Show only"),
        list(counts),
        selection_mode="multi",
        format_func=lambda code: f"{reasons[code]} ({ui.number(counts[code])})",
        key=f"recipients_reasons_{'_'.join(sorted(counts))}",
    )
    for code in wanted:
        st.caption(words.reject_advice(code))
    chosen = problems[problems["code"].isin(wanted)] if wanted else problems
    pages = ceil(len(chosen) / PROBLEM_ROWS)
    page = st.pagination(pages, key=f"recipients_problems_{'_'.join(wanted)}_{pages}") if pages > 1 else 1
    rows = chosen.iloc[(page - 1) * PROBLEM_ROWS : page * PROBLEM_ROWS]
    st.dataframe(
        {
            _("Row"): rows["row"].tolist(),
            _("In the file"): rows["value"].tolist(),
            _("What is wrong"): [reasons[code] for code in rows["code"]],
            _("What to do"): [words.reject_advice(code) for code in rows["code"]],
        },
        key=f"recipients_problem_rows_{'_'.join(wanted)}_{page}",
        hide_index=True,
        alt=_("Rows that cannot be texted, with the reason and what to do"),
    )
    from smsget.recipients import rejects_table

    download(
        _("Download the rows with problems"),
        f"{stem}-problems.csv",
        lambda: csv_bytes(*rejects_table(recipients, reasons.__getitem__)),
        "problems",
    )
    st.caption(_("Correct them in that file and upload it here as a list of its own."))


def download(label: str, name: str, content: Callable[[], bytes], key: str) -> None:
    """A button for a file that is made when it is clicked."""
    st.download_button(label, content, name, "text/csv", f"recipients_download_{key}", on_click="ignore",
                       icon=":material/download:")  # fmt: skip


# --- saving, and what is saved -----------------------------------------------------------------------------------


def save(recipients: RecipientList, token: str, stem: str) -> None:
    """Save the ready rows and the rejected ones under a name. A second click finds the list saved and leaves it so."""
    lists = ui.store().lists
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("Name of the list"), stem, key=f"recipients_name_{token}", max_chars=100)
        label = n_("Save {count} number", "Save {count} numbers", len(recipients.ready))
        if st.button(
            label.format(count=ui.number(len(recipients.ready))),
            type="primary",
            key="recipients_save",
            icon=":material/save:",
            disabled=recipients.ready.empty,
        ):
            with st.spinner(_("Saving …")):
                st.session_state[f"recipients_saved_{token}"] = lists.save_file(recipients, name or "")
    saved = lists.by_hash(recipients.sha256)
    now = next((one for one in saved if one.id == st.session_state.get(f"recipients_saved_{token}")), None)
    if now is not None:
        st.success(_("“{name}” is saved.").format(name=ui.literal(now.name)), icon=":material/check_circle:")
        st.page_link("pages/send/compose.py", label=_("Write a text for it"), icon=":material/edit_square:")
    elif saved:
        told = _("This file was saved already as “{name}” on {time}.")
        st.info(told.format(name=ui.literal(saved[0].name), time=ui.taipei(saved[0].created_at)))


@st.cache_data(show_spinner=False, max_entries=500)
def countries_of(database: str, list_id: int, created_at: str) -> dict[str, int]:
    """Numbers of a saved list by country. A list never changes; its time tells it from one that had its id before."""
    return ui.store().lists.countries([list_id])


def show_lists() -> None:
    """The saved lists, newest first."""
    lists = ui.store().lists.all()
    st.subheader(_("Saved lists"), anchor=False)
    if not lists:
        st.text(_("None yet. Upload a file above, or try the sample list."))
        return
    pages = ceil(len(lists) / LISTS_A_PAGE)
    page = st.pagination(pages, key=f"recipients_lists_{pages}") if pages > 1 else 1
    for one in lists[(page - 1) * LISTS_A_PAGE : page * LISTS_A_PAGE]:
        show_list(one)


def show_list(one: ListInfo) -> None:
    """One saved list, and what can be done with it."""
    countries = countries_of(str(ui.store().path), one.id, one.created_at)
    with st.container(border=True, key=f"recipients_list_{one.id}", gap="xsmall"):
        st.markdown(f"**{ui.literal(one.name)}**")
        found = [f"{words.country(code)} {ui.number(count)}" for code, count in countries.items()]
        numbers = n_("{count} number", "{count} numbers", one.ready).format(count=ui.number(one.ready))
        parts = [numbers, ", ".join(found), ui.literal(one.file), ui.taipei(one.created_at)]
        st.caption(" · ".join(part for part in parts if part))
        with st.container(horizontal=True):
            if st.button(_("Rename"), key=f"recipients_rename_{one.id}", icon=":material/edit:", type="tertiary"):
                rename(one)
            if one.rejected:
                saved_problems(one)
            if st.button(_("Delete"), key=f"recipients_delete_{one.id}", icon=":material/delete:", type="tertiary"):
                delete(one)


def saved_problems(one: ListInfo) -> None:
    """Download the rejected rows that a list remembers."""
    lists, reason = ui.store().lists, words.reject

    def content() -> bytes:
        rows = lists.rejected(one.id)
        header = ["row", "code", "reason", *(rows[0].cells if rows else ())]
        return csv_bytes(header, ([row.row, row.code, reason(row.code), *row.cells.values()] for row in rows))

    st.download_button(
        _("Problems ({count})").format(count=ui.number(one.rejected)), content, f"{one.name}-problems.csv", "text/csv",
        f"recipients_saved_problems_{one.id}", on_click="ignore", icon=":material/download:", type="tertiary",
    )  # fmt: skip


@st.dialog(_("Rename the list"))
def rename(one: ListInfo) -> None:
    name = st.text_input(_("Name of the list"), one.name, key=f"recipients_new_name_{one.id}", max_chars=100)
    if st.button(_("Rename"), key="recipients_rename_yes", type="primary"):
        with ui.explained():
            ui.store().lists.rename(one.id, name or "")
            st.rerun()


@st.dialog(_("Delete the list?"))
def delete(one: ListInfo) -> None:
    told = n_(
        "“{name}” goes with its {count} number. Campaigns that used it keep their own record.",
        "“{name}” goes with its {count} numbers. Campaigns that used it keep their own record.",
        one.ready,
    )
    st.markdown(told.format(name=ui.literal(one.name), count=ui.number(one.ready)))
    if st.button(_("Delete"), key="recipients_delete_yes", type="primary", icon=":material/delete:"):
        with ui.explained():
            ui.store().lists.delete(one.id)
            ui.flash(_("“{name}” is deleted.").format(name=ui.literal(one.name)))
            st.rerun()


# --- the page ----------------------------------------------------------------------------------------------------


def show_file(source: UploadedFile | Path) -> None:
    """What the file holds, from its choices to saving it."""
    left, right = st.columns(2)
    with left:
        countries = choose_countries()
    try:
        recipients = check(source, countries)
    except UnreadableFile as error:
        st.error(ui.explain(error), icon=":material/error:")
        with right:
            choose_after_error(error, token_of(source))
        return
    with right:
        choose_how(recipients, token_of(source))
    stem = Path(recipients.file).stem
    show_figures(recipients)
    offer_countries(recipients)
    save(recipients, token_of(source), stem)
    good, bad = st.tabs([_("Ready"), _("Problems")], key="recipients_tabs")
    with good:
        show_ready(recipients, stem)
    with bad:
        show_problems(recipients, stem)


source = choose_file()
if source is None:
    st.session_state.pop("recipients_read", None)  # a long list need not stay in memory
else:
    with ui.explained():
        show_file(source)
show_lists()
