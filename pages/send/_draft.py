"""The draft that the compose page writes on: what its widgets hold, kept in the database at every change."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import streamlit as st

import ui
from smsget.campaigns import CampaignState
from smsget.errors import BadRequest
from smsget.store import Campaign, from_text
from ui import _


class Written(NamedTuple):
    """What the widgets hold. `at` is a wall clock in Taipei, None for at once."""

    name: str = ""
    text: str = ""
    lists: tuple[int, ...] = ()
    two_way: bool = False
    schedule: str = "now"
    at: datetime | None = None


def fill(written: Written, draft: int | None) -> None:
    """Put a draft into the widgets."""
    st.session_state.update({f"compose_{name}": value for name, value in written._asdict().items()})
    st.session_state.update(compose_lists=list(written.lists), compose_saved=written, compose_draft=draft)
    st.session_state.update(compose_reviewing=False, compose_person=0, compose_before=None)


def start_anew() -> None:
    """Leave this draft (it is kept) and begin an empty one."""
    st.query_params.pop("draft", None)
    fill(Written(), None)


def load() -> None:
    """Fill the widgets from the address (`?draft=ID`, `?list=ID`), else with what this session wrote last."""
    state = st.session_state
    if lists := st.query_params.get_all("list"):
        start_anew()
        state["compose_lists"] = [int(each) for each in lists if each.isdecimal()]
        del st.query_params["list"]
        return
    if state.get("compose_visit") != state.get("visit"):
        show_again()
    asked, last = st.query_params.get("draft", ""), state.get("compose_draft")
    if "compose_text" not in state or (asked and asked != str(last)):
        try:
            open_draft(asked or str(last or ""), asked=bool(asked))
        except BadRequest as error:
            start_anew()
            if asked:
                st.error(ui.literal(ui.explain(error)), icon=":material/error:")
    if state["compose_draft"] is not None:
        st.query_params["draft"] = str(state["compose_draft"])


def show_again() -> None:
    """Let the boxes of a new visit show what this session holds.

    Usually it holds nothing any more, and the draft is read. But a run that leaving the page has cut short leaves its
    values here, while the browser draws new boxes with their defaults; the next edit would write those over the draft.
    A value that is set anew reaches the browser.
    """
    state = st.session_state
    for key in (f"compose_{name}" for name in Written._fields):
        if key in state:
            state[key] = state[key]


def open_draft(number: str, *, asked: bool) -> None:
    """Open a draft; one that was confirmed meanwhile is a campaign, and its own page shows it."""
    if not number:
        return start_anew()
    kept = ui.campaign(number)
    if kept.state != CampaignState.DRAFT:
        if asked:
            go_to_campaign(kept.id, _("This campaign was confirmed already. Here is how it stands."))
        return start_anew()
    fill(as_written(kept), kept.id)
    if gone := [name for each, name in kept.lists if each is None]:
        st.warning(_("Deleted since you wrote this: {lists}.").format(lists=ui.literal(ui.words().listed(gone))))
    return None


def as_written(kept: Campaign) -> Written:
    """A draft of the database as the widgets would hold it."""
    at = from_text(kept.send_at).astimezone(ui.TAIPEI).replace(tzinfo=None) if kept.send_at else None
    lists = tuple(each for each, _name in kept.lists if each is not None)
    return Written(kept.name, kept.text, lists, kept.two_way, kept.schedule, at)


def changed_elsewhere(written: Written) -> Written | None:
    """What another window made of this draft since it was read or saved here, if saving now would undo that."""
    state = st.session_state
    saved: Written = state["compose_saved"]
    if state["compose_draft"] is None or written == saved:
        return None
    kept = ui.store().campaigns.get(state["compose_draft"])
    known = {one.id for one in ui.store().lists.all()}  # a list that was deleted is gone from the stored draft too
    stored, same = as_written(kept), saved._replace(lists=tuple(each for each in saved.lists if each in known))
    return stored if kept.state == CampaignState.DRAFT and stored not in (same, written) else None


def ask_which(other: Written) -> None:
    """Say that nothing is saved, because another window was faster, and let the person choose."""
    st.warning(_("This draft was changed in another window. What you write here is not saved until you choose."),
               icon=":material/difference:")  # fmt: skip
    state = st.session_state
    with st.container(horizontal=True):
        # a draft that is asked for in the address and not at hand is read from the database
        st.button(_("Load that version"), key="compose_load", on_click=state.update, kwargs={"compose_draft": None})
        st.button(_("Keep this one"), key="compose_keep_this", on_click=state.update, kwargs={"compose_saved": other})


def save(written: Written) -> int | None:
    """Keep the draft if it changed; a new row is only made for a real input. Returns its number.

    Raises `StateError` for a draft that was confirmed meanwhile.
    """
    state, campaigns = st.session_state, ui.store().campaigns
    if written != state["compose_saved"]:
        if state["compose_draft"] is None:
            state["compose_draft"] = campaigns.draft()
        campaigns.change_draft(
            state["compose_draft"], written.name, written.text, written.lists, two_way=written.two_way,
            schedule=written.schedule, send_at=written.at and written.at.replace(tzinfo=ui.TAIPEI),
        )  # fmt: skip
        state["compose_saved"] = written
        # Last, because writing the address may end this run.
        st.query_params["draft"] = str(state["compose_draft"])
    return state["compose_draft"]


def go_to_campaign(campaign: int, message: str) -> None:
    """Leave this page for the campaign's own; coming back begins an empty draft."""
    st.session_state.update(compose_draft=None, compose_reviewing=False, compose_points=None)
    ui.flash(message)
    st.switch_page("pages/track/campaigns.py", query_params={"campaign": str(campaign)})
