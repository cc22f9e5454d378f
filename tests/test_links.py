"""Links and phone numbers are found however they are written, and compared with the registered ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.campaigns import mentions, unregistered


def found(text: str, kind: str) -> list[str]:
    return [one.compared for one in mentions(text) if one.kind == kind]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("詳見https://www.shop.tw/sale?a=1&b=2享優惠", ["shop.tw/sale?a=1&b=2"]),
        ("詳見 HTTP://Shop.TW/Sale。", ["shop.tw/Sale"]),
        ("請上shop.tw看看", ["shop.tw"]),
        ("請上shop.com.tw/", ["shop.com.tw"]),
        ("www.shop.tw。", ["shop.tw"]),
        ("短網址reurl.cc/aB3xYz，", ["reurl.cc/aB3xYz"]),
        ("lin.ee/abc", ["lin.ee/abc"]),
        ("bit.ly/3xY-z_9!", ["bit.ly/3xY-z_9"]),
        ("ｗｗｗ．ｓｈｏｐ．ｔｗ／ｓａｌｅ", ["shop.tw/sale"]),
        ("sh\u200bop.tw", ["shop.tw"]),
        ("(https://shop.tw/a)", ["shop.tw/a"]),
        ("https://shop.tw/a_(b)", ["shop.tw/a_(b)"]),
        ("https://shop.tw:8443/x", ["shop.tw:8443/x"]),
        ("http://192.168.1.1/x", ["192.168.1.1/x"]),
        ("到10.0.0.1:8080看", ["10.0.0.1:8080"]),
        ("https://台灣商店.台灣/特價", ["台灣商店.台灣"]),
        ("abc.example/x", ["abc.example/x"]),
        ("line://ti/p/@shop", ["ti/p/@shop"]),
        ("a.tw b.tw a.tw", ["a.tw", "b.tw"]),
        ("shop.tw.example.com", ["shop.tw.example.com"]),
        ("SHOP.COM", ["shop.com"]),
        ("hxxp://shop.tw", ["shop.tw"]),
        ("a_b.shop.tw", ["a_b.shop.tw"]),
        ("xn--fiq228c.tw", ["xn--fiq228c.tw"]),
        ("www.shop.com.tw/活動", ["shop.com.tw"]),
        # whatever stands before and behind
        ("官網-evil.com", ["evil.com"]),
        ("官網—evil.com/x", ["evil.com/x"]),
        ("詳見…evil.com", ["evil.com"]),
        ("官網/evil.com", ["evil.com"]),
        ("//evil.com/x", ["evil.com/x"]),
        ("evil.com-特價", ["evil.com"]),
        ("evil.com_x", ["evil.com"]),
        ("evil.com@x", ["evil.com"]),
        ("@evil.com", ["evil.com"]),
        ("a@evil.com/x", ["evil.com/x"]),
        ("evil.com.Buy now", ["evil.com.buy"]),
        ("shop.tw-evil.sbs", ["shop.tw-evil.sbs"]),
        # any ending
        ("evil.sbs evil.win evil.shoes", ["evil.sbs", "evil.win", "evil.shoes"]),
        ("EVIL.SBS", ["evil.sbs"]),
        ("www.evil.zz", ["evil.zz"]),
        ("www.Evil.Zz", ["evil.zz"]),
        ("商店.台灣", ["商店.台灣"]),
        ("www.商店.台灣/a", ["商店.台灣/a"]),
        ("商店.xn--kpry57d", ["商店.xn--kpry57d"]),
        ("商店.tw", ["商店.tw"]),
        ("商店.shop.tw", ["商店.shop.tw"]),
        # none
        ("service@shop.tw", []),
        ("info.me@shop.com.tw。", []),
        ("聯絡 a.b@shop.com.tw 洽詢", []),
        ("Sale.Buy now", []),
        ("No.1 的 3.5折 v1.2.3", []),
        ("2026.11.22", []),
        ("9:00-21:00", []),
        ("e.g. this etc.", []),
        ("A.M. and P.M.", []),
        ("週年慶，全館8折。", []),
    ],
)
def test_links(text, links):
    assert found(text, "link") == links


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("洽0912345678", ["0912345678"]),
        ("洽 0912-345-678。", ["0912345678"]),
        ("洽０９１２－３４５－６７８", ["0912345678"]),
        ("0912 345 678", ["0912345678"]),
        ("+886 912 345 678", ["0912345678"]),
        ("+886-2-2345-6789", ["0223456789"]),
        ("886912345678", ["0912345678"]),
        ("00886912345678", ["0912345678"]),
        ("02-2345-6789", ["0223456789"]),
        ("(02)2345-6789", ["0223456789"]),
        ("（０２）２３４５６７８９", ["0223456789"]),
        ("03-1234567 10樓", ["031234567"]),
        ("049-2345678", ["0492345678"]),
        ("0800-000-123", ["0800000123"]),
        ("0800000123", ["0800000123"]),
        ("0809‑091‑234", ["0809091234"]),
        ("412-8185", ["4128185"]),
        ("+1 310 555 1234", ["+13105551234"]),
        ("02-2345-6789#123", ["0223456789"]),
        ("0912345678、0923456789", ["0912345678", "0923456789"]),
        ("請撥165", ["165"]),
        ("防詐專線：165", ["165"]),
        ("call 1922", ["1922"]),
        ("手機直撥55688", ["55688"]),
        ("手機*5168", ["*5168"]),
        ("02-87701234/0912345678", ["0287701234", "0912345678"]),
        ("Tel.0912345678 #12", ["0912345678"]),
        ("+886-800-000-123", ["0800000123"]),
        ("TEL0912345678", ["0912345678"]),
        ("LINE0912345678", ["0912345678"]),
        ("電話1:0912345678", ["0912345678"]),
        ("2:0912345678", ["0912345678"]),
        ("1.0912345678", ["0912345678"]),
        ("070-1234-5678", ["07012345678"]),
        ("0912 - 345 - 678", ["0912345678"]),
        ("0912/345/678", ["0912345678"]),
        ("0912_345_678", ["0912345678"]),
        ("0912·345·678", ["0912345678"]),
        ("電話 2345-6789", ["23456789"]),
        ("1-800-123-4567", ["18001234567"]),
        # none
        ("09/12-09/30 12:00", []),
        ("2026-11-22 09:00-21:00", []),
        ("2026/02/28 12:00", []),
        ("訂單 20261122000123", []),
        ("NT$1,000 送 500 點", []),
        ("共 12345678 元", []),
        ("專線 100元", []),
        ("序號A0912345678", []),
        ("https://shop.tw/0912345678", []),
        ("3.1415926535", []),
        ("8折", []),
        ("活動期間11/22-12/31 09:00-21:00", []),
        ("帳號012-345-678901234", []),
        ("會員編號 0223456789012", []),
        ("優惠碼ABC-123-4567", []),
        ("5*1000", []),
    ],
)
def test_phones(text, phones):
    assert found(text, "phone") == phones


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://www.shop.tw/sale?a=1", []),
        ("http://shop.tw", []),
        ("shop.tw#x", []),
        ("shop.tw.example.com", ["shop.tw.example.com"]),
        ("shop.tw:8080", ["shop.tw:8080"]),
        ("other.shop.tw", ["other.shop.tw"]),
        ("myshop.tw", ["myshop.tw"]),
        ("reurl.cc/aB3xYz", []),
        ("reurl.cc/ab3xyz", ["reurl.cc/ab3xyz"]),
        ("reurl.cc/aB3xYzz", ["reurl.cc/aB3xYzz"]),
        ("洽 02 2345 6789 或 0912345678", ["0912345678"]),
    ],
)
def test_what_is_not_registered(text, left):
    links, phones = ["https://shop.tw/", "reurl.cc/aB3xYz", " "], ["(02) 2345-6789", ""]
    assert [one.written for one in unregistered(mentions(text), links, phones)] == left


@given(st.text(st.sampled_from("a1.:/@０９-+()中 \x00\ud800٣"), max_size=60) | st.text(max_size=60))
def test_any_text_can_be_searched(text):
    for one in mentions(text):
        assert one.written
        assert one.compared


def test_a_hostile_text_is_searched_in_no_time():
    """The test's own time limit is the judge."""
    for text in (
        "a." * 20_000,
        "a-" * 20_000,
        "0" * 40_000,
        "0 " * 20_000,
        "(" * 40_000,
        "http://" * 8_000,
        "好." * 20_000,
        "好" * 40_000,
        "a@" * 20_000,
        "a.a@" * 10_000,
    ):
        mentions(text)
