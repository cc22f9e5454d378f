"""The saved lists, newest first: rename, delete, take the problems home."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

import ui
from smsget.store import ListInfo
from ui import _, n_

LISTS_A_PAGE = 10


@st.cache_data(show_spinner=False, max_entries=500)
def countries_of(database: str, list_id: int, changed_at: str) -> dict[str, int]:
    """Numbers of a saved list by country. Its time tells it from what it was before."""
    return ui.store().lists.countries([list_id])


def show_lists() -> None:
    """The saved lists, newest first."""
    lists = ui.store().lists.all()
    st.subheader(_("Saved lists"), anchor=False)
    if not lists:
        sandbox = _("None yet. Upload a file above, or try the sample list.")
        st.text(sandbox if ui.is_sandbox() else _("None yet. Upload a file above."))
        return
    _page, shown = ui.page_of(len(lists), LISTS_A_PAGE, "recipients_lists")
    for one in lists[shown]:
        show_list(one)


def show_list(one: ListInfo) -> None:
    """One saved list, and what can be done with it."""
    countries = countries_of(str(ui.store().path), one.id, one.changed_at)
    with st.container(border=True, key=f"recipients_list_{one.id}", gap="xsmall"):
        st.markdown(f"**{ui.literal(one.name)}**")
        found = [f"{ui.words().country(code)} {ui.number(count)}" for code, count in countries.items()]
        numbers = n_("{count} number", "{count} numbers", one.people).format(count=ui.number(one.people))
        parts = [numbers, ", ".join(found), ui.literal(one.file), ui.taipei(one.created_at)]
        st.caption(" · ".join(part for part in parts if part))
        with st.container(horizontal=True):
            if st.button(_("Rename"), key=f"recipients_rename_{one.id}", icon=":material/edit:", type="tertiary"):
                st.dialog(_("Rename the list"))(rename)(one)
            if one.problems:
                saved_problems(one)
            if st.button(_("Delete"), key=f"recipients_delete_{one.id}", icon=":material/delete:", type="tertiary"):
                st.dialog(_("Delete the list?"))(delete)(one)


def saved_problems(one: ListInfo) -> None:
    """Download the rejected rows that a list remembers."""
    lists, reason = ui.store().lists, ui.words().reject

    def table() -> tuple[list[str], Iterator[list[object]]]:
        rows = lists.rejected(one.id)
        header = ["row", "code", "reason", *(rows[0].cells if rows else ())]
        return header, ([row.row, row.code, reason(row.code), *row.cells.values()] for row in rows)

    label = _("Problems ({count})").format(count=ui.number(one.problems))
    ui.download_csv(label, f"{one.name}-problems.csv", table, f"recipients_saved_problems_{one.id}", kind="tertiary")


def rename(one: ListInfo) -> None:
    """The dialog for another name."""
    name = st.text_input(_("Name of the list"), one.name, key=f"recipients_new_name_{one.id}", max_chars=100)
    if st.button(_("Rename"), key="recipients_rename_yes", type="primary"):
        with ui.explained():
            ui.store().lists.rename(one.id, ui.typed(name))
            st.rerun()


def delete(one: ListInfo) -> None:
    """The question before a list is deleted."""
    told = n_(
        "“{name}” goes with its {count} number. Campaigns that used it keep their own record.",
        "“{name}” goes with its {count} numbers. Campaigns that used it keep their own record.",
        one.people,
    )
    st.markdown(told.format(name=ui.literal(one.name), count=ui.number(one.people)))
    if st.button(_("Delete"), key="recipients_delete_yes", type="primary", icon=":material/delete:"):
        with ui.explained():
            ui.store().lists.delete(one.id)
            ui.flash(_("“{name}” is deleted.").format(name=ui.literal(one.name)))
            st.rerun()
