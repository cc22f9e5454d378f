"""Texts kept for later: use one, keep this one, change one, forget one."""

from __future__ import annotations

import streamlit as st

import ui
from pages.send._text import put_text
from smsget.store import Template
from ui import _


def templates() -> None:
    """The templates behind a button."""
    with st.popover(_("Templates"), icon=":material/bookmark:"):
        known = ui.store().templates.all()
        if known:
            names = {template.id: template.name for template in known}
            chosen = st.selectbox(_("Template"), list(names), key="compose_template", format_func=names.__getitem__)
            show(next(template for template in known if template.id == chosen))
            st.divider()
        else:
            st.caption(_("No template yet. Write a text, then keep it here under a name."))
        name = st.text_input(_("Keep the present text as"), key="compose_template_name", placeholder=_("Name"))
        if st.button(_("Keep as template"), key="compose_keep", disabled=not st.session_state["compose_text"].strip()):
            with ui.explained():
                ui.store().templates.save(name, st.session_state["compose_text"])
                st.rerun()


def show(template: Template) -> None:
    """One template, and what can be done with it."""
    st.text(template.text)
    with st.container(horizontal=True):
        st.button(_("Use this text"), key="compose_use", on_click=put_text, args=(template.text,))
        if st.button(_("Delete"), key="compose_forget", type="tertiary", icon=":material/delete:"):
            ui.store().templates.delete(template.id)
            st.rerun()
    # keys with the template's number: the boxes of another one are other boxes
    with st.expander(_("Change this template"), icon=":material/edit:"):
        name = st.text_input(_("Name"), template.name, key=f"compose_template_rename_{template.id}", max_chars=100)
        text = st.text_area(_("Text"), template.text, key=f"compose_template_text_{template.id}")
        if st.button(_("Save the change"), key="compose_template_change"):
            with ui.explained():
                ui.store().templates.change(template.id, name, text)
                st.rerun()
