"""A new list from the messages that the filters keep: of those that failed, were delivered, or were answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

import ui
from smsget.numbers import country_of
from smsget.store import ReadyRow, ReportFilter
from ui import _, n_

WHICH = ("failed", "none", "delivered", "replied", "all")


def button(wanted: ReportFilter) -> None:
    """The button that opens the dialog."""
    if st.button(_("New list from these …"), key="reports_new_list", icon=":material/group_add:"):
        st.session_state["reports_made"] = None
        st.dialog(_("New list from these messages"), width="medium")(choose)(wanted)


def named() -> dict[str, str]:
    """Whom to take, in words."""
    return {"failed": _("Not delivered for good"), "none": _("No receipt so far"), "delivered": _("Delivered"),
            "replied": _("Replied, and did not refuse"), "all": _("All that are shown")}  # fmt: skip


def choose(wanted: ReportFilter) -> None:
    """Choose whom, name the list, save it."""
    with ui.explained():
        labels = named()
        st.caption(_("Of the messages that the filters keep. Every number comes once; who is on the suppression list "
                     "is not among them."))  # fmt: skip
        told = any((wanted.status, wanted.word, wanted.no_receipt_before))
        which = st.radio(_("Whom to take"), WHICH, index=WHICH.index("all") if told else 0,
                         format_func=labels.__getitem__, key="reports_new_which")  # fmt: skip
        if which == "none":
            st.caption(_("Without a receipt they may have the text already."))
        with st.spinner(_("Counting …")):
            phones = numbers(wanted, which)
        usual = _("{what}, {day}").format(what=labels[which], day=ui.taipei_now().strftime("%Y-%m-%d"))
        name = st.text_input(_("Name of the list"), usual, key=f"reports_new_name_{which}", max_chars=100)
        label = n_("Save a list of {count} person", "Save a list of {count} people", len(phones))
        if st.button(label.format(count=ui.number(len(phones))), key="reports_new_yes", type="primary",
                     disabled=not phones):  # fmt: skip
            made = ui.store().lists.get(saved_once(wanted, which, ui.typed(name), phones))
            said = n_("“{name}” is saved, with {count} number.", "“{name}” is saved, with {count} numbers.",
                      made.people)  # fmt: skip
            ui.flash(said.format(name=ui.literal(made.name), count=ui.number(made.people)))
            st.switch_page("pages/send/recipients.py")


def numbers(wanted: ReportFilter, which: str) -> list[str]:
    """The numbers, each once; without those that must not be texted, and those that can be no list's."""
    receipts = ui.store().receipts
    if which == "replied":
        everybody = set(receipts.phones_with(replace(wanted, status="", word="", no_receipt_before="")))
        found: Iterator[str] = (one for one in receipts.phones_replied(wanted.campaign_id) if one in everybody)
    elif which == "all":
        found = receipts.phones_with(wanted)
    else:
        found = receipts.phones_with(replace(wanted, status=which, word="", no_receipt_before=""))
    stopped = ui.store().suppression.phones()
    return [one for one in found if one not in stopped and country_of(one)]


def saved_once(wanted: ReportFilter, which: str, name: str, phones: list[str]) -> int:
    """Save the list, once for each opening of the dialog: a second quick click gives the same one."""
    known = st.session_state.get("reports_made")
    if known is None or known[0] != (wanted, which, name):
        known = ((wanted, which, name), save(wanted.campaign_id, name, phones))
        st.session_state["reports_made"] = known
    made: int = known[1]
    return made


def save(campaign: int | None, name: str, phones: list[str]) -> int:
    """Save these numbers as a list; of one campaign with the fields that they have on its lists."""
    lists = ui.store().lists
    sources = [one for one, _name in ui.store().campaigns.get(campaign).lists if one is not None] if campaign else []
    fields = list(dict.fromkeys(field for one in sources for field in lists.get(one).fields))
    count = len(phones)
    info = {"name": name, "file": name, "sha256": "", "encoding": "", "phone_column": "", "fields": fields,
            "rows": count, "ready": count, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0}  # fmt: skip
    return lists.save(info, rows(sources, fields, phones))


def rows(sources: list[int], fields: list[str], phones: list[str]) -> Iterator[ReadyRow]:
    """Those on the lists first, in their order there, then the rest."""
    left = dict.fromkeys(phones)
    for source in sources:
        header, people = ui.store().lists.table(source)
        for phone, country, *values in people:
            if phone in left:
                del left[phone]
                own = dict(zip(header[2:], values, strict=True))
                yield ReadyRow(0, phone, country, {field: own.get(field, "") for field in fields})
    for phone in left:
        yield ReadyRow(0, phone, country_of(phone) or "", dict.fromkeys(fields, ""))
