"""The draft that the compose page writes on: what its widgets hold, kept in the database at every change."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st

import ui
from smsget.campaigns import CampaignState, Empty, Pace
from smsget.errors import BadRequest, StateError
from smsget.store import Campaign, Tempo, from_text
from ui import _


class Written(NamedTuple):
    """What the widgets hold. `at` is a wall clock in Taipei, None for at once; `hours`: only in the sending hours.

    `decided`: how many people without a value there were, by field, when somebody decided to leave them out.
    """

    name: str = ""
    text: str = ""
    lists: tuple[int, ...] = ()
    skip_days: int | None = None
    empty: Empty = "stop"
    two_way: bool = False
    schedule: str = "now"
    at: datetime | None = None
    hours: bool = False
    per_hour: int | None = None
    decided: tuple[tuple[str, int], ...] = ()

    @property
    def held_here(self) -> bool:
        """Whether sending hours and pace apply: what SMS-Get holds goes out when its time comes, all at once."""
        return self.schedule != "gateway"

    def tempo(self) -> Tempo:
        """When and how fast it may go out."""
        reviewing = ui.store().reviewing
        window = reviewing.window() if self.hours and self.held_here else None
        pace = Pace(self.per_hour) if self.per_hour and self.held_here else None
        return Tempo(window, pace, reviewing.grace_s())

    def terms(self) -> dict[str, Any]:
        """What `store.campaigns.quote` is asked with beside the lists and the text."""
        return {"two_way": self.two_way, "skip_days": self.skip_days, "empty": self.empty}


def fill(written: Written, draft: int | None, revision: int = 0) -> None:
    """Put a draft into the widgets."""
    state = st.session_state
    state.update({f"compose_{name}": value for name, value in written._asdict().items()})
    state.update(compose_lists=list(written.lists), compose_saved=written, compose_draft=draft)
    state.update(compose_revision=revision, compose_reviewing=False, compose_person=1, compose_before=None)
    state.update(compose_tested=None, compose_once=secrets.token_hex(8))  # its tests are its own


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
    fill(as_written(kept), kept.id, kept.revision)
    if gone := [name for each, name in kept.lists if each is None]:
        st.warning(_("Deleted since you wrote this: {lists}.").format(lists=ui.literal(ui.words().listed(gone))))
        st.session_state["compose_saved"] = None  # said now: it is kept without them, and can be confirmed
    return None


def as_written(kept: Campaign) -> Written:
    """A draft of the database as the widgets would hold it."""
    at = from_text(kept.send_at).astimezone(ui.TAIPEI).replace(tzinfo=None) if kept.send_at else None
    lists = tuple(each for each, _name in kept.lists if each is not None)
    pace = kept.tempo.pace
    return Written(kept.name, kept.text, lists, kept.skip_days, kept.empty, kept.two_way, kept.schedule, at,
                   kept.tempo.window is not None, pace.per_hour if pace else None,
                   tuple(sorted(kept.left_out.items())))  # fmt: skip


def save(written: Written) -> tuple[int | None, int | None]:
    """Keep the draft if it changed; a new row is only made for a real input.

    Returns its number, or None and the revision that another window has made of it since it was read or saved here:
    then nothing is saved. Raises `StateError` for a draft that was confirmed meanwhile.
    """
    state, campaigns = st.session_state, ui.store().campaigns
    if written == state["compose_saved"]:
        return state["compose_draft"], None
    if state["compose_draft"] is None:
        state.update(compose_draft=campaigns.draft(), compose_revision=0)
    try:
        state["compose_revision"] = campaigns.change_draft(
            state["compose_draft"], written.name, written.text, written.lists, two_way=written.two_way,
            schedule=written.schedule, send_at=written.at and written.at.replace(tzinfo=ui.TAIPEI),
            skip_days=written.skip_days, empty=written.empty, tempo=written.tempo(),
            decided=dict(written.decided), revision=state["compose_revision"],
        )  # fmt: skip
    except StateError as error:
        if error.code != "changed_elsewhere":
            raise
        kept = campaigns.get(state["compose_draft"])
        if as_written(kept) != written:
            return None, kept.revision
        state["compose_revision"] = kept.revision  # both windows wrote the same
    state["compose_saved"] = written
    # Last, because writing the address may end this run.
    st.query_params["draft"] = str(state["compose_draft"])
    return state["compose_draft"], None


def ask_which(other: int) -> None:
    """Say that nothing is saved, because another window was faster, and let the person choose."""
    st.warning(_("This draft was changed in another window. What you write here is not saved until you choose."),
               icon=":material/difference:")  # fmt: skip
    state = st.session_state
    with st.container(horizontal=True):
        # a draft that is asked for in the address and not at hand is read from the database
        st.button(_("Load that version"), key="compose_load", on_click=state.update, kwargs={"compose_draft": None})
        st.button(_("Keep this one"), key="compose_keep_this", on_click=state.update,
                  kwargs={"compose_revision": other})  # fmt: skip


def go_to_campaign(campaign: int, message: str) -> None:
    """Leave this page for the campaign's own; coming back begins an empty draft."""
    st.session_state.update(compose_draft=None, compose_reviewing=False, compose_points=None)
    ui.flash(message)
    st.switch_page("pages/track/campaigns.py", query_params={"campaign": str(campaign)})
