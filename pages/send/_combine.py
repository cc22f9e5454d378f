"""Make a list out of others: whoever is on some of them, without whoever is on others or was texted lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

import ui
from smsget.store import ListInfo
from ui import _, n_

USUAL_DAYS = 7
MOST_CHARACTERS, SHORTEST, PLUS = 100, 20, " + "


def combine(lists: Sequence[ListInfo]) -> None:
    """The dialog: which lists, without whom, how many that gives, under which name."""
    names = ui.list_labels(lists)

    def called(each: int) -> str:
        return names.get(each, "")  # gone meanwhile

    plus = st.multiselect(
        _("Everybody on these lists"), list(names), format_func=called, key="recipients_plus",
        placeholder=_("Choose one or more"),
        help=_("Each number comes once, with the other columns of the first list that has it."),
    )  # fmt: skip
    minus = st.multiselect(
        _("Without whoever is on these"), [each for each in names if each not in plus],
        format_func=called, key="recipients_minus", placeholder=_("None"),
    )  # fmt: skip
    days = choose_days()
    with ui.explained():
        if not plus:
            st.caption(_("Choose the lists, and see here how many people that gives."))
            return
        count = ui.store().lists.combined_count(plus, minus, not_texted_days=days)
        st.metric(_("People on the new list"), ui.number(count), border=True)
        usual = joined([one.name for each in plus for one in lists if one.id == each])
        name = st.text_input(_("Name of the list"), usual, max_chars=MOST_CHARACTERS,
                             key=f"recipients_combined_name_{'_'.join(map(str, plus))}")  # fmt: skip
        label = n_("Make a list of {count} person", "Make a list of {count} people", count)
        if st.button(label.format(count=ui.number(count)), key="recipients_combine_yes", type="primary",
                     icon=":material/join_inner:", disabled=not count):  # fmt: skip
            made = make(ui.typed(name), plus, minus, days)
            now = ui.store().lists.get(made)
            told = n_("“{name}” is made, with {count} number.", "“{name}” is made, with {count} numbers.", now.people)
            ui.flash(told.format(name=ui.literal(ui.shortened(now.name)), count=ui.number(now.people)))
            st.rerun()


def ask(lists: Sequence[ListInfo]) -> None:
    """Open the dialog."""
    st.session_state["recipients_made"] = None
    st.dialog(_("Combine lists"), width="medium")(combine)(lists)


def make(*choices: Any) -> int:
    """Make the list, once for each opening of the dialog: a second quick click gives the same one."""
    known = st.session_state.get("recipients_made")
    if known is None or known[0] != choices:
        name, plus, minus, days = choices
        known = (choices, ui.store().lists.combine(name, plus, minus, not_texted_days=days))
        st.session_state["recipients_made"] = known
    number: int = known[1]
    return number


def choose_days() -> int | None:
    """Within how many days nobody may have been texted; None for no matter."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if not st.toggle(_("Leave out whoever was texted lately"), key="recipients_not_texted"):
            return None
        return int(st.number_input(_("Within how many days"), 1, 3650, USUAL_DAYS, key="recipients_not_texted_days"))


def joined(names: Sequence[str]) -> str:
    """A name for a list of these, no longer than a name may be: of many the first ones, of long ones the beginning."""
    each = max(MOST_CHARACTERS // len(names) - len(PLUS), SHORTEST)
    short = [ui.shortened(name, each) for name in names]
    whole = PLUS.join(short)
    while len(whole) > MOST_CHARACTERS:
        short.pop()
        whole = PLUS.join([*short, "…"])
    return whole
