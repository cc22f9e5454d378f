"""The settings page: the account and its password, rates, the suppression list, callbacks, the pace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from streamlit.testing.v1 import AppTest

import ui
from smsget.account import find_account
from smsget.callbacks import Tried, parse_kept
from smsget.campaigns import DEFAULT_RATES, Rates
from smsget.receipts import REFUSAL_WORDS, parse_callback
from smsget.sandbox import SandboxConfig, SandboxThread, start_in_thread
from smsget.store import Lease, Store, now, to_text
from tests.builders import phones

ROOT = Path(__file__).parent.parent
SECRET = "hunter2-Geheim"  # a password that is found wherever it should not be


class Keychain(KeyringBackend):
    """A keychain in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def keychain() -> Iterator[Keychain]:
    before, kept = keyring.get_keyring(), Keychain()
    keyring.set_keyring(kept)
    yield kept
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsget.launch.ensure_engine", lambda *_: None)
    ui.forget_account()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[SandboxThread]:
    config = SandboxConfig(
        port=0, ledger=tmp_path / "ledger.jsonl", username="acme", password=SECRET, credits=438, latency_ms=0
    )
    with start_in_thread(config) as running:
        yield running


def opened(tab: str = "Account") -> AppTest:
    """The page in a new session, at one of its tabs."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    at.switch_page("pages/account/settings.py")
    at.session_state["settings_tab"] = tab
    at.run()
    assert not at.exception
    return at


def type_account(at: AppTest, password: str, url: str = "", username: str = "acme") -> AppTest:
    at.text_input(key="settings_username").set_value(username)
    next(one for one in at.text_input if one.key.startswith("settings_password")).set_value(password)
    if url:
        at.text_input(key="settings_url").set_value(url)
    return at


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def shown(at: AppTest) -> str:
    """Everything the page says."""
    kinds = (at.text, at.markdown, at.caption, at.success, at.info, at.warning, at.error, at.code)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def lease(store: Store, **info: Any) -> None:
    """Let this process hold the engine's lease."""
    import os
    import platform

    moment = now()
    later = to_text(moment + timedelta(minutes=5))
    held = Lease("me", platform.node(), os.getpid(), "sandbox", to_text(moment), to_text(moment), later, False, info)
    assert store.leases.take(held, instead_of=None)


def stop_requested(store: Store) -> bool:
    current = store.leases.current()
    return current is not None and current.stop_requested


# --- account -----------------------------------------------------------------------------------------------------


def test_sandbox_is_said_plainly(store: Store) -> None:
    assert "No account is set up: the sandbox is used" in shown(opened())


