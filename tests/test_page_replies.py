"""The inbox: newest first, refusals, and the suppression list from the row and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from smsget.store import Store, now
from tests.builders import PHONE, phones, reply, sent
from tests.pages import open_page

pytestmark = pytest.mark.usefixtures("no_engine")


def opened() -> AppTest:
    """The page in a new session."""
    return open_page("track/replies")


def texts(at: AppTest) -> list[str]:
    return [text.value for text in at.text]


def buttons(at: AppTest) -> list[tuple[str, str]]:
    return [(button.key, button.label) for button in at.button if str(button.key).startswith("replies_act_")]


def test_an_empty_inbox_says_how_replies_come_in(store: Store) -> None:
    at = opened()
    assert texts(at) == ["No replies yet."]
    assert any("two-way campaigns" in text.value and "callback URL" in text.value for text in at.markdown)
    assert {link.proto.page for link in at.get("page_link")} == {"compose", "settings", "reports"}


def test_replies_are_shown_newest_first_as_they_were_written(store: Store) -> None:
    campaign = sent(store, [PHONE], two_way=True)
    first = replace(reply("*第一* :red[x] <b>"), at=now() + timedelta(minutes=1))
    second = replace(reply("第二", phone="0987654321"), at=now() + timedelta(minutes=2))
    store.receipts.load("a", "t", [first, second])
    at = opened()
    assert texts(at) == ["第二", "*第一* :red[x] <b>"]
    (link,) = at.get("page_link")
    assert (link.proto.label, link.proto.query_string) == ("campaign", f"campaign={campaign}")
    assert [metric.value for metric in at.metric] == ["2", "0", "2"]


def test_refusals_are_marked_counted_and_can_be_shown_alone(store: Store) -> None:
    store.receipts.load("a", "t", [reply("退訂"), reply("好", phone="0987654321", minutes=1)])
    at = opened()
    assert [metric.value for metric in at.metric] == ["2", "1", "2"]
    assert sum("Asked for no more texts" in text.value for text in at.markdown) == 1
    at.segmented_control(key="replies_view").set_value("refusals").run()
    assert texts(at) == ["退訂"]


def test_no_refusals_says_so(store: Store) -> None:
    store.receipts.load("a", "t", [reply("好")])
    at = opened()
    at.segmented_control(key="replies_view").set_value("refusals").run()
    assert texts(at) == ["Nobody has refused further texts."]


def test_a_number_goes_on_the_list_from_its_row_and_back(store: Store) -> None:
    store.receipts.load("a", "t", [reply("請問幾點營業")])
    at = opened()
    ((key, label),) = buttons(at)
    assert label == "Stop texting"
    at.button(key=key).click().run()
    assert store.suppression.phones() == {PHONE}
    assert buttons(at) == [(key, "Undo")]
    assert "will not be texted" in at.toast[0].value
    at.button(key=key).click().run()
    assert store.suppression.phones() == set()
    assert buttons(at) == [(key, "Stop texting")]


def test_taking_a_refusal_off_and_back_keeps_its_reason(store: Store) -> None:
    store.receipts.load("a", "t", [reply("退訂")])
    (before,) = store.suppression.all()
    at = opened()
    ((key, label),) = buttons(at)
    assert label == "Allow texts again"
    assert "new consent" in at.button(key=key).help
    at.button(key=key).click().run()
    assert store.suppression.count() == 0
    at.button(key=key).click().run()
    (after,) = store.suppression.all()
    assert (after.phone, after.reason, after.source) == (before.phone, before.reason, before.source)


def test_somebody_else_was_faster_and_nothing_breaks(store: Store) -> None:
    store.receipts.load("a", "t", [reply("好")])
    at = opened()
    ((key, _),) = buttons(at)
    store.suppression.add([PHONE], reason="by hand", source="another")
    at.button(key=key).click().run()
    (entry,) = store.suppression.all()
    assert (entry.reason, entry.source) == ("by hand", "another")
    assert buttons(at) == [(key, "Allow texts again")]


def test_a_long_inbox_is_paged(store: Store) -> None:
    store.receipts.load("a", "t", [reply(f"reply {n}", phone=phone, minutes=n) for n, phone in enumerate(phones(120))])
    at = opened()
    assert (texts(at)[0], len(texts(at))) == ("reply 119", 50)
    at.button(key="replies_next").click().run()
    assert (texts(at)[0], len(texts(at))) == ("reply 69", 50)
    store.receipts.load("b", "t", [reply("a new one", minutes=500)])
    at.button(key="replies_next").click().run()
    assert texts(at)[0] == "reply 19"
    assert at.button(key="replies_next").disabled
    at.segmented_control(key="replies_view").set_value("refusals").run()
    at.segmented_control(key="replies_view").set_value("all").run()
    assert texts(at)[0] == "a new one"


def test_what_one_number_wrote_stands_together(store: Store) -> None:
    store.receipts.load("a", "t", [reply("一"), reply("二", phone="0987654321", minutes=1), reply("三", minutes=2)])
    at = opened()
    assert texts(at) == ["三", "二"]
    at.toggle(key=f"replies_earlier_{PHONE}").set_value(True).run()
    assert texts(at) == ["三", "一", "二"]


def test_unread_replies_are_marked_and_may_be_shown_alone(store: Store) -> None:
    store.receipts.load("a", "t", [reply("一"), reply("二", phone="0987654321", minutes=1), reply("三", minutes=2)])
    at = opened()
    (first, *_) = [button for button in at.button if str(button.key).startswith("replies_read_")
                   and button.key != "replies_read_all"]  # fmt: skip
    first.click().run()
    assert store.receipts.reply_count(unread_only=True) == 1
    at.segmented_control(key="replies_view").set_value("unread").run()
    assert texts(at) == ["二"]
    at.button(key="replies_read_all").click().run()
    assert texts(at) == ["Everything has been read."]
    assert not [button for button in at.button if button.key == "replies_read_all"]


def test_a_reply_that_only_looked_like_a_refusal_is_taken_back(store: Store) -> None:
    store.receipts.load("a", "t", [reply("取消")])
    assert store.suppression.phones() == {PHONE}
    at = opened()
    (button,) = [one for one in at.button if str(one.key).startswith("replies_none_")]
    button.click().run()
    assert store.suppression.phones() == set()
    assert "may be texted again" in at.toast[0].value
    assert [metric.value for metric in at.metric] == ["1", "0", "1"]


def test_a_number_that_a_person_put_on_the_list_stays_there(store: Store) -> None:
    store.suppression.add([PHONE], reason="by hand")
    store.receipts.load("a", "t", [reply("取消")])
    at = opened()
    (button,) = [one for one in at.button if str(one.key).startswith("replies_none_")]
    button.click().run()
    assert store.suppression.phones() == {PHONE}
    assert "stays on the suppression list" in at.toast[0].value
