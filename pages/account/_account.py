"""The account in the settings: which one is used, another one to be tested and saved, and where it can stand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import streamlit as st

import ui
from pages.account._engine import restart_engine
from smsget.account import DEFAULT_URL, Account, forget_in_keychain, keep_in_keychain, secrets_path
from smsget.errors import AccountError, GatewayError
from smsget.gateway import Credit, Gateway
from ui import _


def show_account() -> None:
    """Which account is used, and the form for another one, also when the present one cannot be used."""
    try:
        account = ui.account()
    except ui.UnusableAccount as error:  # the top of the page says what is wrong with it
        if error.code == "keychain_unreadable" or error.evidence.get("source") == "keychain":
            remove_account()
        st.subheader(_("Enter the account anew"), anchor=False)
        edit_account(DEFAULT_URL)
    else:
        show_used(account)


def show_used(account: Account) -> None:
    """The account that is used, what can be done with it, and the form for another one."""
    if account.is_sandbox:
        st.text(_("No account is set up: the sandbox is used, and no text leaves this computer."))
    else:
        places = {
            "environment": _("the environment in which the dashboard was started"),
            "secrets": str(secrets_path()),
            "keychain": _("this computer's keychain"),
        }
        st.table(
            {
                _("Account"): ui.literal(account.username),
                _("Gateway"): ui.literal(account.base_url),
                _("Kept in"): ui.literal(places[account.source]),
            },
            border="horizontal",
            width="content",
        )
    with st.container(horizontal=True):
        asked = st.button(_("Ask for the points now"), key="settings_ask", icon=":material/toll:")
        if account.source == "keychain":
            remove_account()
    if asked:
        ask(ui.ask_credit)
    st.subheader(_("Connect your SMS-Get account"), anchor=False)
    if account.source in ("environment", "secrets"):
        st.info(_("What you save here is used once the account above is taken out of where it is kept."))
    edit_account(account.base_url or DEFAULT_URL)


def remove_account() -> None:
    """Remove the account from the keychain, after a question."""
    question = _("Campaigns of this account stop until it is set up again. Nothing is lost.")
    if ui.agreed(_("Remove from the keychain"), question, _("Remove it"), "settings_remove", icon=":material/delete:"):
        forget_in_keychain(ui.store().path)
        account_changed(_("The account was removed from the keychain."))


def edit_account(address: str) -> None:
    """Type an account, test it, save it. `address` is the gateway's until another one is typed."""
    # A new key empties the field: the password is not to stay in the session once it is kept.
    times = st.session_state.setdefault("settings_account_kept", 0)
    with st.form("settings_account", enter_to_submit=False):
        username = st.text_input(_("Account name"), max_chars=20, key="settings_username", autocomplete="off")
        password = st.text_input(
            _("Password"), max_chars=20, key=f"settings_password_{times}", type="password", autocomplete="off"
        )
        with st.expander(_("Advanced"), type="compact"):
            url = st.text_input(_("Address of the gateway"), address, key="settings_url")
        with st.container(horizontal=True):
            tested = st.form_submit_button(_("Test"), key="settings_test", icon=":material/network_check:")
            saved = st.form_submit_button(
                _("Save to this computer's keychain"), key="settings_save", type="primary", icon=":material/key:"
            )
    username, url = ui.typed(username), ui.typed(url) or DEFAULT_URL
    if tested:
        ask(Gateway(url, username, password or "", read_timeout=20).credit)
    if saved:
        save_account(username, password or "", url)


def ask(query: Callable[[], Credit]) -> None:
    """Ask for the credit, and show the answer or what went wrong."""
    try:
        with st.spinner(_("Asking SMS-Get …")):
            answer = query()
    except GatewayError as error:
        ui.say_error(error, asked_only=True)
    else:
        told = _("SMS-Get answers. Account {account} has {points} points.")
        st.success(told.format(account=ui.literal(answer.account), points=ui.number(answer.credits)))


def save_account(username: str, password: str, url: str) -> None:
    """Keep the account in the keychain; without one, say where else it can stand."""
    Gateway(url, username, password)  # refuses at once what could never work
    try:
        keep_in_keychain(ui.store().path, username, password, url)
    except AccountError as error:
        ui.say_error(error)
        show_other_places(username, url)
        return
    st.session_state["settings_account_kept"] += 1
    account_changed(_("The account is saved in this computer's keychain."))


def account_changed(told: str) -> None:
    """Look the account up afresh, here and in the engine."""
    ui.forget_account()
    restart_engine(told)


def show_other_places(username: str, url: str) -> None:
    """The lines for secrets.toml and for the environment, but for the password."""
    lines = {"username": username, "password": _("your password"), "url": url}
    toml = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in lines.items()]
    shell = [f"export SMSGET_{key.upper()}={shlex.quote(value)}" for key, value in lines.items()]
    st.text(_("Write this into {path} and reload the page:").format(path=secrets_path()))
    st.code("\n".join(["[smsget]", *toml]), language="toml")
    st.text(_("Or set this before you start the dashboard:"))
    st.code("\n".join(shell), language="bash")
