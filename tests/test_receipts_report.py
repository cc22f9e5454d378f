"""The delivery report: every filter keeps what it says, page by page, and counts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smsget.receipts import TEST_BODY, Unreadable
from smsget.store import ReportFilter, ReportRow, Store, now, to_text
from tests.builders import AT, PHONE, confirmed, make_list, phones, receipt, reply, sent

DAY = timedelta(days=1)


@pytest.fixture
def filled(store: Store) -> Store:
    """Two campaigns, strangers of two countries on several days, and people who were not texted yet."""
    sent(store, phones(6), "1")
    sent(store, phones(4), "2")
    confirmed(store, phones(3, start=500))
    told = [receipt(word, sms_id="1", phone=phone) for word, phone in zip(
        ["DELIVRD", "delivrd", "UNDELIV", "ENROUTE", "NOROUTE"], phones(5), strict=True)]  # fmt: skip
    strangers = [
        replace(receipt(["DELIVRD", "EXPIRED", "UNKNOWN"][number % 3], sms_id=str(90 + number % 2), phone=phone),
                at=AT + timedelta(hours=7 * number))
        for number, phone in enumerate([*phones(12, start=100), "91234567", "66812345678", "0910000911"])
    ]  # fmt: skip
    store.receipts.load("a", "x", [*told, *strangers])
    return store


def matches(row: ReportRow, wanted: ReportFilter) -> bool:
    """The filter in plain words."""
    time = row.sent_at or row.status_at or ""
    return all((
        wanted.campaign_id is None or row.campaign_id == wanted.campaign_id,
        not wanted.status or row.status == (wanted.status if wanted.status != "none" else ""),
        wanted.status != "none" or row.sms_id,
        not wanted.word or row.word.upper() == wanted.word.upper(),
        not wanted.country or row.country == wanted.country,
        not wanted.number or row.phone.startswith(wanted.number) or row.phone.endswith(wanted.number),
        not wanted.since or time >= wanted.since,
        not wanted.until or ("" < time < wanted.until),
    ))  # fmt: skip


MIDNIGHT = "2026-11-02T16:00:00.000Z"
FILTERS = [
    {}, {"campaign_id": 1}, {"campaign_id": 99}, {"status": "delivered"}, {"status": "failed"}, {"status": "other"},
    {"status": "pending"}, {"status": "none"}, {"word": "Delivrd"}, {"word": "NOPE"}, {"country": "HK"},
    {"country": "TW"}, {"country": "TW", "status": "failed"}, {"number": "0911"}, {"number": "0911000003"},
    {"number": "911"}, {"number": "0911000911"}, {"number": "11"}, {"number": "4567"}, {"number": "0"},
    {"since": MIDNIGHT}, {"until": MIDNIGHT},
    {"since": "2026-11-03T01:02:03.000Z", "until": "2026-11-04T16:00:00.000Z"},
    {"since": MIDNIGHT, "until": "2026-11-04T16:00:00.000Z", "status": "delivered"},
    {"since": MIDNIGHT, "number": "0911"}, {"campaign_id": 1, "status": "none"}, {"campaign_id": 1, "number": "0911"},
]  # fmt: skip


@pytest.mark.parametrize("chosen", FILTERS, ids=str)
def test_a_filter_keeps_what_it_says_in_pages_that_are_the_whole(filled: Store, chosen: dict[str, object]) -> None:
    wanted = ReportFilter(**chosen)  # type: ignore[arg-type]
    expected = {row.id for row in filled.receipts.export(ReportFilter()) if matches(row, wanted)}
    paged, before = [], None
    while page := filled.receipts.page(wanted, before=before, limit=3):
        paged += page
        before = page[-1].id
    assert [row.id for row in paged] == [row.id for row in filled.receipts.export(wanted)]
    assert ({row.id for row in paged}, len(paged)) == (expected, len(expected))
    assert filled.receipts.count(wanted) == len(expected)
    assert list(filled.receipts.phones_with(wanted)) == sorted({row.phone for row in paged})
    by_time = bool(wanted.since or wanted.until)
    keys = [((row.sent_at or row.status_at or "") if by_time else "", row.id) for row in paged]
    assert keys == sorted(keys, reverse=True)


def test_a_load_is_shown_the_latest_report_first(filled: Store) -> None:
    strangers = [row.status_at for row in filled.receipts.export(ReportFilter()) if row.campaign_id is None]
    assert strangers == sorted(strangers, reverse=True)


@pytest.mark.parametrize("in_index", [0, 20_000])
def test_a_list_keeps_the_messages_to_its_people(filled: Store, in_index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsget.store.report.LIST_IN_INDEX", in_index)
    people = make_list(filled, ["0911000001", "0911000100", "0987654321"], name="some")
    wanted = ReportFilter(list_id=people)
    rows = filled.receipts.page(wanted)
    assert {row.phone for row in rows} == {"0911000001", "0911000100"}
    assert len(rows) == filled.receipts.count(wanted) == 3
    assert filled.receipts.count(ReportFilter(list_id=999)) == 0


def test_what_waits_for_its_report_too_long_is_found(filled: Store) -> None:
    wanted = ReportFilter(no_receipt_before=to_text(now() + DAY))
    assert {row.phone for row in filled.receipts.page(wanted)} == set(phones(6)) - {"0911000004"}
    assert filled.receipts.count(wanted) == filled.receipts.overdue(hours=-24) == 5
    assert filled.receipts.page(ReportFilter(no_receipt_before=to_text(now() - DAY))) == []


# --- one number --------------------------------------------------------------------------------------------------


def test_the_story_of_a_number_has_every_campaign_status_and_reply(store: Store) -> None:
    first, second = sent(store, [PHONE], "1", two_way=True), sent(store, [PHONE], "2")
    told = [receipt("ENROUTE", sms_id="1"), receipt(sms_id="1", minutes=3), receipt(sms_id="77")]
    store.receipts.load("a", "x", [*told, reply("退訂"), receipt(phone="0912345679")])
    story = store.receipts.story(PHONE)
    assert [(one.row.campaign_id, [status.word for status in one.statuses]) for one in story.messages] == [
        (None, ["DELIVRD"]), (second, []), (first, ["ENROUTE", "DELIVRD"]),
    ]  # fmt: skip
    assert [one.text for one in story.replies] == ["退訂"]
    assert story.suppressed is not None
    assert story.suppressed.reason == "refusal"
    nobody = store.receipts.story("0900000000")
    assert (nobody.messages, nobody.replies, nobody.suppressed) == ([], [], None)


# --- the inbox ---------------------------------------------------------------------------------------------------


def test_replies_are_unread_until_somebody_read_them(store: Store) -> None:
    store.receipts.load("a", "x", [reply("好", phone=phone, minutes=n) for n, phone in enumerate(phones(3))])
    first = store.receipts.replies()[0]
    assert first.unread
    assert store.receipts.mark_read([first.id]) == 1
    assert store.receipts.mark_read([first.id]) == 0
    assert (store.receipts.reply_count(unread_only=True), len(store.receipts.replies(unread_only=True))) == (2, 2)
    assert store.receipts.mark_read(phone=phones(1)[0]) == 1
    assert store.receipts.mark_read() == 1
    assert store.receipts.mark_read([first.id], read=False) == 1
    store.receipts.load("a", "x", [reply("好", phone=phones(1)[0], minutes=0)])
    assert store.receipts.reply_count(unread_only=True) == 1, "what came again is not unread again"


def test_threads_are_numbers_with_their_newest_reply(store: Store) -> None:
    told = [reply("好", phone=phone, minutes=n) for n, phone in enumerate(phones(5))]
    store.receipts.load("a", "x", [*told, reply("STOP", phone=phones(1)[0], minutes=9)])
    threads, before = [], None
    while page := store.receipts.threads(before=before, limit=2):
        threads += page
        before = page[-1].newest.id
    assert [one.newest.phone for one in threads] == [phones(1)[0], *reversed(phones(5)[1:])]
    assert (threads[0].replies, threads[0].unread, threads[0].refusals, threads[0].newest.text) == (2, 2, 1, "STOP")
    store.receipts.mark_read(phone=phones(1)[0])
    assert len(store.receipts.threads(unread_only=True)) == 4


def test_what_was_no_refusal_is_taken_back_once(store: Store) -> None:
    store.receipts.load("a", "x", [reply("N"), reply("STOP", minutes=1), reply("N", phone="0912345679")])
    ids = {one.text: one.id for one in store.receipts.replies(phone=PHONE)}
    assert store.receipts.not_a_refusal(ids["N"]) is False, "another reply of that number refuses"
    assert PHONE in store.suppression.phones()
    assert store.receipts.not_a_refusal(ids["STOP"]) is True
    assert store.suppression.phones() == {"0912345679"}
    assert store.receipts.not_a_refusal(ids["STOP"]) is False
    assert [one.action for one in store.audit.all()][:1] == ["not_a_refusal"]
    store.receipts.load("a", "x", [reply("STOP", minutes=1)])
    assert PHONE not in store.suppression.phones()


def test_who_replied_can_become_a_list_without_those_who_refused(store: Store) -> None:
    store.receipts.load("a", "x", [reply("好", phone=phones(2)[1]), reply("好"), reply("退訂", minutes=1)])
    assert list(store.receipts.phones_replied()) == [phones(2)[1]]
    assert list(store.receipts.phones_replied(refusals=True)) == sorted([phones(2)[1], PHONE])
    assert list(store.receipts.phones_replied(7)) == []


# --- callbacks ---------------------------------------------------------------------------------------------------


def call_back(store: Store, body: bytes, *items: object) -> None:
    store.receipts.keep_callback(body, "")
    ((callback, _, _),) = store.receipts.waiting_callbacks()
    store.receipts.apply_callbacks([(callback, items)])  # type: ignore[list-item]


def test_the_last_call_is_known_by_kind(store: Store) -> None:
    assert store.receipts.last_called("receipts") is store.receipts.last_callback() is None
    call_back(store, b"a", receipt())
    assert store.receipts.last_called("receipts") is not None
    assert store.receipts.last_called("replies") is store.receipts.last_called("test") is None
    call_back(store, b"b", reply("好"))
    call_back(store, TEST_BODY + b"x", Unreadable(0, "no_content", ""))
    assert store.receipts.last_called("replies") is not None
    assert store.receipts.last_called("test") == store.receipts.last_callback()
    store.purge(now() + DAY)
    assert store.receipts.last_called("receipts") is not None, "also when the call itself is forgotten"


def test_a_call_that_comes_while_the_database_is_busy_is_kept_beside_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsget.store.receipts.CALLBACK_WAIT_S", 0.05)
    with store._db.write():
        store.receipts.keep_callback(b"\xff first", "a=1")
    beside = store.path.with_name(f"{store.path.name}.callbacks")
    with beside.open("ab") as file:
        file.write(b'\n["2026", "cut by a kill')
    store.receipts.keep_callback(b"second", "")
    assert [(body, query) for _, body, query in Store(store.path).receipts.waiting_callbacks()] == [
        (b"\xff first", "a=1"), (b"second", ""),
    ]  # fmt: skip
    assert not beside.exists()
    assert len(store.receipts.waiting_callbacks()) == 2


@pytest.mark.parametrize("hours", [-30, 0, 1, 10, 23.9, 24.1, 40, 200])
def test_overdue_counts_what_the_filter_shows(store: Store, hours: float) -> None:
    """Whole days out of the counters and the rest of a day along an index are together what is there."""
    for number in range(8):
        sent(store, phones(3, start=number), str(number))
    with store._db.write() as conn:
        conn.execute("UPDATE message SET sent_at = strftime('%Y-%m-%dT%H:%M:%f', 'now', -id * 2.5 || ' hours') || 'Z'")
    store.receipts.load("a", "x", [receipt(sms_id="3", phone=phones(5)[4])])
    wanted = ReportFilter(no_receipt_before=to_text(now() - timedelta(hours=hours)))
    assert store.receipts.overdue(hours=hours) == store.receipts.count(wanted)
    own = ReportFilter(campaign_id=3, no_receipt_before=wanted.no_receipt_before)
    assert store.receipts.overdue(3, hours=hours) == store.receipts.count(own)
