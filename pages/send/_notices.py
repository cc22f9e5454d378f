"""What speaks against sending a campaign as it stands: with the reason, and the way to the setting that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

import ui
from pages.send import _when
from pages.send._draft import Written
from pages.send._price import Price
from smsget.campaigns import Facts, MergeText, Notice, review_campaign
from smsget.store import Store
from ui import _

SETTINGS = "pages/account/settings.py"
# The setting that a notice rests on -> the tab where it is.
TABS = {"rates": "rates"}
OTHER_TAB = "review"
IN_PLACE = ("unicode", "undecided_field", "left_out")
"""Told beside the text already, with what to do about them."""

OF_POINTS = ("not_enough_points", "unknown_rate")

FIRST_TEXTS = 3
LOOKED_AT = 50


def first_texts(written: Written, price: Price) -> list[tuple[str, str]]:
    """The first people's number and text, as they will go out."""
    merge = MergeText(written.text)
    people = ui.store().lists.recipients(written.lists, limit=LOOKED_AT, skip_days=written.skip_days)
    kept = [one for one in people if written.empty != "leave_out" or not merge.missing(one.fields)]
    found = [(one.phone, merge.render(one.fields)) for one in kept[:FIRST_TEXTS]]
    # a list that begins with many people who are left out: the longest are people of it, too
    return found or [(one.person.phone, one.text) for one in price.quote.longest[:FIRST_TEXTS]]


def gather(written: Written, price: Price, left: int | None) -> list[Notice]:
    """Every warning, those of the price first."""
    store = ui.store()
    texts = [text for _phone, text in first_texts(written, price)]
    texts += [one.text for one in price.quote.longest[:FIRST_TEXTS]]
    known, rules = facts(store, written, price, left), store.reviewing.rules()
    found = review_campaign(written.text, rules, known, texts, field_values(store, written))
    return [*price.quote.notices, *found]


def field_values(store: Store, written: Written) -> Mapping[str, Sequence[str]]:
    """What stands in the fields of the text, each value once; read again only when a list or the fields change."""
    names = MergeText(written.text).fields
    key = (names, [(one, store.lists.get(one).changed_at) for one in written.lists])
    kept = st.session_state.get("compose_values")
    if kept is None or kept[0] != key:
        kept = st.session_state["compose_values"] = (key, store.lists.field_values(written.lists, names))
    values: Mapping[str, Sequence[str]] = kept[1]
    return values


def facts(store: Store, written: Written, price: Price, left: int | None) -> Facts:
    """What is known beside the text."""
    kept_in = written.hours and written.held_here  # then nothing goes on after the hours: it waits by itself
    work = _when.takes(written, price.quote)
    return Facts(
        begin=_when.begins(written),
        work=type(work)() if kept_in else work,
        quote=price.quote,
        left=left,
        lists=store.reviewing.list_ages(written.lists),
        before=store.reviewing.sent_before(written.lists, written.text),
    )


def show(notices: Sequence[Notice], key: str) -> None:
    """Each with its reason, and a link to its setting."""
    for at, notice in enumerate(notices):
        stops = notice.severity == "stops"
        with st.container(key=f"{key}_{notice.code}_{at}", gap="xsmall"):
            (st.error if stops else st.warning)(
                ui.literal(ui.words().notice(notice)), icon=":material/block:" if stops else ":material/info:"
            )
            if notice.setting:
                st.page_link(SETTINGS, label=_("Look at this in the settings"), icon=":material/settings:",
                             query_params={"tab": TABS.get(notice.setting, OTHER_TAB)})  # fmt: skip
