"""Upload a customer list, see what is wrong with it, save it. Below: the lists that are saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ui
from pages.send import _file, _findings, _saved
from smsget.errors import UnreadableFile
from ui import _, n_

if TYPE_CHECKING:
    from streamlit.typing import UploadedFile

    from smsget.recipients import RecipientList


def show_file(source: UploadedFile | Path) -> None:
    """What the file holds, from its choices to saving it."""
    token = _file.token_of(source)
    left, right = st.columns(2)
    with left:
        countries = _file.choose_countries()
    try:
        recipients = _file.check(source, countries)
    except UnreadableFile as error:
        ui.say_error(error)
        with right:
            _file.choose_after_error(error, token)
        return
    with right:
        _file.choose_how(recipients, token)
    stem = Path(recipients.file).stem
    _findings.show_figures(recipients)
    _findings.offer_countries(recipients)
    save(recipients, token, stem)
    good, bad = st.tabs([_("Ready"), _("Problems")], key="recipients_tabs")
    with good:
        _findings.show_ready(recipients, stem)
    with bad:
        _findings.show_problems(recipients, stem)


def save(recipients: RecipientList, token: str, stem: str) -> None:
    """Save the ready rows and the rejected ones under a name. A second click finds the list saved and leaves it so."""
    lists = ui.store().lists
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(_("Name of the list"), stem, key=f"recipients_name_{token}", max_chars=100)
        label = n_("Save {count} number", "Save {count} numbers", len(recipients.ready))
        if st.button(
            label.format(count=ui.number(len(recipients.ready))),
            type="primary",
            key="recipients_save",
            icon=":material/save:",
            disabled=recipients.ready.empty,
        ):
            with st.spinner(_("Saving …")):
                st.session_state[f"recipients_saved_{token}"] = lists.save_file(recipients, ui.typed(name))
    saved = lists.by_hash(recipients.sha256)
    now = next((one for one in saved if one.id == st.session_state.get(f"recipients_saved_{token}")), None)
    if now is not None:
        st.success(_("“{name}” is saved.").format(name=ui.literal(now.name)), icon=":material/check_circle:")
        st.page_link("pages/send/compose.py", label=_("Write a text for it"), icon=":material/edit_square:",
                     query_params={"list": str(now.id)})  # fmt: skip
    elif saved:
        told = _("This file was saved already as “{name}” on {time}.")
        st.info(told.format(name=ui.literal(saved[0].name), time=ui.taipei(saved[0].created_at)))


source = _file.choose_file()
if source is None:
    st.session_state.pop("recipients_read", None)  # a long list need not stay in memory
else:
    with ui.explained():
        show_file(source)
_saved.show_lists()
