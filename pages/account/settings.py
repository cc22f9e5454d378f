"""The account, rates, the suppression list, callbacks, and how fast it sends."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import time
from collections.abc import Callable, Iterable
from math import ceil
from typing import Any

import streamlit as st

import ui
from smsget.account import DEFAULT_URL, Account, forget_in_keychain, keep_in_keychain, secrets_path
from smsget.campaigns import DEFAULT_RATES, Rates
from smsget.errors import AccountError, GatewayError
from smsget.export import csv_bytes
from smsget.gateway import Credit, Gateway
from smsget.launch import is_alive
from smsget.numbers import ALL_COUNTRIES, read_number
from smsget.receipts import REFUSAL_WORDS
from ui import _, n_

ROWS = 50
MOST_SHOWN = 20
RESTART_S = 30
NUMBER_BREAK = re.compile(r"[\n\t,;，；、|]+")

words = ui.words()
store = ui.store()


def restart_engine(told: str) -> None:
    """Let the engine finish what is in flight and begin again, with what was changed; say so now and when it is up."""
    store.leases.request_stop()
    st.session_state["settings_restart"] = (time.monotonic() + RESTART_S, told)
    ui.flash(told)
    st.rerun()


def keep(**values: Any) -> None:
    """Keep settings of the engine. It reads them when it starts."""
    for key, value in values.items():
        store.settings.set(key, value)
    restart_engine(_("Saved. It holds from now on."))


@st.fragment(run_every="1s")
def follow_restart() -> None:
    """Watch until the new engine is there: nobody else would start it if this page is the only one open."""
    with ui.explained():
        ui.keep_engine()
        until, told = st.session_state.get("settings_restart", (0, ""))
        lease = store.leases.current()
        up = lease is not None and is_alive(lease) and not lease.stop_requested and lease.account == ui.account().key
        if up or time.monotonic() > until:
            st.session_state.pop("settings_restart", None)
            ui.flash(told)
            st.rerun()
        st.caption(_("The sending process starts again with the new settings …"))


# --- account -----------------------------------------------------------------------------------------------------


def show_account() -> None:
    """Which account is used, and the form for another one."""
    account = ui.account()
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
    edit_account(account)


def remove_account() -> None:
    """Remove the account from the keychain, after a question."""
    with st.popover(_("Remove from the keychain"), key="settings_remove", icon=":material/delete:"):
        st.text(_("Campaigns of this account stop until it is set up again. Nothing is lost."))
        if st.button(_("Remove it"), key="settings_remove_yes", type="primary"):
            forget_in_keychain(store.path)
            account_changed(_("The account was removed from the keychain."))


def edit_account(account: Account) -> None:
    """Type an account, test it, save it."""
    # A new key empties the field: the password is not to stay in the session once it is kept.
    times = st.session_state.setdefault("settings_account_kept", 0)
    with st.form("settings_account", enter_to_submit=False):
        username = st.text_input(_("Account name"), max_chars=20, key="settings_username", autocomplete="off")
        password = st.text_input(
            _("Password"), max_chars=20, key=f"settings_password_{times}", type="password", autocomplete="off"
        )
        with st.expander(_("Advanced"), type="compact"):
            url = st.text_input(_("Address of the gateway"), account.base_url or DEFAULT_URL, key="settings_url")
        with st.container(horizontal=True):
            tested = st.form_submit_button(_("Test"), key="settings_test", icon=":material/network_check:")
            saved = st.form_submit_button(
                _("Save to this computer's keychain"), key="settings_save", type="primary", icon=":material/key:"
            )
    username, url = (username or "").strip(), (url or "").strip() or DEFAULT_URL
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
        st.error(words.error(error, asked_only=True), icon=":material/error:")
    else:
        told = _("SMS-Get answers. Account {account} has {points} points.")
        st.success(told.format(account=ui.literal(answer.account), points=ui.number(answer.credits)))


def save_account(username: str, password: str, url: str) -> None:
    """Keep the account in the keychain; without one, say where else it can stand."""
    Gateway(url, username, password)  # refuses at once what could never work
    try:
        keep_in_keychain(store.path, username, password, url)
    except AccountError as error:
        st.error(ui.explain(error), icon=":material/error:")
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


# --- rates -------------------------------------------------------------------------------------------------------


def show_rates() -> None:
    """Points per part of a text, for each country. What is left empty is unknown and never counted as 0."""
    import pandas as pd

    rates = store.settings.rates()
    st.text(_("Points that SMS-Get takes for one part of a text. Quotes are made with these."))
    st.caption(
        _("SMS-Get publishes Taiwan 1, Hong Kong 1 and China 2. Ask SMS-Get for the others; an empty one is unknown.")
    )
    # New rates make a new table: edits of the old one must not stay on top of it.
    version = "_".join(f"{country}{rate}" for country, rate in (*rates.one_way.items(), *rates.two_way.items()))
    known = pd.array([rates.one_way.get(code) for code in ALL_COUNTRIES], dtype="Int64")
    with st.form("settings_rates"):
        table = st.data_editor(
            pd.DataFrame({"country": [words.country(code) for code in ALL_COUNTRIES], "rate": known}),
            column_config={
                "country": st.column_config.TextColumn(_("Country"), disabled=True),
                "rate": st.column_config.NumberColumn(_("Points per part"), min_value=1, step=1, format="%d"),
            },
            height="content",
            hide_index=True,
            placeholder=_("unknown"),
            key=f"settings_rates_{version}",
            alt=_("Points per part of a text, by country"),
        )
        label = _("Two-way text to Taiwan, points per part")
        two_way = st.number_input(label, 1, value=rates.two_way.get("TW"), key=f"settings_two_way_{version}")
        saved = st.form_submit_button(_("Save the rates"), key="settings_rates_save", type="primary")
    if saved:
        typed = zip(ALL_COUNTRIES, table["rate"], strict=True)
        one_way = {code: int(rate) for code, rate in typed if pd.notna(rate) and rate > 0}
        set_rates(Rates(one_way, {"TW": int(two_way)} if two_way else {}))
    if rates != DEFAULT_RATES and st.button(_("Back to the published rates"), key="settings_rates_reset"):
        set_rates(DEFAULT_RATES)


def set_rates(rates: Rates) -> None:
    """Keep the rates and say so."""
    store.settings.set_rates(rates)
    ui.flash(_("The rates are saved. Campaigns that were confirmed keep the price you saw."))
    st.rerun()


# --- suppression list --------------------------------------------------------------------------------------------


def show_suppression() -> None:
    """Who must not be texted: look, add, take off, carry in and out."""
    st.text(_("These numbers are left out of every list and every campaign."))
    st.metric(_("Numbers on the suppression list"), ui.number(store.suppression.count()), border=True, width="content")
    show_added()
    with st.expander(_("Add numbers"), icon=":material/add:", key="settings_suppress_expander"):
        add_typed()
        add_from_file()
    show_suppressed()


def add_typed() -> None:
    """Add numbers in whatever spelling they were pasted; those that cannot be read stay in the field."""
    if (left := st.session_state.pop("settings_suppress_left", None)) is not None:
        st.session_state["settings_suppress_typed"] = left
    typed = st.text_area(
        _("Numbers"), key="settings_suppress_typed", placeholder="0912345678\n+886 912-345-678",
        help=_("One on each line, or with commas between them, as they are written."),
    )  # fmt: skip
    reason = st.text_input(_("Reason, if you like"), key="settings_suppress_reason", max_chars=200)
    if st.button(_("Add them"), key="settings_suppress_add", type="primary"):
        cells = [cell.strip() for cell in NUMBER_BREAK.split(typed or "")]
        readings = [(cell, read_number(cell)) for cell in cells]
        bad = [(cell, reading.code) for cell, reading in readings if reading.outcome == "reject"]
        st.session_state["settings_suppress_left"] = "\n".join(cell for cell, _code in bad)
        add([reading.wire for _cell, reading in readings if reading.outcome == "number"], bad, (reason or "").strip())


def add_from_file() -> None:
    """Add the numbers of a file, of whatever country."""
    uploaded = st.file_uploader(
        _("Or a file with numbers"),
        type=["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods"],
        key="settings_suppress_file",
    )
    if uploaded is not None and st.button(_("Add the numbers of this file"), key="settings_suppress_import"):
        from smsget.recipients import read_recipients

        with ui.explained():
            read = read_recipients(uploaded.getvalue(), uploaded.name, countries=ALL_COUNTRIES)
            bad = [(problem.value, problem.code) for problem in read.first_problems(MOST_SHOWN)]
            add(read.ready["phone"].tolist(), bad, uploaded.name, "import", unread=read.rejected)


def add(
    phones: list[str], bad: list[tuple[str, str]], reason: str, source: str = "person", *, unread: int | None = None
) -> None:
    """Add numbers; what came of it is shown after the rerun."""
    phones = list(dict.fromkeys(phones))
    new = store.suppression.add(phones, reason=reason, source=source)
    unread = len(bad) if unread is None else unread
    st.session_state["settings_suppress_added"] = (new, len(phones) - new, unread, bad[:MOST_SHOWN])
    st.rerun()


def show_added() -> None:
    """What came of adding numbers: how many are new, and which could not be read."""
    if (added := st.session_state.pop("settings_suppress_added", None)) is None:
        return
    new, known, unread, bad = added
    told = [n_("{count} number was added.", "{count} numbers were added.", new).format(count=ui.number(new))]
    if known:
        told.append(
            n_("{count} was there already.", "{count} were there already.", known).format(count=ui.number(known))
        )
    st.success(" ".join(told), icon=":material/check_circle:")
    if unread:
        st.warning(
            n_("{count} could not be read:", "{count} could not be read:", unread).format(count=ui.number(unread))
        )
        st.dataframe(
            {
                _("Number"): [cell for cell, _code in bad],
                _("What is wrong"): [words.reject(code) for _cell, code in bad],
            },
            hide_index=True,
            alt=_("Numbers that could not be read"),
        )


def show_suppressed() -> None:
    """The list itself, newest first, with a search; chosen rows can be taken off."""
    if not store.suppression.count():
        return
    sought = st.text_input(_("Search a number"), key="settings_suppress_search", type="search") or ""
    like = read_number(sought).wire or "".join(char for char in sought if char.isdecimal())
    found = store.suppression.count(like=like)
    if not found:
        st.text(_("No number like this is on the list."))
        return
    pages = ceil(found / ROWS)
    page = st.pagination(pages, key=f"settings_suppress_page_{like}_{pages}") if pages > 1 else 1
    rows = store.suppression.all(like=like, limit=ROWS, offset=(page - 1) * ROWS)
    sources = {"person": _("By hand"), "reply": _("Reply"), "import": _("File")}
    # A selection is by position: the key holds what the rows are, so that it never means other rows.
    event = st.dataframe(
        {
            _("Number"): [row.phone for row in rows],
            _("Reason"): [words.suppression_reason(row.reason) for row in rows],
            _("Source"): [sources.get(row.source, row.source) for row in rows],
            _("Since"): [ui.taipei(row.at) for row in rows],
        },
        key=f"settings_suppress_rows_{found}_{like}_{page}_{rows[0].phone}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Numbers on the suppression list"),
    )
    with st.container(horizontal=True):
        take_off([rows[at].phone for at in event["selection"]["rows"] if at < len(rows)])
        st.download_button(
            _("Download the list"), export_suppression, "suppression-list.csv", "text/csv", on_click="ignore",
            key="settings_suppress_download", icon=":material/download:",
        )  # fmt: skip


def take_off(phones: list[str]) -> None:
    """Take the chosen numbers off the list, after a question."""
    if not phones:
        st.caption(_("Select rows to take numbers off the list."))
        return
    label = n_("Take {count} number off the list", "Take {count} numbers off the list", len(phones))
    with st.popover(label.format(count=len(phones)), key="settings_suppress_remove", icon=":material/person_remove:"):
        st.text(_("They can be texted again. Whoever asked for no more texts must stay on the list, by law."))
        if st.button(_("Take off"), key="settings_suppress_remove_yes", type="primary"):
            gone = len(store.suppression.remove(phones))
            ui.flash(n_("{count} number was taken off.", "{count} numbers were taken off.", gone).format(count=gone))
            st.rerun()


def export_suppression() -> bytes:
    """The whole list as CSV; it can be added again on another computer."""
    rows: Iterable[tuple[str, ...]] = ((row.phone, row.reason, row.source, row.at) for row in store.suppression.all())
    return csv_bytes(["phone", "reason", "source", "at"], rows)


# --- callbacks ---------------------------------------------------------------------------------------------------


def show_callbacks() -> None:
    """Whether and where SMS-Get's delivery reports and replies are received."""
    from smsget.engine import CALLBACK_PORT

    settings = store.settings
    st.text(_("SMS-Get reports what became of each text, and passes replies on, by calling an address of yours."))
    with st.form("settings_callbacks"):
        on = st.toggle(_("Receive these calls here"), settings.get("callbacks", False), key="settings_callbacks_on")
        port = st.number_input(
            _("Port"), 1024, 65535, settings.get("callback_port", CALLBACK_PORT), key="settings_port"
        )
        code = st.text_input(
            _("Two-way code"), settings.get("two_way_code", ""), max_chars=10, key="settings_two_way_code",
            help=_("The digits from SMS-Get that customers put before a reply. The inbox leaves them out."),
        )  # fmt: skip
        saved = st.form_submit_button(_("Save"), key="settings_callbacks_save", type="primary")
    if saved:
        keep(callbacks=on, callback_port=int(port), two_way_code=(code or "").strip())
    if ui.account().is_sandbox:
        st.caption(_("With the sandbox, reports always arrive by themselves."))
    show_callback_address()


