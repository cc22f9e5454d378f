"""The landing page: three steps on first start, what needs a person, points, what is under way, delivery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui
from smsget.account import Account
from smsget.errors import BadRequest
from smsget.gateway import Gateway
from smsget.recipients import read_recipients
from smsget.sandbox import SandboxConfig, start_in_thread
from smsget.store import Store, now
from tests.builders import PHONE, claims, confirmed, make_list, phones, receipt, reply, sent

ROOT = Path(__file__).parent.parent


pytestmark = pytest.mark.usefixtures("no_engine")


def opened() -> AppTest:
    """The page in a new session."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    assert not at.exception
    assert not at.error
    return at


def figures(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def links(at: AppTest) -> dict[str, str]:
    """The links of the page: label -> where to."""
    found = [element.proto for element in at.get("page_link")]
    return {one.label: one.page + (f"?{one.query_string}" if one.query_string else "") for one in found}


def ticked(at: AppTest) -> list[bool]:
    """Which of the three steps are done."""
    return ["check_circle" in text.value for text in at.markdown if ":material/c" in text.value]


def told(at: AppTest) -> str:
    return "\n".join(text.value for text in at.markdown)


def chart(at: AppTest) -> dict[str, list[int]]:
    """What the chart draws: the counts of each series by day."""
    (element,) = at.get("echarts_chart")
    return {series["name"]: series["data"] for series in json.loads(element.proto.spec)["series"]}


# --- first start -------------------------------------------------------------------------------------------------


def test_the_first_start_leads_to_the_first_campaign_and_ticks_off_what_is_done(store: Store) -> None:
    at = opened()
    assert ticked(at) == [False, False, False]
    at.button(key="overview_sample").click().run()
    assert ticked(at) == [True, False, False]
    (saved,) = store.lists.all()
    assert saved.people == len(read_recipients(ui.SAMPLE).ready)
    assert links(at)["Write a text"] == f"compose?list={saved.id}"
    draft = store.campaigns.draft("first", "hello", [saved.id])
    at.run()
    assert ticked(at) == [True, True, False]
    assert links(at)["See the price and confirm"] == f"compose?draft={draft}"
    store.campaigns.confirm(draft, "sandbox")
    at.run()
    assert ticked(at) == [True, True, True]
    assert links(at)["Watch it go out"] == f"campaigns?campaign={draft}"
    store.campaigns.cancel(draft)
    assert ticked(at.run()) == []


def test_loading_the_sample_from_two_tabs_saves_it_once(store: Store) -> None:
    first, second = opened(), opened()
    first.button(key="overview_sample").click().run()
    second.button(key="overview_sample").click().run()
    assert len(store.lists.all()) == 1


def test_nobody_on_the_suppression_list_gets_in_with_the_sample(store: Store) -> None:
    ready = read_recipients(ui.SAMPLE).phones
    store.suppression.add(ready[:5])
    opened().button(key="overview_sample").click().run()
    assert store.lists.all()[0].people == len(ready) - 5


def test_the_landing_page_needs_no_heavy_library(store: Store) -> None:
    """pandas and its like take seconds to import, and this is the first page everybody waits for."""
    sent(store, phones(3))
    code = (
        "import sys, smsget.launch; smsget.launch.ensure_engine = lambda *_: None\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert at.get('echarts_chart') and not at.exception and not at.error\n"
        "print([name for name in ('pandas', 'numpy', 'pyarrow', 'altair', 'sqlite_utils') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "[]", answer.stderr


# --- points ------------------------------------------------------------------------------------------------------


def test_points_are_the_last_reading_and_can_be_asked_for(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened()
    assert figures(at)["Points left"] == "–"
    gateway = start_in_thread(
        SandboxConfig(port=0, ledger=tmp_path / "l.jsonl", username="a", password="b", credits=77)
    )
    monkeypatch.setattr("ui.gateway", lambda: Gateway(gateway.url, "a", "b"))
    at.button(key="overview_credit").click().run()
    gateway.stop()
    assert figures(at)["Points left"] == "77"
    assert figures(opened())["Points left"] == "77"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda url: Gateway("http://127.0.0.1:1/", "a", "b"), "SMS-Get could not be reached"),
        (lambda url: Gateway(url, "a", "wrong"), "does not know this account name and password"),
    ],
)
def test_a_failed_question_is_a_sentence_and_the_last_reading_stays(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[str], Gateway],
    sentence: str,
) -> None:
    store.credits.keep("sandbox", 1234)
    gateway = start_in_thread(SandboxConfig(port=0, ledger=tmp_path / "l.jsonl", username="a", password="b"))
    monkeypatch.setattr("ui.gateway", lambda: answer(gateway.url))
    at = opened()
    at.button(key="overview_credit").click().run()
    gateway.stop()
    assert sentence in at.error[0].value
    assert figures(at)["Points left"] == "1,234"
    assert not at.exception


