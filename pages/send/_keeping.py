"""Keep what a file gave: as a list of its own, or as an addition to one, such as a rejects file that came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

import ui
from pages.send._file import Sorted
from smsget.store import Added, ListInfo
from ui import _, n_

LONGEST_NAME = 100


class Kept(NamedTuple):
    """What a click on the button did: with which choices of which file, to which list; `name` if it is a new one."""

    key: tuple[object, ...]
    list_id: int
    added: Added | None
    name: str = ""


def kept_of(read: Sorted) -> Kept | None:
    """What was saved with just these choices of this file."""
    kept: Kept | None = ui.held().get("saved")
    return kept if kept is not None and kept.key == read.key else None


def say_known(read: Sorted) -> None:
    """Whether this very file was saved before; it may be all the same."""
    kept = ui.held().get("saved")
    for one in ui.store().lists.by_hash(read.table.sha256)[:3]:
        if kept is not None and kept.list_id == one.id:
            continue
        at = next((file.added_at for file in one.files if file.sha256 == read.table.sha256), one.created_at)
        told = _("This file was saved already, in “{name}” on {time}. You can save it again.")
        st.info(told.format(name=ui.literal(ui.shortened(one.name)), time=ui.taipei(at)), icon=":material/history:")


def save(read: Sorted) -> None:
    """The question where to, the button, and what came of it."""
    lists = ui.store().lists.all()
    home, corrected = likely_home(read, lists)
    with st.container(border=True, key="recipients_save_box"):
        as_addition = False
        if lists:
            as_addition = st.segmented_control(
                _("Save these numbers"), [False, True], default=home is not None, required=True,
                format_func=lambda add: _("Add to a list") if add else _("As a new list"),
                key=f"recipients_as_addition_{read.token}",
            )  # fmt: skip
        if as_addition:
            add_to(read, lists, home, corrected)
        else:
            save_new(read)
    say_kept(read)


def likely_home(read: Sorted, lists: Sequence[ListInfo]) -> tuple[ListInfo | None, int]:
    """The list whose problems a corrected rejects file holds, and how many of them are ready now.

    Looked up anew when a list has changed, until these choices are saved: then the list remembers them no more.
    """
    held = ui.held()
    of = (read.key, {one.id: (one.changed_at, one.people, one.problems) for one in lists})
    if "home" not in held or (held["home"][0] != of and not (kept_of(read) and held["home"][0][0] == read.key)):
        held["home"] = (of, ui.store().lists.home_of(read.recipients))
    number, corrected = held["home"][1] or (None, 0)
    return next((one for one in lists if one.id == number), None), corrected


def button(read: Sorted, label: str, target: str = "new", *, done: bool) -> bool:
    """The button that saves. A click on one for a list that is gone is none on the next one."""
    with st.container(key="recipients_save"):
        return st.button(label.format(count=ui.number(len(read.recipients.ready))), type="primary",
                         key=f"recipients_save_{target}_{read.token}", icon=":material/save:",
                         disabled=done or read.recipients.ready.empty)  # fmt: skip


def note(kept: Kept) -> None:
    """Keep what was done, and draw the page anew: all figures above are as they were before."""
    ui.held()["saved"] = kept
    st.rerun()


def save_new(read: Sorted) -> None:
    """Save the ready rows and the rejected ones under a name. A second click finds the list saved and leaves it so."""
    kept = kept_of(read)
    name = st.text_input(_("Name of the list"), ui.shortened(read.stem, LONGEST_NAME),
                         key=f"recipients_name_{read.token}", max_chars=LONGEST_NAME)  # fmt: skip
    ready, done = len(read.recipients.ready), kept is not None and kept.name == ui.typed(name)
    if button(read, n_("Save {count} number", "Save {count} numbers", ready), done=done):
        with st.spinner(_("Saving …")):
            number = ui.store().lists.save_file(read.recipients, ui.typed(name))
        note(Kept(read.key, number, None, ui.typed(name)))


def add_to(read: Sorted, lists: Sequence[ListInfo], home: ListInfo | None, corrected: int) -> None:
    """Add the ready rows to a list; the rows of a corrected rejects file take the place of its problems."""
    kept = kept_of(read)
    if home is not None and kept is None:
        told = n_("It puts right {corrected} of the {count} problem of “{name}”.",
                  "It puts right {corrected} of the {count} problems of “{name}”.", home.problems)  # fmt: skip
        st.markdown(told.format(name=ui.literal(ui.shortened(home.name)), corrected=ui.number(corrected),
                                count=ui.number(home.problems)))  # fmt: skip
    labels, ready = ui.list_labels(lists), len(read.recipients.ready)
    target = st.selectbox(_("List"), list(labels), index=list(labels).index(home.id) if home else 0,
                          format_func=lambda each: labels.get(each, ""),
                          key=f"recipients_add_to_{read.token}")  # fmt: skip
    done = kept is not None and kept.list_id == target and kept.added is not None
    # A second quick click finds everything there; its figures would hide those of the first.
    label = n_("Add {count} number", "Add {count} numbers", ready)
    if button(read, label, str(target), done=done) and not done:
        with st.spinner(_("Saving …")):
            added = ui.store().lists.add_file(target, read.recipients)
        note(Kept(read.key, target, added))


def say_kept(read: Sorted) -> None:
    """What came of saving, in numbers, with the way on; once a choice is changed it is not what is shown any more."""
    if (kept := kept_of(read)) is None:
        return
    now = next((one for one in ui.store().lists.all() if one.id == kept.list_id), None)
    if now is None:
        return
    st.success(in_numbers(now, kept.added), icon=":material/check_circle:")
    st.page_link("pages/send/compose.py", label=_("Write a text for it"), icon=":material/edit_square:",
                 query_params={"list": str(now.id)})  # fmt: skip


def in_numbers(one: ListInfo, added: Added | None) -> str:
    """A list as it is now, or what was added to it, as sentences."""
    name = ui.literal(ui.shortened(one.name))
    numbers = n_("{count} number", "{count} numbers", one.people).format(count=ui.number(one.people))
    if added is None:
        return _("“{name}” is saved with {numbers}.").format(name=name, numbers=numbers)
    told = [n_("Added to “{name}”: {count} new number, so that it has {all} now.",
               "Added to “{name}”: {count} new numbers, so that it has {all} now.", added.added)
            .format(name=name, count=ui.number(added.added), all=ui.number(one.people))]  # fmt: skip
    if added.known:
        told.append(n_("{count} was on it already.", "{count} were on it already.", added.known)
                    .format(count=ui.number(added.known)))  # fmt: skip
    if added.corrected:
        told.append(n_("{count} of its problems is settled.", "{count} of its problems are settled.", added.corrected)
                    .format(count=ui.number(added.corrected)))  # fmt: skip
    return " ".join(told)
