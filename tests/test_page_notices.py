"""What the review of the compose page is fed with."""

from __future__ import annotations

import pytest
import streamlit as st

import ui
from pages.send import _notices
from pages.send._draft import Written
from pages.send._price import Price
from smsget.campaigns import Facts, quote
from smsget.store import ReadyRow, Store
from tests.builders import make_list, phones
from tests.pages import open_page


def test_a_link_that_only_somebody_in_the_middle_has_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["evil.sbs" if n == 30 else "很長的名字" * 3 if n % 2 else "中間的人" for n in range(60)]
    info = {"name": "a", "file": "a.csv", "sha256": "", "encoding": "utf-8", "phone_column": "手機", "fields": ["名"],
            "rows": 60, "ready": 60, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0}  # fmt: skip
    rows = (ReadyRow(n + 2, f"09123456{n:02}", "TW", {"名": name}) for n, name in enumerate(names))
    made = store.lists.save(info, rows)
    monkeypatch.setattr(st, "session_state", {})
    written = Written("a", "{{名}}您好", (made,), None, "stop", False, "now", None, False, None)
    monkeypatch.setattr(ui, "store", lambda: store)
    monkeypatch.setattr(_notices, "facts", lambda *_: Facts())
    price = Price(quote(store.lists.recipients([made]), written.text, store.settings.rates()), 60, 0, 0, 0)
    (found,) = [one for one in _notices.gather(written, price, None) if one.code == "unregistered_link"]
    assert found.evidence["links"] == ["evil.sbs"]


def test_a_column_whose_name_holds_a_bar_is_said_to_be_no_field(store: Store) -> None:
    made = make_list(store, phones(1), **{"姓|名": "王"})
    at = open_page("send/compose")
    at.multiselect(key="compose_lists").set_value([made]).run()
    assert any("cannot be fields" in one.value for one in at.caption)
