"""Numbers on saved lists that failed for good: told, carried out, taken off all lists after a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

import ui
from smsget.store import Failing, ListInfo
from ui import _, n_

ROWS = 50


@st.cache_data(ttl=60, show_spinner=False, max_entries=20)
def failing(database: str, lists: Sequence[tuple[int, str, int]]) -> list[Failing]:
    """Numbers on these lists (id, changed_at, people) that failed for good; asked of all messages once a minute."""
    return ui.store().failing.all()


def show_failing(lists: Sequence[ListInfo]) -> None:
    """The notice with its table; nothing while every number works."""
    found = failing(str(ui.store().path), [(one.id, one.changed_at, one.people) for one in lists])
    if not found:
        return
    label = n_("{count} number on your lists failed for good", "{count} numbers on your lists failed for good",
               len(found)).format(count=ui.number(len(found)))  # fmt: skip
    with st.expander(label, icon=":material/phone_disabled:", key="recipients_failing"):
        st.caption(_("Texts to them are lost, and cost points all the same."))
        page, shown = ui.page_of(len(found), ROWS, "recipients_failing_page")
        st.dataframe(
            dict(zip(header(), zip(*table(found[shown]), strict=True), strict=True)),
            key=f"recipients_failing_rows_{page}_{len(found)}", hide_index=True,
            alt=_("Numbers that failed for good"),
        )  # fmt: skip
        with st.container(horizontal=True):
            take_off(found)
            ui.download_csv(_("Download these numbers"), "failed-numbers.csv", lambda: (header(), table(found)),
                            "recipients_failing_download")  # fmt: skip


def header() -> list[str]:
    """The names of the columns of `table`."""
    return [_("Number"), _("Why"), _("Texts lost"), _("Last one"), _("Lists")]


def table(rows: Sequence[Failing]) -> Iterator[tuple[object, ...]]:
    """Numbers that failed, as rows."""
    words = ui.words()
    for row in rows:
        lists = words.listed([name for _number, name in row.lists])
        yield row.phone, words.failure(row.why), row.failures, ui.taipei(row.last_at), lists


def take_off(found: Sequence[Failing]) -> None:
    """Take all of them off every list, after a question."""
    question = _("Campaigns keep their own record. A number that is uploaded again comes back.")
    if ui.agreed(_("Take them off all lists"), question, _("Take off"), "recipients_failing_off",
                 icon=":material/person_remove:"):  # fmt: skip
        gone = ui.store().lists.remove_people(None, [row.phone for row in found])
        ui.flash(n_("{count} entry was taken off the lists.", "{count} entries were taken off the lists.", gone)
                 .format(count=ui.number(gone)))  # fmt: skip
        st.rerun()
