"""What SMS-Get reports, read: the payloads of both callbacks, the status words, replies and refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.receipts import (
    REFUSAL_WORDS,
    SANDBOX_CODE,
    STATUS_WORDS,
    WHY,
    Receipt,
    Reply,
    Unreadable,
    form_fields,
    is_refusal,
    parse_callback,
    parse_receipts,
    parse_replies,
    percent_decoded,
    status_of,
    storable,
    two_way_code,
    without_code,
)

AT = datetime(2016, 9, 12, 21, 7, 55, tzinfo=UTC)  # 05:07:55 of the next day in Taipei


def receipt(phone="0987000339", carrier_id="$0040B0FA7", at=AT, word="DELIVRD", sms_id="1783822"):
    return Receipt(sms_id, phone, carrier_id, at, word, status_of(word))


def reply(text, raw_text, phone="0919000456", at=datetime(2021, 10, 13, 7, 30, 1, tzinfo=UTC)):
    return Reply(phone, "1634110261249", at, raw_text, text)


# --- delivery receipts ----------------------------------------------------------------------------------------------

WORDS = {
    "pending": "SCHEDULED ENROUTE ACCEPTD UNKNOWN",
    "delivered": "DELIVRD DELIVERED",
    "failed": "UNDELIV EXPIRED DELETED REJECTD SYNTAXE MOBERROR MSGERROR OTHERROR REJERROR REJMOBIL",
}


def test_every_status_word_is_in_its_group_and_there_are_no_others():
    assert {word: group for group, words in WORDS.items() for word in words.split()} == STATUS_WORDS


@pytest.mark.parametrize(
    ("word", "group"),
    [("delivrd", "delivered"), (" Undeliv ", "failed"), ("NOROUTES", "other"), ("", "other"), ("DELIVRDX", "other")],
)
def test_status_words_are_matched_without_regard_to_case_and_unknown_ones_are_other(word, group):
    assert status_of(word) == group


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD", [receipt()]),
        ("0987000339 $0040B0FA7 2016-09-13 05:07:55 DELIVRD", [receipt()]),
        ("0987000339  $0040B0FA7\t2016-09-13  05:07:55  DELIVRD ", [receipt()]),
        ("+886987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD", [receipt()]),
        (" 886987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD", [receipt()]),  # a + that became a space
        ("886987000339 $0040B0FA7 2016-09-13 05:07:55 DELIVRD", [receipt()]),
        (" 0987000339 | $0040B0FA7 | 2016-09-13 05:07:55 | DELIVRD ", [receipt()]),
        ("0987000339|$0040B0FA7|2016/9/13 5:07:55|DELIVRD", [receipt()]),
        ("0987000339|$0040B0FA7|2016-09-13T05:07:55|DELIVRD", [receipt()]),
        ("0987000339|$0040B0FA7|2016-09-13+05:07:55|DELIVRD", [receipt()]),  # a body decoded but for its plus signs
        ("0987000339|$0040B0FA7|2016-09-13 05:07:55.5|DELIVRD", [receipt()]),
        ("0987000339|$0040B0FA7|2016-09-13 05:07|DELIVRD", [receipt(at=AT - timedelta(seconds=55))]),
        ("0987000339||2016-09-13 05:07:55|Weird", [receipt(carrier_id="", word="Weird")]),
        ("0987000339|x|2016-09-13 05:07:55|delivrd", [receipt(carrier_id="x", word="delivrd")]),
        ("0987000339|x|2016-09-13 05:07:55|DELIVRD|1", [receipt(carrier_id="x")]),  # a fifth field nobody told us of
        ("60123456789|x|2016-09-13 05:07:55|DELIVRD", [receipt("60123456789", "x")]),  # Malaysia
        ("91234567|x|2016-09-13 05:07:55|DELIVRD", [receipt("91234567", "x")]),  # Hong Kong
        ("13512345678 x 2016-09-13 05:07:55 DELIVRD", [receipt("13512345678", "x")]),  # China
        (
            "0987000339|a|2016-09-13 05:07:55|DELIVRD,0987000340|b|2016-09-13 05:07:55|ENROUTE",
            [receipt(carrier_id="a"), receipt("0987000340", "b", word="ENROUTE")],
        ),
        (
            "0987000339 a 2016-09-13 05:07:55 DELIVRD, 0987000340 b 2016-09-13 05:07:55 REJMOBIL,",
            [receipt(carrier_id="a"), receipt("0987000340", "b", word="REJMOBIL")],
        ),
    ],
)
def test_receipts_are_read_in_every_form(content, expected):
    assert parse_receipts("1783822", content) == expected
    assert parse_callback({"sms_id": " 1783822 ", "content": content}) == expected


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        ("0987000340|b|2016-02-31 05:07:55|DELIVRD", "bad_time"),
        ("0987000340|b|2016-09-13 24:00:00|DELIVRD", "bad_time"),
        ("0987000340|b|0000-00-00 00:00:00|DELIVRD", "bad_time"),
        ("0987000340|b|0001-01-01 00:00:00|DELIVRD", "bad_time"),  # before all time in UTC
        ("0987000340|b||DELIVRD", "bad_time"),
        ("0987000340|b|yesterday|DELIVRD", "bad_time"),
        ("0223456789|b|2016-09-13 05:07:55|DELIVRD", "bad_number"),  # a landline
        ("09870003xx|b|2016-09-13 05:07:55|DELIVRD", "bad_number"),
        ("0987000340|b|2016-09-13 05:07:55|", "fields"),
        ("0987000340|b|2016-09-13 05:07:55", "fields"),
        ("0987000340|b", "fields"),
        ("garbage", "fields"),
        ("0987000340 b 2016-09-13 05:07:55", "fields"),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_damaged_item_is_kept_with_its_reason_and_costs_no_other(piece, why, before):
    good = "0987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD"
    content = f"{good},{piece}" if before else f"{piece},{good}"
    items = parse_receipts("1783822", content)
    assert receipt() in items
    assert [(item.why, item.raw.strip(",")) for item in items if isinstance(item, Unreadable)] == [(why, piece)]
    assert len(items) == 2
    assert why in WHY


def test_two_hundred_and_fifty_receipts_come_back_in_order():
    content = ",".join(f"0987{n:06d}|id{n}|2016-09-13 05:07:55|DELIVRD" for n in range(250))
    assert [item.carrier_id for item in parse_receipts("1", content)] == [f"id{n}" for n in range(250)]


@pytest.mark.parametrize("content", ["", " ", ",,", "\n"])
def test_callback_with_nothing_in_it_is_kept_as_unreadable(content):
    assert parse_callback({"sms_id": "1", "content": content}) == [Unreadable(0, "no_content", content)]
    assert parse_callback({"sms_id": "1"})[0].why == "no_content"


# --- replies --------------------------------------------------------------------------------------------------------

HEAD = "0919000456|1634110261249|2021-10-13 15:30:01|"


@pytest.mark.parametrize(
    ("field", "raw_text", "text"),
    [
        ("24%E6%B8%AC%E8%A9%A6", "24測試", "測試"),
        ("24測試", "24測試", "測試"),  # decoded once too often by whoever kept it
        ("24", "24", ""),
        ("24%20hello+there%2B", "24 hello there+", "hello there+"),
        ("2424", "2424", "24"),  # the code comes off once
        ("hello24", "hello24", "hello24"),  # and only in front
        ("%EF%BC%92%EF%BC%94%E5%A5%BD", "２４好", "好"),  # typed in full-width digits
        ("24%E6%B8", "24%E6%B8", "%E6%B8"),  # a sequence cut in the middle
        ("24%E6%B8%AC%E8%A9", "24測%E8%A9", "測%E8%A9"),
        ("24100%", "24100%", "100%"),
        ("24%zz%E5%A5%BD", "24%zz好", "%zz好"),
        ("24a|b|c", "24a|b|c", "a|b|c"),
        ("24hello, you", "24hello, you", "hello, you"),  # a comma that somebody forgot to encode
        ("24call 0912345678, please", "24call 0912345678, please", "call 0912345678, please"),
        ("24yes,0912345678 is mine", "24yes,0912345678 is mine", "yes,0912345678 is mine"),
        ("24%2C%7C", "24,|", ",|"),
        ("24%0A%E5%A5%BD", "24\n好", "好"),
    ],
)
def test_reply_texts_are_decoded_and_lose_the_code(field, raw_text, text):
    assert parse_replies(HEAD + field, "24") == [reply(text, raw_text)]
    assert parse_callback({"content": HEAD + field}, "24") == [reply(text, raw_text)]
    assert parse_callback({"sms_id": "", "content": HEAD.replace("|", " ") + field}, "24") == [reply(text, raw_text)]


def test_without_a_configured_code_the_text_is_the_raw_text():
    assert parse_replies(HEAD + "24%E5%A5%BD") == [reply("24好", "24好")]


def test_several_replies_in_one_callback_with_commas_in_their_texts():
    content = f"{HEAD}24a, b,{HEAD}24c,{HEAD}24d"
    assert [item.text for item in parse_replies(content, "24")] == ["a, b", "c", "d"]


def test_damaged_reply_is_kept_and_costs_no_other():
    content = f"0919000456|1|2021-13-13 15:30:01|24a,{HEAD}24b"
    assert parse_replies(content, "24") == [
        Unreadable(0, "bad_time", "0919000456|1|2021-13-13 15:30:01|24a"),
        reply("b", "24b"),
    ]


@pytest.mark.parametrize(
    ("sms_id", "last", "kind"),
    [
        ("1", "DELIVRD", Receipt),
        ("1", "NOROUTES", Receipt),  # with an sms_id, a word we do not know is a status
        ("1", "24%E5%A5%BD", Reply),  # unless it is a text: encoded,
        ("1", "24STOP", Reply),  # or with the account's code in front
        ("", "DELIVRD", Receipt),  # a log that kept the content alone
        ("", "rejmobil", Receipt),
        ("", "NOROUTES", Receipt),  # nobody's reply: those begin with the code
        ("", "NOROUTES,", Receipt),
        ("", "STOP", Reply),  # a refusal must not be lost as an unknown status
        ("", "STOPALL", Reply),
        ("", "UNSUBSCRIBE", Reply),
        ("", "TD", Reply),
        ("", "N", Reply),
        ("", "24NOROUTES", Reply),
        ("", "NOROUTES%20", Reply),
        ("", "Noroutes", Reply),
        ("", "NO ROUTE", Reply),
        ("", "YES", Reply),
        ("", "24DELIVRD", Reply),
        ("", "24 UNKNOWN", Reply),
    ],
)
def test_receipt_and_reply_are_told_apart(sms_id, last, kind):
    [item] = parse_callback({"sms_id": sms_id, "content": f"0919000456|id|2021-10-13 15:30:01|{last}"}, "24")
    assert type(item) is kind


def test_a_code_of_letters_makes_a_word_a_reply():
    [item] = parse_callback({"content": "0919000456|id|2021-10-13 15:30:01|ACMEOK"}, "ACME")
    assert type(item) is Reply


@pytest.mark.parametrize(
    ("chosen", "sandbox", "code"),
    [
        ("03", True, "03"),
        (" 03 ", False, "03"),
        ("", True, SANDBOX_CODE),
        (None, True, SANDBOX_CODE),
        (None, False, ""),
    ],
)
def test_two_way_code_is_the_chosen_one_else_the_sandboxs(chosen, sandbox, code):
    assert two_way_code(chosen, sandbox=sandbox) == code


@pytest.mark.parametrize(
    ("raw_text", "code", "text"),
    [("24好", "24", "好"), (" 24 好 ", "24", "好"), ("24好", "", "24好"), ("24好", "03", "24好"), ("", "24", "")],
)
def test_code_is_stripped_from_the_front_only(raw_text, code, text):
    assert without_code(raw_text, code) == text


@given(st.text())
def test_percent_decoding_undoes_both_of_phps_encodings(text):
    assert percent_decoded(quote(text, safe="")) == text
    assert percent_decoded(quote_plus(text)) == text


@given(st.text(alphabet=st.sampled_from("%+ 0123456789ABCDEFabcdefgE6%B8%AC好")))
def test_percent_decoding_never_fails_and_gives_text_that_can_be_stored(text):
    percent_decoded(text).encode()


# --- bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("", {}),
        ("sms_id=1&content=a%7Cb", {"sms_id": "1", "content": "a|b"}),
        ("sms_id=1&content=a%7cb", {"sms_id": "1", "content": "a|b"}),
        ("?sms_id=1&content=a+b", {"sms_id": "1", "content": "a b"}),
        ("sms_id=&content=24%2B%252B", {"sms_id": "", "content": "24+%2B"}),
        ("content=a&content=b", {"content": "b"}),
        ("content=A&B & C&sms_id=1", {"content": "A&B & C", "sms_id": "1"}),  # kept decoded
        ("sms_id=1&&content=x", {"sms_id": "1", "content": "x"}),
        ("content=%257C", {"content": "%7C"}),
        ("content=a=b", {"content": "a=b"}),
    ],
)
def test_form_fields(body, fields):
    assert form_fields(body) == fields


names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=20)


@given(st.dictionaries(names, st.text(), max_size=5))
def test_form_fields_undo_urlencode(fields):
    assert form_fields(urlencode(fields)) == fields


times = st.integers(0, 4_000_000_000).map(lambda second: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=second))
ids = st.text(alphabet="$0123456789ABCDEFabcdef-", max_size=20)
phones = st.one_of(
    st.integers(0, 10**8 - 1).map(lambda n: f"09{n:08d}"), st.sampled_from(["60123456789", "91234567", "13512345678"])
)
words = st.one_of(st.sampled_from(sorted(STATUS_WORDS)), st.text(alphabet="ABCDEFGHIJKLMNOPabcd", min_size=1))


@given(st.lists(st.tuples(phones, ids, times, words), min_size=1, max_size=8), st.booleans())
def test_receipts_come_back_as_they_were_written(rows, spaced):
    """Whatever receipts SMS-Get joins, in either form, the same come out; through a urlencoded body as well."""
    separator = " " if spaced else "|"
    rows = [(phone, carrier_id or "0", at, word) for phone, carrier_id, at, word in rows]
    content = ",".join(separator.join((p, i, f"{at:%Y-%m-%d %H:%M:%S}", w)) for p, i, at, w in rows)
    expected = [Receipt("7", p, i, at - timedelta(hours=8), w, status_of(w)) for p, i, at, w in rows]
    assert parse_receipts("7", content) == expected
    assert parse_callback(form_fields(urlencode({"sms_id": "7", "content": content}))) == expected


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=4))
def test_reply_texts_come_back_whatever_they_hold(texts):
    content = ",".join(HEAD + quote("24" + text, safe="") for text in texts)
    assert [item.raw_text for item in parse_callback({"content": content}, "24")] == ["24" + text for text in texts]


pieces = st.sampled_from(
    ["0987000339", "|", " ", ",", "2016-09-13 05:07:55", "DELIVRD", "%E6", "24", "+", "\n", "99:99", "a", "好", "-"]
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=30).map("".join)), st.sampled_from(["", "1"]))
def test_any_content_is_read_without_an_exception_and_nothing_vanishes(content, sms_id):
    items = parse_callback({"sms_id": sms_id, "content": content}, "24")
    assert items
    for item in items:
        if isinstance(item, Unreadable):
            assert item.why in WHY
        else:
            assert item.at.tzinfo is UTC
            assert item.phone.isdigit()
    assert [type(item) for item in parse_receipts("1", content) + parse_replies(content)].count(type(None)) == 0


@pytest.mark.parametrize("shape", ["{}", "0987000339|{}", "0987000339 {} 2016-09-13 05:07:55 x", ",{}"])
@pytest.mark.parametrize("filler", [" ", ",", "|", "9", "a", "\n", "0987000339 ", "%E6", ",0987000339"])
def test_long_contents_are_read_in_linear_time(shape, filler):
    """A megabyte made to make patterns backtrack takes moments; a pattern that is not linear would take for ever."""
    assert parse_callback({"sms_id": "1", "content": shape.format(filler * (1_000_000 // len(filler)))})


def test_half_a_surrogate_pair_becomes_storable():
    assert storable("a\ud83db") == "a�b"
    assert storable("\ud83d\ude00") == "\U0001f600"


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", REFUSAL_WORDS)
def test_each_refusal_word_alone_refuses(word):
    assert is_refusal(word)
    assert is_refusal(f"  {word.lower()}。")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop",
            "ＳＴＯＰ",
            "Stop!!!",
            "STOP sending this",
            "please stop",
            "Unsubscribe me",
            "n",
            "N.",
            "Ｎ",
            "「N」",
        ),
        *("退訂謝謝", "請退訂，謝謝", "我要退訂", "麻煩幫我取消訂閱", "退訂 N", "N 退訂", "拒收廣告簡訊", "STOP退訂"),
        *("不要再傳了", "請不要再發簡訊給我了", "別再傳", "請勿打擾", "取消", "取消。", "取\u200b消訂閱"),
        *("24退訂", "24 N", "03STOP"),  # a two-way code that nobody configured
    ],
)
def test_refusals_are_recognised(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "24", "0912345678", "好", "yes", "no", "N 次", "No problem", "nice", "nonstop", "Not now"),
        *("取消預約", "我想取消訂位", "可以退訂房間嗎", "退訂金什麼時候退", "不要", "我不要紅色", "怎麼停車"),
        *("請問 STOP 是什麼意思", "!!!", "退", "stopping by", "td bank"),
    ],
)
def test_other_replies_are_not_refusals(text):
    assert not is_refusal(text)


def test_people_may_keep_words_of_their_own():
    assert is_refusal("Basta!", ["basta"])
    assert not is_refusal("STOP", ["basta"])
    assert not is_refusal("STOP", [])
    assert is_refusal("(x)", ["X", ""])
    assert not is_refusal("x y", ["X"])


@given(st.text(), st.lists(st.text(max_size=8), max_size=5))
def test_any_text_and_any_words_are_judged(text, words):
    assert is_refusal(text, words) in (True, False)


def test_text_made_to_make_patterns_backtrack_is_judged_at_once():
    assert not is_refusal("我要我要" * 40 + "x", ["a", "aa", "aaa", "我", "要"])
    assert not is_refusal("a" * 199 + "b", ["a", "aa", "aaa", "aaaa"])