# --- what needs a person -----------------------------------------------------------------------------------------


def test_a_paused_campaign_says_why_and_links_to_itself(store: Store) -> None:
    campaign = confirmed(store, phones(3))
    (claim,) = claims(store)
    store.outbox.record_refused(claim, "009")
    at = opened()
    assert "not enough points" in told(at)
    assert links(at)["Go to the campaign"] == f"campaigns?campaign={campaign}"


def test_an_unknown_outcome_asks_for_a_decision(store: Store) -> None:
    campaign = confirmed(store, phones(3))
    (claim,) = claims(store)
    store.outbox.record_unknown(claim, "read_timeout", {})
    at = opened()
    assert "unknown whether 3 people were texted" in told(at)
    assert links(at)["Decide"] == f"campaigns?campaign={campaign}"
    store.campaigns.settle(campaign, 1, resend=False)
    assert "Decide" not in links(opened())


def test_what_stops_the_account_is_said_once_for_all_its_campaigns(store: Store) -> None:
    for start in (0, 10):
        confirmed(store, phones(3, start))
    store.outbox.record_refused(next(claims(store)), "009")
    at = opened()
    assert told(at).count("not enough points") == 1
    assert "2 campaigns have stopped." in told(at)
    assert {"Go to the campaigns": "campaigns", "To the points": "credit"}.items() <= links(at).items()
    assert "Go to the campaign" not in links(at)


def test_a_test_to_own_numbers_is_no_first_campaign(store: Store) -> None:
    """It is told apart while it goes out, and the steps to the first campaign stay."""
    store.test_sends.send("Test: sale", "hi", {}, phones(1), "sandbox", once="click")
    at = opened()
    assert any("Three steps" in each.value for each in at.subheader)
    assert "Test" in " ".join(each.value for each in at.markdown)


def test_a_campaign_of_another_account_waits_and_is_not_shown_as_under_way(store: Store) -> None:
    confirmed(store, phones(3), account="acme@sms-get.com")
    at = opened()
    assert "confirmed for another account" in told(at)
    assert not at.get("progress")


def test_too_few_points_for_what_is_under_way_are_told(store: Store) -> None:
    store.credits.keep("sandbox", 2)
    confirmed(store, phones(3))
    assert "2 points are left, and the campaigns under way still need about 3." in told(opened())


def test_new_replies_and_refusals_are_told_and_old_ones_are_not(store: Store) -> None:
    recent = [reply("退訂"), reply("好", phone="0912345679")]
    moment = now() - timedelta(days=1)
    store.receipts.load("a", "table", [type(one)(one.phone, one.reply_id, moment, one.raw_text, one.text)
                                       for one in recent])  # fmt: skip
    store.receipts.load("b", "table", [reply("old", minutes=-60 * 24 * 300)])
    at = opened()
    assert "2 replies in the last 7 days" in told(at)
    assert "1 asks for no more texts" in told(at)
    assert links(at)["Read the replies"] == "replies"


