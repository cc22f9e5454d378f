"""The saved lists, newest first: search, look inside, rename, carry out, combine, delete."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import streamlit as st

import ui
from pages.send import _combine, _failing, _inside
from pages.send._findings import reason_and_advice
from pages.send._keeping import LONGEST_NAME
from pages.send._reading import encoding_name
from smsget.errors import BadRequest
from smsget.numbers import to_wire
from smsget.store import ListFile, ListInfo
from ui import _, n_

LISTS_A_PAGE = 10
FILES_SHOWN = 3
MATCHES_SHOWN = 5
NAME_SHOWN = 80


@st.cache_data(show_spinner=False, max_entries=500)
def countries_of(database: str, list_id: int, changed_at: str, people: int) -> dict[str, int]:
    """Numbers of a saved list by country, counted again when it has changed."""
    return ui.store().lists.countries([list_id])


@st.cache_data(show_spinner=False, max_entries=2000)
def matches(database: str, list_id: int, changed_at: str, people: int, sought: str) -> int:
    """How many people of a list a search finds."""
    return ui.store().lists.people_count(list_id, search=sought)


def show_lists() -> None:
    """The saved lists, newest first."""
    lists = ui.store().lists.all()
    st.subheader(_("Saved lists"), anchor=False)
    say_gone(lists)
    if not lists:
        sandbox = _("None yet. Upload a file above, or try the sample list.")
        st.text(sandbox if ui.is_sandbox() else _("None yet. Upload a file above."))
        return
    with ui.explained():
        _failing.show_failing(lists)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sought = ui.typed(
            st.text_input(_("Search in all lists"), key="recipients_search", type="search",
                          placeholder=_("A number or a name"))
        )  # fmt: skip
        if st.button(_("Combine lists"), key="recipients_combine", icon=":material/join_inner:"):
            _combine.ask(lists)
    if sought:
        lists = show_search(sought, lists)
    _page, shown = ui.page_of(len(lists), LISTS_A_PAGE, f"recipients_lists_{sought}")
    for one in lists[shown]:
        show_list(one, sought)


def say_gone(lists: Sequence[ListInfo]) -> None:
    """Say which lists have vanished since this page was drawn last: a click on one of them did nothing."""
    now, state = {one.id: one.name for one in lists}, st.session_state
    for each, name in state.get("recipients_known", {}).items():
        if each not in now:
            told = _("“{name}” was deleted meanwhile, in another window.")
            st.info(told.format(name=ui.literal(ui.shortened(name))), icon=":material/delete:")
    state["recipients_known"] = now


def show_search(sought: str, lists: list[ListInfo]) -> list[ListInfo]:
    """Say where somebody was found; returns the lists."""
    store, phone = ui.store(), to_wire(sought)
    with st.spinner(_("Searching …")):
        holding = {one.id for one in store.lists.holding(phone)} if phone else set()
        found = [one for one in lists if one.id in holding]
        if not found:  # eight digits may be a number of Hong Kong, or a member's
            database = str(store.path)
            found = [one for one in lists if matches(database, one.id, one.changed_at, one.people, sought)]
    if not found:
        st.text(_("On none of the lists."))
    else:
        st.caption(n_("Found on {found} of {all} list.", "Found on {found} of {all} lists.", len(lists))
                   .format(found=ui.number(len(found)), all=ui.number(len(lists))))  # fmt: skip
    if phone and phone in store.suppression.among([phone]):
        st.warning(_("{number} is on the suppression list and is never texted.").format(number=phone),
                   icon=":material/block:")  # fmt: skip
    return found


def show_list(one: ListInfo, sought: str = "") -> None:
    """One saved list, and what can be done with it."""
    countries = countries_of(str(ui.store().path), one.id, one.changed_at, one.people)
    with st.container(border=True, key=f"recipients_list_{one.id}", gap="xsmall"):
        name = ui.shortened(one.name, NAME_SHOWN)
        st.markdown(f"**{ui.literal(name)}**", help=None if name == one.name else ui.literal(one.name))
        found = [f"{ui.words().country(code)} {ui.number(count)}" for code, count in countries.items()]
        numbers = n_("{count} number", "{count} numbers", one.people).format(count=ui.number(one.people))
        origin = _("combined from other lists") if one.origin == "combined" else ""
        parts = [numbers, ", ".join(found), origin, ui.taipei(one.created_at)]
        st.caption(" · ".join(part for part in parts if part))
        for file in one.files[-FILES_SHOWN:]:
            show_history(file)
        if (more := len(one.files) - FILES_SHOWN) > 0:
            st.caption(n_("and {count} earlier file", "and {count} earlier files", more).format(count=more))
        if sought:
            _inside.show_matches(one, sought, MATCHES_SHOWN)
        actions(one)
        if st.session_state.get("recipients_inside") == one.id:
            _inside.show_inside(one, sought)


def show_history(file: ListFile) -> None:
    """A file that went into a list, and what it held."""
    figures = {
        _("ready"): file.ready, _("duplicates"): file.duplicates, _("problems"): file.rejected, _("blank"): file.blank,
        _("suppressed"): file.suppressed,
    }  # fmt: skip
    held = ", ".join(f"{name} {ui.number(count)}" for name, count in figures.items() if count)
    rows = n_("{count} row", "{count} rows", file.rows).format(count=ui.number(file.rows))
    how = _("Read as {encoding}, numbers in “{column}”.").format(
        encoding=encoding_name(file.encoding.removesuffix("-sig")), column=ui.literal(file.phone_column)
    )
    when = ui.taipei(file.added_at)
    st.caption(f":material/description: {ui.literal(ui.shortened(file.file))} · {when} · {rows}: {held}", help=how)


def actions(one: ListInfo) -> None:
    """The buttons of a list."""
    lists = ui.store().lists
    with st.container(horizontal=True):
        open_now = st.session_state.get("recipients_inside") == one.id
        st.button(
            _("Close") if open_now else _("Look inside"), key=f"recipients_look_{one.id}", type="tertiary",
            icon=":material/close:" if open_now else ":material/visibility:", on_click=st.session_state.update,
            kwargs={"recipients_inside": None if open_now else one.id},
        )  # fmt: skip
        ui.download_csv(_("Export"), f"{ui.shortened(one.name)}.csv", lambda: lists.table(one.id),
                        f"recipients_export_{one.id}", kind="tertiary", rerun=True)  # fmt: skip
        if one.problems:
            saved_problems(one)
        if st.button(_("Rename"), key=f"recipients_rename_{one.id}", icon=":material/edit:", type="tertiary"):
            st.dialog(_("Rename the list"))(rename)(one)
        if st.button(_("Delete"), key=f"recipients_delete_{one.id}", icon=":material/delete:", type="tertiary"):
            st.dialog(_("Delete the list?"))(delete)(one)


def saved_problems(one: ListInfo) -> None:
    """Download the rejected rows that a list remembers."""
    lists = ui.store().lists

    def table() -> tuple[list[str], Iterator[list[object]]]:
        rows = lists.rejected(one.id)
        why = {code: reason_and_advice(code) for code in {row.code for row in rows}}
        # Of equal names the first are ours: read again, these are passed over, and the file's own keep their names.
        header = ["row", "code", "reason", *dict.fromkeys(name for row in rows for name in row.cells)]
        cells = ([row.cells.get(name, "") for name in header[3:]] for row in rows)
        return header, ([row.row, row.code, why[row.code], *own] for row, own in zip(rows, cells, strict=True))

    label = _("Problems ({count})").format(count=ui.number(one.problems))
    ui.download_csv(label, f"{ui.shortened(one.name)}-problems.csv", table, f"recipients_saved_problems_{one.id}",
                    kind="tertiary", rerun=True)  # fmt: skip


@contextlib.contextmanager
def may_be_gone() -> Iterator[None]:
    """Leave a dialog about a list that somebody else has deleted: the page says so."""
    try:
        yield
    except BadRequest as error:
        if error.code != "no_such_list":
            raise
        st.rerun()


def rename(one: ListInfo) -> None:
    """The dialog for another name."""
    name = st.text_input(_("Name of the list"), one.name, key=f"recipients_new_name_{one.id}",
                         max_chars=max(LONGEST_NAME, len(one.name)))  # fmt: skip
    if st.button(_("Rename"), key="recipients_rename_yes", type="primary"):
        with ui.explained(), may_be_gone():
            ui.store().lists.rename(one.id, ui.typed(name))
            st.rerun()


def delete(one: ListInfo) -> None:
    """The question before a list is deleted."""
    told = n_(
        "“{name}” goes with its {count} number. Campaigns that used it keep their own record.",
        "“{name}” goes with its {count} numbers. Campaigns that used it keep their own record.",
        one.people,
    )
    name = ui.literal(ui.shortened(one.name))
    st.markdown(told.format(name=name, count=ui.number(one.people)))
    if st.button(_("Delete"), key="recipients_delete_yes", type="primary", icon=":material/delete:"):
        with ui.explained(), may_be_gone():
            ui.store().lists.delete(one.id)
            st.session_state.get("recipients_known", {}).pop(one.id, None)
            ui.flash(_("“{name}” is deleted.").format(name=name))
            st.rerun()
