"""How a file is read, to be changed: countries, phone columns, lists to leave out; and what is unusual about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from pages.send import _file
from pages.send._file import Choices, Sorted
from smsget.errors import UnreadableFile
from smsget.i18n import N_
from smsget.numbers import ALL_COUNTRIES
from ui import _, n_

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
MOST_OFFERED = 3  # further columns with numbers


def choose_countries() -> list[str]:
    """The countries that are meant. Numbers of the others become problems, with a button to allow them."""
    st.session_state.setdefault("recipients_countries", ["TW"])
    return st.multiselect(
        _("Countries you mean to text"),
        ALL_COUNTRIES,
        format_func=ui.words().country,
        key="recipients_countries",
        persist_state="session",
        placeholder=_("Choose one or more"),
    )


def choose_listed() -> list[int]:
    """The saved lists whose people are left out of this one."""
    lists = {one.id: one for one in ui.store().lists.all()}
    if not lists:
        return []
    state = st.session_state
    state["recipients_listed"] = [each for each in state.get("recipients_listed", ()) if each in lists]
    return st.multiselect(
        _("Leave out whoever is on these lists"),
        list(lists),
        format_func=lambda each: f"{lists[each].name} ({ui.number(lists[each].people)})",
        key="recipients_listed",
        persist_state="session",
        placeholder=_("None"),
        help=_("They are counted as duplicates: nobody who is on one of these lists comes onto this one."),
    )


def choose_columns(columns: Sequence[str], chosen: Sequence[str], field: str = "columns") -> list[str]:
    """The columns with mobile numbers, in the person's order. Always shows those that are in use."""
    st.session_state["recipients_columns"] = list(chosen)
    return st.multiselect(
        _("Columns with mobile numbers"),
        list(dict.fromkeys(columns)),
        key="recipients_columns",
        on_change=_file.choose_from,
        args=(field, "recipients_columns"),
        placeholder=_("Choose one or more"),
        help=_("Of several, the first usable number of a row is taken, in the order in which they stand here."),
    )


def encoding_name(codec: str | None) -> str:
    """An encoding as people know it."""
    return _(ENCODINGS.get(codec or "", codec or ""))


def choose_encoding(choices: Sequence[str], chosen: str | None) -> None:
    """The encoding, for those few files that do not tell."""
    st.session_state["recipients_encoding"] = chosen if chosen in choices else None
    st.selectbox(
        _("Encoding of the file"),
        list(choices),
        format_func=encoding_name,
        placeholder=_("Choose an encoding"),
        key="recipients_encoding",
        on_change=_file.choose_from,
        args=("encoding", "recipients_encoding"),
        help=_("Choose another one if names look wrong below."),
    )


def choose_after_error(error: UnreadableFile, choices: Choices) -> None:
    """Let the person settle what the file left open (phone column, encoding, sheet), or take back what they chose."""
    evidence = error.evidence
    if error.code in ("no_phone_column", "column_missing"):
        choose_columns([name for name in evidence["columns"] if name], (), "named")
    if "choices" in evidence:
        choose_encoding(evidence["choices"], None)
    if evidence.get("sheets"):
        choose_sheet({name: name for name in evidence["sheets"]}, choices.sheet)
    if choices != Choices():
        st.button(_("Read it as at first"), key="recipients_as_at_first", icon=":material/undo:",
                  on_click=_file.choose_nothing)  # fmt: skip


def choose_sheet(names: dict[str, str], chosen: str | None) -> None:
    """The sheet of a workbook, by its name; `names` are also what is shown of each."""
    st.session_state["recipients_sheet"] = chosen
    st.selectbox(_("Sheet"), list(names), format_func=lambda name: names[name], key="recipients_sheet",
                 on_change=_file.choose_from, args=("sheet", "recipients_sheet"),
                 placeholder=_("Choose a sheet"))  # fmt: skip