def test_a_taken_callback_port_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    list(claims(store))
    confirmed(store, phones(1))
    next(claims(store))  # holds the lease
    store.leases.beat("me", 60, {"callback_error": "port_in_use"})
    monkeypatch.setattr("smsget.launch.is_alive", lambda _: True)
    assert "Delivery reports cannot come in." in told(opened())


# --- what is under way, and delivery -----------------------------------------------------------------------------


def test_a_running_campaign_shows_how_far_it_is(store: Store) -> None:
    campaign = confirmed(store, phones(500))
    store.outbox.record_accepted(next(claims(store)), "1", 250, 1000)
    at = opened()
    (bar,) = at.get("progress")
    assert (bar.proto.value, bar.proto.text) == (50, "250 of 500 people")
    assert links(at)["campaign"] == f"campaigns?campaign={campaign}"


def test_a_scheduled_campaign_says_when_it_goes_out(store: Store) -> None:
    at_noon = (now() + timedelta(days=2)).replace(hour=4, minute=0)
    draft = store.campaigns.draft("later", "hi", [make_list(store, phones(1))], schedule="here", send_at=at_noon)
    store.campaigns.confirm(draft, "sandbox")
    assert any("12:00" in caption.value and "Goes out at" in caption.value for caption in opened().caption)


def test_names_are_never_taken_for_markdown(store: Store) -> None:
    draft = store.campaigns.draft("*50%* :red[off] `now`", "hi", [make_list(store, phones(1))])
    store.campaigns.confirm(draft, "sandbox")
    store.campaigns.pause(draft)
    assert r"\*50%\* \:red\[off\] \`now\`" in told(opened())


def test_figures_and_chart_are_those_of_the_last_days(store: Store) -> None:
    sent(store, [*phones(8), PHONE], "1")
    words = ["DELIVRD"] * 4 + ["UNDELIV", "ENROUTE", "NOROUTE"]
    store.receipts.load("a", "t", [receipt(word, sms_id="1", phone=phone)
                                   for word, phone in zip(words, phones(7), strict=True)])  # fmt: skip
    at = opened()
    shown = figures(at)
    assert shown["Share delivered"] == "80.0%"
    assert {name: shown[name] for name in ("Delivered", "Not delivered", "On its way", "Other status")} == {
        "Delivered": "4", "Not delivered": "1", "On its way": "1", "Other status": "1",
    }  # fmt: skip
    assert shown["No receipt yet"] == "2"
    series = chart(at)
    assert {name: (len(days), days[-1], sum(days)) for name, days in series.items()} == {
        "Delivered": (14, 4, 4), "Not delivered": (14, 1, 1), "On its way": (14, 1, 1), "Other status": (14, 1, 1),
        "No receipt yet": (14, 2, 2),
    }  # fmt: skip


def test_without_a_final_result_there_is_no_share(store: Store) -> None:
    sent(store, phones(2))
    assert figures(opened())["Share delivered"] == "–"


def test_a_look_at_the_page_is_noted_so_that_the_engine_stays(store: Store) -> None:
    opened()
    assert store.leases.last_look() is not None


def test_a_real_account_is_offered_its_own_list_and_no_invented_people(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMSGET_USERNAME", "acme")
    monkeypatch.setenv("SMSGET_PASSWORD", "secret")
    ui.forget_account()
    keys = {button.key for button in opened().button}
    ui.forget_account()
    assert "overview_upload" in keys
    assert "overview_sample" not in keys


def test_a_sample_list_is_never_texted_with_a_real_account(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = store.lists.save_file(read_recipients(ui.SAMPLE), "samples")
    own = make_list(store, phones(1))
    real = Account("acme", "secret", "https://sms-get.com/", "environment")
    monkeypatch.setattr("ui.store", lambda: store)
    ui.refuse_samples([saved])
    monkeypatch.setattr("ui.account", lambda: real)
    ui.refuse_samples([own])
    with pytest.raises(BadRequest, match="sample_list"):
        ui.refuse_samples([own, saved])
