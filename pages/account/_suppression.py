"""The suppression list in the settings: look, search, add by hand or from a file, take off, carry out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import streamlit as st

import ui
from smsget.numbers import read_number
from smsget.store import Suppressed
from ui import _, n_

if TYPE_CHECKING:
    from smsget.recipients import EveryNumber

ROWS = 50
MOST_SHOWN = 20
NUMBER_BREAK = re.compile(r"[\n\t,;，；、|]+")


def show_suppression() -> None:
    """Who must not be texted: look, add, take off, carry in and out."""
    st.text(_("These numbers are left out of every list and every campaign."))
    st.metric(_("Numbers on the suppression list"), ui.number(ui.store().suppression.count()), border=True,
              width="content")  # fmt: skip
    show_added()
    with st.expander(_("Add numbers"), icon=":material/add:", key="settings_suppress_expander"):
        add_typed()
        add_from_file()
    show_suppressed()


def add_typed() -> None:
    """Add numbers in whatever spelling they were pasted; those that cannot be read stay in the field."""
    if (left := st.session_state.pop("settings_suppress_left", None)) is not None:
        st.session_state["settings_suppress_typed"] = left
    typed = st.text_area(
        _("Numbers"), key="settings_suppress_typed", placeholder="0912345678\n+886 912-345-678",
        help=_("One on each line, or with commas between them, as they are written."),
    )  # fmt: skip
    reason = st.text_input(_("Reason, if you like"), key="settings_suppress_reason", max_chars=200)
    if st.button(_("Add them"), key="settings_suppress_add", type="primary"):
        cells = [cell.strip() for cell in NUMBER_BREAK.split(typed or "")]
        readings = [(cell, read_number(cell)) for cell in cells]
        bad = [(cell, reading.code) for cell, reading in readings if reading.outcome == "reject"]
        st.session_state["settings_suppress_left"] = "\n".join(cell for cell, _code in bad)
        add([reading.wire for _cell, reading in readings if reading.outcome == "number"], bad, ui.typed(reason))


def add_from_file() -> None:
    """Add the numbers of a file: of whatever country, in every phone column, and all that a cell has."""
    uploaded = st.file_uploader(
        _("Or a file with numbers"),
        type=ui.LIST_TYPES,
        key="settings_suppress_file",
    )
    if uploaded is not None and st.button(_("Add the numbers of this file"), key="settings_suppress_import"):
        from smsget.recipients import every_number, open_table

        with ui.explained():
            read = every_number(open_table(uploaded.getvalue(), uploaded.name))
            bad = [(problem.value, problem.code) for problem, _cells in read.unread]
            add(read.phones, bad, uploaded.name, read)


def add(phones: list[str], bad: list[tuple[str, str]], reason: str, read: EveryNumber | None = None) -> None:
    """Add numbers, which were `read` from a file or typed; what came of it is shown after the rerun."""
    phones = list(dict.fromkeys(phones))
    new = ui.store().suppression.add(phones, reason=reason, source="import" if read else "person")
    st.session_state["settings_suppress_added"] = (new, len(phones) - new, len(bad), bad[:MOST_SHOWN], read)
    st.rerun()


def show_added() -> None:
    """What came of adding numbers: how many are new, and which could not be read."""
    if (added := st.session_state.pop("settings_suppress_added", None)) is None:
        return
    new, known, unread, bad, read = added
    told = [n_("{count} number was added.", "{count} numbers were added.", new).format(count=ui.number(new))]
    if known:
        told.append(
            n_("{count} was there already.", "{count} were there already.", known).format(count=ui.number(known))
        )
    st.success(" ".join(told), icon=":material/check_circle:")
    if read:
        st.caption(_("Columns that were read: {columns}").format(columns=ui.literal(ui.words().listed(read.columns))))
    if unread:
        st.warning(
            n_("{count} could not be read:", "{count} could not be read:", unread).format(count=ui.number(unread))
        )
        st.dataframe(
            {
                _("Number"): [cell for cell, _code in bad],
                _("What is wrong"): [ui.words().reject(code) for _cell, code in bad],
            },
            hide_index=True,
            alt=_("Numbers that could not be read"),
        )
    if unread and read:
        ui.download_csv(_("Download the rows with them"), "not-read.csv", lambda: read.rejects(ui.words().reject),
                        "settings_suppress_unread")  # fmt: skip


def show_suppressed() -> None:
    """The list itself, newest first, with a search; chosen rows can be taken off."""
    suppression = ui.store().suppression
    if not suppression.count():
        return
    # with a placeholder of ours, because Streamlit's own is English
    sought = ui.typed(
        st.text_input(_("Search a number"), key="settings_suppress_search", type="search", placeholder="0912…")
    )
    like = read_number(sought).wire or "".join(char for char in sought if char.isdecimal())
    found = suppression.count(like=like)
    if not found:
        st.text(_("No number like this is on the list."))
        return
    page, shown = ui.page_of(found, ROWS, f"settings_suppress_page_{like}")
    rows = suppression.all(like=like, limit=ROWS, offset=shown.start)
    sources = {"person": _("By hand"), "reply": _("Reply"), "import": _("File")}
    # A selection is by position: the key holds what the rows are, so that it never means other rows.
    event = st.dataframe(
        {
            _("Number"): [row.phone for row in rows],
            _("Reason"): [ui.words().suppression_reason(row.reason) for row in rows],
            _("Source"): [sources.get(row.source, row.source) for row in rows],
            _("Since"): [ui.taipei(row.at) for row in rows],
        },
        key=f"settings_suppress_rows_{found}_{like}_{page}_{rows[0].phone}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Numbers on the suppression list"),
    )
    with st.container(horizontal=True):
        take_off([rows[at].phone for at in event["selection"]["rows"] if at < len(rows)])
        ui.download_csv(_("Download the list"), "suppression-list.csv", lambda: table(suppression.all()),
                        "settings_suppress_download")  # fmt: skip


def take_off(phones: list[str]) -> None:
    """Take the chosen numbers off the list, after a question."""
    if not phones:
        st.caption(_("Select rows to take numbers off the list."))
        return
    label = n_("Take {count} number off the list", "Take {count} numbers off the list", len(phones))
    question = _("They can be texted again. Whoever asked for no more texts must stay on the list, by law.")
    if ui.agreed(label.format(count=len(phones)), question, _("Take off"), "settings_suppress_remove",
                 icon=":material/person_remove:"):  # fmt: skip
        gone = len(ui.store().suppression.remove(phones))
        ui.flash(n_("{count} number was taken off.", "{count} numbers were taken off.", gone).format(count=gone))
        st.rerun()


def table(rows: list[Suppressed]) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    """The list as it can be added again on another computer."""
    return ["phone", "reason", "source", "at"], ((one.phone, one.reason, one.source, one.at) for one in rows)