def show_how(read: Sorted) -> None:
    """How the file was read, out of the way: its encoding or its sheet, its header, its cells with several numbers."""
    table, state = read.table, st.session_state
    with st.expander(_("How this file was read"), type="compact", key="recipients_how"):
        if table.sheet:
            choose_sheet({one.name: _("{sheet} (hidden)").format(sheet=one.name) if one.hidden else one.name
                          for one in table.sheets}, table.sheet)  # fmt: skip
        if table.encoding not in ("xlsx", "xls", "ods"):
            choose_encoding(list(ENCODINGS), table.encoding.removesuffix("-sig"))
        state["recipients_headed"] = table.headed
        st.toggle(_("The first row is a header"), key="recipients_headed", on_change=_file.choose_from,
                  args=("headed", "recipients_headed"))  # fmt: skip
        state["recipients_split"] = read.recipients.split
        st.toggle(
            _("Split cells with several numbers"), key="recipients_split", on_change=_file.choose_from,
            args=("split", "recipients_split"),
            help=_("Each number becomes a person of its own, with the other cells of the row."),
        )  # fmt: skip


# --- what is unusual ---------------------------------------------------------------------------------------------


def say_unusual(read: Sorted) -> None:
    """Whatever the program had to decide by itself, said where it can be changed."""
    offer_encoding(read)
    say_sheets(read)
    if not read.table.headed:
        st.info(
            _("No header was found, so every row counts as a person. The columns are called by letters, as in Excel."),
            icon=":material/table_rows:",
        )  # fmt: skip
    offer_columns(read)
    offer_splitting(read)


def offer_encoding(read: Sorted) -> None:
    """Another encoding that fits the file as well or better, when nothing in it says which one is meant."""
    if not read.table.doubt:
        return
    other = encoding_name(read.table.doubt)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            _("This file was read as {encoding}, but it may be {other}. Look at the names before you save it.").format(
                encoding=encoding_name(read.table.encoding), other=other
            ),
            icon=":material/translate:",
        )
        st.button(_("Read it as {encoding}").format(encoding=other), key="recipients_other_encoding",
                  on_click=_file.choose, kwargs={"encoding": read.table.doubt})  # fmt: skip


def say_sheets(read: Sorted) -> None:
    """Which sheet was taken among several, and what of it Excel does not show."""
    table, told = read.table, []
    if len(table.sheets) > 1:
        told.append(_("Of {count} sheets, “{sheet}” is read.").format(count=len(table.sheets), sheet=table.sheet))
        if hidden := [one.name for one in table.sheets if one.hidden]:
            told.append(_("Hidden in the file: {sheets}.").format(sheets=ui.words().listed(hidden)))
    if table.hidden_rows:
        told.append(n_("{count} hidden row is read like the others.", "{count} hidden rows are read like the others.",
                       table.hidden_rows).format(count=ui.number(table.hidden_rows)))  # fmt: skip
    if told:
        st.info(ui.literal(" ".join(told)), icon=":material/visibility_off:")


def offer_columns(read: Sorted) -> None:
    """Further columns with numbers, and how many more people each of them would give."""
    chosen = read.recipients.phone_columns
    for column in [each for each in read.table.phone_candidates if each not in chosen][:MOST_OFFERED]:
        more = gain(read, column)
        if more <= 0:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            told = n_("The column “{column}” would give {count} more person.",
                      "The column “{column}” would give {count} more people.", more)  # fmt: skip
            st.markdown(told.format(column=ui.literal(column), count=ui.number(more)), width="content")
            st.button(_("Use it as well"), key=f"recipients_also_{read.table.header.index(column)}",
                      icon=":material/add:", on_click=_file.choose,
                      kwargs={"columns": (*chosen, column)})  # fmt: skip


def gain(read: Sorted, column: str) -> int:
    """How many more people there are with the numbers of one more column; worked out once."""
    gains: dict[str, int] = ui.held().setdefault("gains", {})
    if column not in gains:
        _file.read_numbers(read.table, [column])
        with_it = read.against.count_ready(read.table, [*read.recipients.phone_columns, column])
        gains[column] = with_it - len(read.recipients.ready)
    return gains[column]


def offer_splitting(read: Sorted) -> None:
    """Cells with several numbers are problems, until the person wants them taken apart."""
    if read.recipients.split:
        return
    several = int((read.recipients.problems["code"] == "several_numbers").sum())
    if not several:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(n_("{count} cell holds several numbers.", "{count} cells hold several numbers.",
                       several).format(count=ui.number(several)), width="content")  # fmt: skip
        st.button(_("Take each number as a person"), key="recipients_split_all", icon=":material/call_split:",
                  on_click=_file.choose, kwargs={"split": True})  # fmt: skip