def show_callback_address() -> None:
    """The address that takes the calls, whether it is up, and how SMS-Get reaches it."""
    lease = store.leases.current()
    info = lease.info if lease is not None and is_alive(lease) else {}
    if info.get("callback_error"):
        st.error(_("The port is used by another program. Choose another one, or end that program."))
    if url := info.get("callback_url"):
        st.text(_("Calls are received at this address:"))
        st.code(url, language=None, wrap_lines=True)
        st.caption(
            _("Only this computer can reach it. Let a reverse proxy or a tunnel with https pass calls on to it, and "
              "enter its public address with the same path on SMS-Get's website: API settings, CallBack URL and "
              "two-way CallBack URL. Treat the address like a password.")
        )  # fmt: skip
    last = store.receipts.last_callback()
    st.text(_("Last call: {time}").format(time=ui.taipei(last)) if last else _("No call has come yet."))
    with st.popover(_("Make a new address"), key="settings_secret", icon=":material/autorenew:"):
        st.text(_("Calls to the old address are refused from then on. Enter the new one on SMS-Get's website."))
        if st.button(_("Make it"), key="settings_secret_yes", type="primary"):
            keep(callback_secret=secrets.token_urlsafe(24))


# --- sending -----------------------------------------------------------------------------------------------------


def show_sending() -> None:
    """How fast it sends, and what counts as a refusal."""
    settings = store.settings
    with st.form("settings_pace"):
        st.text(_("A request carries up to 250 numbers."))
        concurrency = st.number_input(
            _("Requests at the same time"), 1, 16, settings.get("concurrency", 4), key="settings_concurrency"
        )
        rate = st.number_input(
            _("Requests per second at most"), 1, 100, int(settings.get("requests_per_second", 50)), key="settings_rate"
        )
        if st.form_submit_button(_("Save the pace"), key="settings_pace_save", type="primary"):
            keep(concurrency=int(concurrency), requests_per_second=int(rate))
    with st.form("settings_refusals"):
        typed = st.text_area(
            _("Words that ask for no more texts, one on each line"),
            "\n".join(settings.get("refusal_words", REFUSAL_WORDS)),
            height=240,
            key="settings_refusal_words",
            help=_("Whoever replies with one of them goes to the suppression list. Empty: back to the usual words."),
        )
        if st.form_submit_button(_("Save the words"), key="settings_refusals_save", type="primary"):
            kept = list(dict.fromkeys(word.strip() for word in (typed or "").splitlines() if word.strip()))
            settings.set("refusal_words", kept or list(REFUSAL_WORDS))
            ui.flash(_("Saved. It holds for replies from now on."))
            st.rerun()


# --- the page ----------------------------------------------------------------------------------------------------

parts = {
    _("Account"): show_account,
    _("Rates"): show_rates,
    _("Suppression list"): show_suppression,
    _("Callbacks"): show_callbacks,
    _("Sending"): show_sending,
}
if "settings_restart" in st.session_state:
    follow_restart()
for tab, show in zip(st.tabs(list(parts), key="settings_tab", on_change="rerun"), parts.values(), strict=True):
    if tab.open:
        with tab, ui.explained():
            show()
