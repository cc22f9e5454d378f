"""The entry: page configuration, language, sign-in, navigation. What a page shows is in `pages/`."""

from __future__ import annotations

import logging

import streamlit as st

import ui
from ui import _

PAGES = {
    "overview": ("pages/track/overview.py", ":material/home:"),
    "recipients": ("pages/send/recipients.py", ":material/group:"),
    "compose": ("pages/send/compose.py", ":material/edit_square:"),
    "campaigns": ("pages/track/campaigns.py", ":material/campaign:"),
    "reports": ("pages/track/reports.py", ":material/fact_check:"),
    "replies": ("pages/track/replies.py", ":material/forum:"),
    "credit": ("pages/account/credit.py", ":material/toll:"),
    "settings": ("pages/account/settings.py", ":material/settings:"),
}


def page(name: str, title: str, purpose: str) -> st.Page:
    """One page of the navigation; its address never depends on the language."""
    path, icon = PAGES[name]
    return st.Page(path, title=title, icon=icon, url_path=name, help=purpose, default=name == "overview")


def navigation() -> st.Page:
    """The page that was asked for, and the menu beside it."""
    return st.navigation(
        {
            "": [page("overview", _("Overview"), _("What is going on, and what needs you"))],
            _("Send"): [
                page("recipients", _("Recipients"), _("Upload a customer list and see what is wrong with it")),
                page("compose", _("Compose"), _("Write a text, see its price, send it")),
            ],
            _("Track"): [
                page("campaigns", _("Campaigns"), _("Follow, pause, resume, cancel")),
                page("reports", _("Delivery reports"), _("What became of every message")),
                page("replies", _("Replies"), _("What customers answered")),
            ],
            _("Account"): [
                page("credit", _("Points"), _("Points left, and where they went")),
                page("settings", _("Settings"), _("Account, rates, suppression list, callbacks")),
            ],
        }
    )


def count_visit(chosen: str) -> None:
    """Number the visits to pages in `visit`: with each of them the browser makes all the boxes of a page anew."""
    state = st.session_state
    if state.get("visiting") != chosen:
        state.update(visiting=chosen, visit=state.get("visit", 0) + 1)
        ui.held().clear()


def draw() -> None:
    """One run of the script: one page for one visitor."""
    st.set_page_config(page_title="SMS-Get", page_icon=":material/sms:", layout="wide")
    ui.require_sign_in()
    chosen = navigation()
    count_visit(chosen.url_path)
    with st.sidebar:
        ui.language_switch()
    st.title(chosen.title, anchor=False)
    with ui.explained():
        usable = ui.say_account()
        ui.show_flash()
        try:
            chosen.run()
        finally:
            # last, so that its process does not take the computer's breath from the page that is being drawn
            if usable:
                ui.keep_engine()


if __name__ == "__main__":
    draw()
else:
    # `streamlit run` finds the st.App below and imports this module once, before it serves anybody. Until its first
    # st.navigation Streamlit takes the folder `pages` for its legacy multipage apps, and would tell the first visitor
    # who reloads /campaigns that there is no such page; so it gets one here, where there is nobody to draw it for.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    st.navigation([page("overview", "Overview", "")])
    app = st.App(__file__)
