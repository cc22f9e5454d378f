"""Upload a customer list, see what is wrong with it, save it. Below: the lists that are saved."""

from __future__ import annotations

import streamlit as st

import ui
from pages.send import _file, _findings, _keeping, _reading, _saved
from pages.send._file import Source
from smsget.errors import UnreadableFile
from ui import _


def show_file(source: Source) -> None:
    """What the file holds, from its choices to saving it."""
    token, choices = source.token, _file.choices_for(source.token)
    left, right = st.columns(2)
    with left:
        _reading.choose_countries(token, choices)
    try:
        table = _file.opened(source, choices)
    except UnreadableFile as error:
        ui.say_error(error)
        with right:
            _reading.choose_after_error(token, error, choices)
        return
    with right:
        columns = _reading.choose_columns(
            token, table.header, table.phone_columns if choices.columns is None else choices.columns
        )
    _reading.choose_listed(token, choices)
    if not columns:
        st.info(_("Choose the column with the mobile numbers."), icon=":material/view_column:")
        return
    read = _file.sort(token, table, choices)
    _reading.show_how(read)
    _reading.say_unusual(read)
    _keeping.say_known(read)
    offers = st.container(gap="xsmall")
    left, right = st.columns([3, 2])
    with left:
        _findings.show_figures(read.recipients)
    with right:
        _keeping.save(read)
    _findings.offer_countries(read)
    _findings.show_rows(read)
    with offers:  # last, because further columns of a long file have to be read for them
        _reading.offer_more(read)


source = _file.choose_file()
if source is None:
    _file.forget()
else:
    with ui.explained():
        show_file(source)
with ui.explained():
    _saved.show_lists()
