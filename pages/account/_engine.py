"""Let the sending process begin again when a setting of it has changed."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

import ui
from smsget.launch import is_alive
from ui import _

RESTART_S = 30


def restart_engine(told: str) -> None:
    """Let the engine finish what is in flight and begin again, with what was changed; say so now and when it is up."""
    ui.store().leases.request_stop()
    st.session_state["settings_restart"] = (time.monotonic() + RESTART_S, told)
    ui.flash(told)
    st.rerun()


def within(label: str, value: int | None, limits: range) -> bool:
    """Whether a number that was typed may be kept; says so where it may not."""
    if value is not None and value in limits:
        return True
    told = _("Nothing was saved. {label}: from {least} to {most}.")
    st.error(told.format(label=label, least=limits[0], most=limits[-1]), icon=":material/error:")
    return False


def keep(**values: Any) -> None:
    """Keep settings of the engine. It reads them when it starts."""
    for key, value in values.items():
        ui.store().settings.set(key, value)
    restart_engine(_("Saved. It holds from now on."))


def has_begun() -> bool:
    """Whether an engine with the present settings is there; none comes while the account cannot be used."""
    try:
        account = ui.account()
    except ui.UnusableAccount:
        return True
    ui.keep_engine()
    lease = ui.store().leases.current()
    return lease is not None and is_alive(lease) and not lease.stop_requested and lease.account == account.key


@st.fragment(run_every=1)
def follow_restart() -> None:
    """Watch until the new engine is there: nobody else would start it if this page is the only one open."""
    with ui.explained():
        until, told = st.session_state.get("settings_restart", (0, ""))
        if has_begun() or time.monotonic() > until:
            st.session_state.pop("settings_restart", None)
            ui.flash(told)
            st.rerun()
        st.caption(_("The sending process starts again with the new settings …"))
