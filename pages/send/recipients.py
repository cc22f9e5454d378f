"""Upload a customer list, see what is wrong with it, save it. Below: the lists that are saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ui
from pages.send import _file, _findings, _keeping, _reading, _saved
from smsget.errors import UnreadableFile
from ui import _

if TYPE_CHECKING:
    from streamlit.typing import UploadedFile


def show_file(source: UploadedFile | Path) -> None:
    """What the file holds, from its choices to saving it."""
    token = _file.token_of(source)
    choices = _file.choices_for(token)
    left, right = st.columns(2)
    with left:
        countries = _reading.choose_countries()
    try:
        table = _file.opened(source, choices)
    except UnreadableFile as error:
        ui.say_error(error)
        with right:
            _reading.choose_after_error(error, choices)
        return
    with right:
        columns = _reading.choose_columns(
            table.header, table.phone_columns if choices.columns is None else choices.columns
        )
    listed = _reading.choose_listed()
    if not columns:
        st.info(_("Choose the column with the mobile numbers."), icon=":material/view_column:")
        return
    read = _file.sort(token, table, choices, countries, listed)
    _reading.show_how(read)
    _reading.say_unusual(read)
    _keeping.say_known(read)
    _findings.show_figures(read.recipients)
    _findings.offer_countries(read.recipients)
    _keeping.save(read)
    _findings.show_rows(read)


source = _file.choose_file()
if source is None:
    _file.forget()
else:
    with ui.explained():
        show_file(source)
with ui.explained():
    _saved.show_lists()
