"""The callbacks in the settings: whether and where SMS-Get's delivery reports and replies are received."""

from __future__ import annotations

import secrets

import streamlit as st

import ui
from pages.account import _engine
from smsget.launch import is_alive
from ui import _

PORTS = range(1024, 65536)


def show_callbacks() -> None:
    """Whether and where SMS-Get's delivery reports and replies are received."""
    from smsget.engine import CALLBACK_PORT

    settings = ui.store().settings
    st.text(_("SMS-Get reports what became of each text, and passes replies on, by calling an address of yours."))
    with st.form("settings_callbacks"):
        on = st.toggle(_("Receive these calls here"), settings.get("callbacks", False), key="settings_callbacks_on")
        # without limits of its own: a field with some keeps a number beyond them to itself, and says nothing
        port = st.number_input(_("Port"), value=settings.get("callback_port", CALLBACK_PORT), key="settings_port")
        code = st.text_input(
            _("Two-way code"), settings.get("two_way_code", ""), max_chars=10, key="settings_two_way_code",
            help=_("The digits from SMS-Get that customers put before a reply. The inbox leaves them out."),
        )  # fmt: skip
        saved = st.form_submit_button(_("Save"), key="settings_callbacks_save", type="primary")
    if saved and _engine.within(_("Port"), port, PORTS):
        _engine.keep(callbacks=on, callback_port=int(port), two_way_code=ui.typed(code))
    if ui.is_sandbox():
        st.caption(_("With the sandbox, reports always arrive by themselves."))
    show_callback_address()


def show_callback_address() -> None:
    """The address that takes the calls, whether it is up, and how SMS-Get reaches it."""
    lease = ui.store().leases.current()
    info = lease.info if lease is not None and is_alive(lease) else {}
    if info.get("callback_error"):
        st.error(_("The receiver is not running, and no call comes in: its port is used by another program. Choose "
                   "another port, or end that program."))  # fmt: skip
    if taken := info.get("callback_port_taken"):
        st.warning(_("Port {port} is used by another program; another one was taken instead.").format(port=taken))
    if url := info.get("callback_url"):
        st.text(_("Calls are received at this address:"))
        st.code(url, language=None, wrap_lines=True)
        st.caption(
            _("Only this computer can reach it. Let a reverse proxy or a tunnel with https pass calls on to it, and "
              "enter its public address with the same path on SMS-Get's website: API settings, CallBack URL and "
              "two-way CallBack URL. Treat the address like a password.")
        )  # fmt: skip
    last = ui.store().receipts.last_callback()
    st.text(_("Last call: {time}").format(time=ui.taipei(last)) if last else _("No call has come yet."))
    question = _("Calls to the old address are refused from then on. Enter the new one on SMS-Get's website.")
    if ui.agreed(_("Make a new address"), question, _("Make it"), "settings_secret", icon=":material/autorenew:"):
        _engine.keep(callback_secret=secrets.token_urlsafe(24))
