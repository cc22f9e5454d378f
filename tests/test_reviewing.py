"""What speaks against sending a campaign as it stands: the practice of Taiwanese carriers, the hour, points, lists."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.campaigns import (
    DEFAULT_RATES,
    Facts,
    Recipient,
    ReviewRules,
    SendWindow,
    SentBefore,
    quote,
    review_campaign,
)
from smsget.campaigns.sendwindow import TAIPEI
from smsget.i18n import LANGUAGES, translations
from smsget.words import Words

RULES = ReviewRules(brands=("好店", "Good Shop"), links=("shop.tw",), phones=("0800-000-123",))
GOOD = "【好店】週年慶8折，詳見 https://shop.tw/sale，退訂請回覆N"


def codes(
    text: str, rules: ReviewRules = RULES, facts: Facts | None = None, rendered: tuple[str, ...] = ()
) -> list[str]:
    return [notice.code for notice in review_campaign(text, rules, facts, rendered)]


def test_a_good_text_has_nothing_against_it():
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("週年慶8折，退訂回N", ["brand_missing"]),
        ("週年慶8折！【好店】退訂回N", ["brand_late"]),
        ("您好，好店週年慶8折！退訂回N", []),
        ("GOOD SHOP sale. Reply STOP to end", []),
        ("Ｇｏｏｄ Ｓｈｏｐ sale. Reply STOP to end", ["full_width"]),
        ("Sale at goodshop. Reply STOP to end", []),
        ("{{姓名}}您好。好店週年慶，退訂回N", ["brand_late"]),
        ("【好店】ＶＩＰ８折，退訂回N", ["full_width"]),
        ("【好店】8折，退訂回N", []),
        ("【好店】8折", ["no_refusal"]),
        ("【好店】8折 https://other.tw/a 退訂回N", ["unregistered_link"]),
        ("【好店】8折 洽02-2345-6789 退訂回N", ["unregistered_phone"]),
        ("【好店】8折 shop.tw/{{序號}} 退訂回N", []),
        ("【好店】8折 https://shop.tw.evil.tw 退訂回N", ["unregistered_link"]),
    ],
)
def test_text(text, found):
    assert codes(text) == found


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://other.tw/{{序號}}", "https://other.tw/"),
        ("https://other.tw/{{序號}}/x", "https://other.tw/*/x"),
        ("https://other.tw/?a={{a}}&b={{b}}", "https://other.tw/?a=*&b="),
        ("https://{{店}}.shop.tw/a", "https://x.shop.tw/a"),
        ("{{店}}shop.tw", None),
    ],
)
def test_a_field_within_a_link_is_a_part_of_it(link, shown):
    notices = review_campaign(f"【好店】8折 {link} 退訂回N", RULES)
    assert [notice.evidence for notice in notices] == ([{"links": [shown]}] if shown else [])


def test_full_width_letters_that_come_from_a_list_are_found():
    assert codes("【好店】{{姓名}} 退訂回N", rendered=("【好店】Ｊ 退訂回N",)) == ["full_width"]


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("【好店】{{碼}} 退訂回N", "請上evil.sbs", ["unregistered_link"]),
        ("【好店】{{碼}} 退訂回N", "0912345678", ["unregistered_phone"]),
        ("【好店】{{碼}} 退訂回N", "ＶＩＰ", ["full_width"]),
        ("【好店】{{碼}}提醒您 退訂回N", "111", ["government_look_alike"]),
        ("【好店】{{碼}}點 退訂回N", "111", []),
        ("【好店】{{碼}} 退訂回N", "王小明", []),
        ("【好店】https://shop.tw/{{碼}} 退訂回N", "0912345678", []),
        ("【好店】https://shop.tw/{{碼}} 退訂回N", "a.b", []),
        ("【好店】https://shop.tw/{{碼}} 退訂回N", "a evil.com", ["unregistered_link"]),
        ("【好店】https://{{碼}} 退訂回N", "evil.com", ["unregistered_link"]),
    ],
)
def test_what_a_field_brings_is_found_whoever_has_it(text, value, found):
    notices = review_campaign(text, RULES, values={"碼": ["安", value]})
    assert [notice.code for notice in notices] == found


def test_a_name_that_comes_from_a_field_has_to_be_in_everybodys_text():
    assert codes("【{{店}}】8折 退訂回N", rendered=("【好店】8折 退訂回N",)) == []
    assert codes("【{{店|好店}}】8折 退訂回N", rendered=("【好店】8折 退訂回N", "【一店】8折 退訂回N")) == [
        "brand_missing"
    ]


def test_a_list_full_of_links_is_told_by_some_of_them():
    values = {"碼": [f"a{n}.evil.com" for n in range(500)]}
    (notice,) = review_campaign("【好店】{{碼}} 退訂回N", RULES, values=values)
    assert len(notice.evidence["links"]) == 20


def test_without_a_registered_name_it_cannot_be_looked_for():
    assert codes(GOOD, ReviewRules(links=("shop.tw",))) == ["no_brand_set"]


def test_links_that_come_from_a_list_are_found_in_the_rendered_texts():
    text, rendered = "【好店】8折 {{網址}} 退訂回N", ("【好店】8折 https://other.tw/1 退訂回N", GOOD)
    notices = review_campaign(text, RULES, rendered=rendered)
    assert [(notice.code, notice.evidence) for notice in notices] == [
        ("unregistered_link", {"links": ["https://other.tw/1"]})]  # fmt: skip


@pytest.mark.parametrize(
    "way",
    ["退訂請點此", "拒收請回N", "不想再收到請回覆N", "回覆「N」", "回覆Ｎ", "回傳STOP", "回T", "取消訂閱", "停止接收",
     "拒絕行銷", "勿再傳送", "Reply STOP", "reply 'N'", "text STOP", "unsubscribe", "Opt-out", "opt out", "STOP to end",
     "回覆1退出", "回覆「2」可取消訂閱", "0800-000-123", "免付費０８００－０００－１２３", "0809091234"],
)  # fmt: skip
def test_free_ways_to_refuse(way):
    assert "no_refusal" not in codes(f"【好店】週年慶，{way}")


@pytest.mark.parametrize(
    "text",
    [
        "回覆1參加抽獎",
        "滿千回100",
        "刷卡回5%",
        "回饋N倍",
        "請洽02-2345-6789",
        "回覆NICE抽獎",
        "Don't stop now",
        "收到簡訊享8折",
        "回覆T恤尺寸",
        "回覆D款",
        "回覆NO.1參加",
        "拒收發票",
        "拒收現金",
        "回覆1取消訂單",
    ],
)
def test_what_is_no_way_to_refuse(text):
    assert "no_refusal" in codes(f"【好店】{text}")


def test_the_sender_may_have_a_word_of_their_own_for_it():
    rules = ReviewRules(brands=("好店",), refusals=("不要了",))
    assert codes("【好店】8折，請說「不要了」", rules) == []


@pytest.mark.parametrize(
    "text",
    ["111 您的包裹", "１１１：您有罰單", "【111】好店", "[l11]通知", "(111)好店", "來自111的通知", "政府專屬短碼簡訊",
     "本簡訊由政府簡訊平台111發送", "111政府專屬短碼", "【lll】好店", "1\u200b11 通知", "簡訊代碼:111",
     "您好，111提醒您", "公路局111提醒", "衛福部111：", "111.gov.tw 通知", "i11政府", "發信:l1l", "一一一"],
)  # fmt: skip
def test_look_alikes_of_the_government(text):
    assert "government_look_alike" in codes(text)


@pytest.mark.parametrize(
    "text",
    ["111年週年慶", "好店111元起", "滿1111折111", "全館111折", "【好店】111號店開幕", "111元特價", "World War III",
     "111度", "1111購物節", "全部111", "一一一年慶", "電話02-2111-1111", "第111天"],
)  # fmt: skip
def test_what_is_no_look_alike(text):
    assert "government_look_alike" not in codes(text)


# --- the hour ----------------------------------------------------------------------------------------------------


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("begin", "hours", "found"),
    [(at(9), 1, []), (at(9), 12, []), (at(9), 13, ["beyond_window"]), (at(20, 30), 1, ["beyond_window"]),
     (at(8, 59), 0, ["outside_window"]), (at(21), 0, ["outside_window"]), (at(23), 5, ["outside_window"])],
)  # fmt: skip
def test_hours(begin, hours, found):
    assert codes(GOOD, RULES, Facts(begin=begin, work=timedelta(hours=hours))) == found


def test_how_long_it_takes_within_the_window_is_told():
    (notice,) = review_campaign(GOOD, RULES, Facts(begin=at(9), work=timedelta(hours=30)))
    assert notice.evidence["days"] == 3
    assert notice.evidence["finish"] == "2026-11-24T15:00:00+08:00"
    assert notice.setting == "window"


# --- points and lists ---------------------------------------------------------------------------------------------

PRICE = quote([Recipient("0912345678", "TW", {})], "長" * 200, DEFAULT_RATES)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (Facts(quote=PRICE, left=3), []),
        (Facts(quote=PRICE, left=2), ["not_enough_points"]),
        (Facts(quote=PRICE), []),
        (Facts(left=0), []),
        (Facts(lists=(("會員", 90),)), []),
        (Facts(lists=(("會員", 91), ("新客", 1))), ["old_list"]),
        (Facts(before=(SentBefore(7, "週年慶", at(9)),)), ["same_text_before"]),
    ],
)
def test_points_and_lists(facts, found):
    assert codes(GOOD, RULES, facts) == found


def test_a_limit_of_ones_own_for_the_length():
    rules = ReviewRules(brands=("好店",), links=("shop.tw",), most_segments=2)
    assert codes(GOOD, rules, Facts(quote=PRICE)) == ["long_text"]


# --- words -------------------------------------------------------------------------------------------------------

EVERYTHING = [
    *review_campaign("１１１", RULES, Facts(begin=at(23), quote=PRICE, left=0, lists=(("會員", 99),),
                                        before=(SentBefore(7, "週年慶", at(9)),))),
    *review_campaign("Hi. 好店 other.tw 0912345678", RULES, Facts(begin=at(20), work=timedelta(hours=30))),
    *review_campaign("Hi", ReviewRules(most_segments=2), Facts(quote=PRICE)),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", EVERYTHING, ids=lambda notice: notice.code)
def test_every_notice_has_a_whole_sentence(language, notice):
    said = Words(translations(language)).notice(notice)
    assert not re.search(r"[{}]|…|_", said)
    assert notice.code not in said


def test_nothing_was_left_out_above():
    assert {notice.code for notice in EVERYTHING} == {
        "no_brand_set", "brand_missing", "brand_late", "full_width", "unregistered_link", "unregistered_phone",
        "no_refusal", "government_look_alike", "outside_window", "beyond_window", "not_enough_points", "old_list",
        "same_text_before", "long_text",
    }  # fmt: skip
    assert {notice.severity for notice in EVERYTHING} == {"warns"}


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_can_be_reviewed(text, names):
    rules = ReviewRules(names, names, names, names, SendWindow())
    assert all(notice.code for notice in review_campaign(text, rules, rendered=names))