def test_account_of_the_environment_is_shown_without_its_password(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMSGET_USERNAME", "acme")
    monkeypatch.setenv("SMSGET_PASSWORD", SECRET)
    page = opened()
    table = page.table[0].value.to_string()
    assert "acme" in table
    assert "the environment" in table
    assert SECRET not in table + shown(page)


def test_typed_account_is_tested_with_exactly_these_values(store: Store, gateway: SandboxThread) -> None:
    page = press(type_account(opened(), SECRET, gateway.url), "settings_test")
    assert [success.value for success in page.success] == ["SMS-Get answers. Account acme has 438 points."]
    page = press(type_account(page, "wrong"), "settings_test")
    assert not page.success
    assert "does not know this account name and password" in page.error[0].value


@pytest.mark.parametrize(
    ("url", "told"),
    [("http://sms.example.com/", "is not encrypted"), ("http://127.0.0.1:9/", "could not be reached")],
)
def test_gateway_that_cannot_be_used_is_said(store: Store, url: str, told: str) -> None:
    page = press(type_account(opened(), SECRET, url), "settings_test")
    assert told in page.error[0].value
    assert SECRET not in shown(page)


def test_saved_account_is_in_the_keychain_and_nowhere_else(
    store: Store, keychain: Keychain, database: Path, gateway: SandboxThread
) -> None:
    lease(store)
    page = press(type_account(opened(), SECRET, gateway.url), "settings_save")
    account = find_account(database)
    assert (account.username, account.password, account.source) == ("acme", SECRET, "keychain")
    assert "keychain" in page.table[0].value.to_string()
    assert stop_requested(store)  # the engine is to send by the new account
    session = page.session_state.to_dict()
    assert SECRET not in repr(session)
    assert all(SECRET.encode() not in path.read_bytes() for path in database.parent.iterdir())


def test_account_that_could_never_work_is_not_saved(store: Store, keychain: Keychain) -> None:
    page = press(type_account(opened(), ""), "settings_save")
    assert "Only half of an account" in page.error[0].value
    assert not keychain.kept


def test_without_a_keychain_the_lines_to_write_are_shown_without_the_password(store: Store) -> None:
    page = press(type_account(opened(), SECRET, username="o'neil"), "settings_save")
    assert "no keychain" in page.error[0].value
    toml, shell = [code.value for code in page.code]
    assert toml.splitlines()[:3] == ["[smsget]", 'username = "o\'neil"', 'password = "your password"']
    assert shell.splitlines()[0] == """export SMSGET_USERNAME='o'"'"'neil'"""
    assert SECRET not in shown(page)


def test_account_is_removed_from_the_keychain(store: Store, keychain: Keychain, database: Path) -> None:
    page = press(type_account(opened(), SECRET), "settings_save")
    page = press(page, "settings_remove_yes")
    assert not keychain.kept
    assert find_account(database).is_sandbox
    assert "the sandbox is used" in shown(page)


@pytest.mark.parametrize("given", [{"SMSGET_USERNAME": "acme"}, {"SMSGET_USERNAME": "a" * 21, "SMSGET_PASSWORD": "x"}])
def test_an_account_that_cannot_be_used_is_told_once_and_can_be_entered_anew(
    store: Store, keychain: Keychain, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    page = opened()
    assert len(page.error) == 1
    press(type_account(page, SECRET), "settings_save")
    assert len(keychain.kept) == 1
    page.switch_page("pages/account/credit.py").run()
    assert len(page.error) == 1


def test_an_account_that_the_keychain_does_not_give_out_can_be_removed(
    store: Store, keychain: Keychain, database: Path
) -> None:
    press(type_account(opened(), SECRET), "settings_save")
    for place in keychain.kept:
        keychain.kept[place] = "{"
    ui.forget_account()
    page = opened()
    assert ["keychain cannot be read" in error.value for error in page.error] == [True]
    press(page, "settings_remove_yes")
    assert find_account(database).is_sandbox


def test_an_address_that_was_copied_from_a_page_is_read_without_its_invisible_characters(
    store: Store, keychain: Keychain, database: Path, gateway: SandboxThread
) -> None:
    press(type_account(opened(), SECRET, f"\u2060{gateway.url}", "\u2060acme "), "settings_save")
    account = find_account(database)
    assert (account.username, account.base_url) == ("acme", gateway.url)


# --- rates -------------------------------------------------------------------------------------------------------


def rates_key(at: AppTest) -> str:
    (editor,) = at.data_editor
    return editor.key


def test_published_rates_stand_there_and_the_others_are_empty(store: Store) -> None:
    table = opened("Rates").data_editor[0].value.set_index("country")["rate"]
    assert table.dropna().to_dict() == {"Taiwan": 1, "China": 2, "Hong Kong": 1}
    assert len(table) == 16


def test_rates_are_edited_emptied_and_put_back(store: Store) -> None:
    page = opened("Rates")
    page.session_state[rates_key(page)] = {
        "edited_rows": {4: {"rate": 7}, 1: {"rate": None}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(page, "settings_rates_save")
    assert store.settings.rates() == Rates({"TW": 1, "HK": 1, "JP": 7}, {"TW": 2})
    press(page, "settings_rates_reset")
    assert store.settings.rates() == DEFAULT_RATES


# --- suppression list --------------------------------------------------------------------------------------------

UNSUBSCRIBED = (
    "姓名,手機,電話\n王,0912345678,0923456789\n李,0934567890/0945678901,\n陳,0956-xxx,\n林,,0967890123\n"
    "趙,0978901234 (退訂),\n"
)


def test_numbers_are_added_in_any_spelling_and_the_others_stay_to_be_corrected(store: Store) -> None:
    store.suppression.add(["0912345679"])
    page = opened("Suppression list")
    page.text_area(key="settings_suppress_typed").set_value(
        "0912-345-678\n+886 912 345 679, +852 5123 4567；0912345678\n02-2345-6789\nabc"
    )
    page.text_input(key="settings_suppress_reason").set_value("asked at the till")
    press(page, "settings_suppress_add")
    assert store.suppression.phones() == {"0912345678", "0912345679", "51234567"}
    assert {one.reason for one in store.suppression.all()} == {"", "asked at the till"}
    assert page.success[0].value == "2 numbers were added. 1 was there already."
    assert page.dataframe[0].value["Number"].tolist() == ["02-2345-6789", "abc"]
    assert page.text_area(key="settings_suppress_typed").value == "02-2345-6789\nabc"


def test_file_is_added_whatever_its_countries(store: Store) -> None:
    page = opened("Suppression list")
    content = "手機\r\n912345678\r\n+852 5123 4567\r\n02-2345-6789\r\n".encode("cp950")
    page.file_uploader(key="settings_suppress_file").upload("refused.csv", content).run()
    press(page, "settings_suppress_import")
    assert {(one.phone, one.source) for one in store.suppression.all()} == {
        ("0912345678", "import"), ("51234567", "import"),
    }  # fmt: skip
    assert "1 could not be read" in page.warning[0].value


def test_every_number_of_a_file_is_added_and_the_rest_is_offered_for_download(store: Store) -> None:
    page = opened("Suppression list")
    page.file_uploader(key="settings_suppress_file").upload("unsub.csv", UNSUBSCRIBED.encode()).run()
    press(page, "settings_suppress_import")
    assert store.suppression.phones() == {
        "0912345678", "0923456789", "0934567890", "0945678901", "0967890123", "0978901234",
    }  # fmt: skip
    assert "1 could not be read" in page.warning[0].value
    assert page.dataframe[0].value["Number"].tolist() == ["0956-xxx"]
    assert "手機, 電話" in shown(page)
    (button,) = [one for one in page.get("download_button") if "Download the rows" in one.label]
    assert button.proto.id


def test_unusable_file_adds_nothing(store: Store) -> None:
    page = opened("Suppression list")
    page.file_uploader(key="settings_suppress_file").upload("refused.csv", b"%PDF-1.7 \xff\xfe").run()
    press(page, "settings_suppress_import")
    assert page.error
    assert store.suppression.count() == 0


def test_list_is_searched_in_any_spelling_and_shown_in_pages(store: Store) -> None:
    store.suppression.add(phones(120))
    page = opened("Suppression list")
    assert len(page.dataframe[0].value) == 50
    page.pagination[0].set_value(3).run()
    assert len(page.dataframe[0].value) == 20
    page.text_input(key="settings_suppress_search").set_value("+886 911-000-007").run()
    assert page.dataframe[0].value["Number"].tolist() == ["0911000007"]
    page.text_input(key="settings_suppress_search").set_value("0999").run()
    assert "No number like this" in shown(page)


def test_chosen_numbers_are_taken_off_and_no_others(store: Store) -> None:
    store.suppression.add(phones(3))
    page = opened("Suppression list")
    (rows,) = page.dataframe
    page.session_state[rows.key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    press(page, "settings_suppress_remove_yes")
    assert store.suppression.phones() == {"0911000000", "0911000002"}
    assert not [button for button in page.button if button.key == "settings_suppress_remove_yes"]


# --- callbacks, pace, words --------------------------------------------------------------------------------------


def test_callback_settings_are_kept_and_the_engine_begins_again(store: Store) -> None:
    lease(store, callback_url="http://127.0.0.1:8041/callback/abc")
    page = opened("Callbacks")
    assert page.code[0].value == "http://127.0.0.1:8041/callback/abc"
    assert "No call has come yet." in shown(page)
    page.toggle(key="settings_callbacks_on").set_value(True)
    page.number_input(key="settings_port").set_value(8099)
    page.text_input(key="settings_two_way_code").set_value(" 24 ")
    press(page, "settings_callbacks_save")
    kept = [store.settings.get(key) for key in ("callbacks", "callback_port", "two_way_code")]
    assert kept == [True, 8099, "24"]
    assert stop_requested(store)


def test_port_in_use_is_said(store: Store) -> None:
    lease(store, callback_error="port_in_use")
    assert "used by another program" in opened("Callbacks").error[0].value


def test_another_port_than_the_wanted_one_is_said(store: Store) -> None:
    lease(store, callback_url="http://127.0.0.1:50001/callback/abc", callback_port_taken=8041)
    assert "Port 8041 is used by another program" in opened("Callbacks").warning[0].value


def test_the_public_address_is_told_with_the_path_however_it_is_pasted(store: Store) -> None:
    lease(store, callback_url="http://127.0.0.1:8041/callback/abc")
    page = opened("Callbacks")
    for typed in ("https://sms.example.com", "https://sms.example.com/", "https://sms.example.com/callback/abc"):
        page.text_input(key="settings_public").set_value(typed).run()
        assert page.code[1].value == "https://sms.example.com/callback/abc"
    assert store.settings.get("callback_public") == "https://sms.example.com"


def test_the_last_calls_are_told_by_what_they_brought(store: Store) -> None:
    store.receipts.keep_callback(b"sms_id=1&content=0912345678%7C$1%7C2026-11-01+05:07:55%7CDELIVRD", "")
    [(number, body, query)] = store.receipts.waiting_callbacks()
    store.receipts.apply_callbacks([(number, parse_callback(parse_kept(body, query)))])
    said = shown(opened("Callbacks"))
    assert "Last delivery reports: 20" in said
    assert "Last replies: never so far" in said


TRIED = [
    (Tried("ok", 200, 0.2), "It works"),
    (Tried("bad_url"), "begin with https://"),
    (Tried("unreachable"), "cannot be reached"),
    (Tried("refused", 404), "refused with 404. Look at the path"),
    (Tried("refused", 502), "refused with 502. Look at the proxy"),
    (Tried("no_ok", 200), "Some other server answered"),
]


@pytest.mark.parametrize(("tried", "sentence"), TRIED)
def test_what_a_test_of_the_address_gave_is_a_sentence(
    store: Store, monkeypatch: pytest.MonkeyPatch, tried: Tried, sentence: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("smsget.callbacks.send_test", lambda url: asked.append(url) or tried)
    lease(store, callback_url="http://127.0.0.1:8041/callback/abc")
    store.settings.set("callback_public", "https://sms.example.com")
    page = press(opened("Callbacks"), "settings_callback_test")
    assert asked == ["https://sms.example.com/callback/abc"]
    assert sentence in [*page.success, *page.error][0].value


def test_callback_address_can_be_replaced(store: Store) -> None:
    before = store.settings.set_once("callback_secret", "old")
    press(opened("Callbacks"), "settings_secret_yes")
    after = store.settings.get("callback_secret")
    assert after != before
    assert len(after) >= 24


def test_pace_is_kept_and_the_engine_begins_again(store: Store) -> None:
    lease(store)
    page = opened("Pace and refusals")
    page.number_input(key="settings_concurrency").set_value(8)
    page.number_input(key="settings_rate").set_value(5)
    press(page, "settings_pace_save")
    assert store.settings.get("concurrency") == 8
    assert store.settings.get("requests_per_second") == 5
    assert stop_requested(store)


def test_a_pace_out_of_range_is_refused_in_words(store: Store) -> None:
    page = opened("Pace and refusals")
    page.number_input(key="settings_concurrency").set_value(17)
    press(page, "settings_pace_save")
    assert page.error[0].value == "Nothing was saved. Requests at the same time: from 1 to 16."
    assert store.settings.get("concurrency") is None


@pytest.mark.parametrize(
    ("typed", "kept"), [("退訂\n\n  STOP \n退訂", ["退訂", "STOP"]), ("  \n", list(REFUSAL_WORDS))]
)
def test_refusal_words_are_never_none(store: Store, typed: str, kept: list[str]) -> None:
    page = opened("Pace and refusals")
    page.text_area(key="settings_refusal_words").set_value(typed)
    press(page, "settings_refusals_save")
    assert store.settings.get("refusal_words") == kept


# --- before sending ----------------------------------------------------------------------------------------------


def test_a_link_leads_to_the_tab_where_something_is_set(store: Store) -> None:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    at.switch_page("pages/account/settings.py")
    at.query_params["tab"] = "review"
    at.run()
    assert not at.exception
    assert at.text_area(key="settings_brands")
    assert "tab" not in at.query_params


def test_what_is_registered_is_kept_line_by_line(store: Store) -> None:
    at = opened("Before sending")
    at.text_area(key="settings_brands").set_value(" 好鄰居 \n\nAcme\n好鄰居")
    at.text_area(key="settings_registered_links").set_value("shop.tw")
    at.text_area(key="settings_registered_phones").set_value("02-2345-6789")
    press(at, "settings_registered_save")
    rules = store.reviewing.rules()
    assert (rules.brands, rules.links, rules.phones) == (["好鄰居", "Acme"], ["shop.tw"], ["02-2345-6789"])
    assert opened("Before sending").text_area(key="settings_brands").value == "好鄰居\nAcme"


def test_links_on_one_line_are_parted_and_what_is_none_is_told(store: Store) -> None:
    at = opened("Before sending")
    at.text_area(key="settings_registered_links").set_value("shop.tw, other.tw")
    press(at, "settings_registered_save")
    assert store.reviewing.rules().links == ["shop.tw", "other.tw"]
    at = opened("Before sending")
    at.text_area(key="settings_registered_links").set_value("shop.tw\nour shop")
    press(at, "settings_registered_save")
    assert "This is no link: our, shop" in at.error[0].value
    assert store.reviewing.rules().links == ["shop.tw", "other.tw"]


def test_two_people_who_change_other_settings_do_not_undo_each_other(store: Store) -> None:
    one, other = opened("Before sending"), opened("Before sending")
    for at, key, value in ((one, "list_age", 30), (other, "grace", 5)):
        at.number_input(key=f"settings_{key}").set_value(value)
        press(at, "settings_review_save")
    assert (store.reviewing.rules().list_age, store.reviewing.grace_s()) == (30, 300)


def test_own_numbers_hours_and_limits_are_kept(store: Store) -> None:
    at = opened("Before sending")
    at.text_area(key="settings_own_numbers").set_value("0912-345-678\n+886 987654321")
    at.time_input(key="settings_window_start").set_value(time(10))
    at.time_input(key="settings_window_end").set_value(time(20, 30))
    for key, value in (("typed_from", 50), ("list_age", 30), ("grace", 0)):
        at.number_input(key=f"settings_{key}").set_value(value)
    press(at, "settings_review_save")
    known = store.reviewing
    assert known.own_numbers() == ["0912345678", "0987654321"]
    assert (str(known.window()), known.typed_from(), known.rules().list_age, known.grace_s()) == (
        "10:00-20:30", 50, 30, 0)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "key", "value", "said"),
    [
        ("text_area", "own_numbers", "0912345678\n02-2345-6789", "Nothing was saved. 02-2345-6789: Not a mobile"),
        ("number_input", "typed_from", 0, "Nothing was saved."),
        ("number_input", "list_age", 4000, "from 1 to 3650"),
        ("time_input", "window_end", time(9), "no sending window"),
    ],
)
def test_what_makes_no_sense_is_not_kept(kind: str, key: str, value: Any, said: str, store: Store) -> None:
    at = opened("Before sending")
    getattr(at, kind)(key=f"settings_{key}").set_value(value)
    press(at, "settings_review_save")
    assert said in shown(at)
    assert store.reviewing.own_numbers() == []
    assert store.settings.get("send_window") is None
