"""How a file is read, to be changed: countries, phone columns, lists to leave out; and what is unusual about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from pages.send import _file
from pages.send._file import Against, Choices, Sorted
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
WORKBOOKS = ("xlsx", "xls", "ods")
MOST_OFFERED = 3  # further columns with numbers


def choose_countries(token: str, choices: Choices) -> None:
    """The countries that are meant. Numbers of the others become problems, with a button to allow them."""
    st.multiselect(
        _("Countries you mean to text"),
        ALL_COUNTRIES,
        format_func=ui.words().country,
        placeholder=_("Choose one or more"),
        **_file.widget("countries", token, "countries", list(choices.countries)),
    )


def choose_listed(token: str, choices: Choices) -> None:
    """The saved lists whose people are left out of this one."""
    if not (lists := ui.store().lists.all()):
        return
    labels = ui.list_labels(lists)
    st.multiselect(
        _("Leave out whoever is on these lists"),
        list(labels),
        format_func=lambda each: labels.get(each, ""),
        placeholder=_("None"),
        help=_("They are counted as duplicates: nobody who is on one of these lists comes onto this one."),
        **_file.widget("listed", token, "listed", [each for each in choices.listed if each in labels]),
    )


def choose_columns(token: str, columns: Sequence[str], chosen: Sequence[str], field: str = "columns") -> list[str]:
    """The columns with mobile numbers, in the person's order. Always shows those that are in use."""
    return st.multiselect(
        _("Columns with mobile numbers"),
        list(dict.fromkeys(columns)),
        placeholder=_("Choose one or more"),
        help=_("Of several, the first usable number of a row is taken, in the order in which they stand here."),
        **_file.widget("columns", token, field, list(chosen)),
    )


def encoding_name(codec: str | None) -> str:
    """An encoding as people know it."""
    return _(ENCODINGS.get(codec or "", codec or ""))


def choose_encoding(token: str, choices: Sequence[str], chosen: str | None) -> None:
    """The encoding, for those few files that do not tell."""
    st.selectbox(
        _("Encoding of the file"),
        list(choices),
        format_func=encoding_name,
        placeholder=_("Choose an encoding"),
        help=_("Choose another one if names look wrong below."),
        **_file.widget("encoding", token, "encoding", chosen if chosen in choices else None),
    )


def choose_after_error(token: str, error: UnreadableFile, choices: Choices) -> None:
    """Let the person settle what the file left open (phone column, encoding, sheet), or take back what they chose."""
    evidence = error.evidence
    if error.code in ("no_phone_column", "column_missing"):
        choose_columns(token, [name for name in evidence["columns"] if name], (), "named")
    if "choices" in evidence:
        choose_encoding(token, evidence["choices"], None)
    if evidence.get("sheets"):
        choose_sheet(token, {name: name for name in evidence["sheets"]}, choices.sheet)
    if choices != choices.as_at_first():
        st.button(_("Read it as at first"), key=f"recipients_as_at_first_{token}", icon=":material/undo:",
                  on_click=_file.choose_nothing, args=(token,))  # fmt: skip


def choose_sheet(token: str, names: dict[str, str], chosen: str | None) -> None:
    """The sheet of a workbook, by its name; `names` are also what is shown of each."""
    st.selectbox(_("Sheet"), list(names), format_func=lambda name: names.get(name, ""),
                 placeholder=_("Choose a sheet"), **_file.widget("sheet", token, "sheet", chosen))  # fmt: skip


def show_how(read: Sorted) -> None:
    """How the file was read: its encoding or its sheet at once; to be changed, with its header and its cells with
    several numbers, out of the way."""
    table, token = read.table, read.token
    codec = table.encoding.removesuffix("-sig")
    how = [_("sheet “{sheet}”").format(sheet=ui.shortened(table.sheet))] if table.sheet else []
    if table.encoding not in WORKBOOKS:
        how.append(encoding_name(codec))
    label = _("How this file was read: {how}").format(how=ui.literal(" · ".join(how)))
    with st.expander(label, type="compact", key=f"recipients_how_{token}"):
        if table.sheet:
            choose_sheet(token, {one.name: _("{sheet} (hidden)").format(sheet=one.name) if one.hidden else one.name
                                 for one in table.sheets}, table.sheet)  # fmt: skip
        if table.encoding not in WORKBOOKS:
            choose_encoding(token, list(ENCODINGS), codec)
        st.toggle(_("The first row is a header"), **_file.widget("headed", token, "headed", table.headed))
        st.toggle(
            _("Split cells with several numbers"),
            help=_("Each number becomes a person of its own, with the other cells of the row."),
            **_file.widget("split", token, "split", read.recipients.split),
        )


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
        st.button(_("Read it as {encoding}").format(encoding=other), key=f"recipients_other_encoding_{read.token}",
                  on_click=_file.choose, args=(read.token,), kwargs={"encoding": read.table.doubt})  # fmt: skip


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


def offer_more(read: Sorted) -> None:
    """What would give more people: further columns with numbers, and cells with several of them taken apart."""
    chosen = read.recipients.phone_columns
    for column in [each for each in read.table.phone_candidates if each not in chosen][:MOST_OFFERED]:
        _file.read_numbers(read.table, [column])
        more = gain(read, column, read.against, [*chosen, column])
        if more <= 0:
            continue
        told = n_("The column “{column}” would give {count} more person.",
                  "The column “{column}” would give {count} more people.", more)  # fmt: skip
        offer(told.format(column=ui.literal(column), count=ui.number(more)), _("Use it as well"), ":material/add:",
              f"recipients_also_{read.table.header.index(column)}_{read.token}", read,
              columns=(*chosen, column))  # fmt: skip
    offer_splitting(read)


def offer_splitting(read: Sorted) -> None:
    """Only one number of a cell is taken, or none, until the person wants cells taken apart."""
    if read.recipients.split or not _may_hold_several(read):
        return
    more = gain(read, "", read.against._replace(split=True), read.recipients.phone_columns)
    if more > 0:
        told = n_("Cells with several numbers would give {count} more person.",
                  "Cells with several numbers would give {count} more people.", more)  # fmt: skip
        offer(told.format(count=ui.number(more)), _("Take each number as a person"), ":material/call_split:",
              f"recipients_split_all_{read.token}", read, split=True)  # fmt: skip


def _may_hold_several(read: Sorted) -> bool:
    """Whether any cell in use holds several numbers, also one that another column stands in for."""
    from smsget.recipients.entries import may_be_several, readings_of

    table = read.table
    return any(may_be_several(readings_of(table, table.header.index(each))) for each in read.recipients.phone_columns)


def offer(told: str, label: str, icon: str, key: str, read: Sorted, **choice: object) -> None:
    """A sentence, and the button that makes this choice."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(told, width="content")
        st.button(label, key=key, icon=icon, on_click=_file.choose, args=(read.token,), kwargs=choice)


def gain(read: Sorted, what: str, against: Against, columns: Sequence[str]) -> int:
    """How many more people there are with these choices; worked out once for each thing that is offered."""
    gains: dict[str, int] = ui.held().setdefault("gains", {})
    if what not in gains:
        gains[what] = against.count_ready(read.table, columns) - len(read.recipients.ready)
    return gains[what]
