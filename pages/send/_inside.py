"""The people of a saved list: search, pages, taking somebody off."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from smsget.store import ListInfo, Person
from ui import _, n_


def table_of(rows: Sequence[Person], fields: Sequence[str]) -> dict[str, Sequence[object]]:
    """Rows of a list as a table: number, country, then the list's own columns."""
    from smsget.recipients.names import unique

    columns: list[Sequence[object]] = [
        [row.phone for row in rows],
        [ui.words().country(row.country) for row in rows],
        *([row.fields.get(field, "") for row in rows] for field in fields),
    ]
    # a column of the file's own may be called as ours are
    return dict(zip(unique([_("Number"), _("Country"), *fields]), columns, strict=True))


def show_matches(one: ListInfo, sought: str, limit: int) -> None:
    """The first people that a search over all lists found in this one."""
    rows = ui.store().lists.people(one.id, search=sought, limit=limit)
    st.dataframe(table_of(rows, one.fields), key=f"recipients_matches_{one.id}_{sought}", hide_index=True,
                 alt=_("Whom the search found on this list"))  # fmt: skip


@st.fragment
def show_inside(one: ListInfo, sought: str = "") -> None:
    """The people of a list, page by page."""
    with ui.explained():
        lists = ui.store().lists
        search = ui.typed(
            st.text_input(_("Search in this list"), sought, key=f"recipients_inside_search_{one.id}_{sought}",
                          type="search", placeholder=_("A number or a name"))
        )  # fmt: skip
        pages = ui.Pages(f"recipients_people_{one.id}", (search, one.changed_at, one.people))
        rows = pages.rows(
            lambda after, limit: lists.people(one.id, search=search, after=after, limit=limit),
            at=lambda person: person.position,
        )
        if not rows:
            st.text(_("Nobody on this list is like that.") if search else _("Nobody is on this list any more."))
            return
        # A selection is by position: the key holds what the rows are, so that it never means other rows.
        event = st.dataframe(
            table_of(rows, one.fields),
            key=f"recipients_inside_rows_{one.id}_{search}_{rows[0].position}_{len(rows)}",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            alt=_("People on this list"),
        )
        if pages.several:
            pages.buttons(lists.people_count(one.id, search=search) if search else one.people)
        take_off(one, [rows[at].phone for at in event["selection"]["rows"] if at < len(rows)])


def take_off(one: ListInfo, phones: list[str]) -> None:
    """Take the chosen people off this list, after a question."""
    if not phones:
        st.caption(_("Select rows to take people off this list."))
        return
    label = n_("Take {count} person off the list", "Take {count} people off the list", len(phones))
    question = _("They stay on other lists, and can be added to this one again.")
    if ui.agreed(label.format(count=len(phones)), question, _("Take off"), f"recipients_take_off_{one.id}",
                 icon=":material/person_remove:"):  # fmt: skip
        gone = ui.store().lists.remove_people([one.id], phones)
        ui.flash(n_("{count} person was taken off “{name}”.", "{count} people were taken off “{name}”.", gone)
                 .format(count=ui.number(gone), name=ui.literal(ui.shortened(one.name))))  # fmt: skip
        st.rerun()
