"""The rates in the settings: points per part of a text, for each country."""

from __future__ import annotations

import streamlit as st

import ui
from smsget.campaigns import DEFAULT_RATES, Rates
from smsget.numbers import ALL_COUNTRIES
from ui import _


def show_rates() -> None:
    """Points per part of a text, for each country. What is left empty is unknown and never counted as 0."""
    import pandas as pd

    rates = ui.store().settings.rates()
    st.text(_("Points that SMS-Get takes for one part of a text. Quotes are made with these."))
    st.caption(
        _("SMS-Get publishes Taiwan 1, Hong Kong 1 and China 2. Ask SMS-Get for the others; an empty one is unknown.")
    )
    # New rates make a new table: edits of the old one must not stay on top of it.
    version = "_".join(f"{country}{rate}" for country, rate in (*rates.one_way.items(), *rates.two_way.items()))
    known = pd.array([rates.one_way.get(code) for code in ALL_COUNTRIES], dtype="Int64")
    with st.form("settings_rates"):
        table = st.data_editor(
            pd.DataFrame({"country": [ui.words().country(code) for code in ALL_COUNTRIES], "rate": known}),
            column_config={
                "country": st.column_config.TextColumn(_("Country"), disabled=True, width=170),
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
    ui.store().settings.set_rates(rates)
    ui.flash(_("The rates are saved. Campaigns that were confirmed keep the price you saw."))
    st.rerun()
